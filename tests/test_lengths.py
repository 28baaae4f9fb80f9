"""What a length counts, and how often the scheduler is stepped: lengths as people write them, in one training loop."""

from __future__ import annotations

import pytest

from lrlint.linter import lint_source
from lrlint.registry import load_rules, select_rules
from lrlint.source import Source

PROGRAM = """
import math
import torch
from config import cfg
from tqdm import tqdm
from torch.optim.lr_scheduler import *

EPOCHS = 10
TEN = 10
ACCUMULATION = 4

def train(model, loader, other, args, n_epochs=20):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    n_iters = EPOCHS * len(loader)
    per_epoch = len(loader)
    scheduler = {scheduler}
    for epoch in range({epochs}):
        for i, batch in enumerate(tqdm(loader)):
            model(batch).sum().backward()
            optimizer.step()
            {per_batch}
        {per_epoch}
"""

STEP = "scheduler.step()"


def codes(scheduler: str, place: str, epochs: str = "EPOCHS") -> list[str]:
    """What is found if the scheduler is stepped per batch or per epoch."""
    steps = {"per_batch": "pass", "per_epoch": "pass", place: STEP}
    text = PROGRAM.format(scheduler=scheduler, epochs=epochs, **steps)
    rules = select_rules(load_rules(), ["LR107", "LR108"])
    return [finding.rule.code for finding in lint_source(Source("x.py", text), rules)]


@pytest.mark.parametrize(
    ("length", "epochs"),
    [
        ("EPOCHS", "EPOCHS"),
        ("EPOCHS", "0, EPOCHS"),
        ("EPOCHS", "1, EPOCHS + 1"),
        ("EPOCHS - 2", "EPOCHS"),
        ("EPOCHS // 2", "EPOCHS"),
        ("int(0.5 * EPOCHS)", "EPOCHS"),
        ("n_epochs", "n_epochs"),
        ("args.epochs", "args.epochs"),
        ("args.epochs - args.warmup", "args.start, args.epochs"),
        ("int(args['epochs'])", "args['epochs']"),
        ("cfg.epochs", "cfg.epochs"),
        ("n_iters // per_epoch", "EPOCHS"),
    ],
)
def test_a_length_in_epochs(length: str, epochs: str) -> None:
    scheduler = f"CosineAnnealingLR(optimizer, {length})"
    assert codes(scheduler, "per_batch", epochs) == ["LR108"]
    assert codes(scheduler, "per_epoch", epochs) == []


@pytest.mark.parametrize(
    "length",
    [
        "len(loader)",
        "EPOCHS * len(loader)",
        "len(loader) * EPOCHS - 1",
        "n_iters",
        "args.epochs * per_epoch",
        "int(n_iters * 0.9)",
        "n_iters // ACCUMULATION",
        "EPOCHS * math.ceil(len(loader) / ACCUMULATION)",
        "n_iters - args.warmup",
    ],
)
def test_a_length_in_batches(length: str) -> None:
    assert codes(f"CosineAnnealingLR(optimizer, {length})", "per_batch") == []
    assert codes(f"CosineAnnealingLR(optimizer, {length})", "per_epoch") == ["LR108"]
    assert codes(f"OneCycleLR(optimizer, 0.1, total_steps={length})", "per_batch") == []
    assert codes(f"OneCycleLR(optimizer, 0.1, {length})", "per_epoch") == ["LR107"]


@pytest.mark.parametrize(
    "length",
    [
        "10",
        "TEN",
        "100",
        "args.length",
        "len(other)",
        "EPOCHS * 4",
        "EPOCHS * len(other)",
        "len(loader.dataset)",
        "n_iters // args.accumulation",
        "max(EPOCHS, len(loader))",
        "EPOCHS + args.more",
        "n_iters // n_iters",
    ],
)
@pytest.mark.parametrize("place", ["per_batch", "per_epoch"])
def test_a_length_that_may_count_anything(length: str, place: str) -> None:
    assert codes(f"CosineAnnealingLR(optimizer, T_max={length})", place) == []
