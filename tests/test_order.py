"""The same report in each run, whatever the order is in which Python keeps its sets."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.cases import ROOT
from tests.checkout import run

MAIN = """\
import torch
from plain import train as train_plainly
from mixed import train as train_mixed
from swapped import train as train_swapped

model = build_model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
train = {"plain": train_plainly, "mixed": train_mixed, "swapped": train_swapped}[args.kind]
for epoch in range(90):
    scheduler.step()
    train(model, optimizer)
"""

TRAIN = """\
def train(model, optimizer):
    for batch in batches():
        optimizer.zero_grad()
        model(batch).backward()
        optimizer.step()
"""


def test_functions_that_an_option_picks(tmp_path: Path) -> None:
    for name, text in {"main": MAIN, "plain": TRAIN, "mixed": TRAIN, "swapped": TRAIN}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    told = {report(tmp_path, seed) for seed in range(6)}
    assert len(told) == 1
    assert "LR101" in told.pop()


def report(folder: Path, seed: int) -> str:
    """What is reported with one order of sets."""
    command = (sys.executable, "-m", "lrlint", "check", "--isolated", "--no-cache", "--output-format", "json", ".")
    return run(*command, cwd=folder, PYTHONHASHSEED=str(seed), PYTHONPATH=str(ROOT)).stdout
