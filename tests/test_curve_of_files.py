"""`lrlint curve train.py` and `lrlint run --curve`: what the code of a file does to the LR."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrlint.cli import followed, main
from lrlint.runtime.evidence import Observer
from tests.cases import ROOT
from tests.checkout import run

Curve = Callable[..., Result]

EARLY = """\
import torch

optimizer = torch.optim.SGD(build_model().parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in range(4):
    scheduler.step()
    for batch in loader:
        optimizer.step()
"""

GROUPS = """\
import torch
from building import build

def main(model):
    optimizer, scheduler = build(model)
    for epoch in range(3):
        train(model, optimizer)
        scheduler.step()

def train(model, optimizer):
    for batch in load():
        loss = model(batch)
        loss.backward()
        optimizer.step()
"""

BUILDING = """\
import torch

def build(model):
    groups = [{"params": model.body.parameters()}, {"params": model.head.parameters(), "lr": 1.0}]
    optimizer = torch.optim.AdamW(groups, lr=0.5)
    return optimizer, torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
"""


@pytest.fixture
def curve(observer: Observer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Curve:
    """Runs the command in an empty folder; programs run on the torch that all tests share."""
    monkeypatch.setattr(followed, "Observer", lambda: nullcontext(observer))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["curve", *arguments])


def write(**files: str) -> None:
    """Write files of these names into the working folder."""
    for name, text in files.items():
        Path(f"{name}.py").write_text(text, encoding="utf-8")


def table() -> tuple[list[str], list[list[float]]]:
    """The names of the curves in lr.csv, and the LRs of each step."""
    head, *rows = csv.reader(Path("lr.csv").read_text(encoding="utf-8").splitlines())
    return head[1:], [[float(value) for value in row[1:]] for row in rows]


def test_the_loops_of_the_code_are_followed(curve: Curve) -> None:
    write(train=EARLY)
    result = curve("train.py", "--steps-per-epoch", "2", "-o", "lr.csv")
    assert result.exit_code == 0, result.output
    assert table() == (["SGD (train.py:3)"], [[0.1], [0.1], [0.01], [0.01], [0.01], [0.01], [0.001], [0.001]])


def test_what_stands_for_the_unknown_is_told(curve: Curve) -> None:
    write(train=EARLY)
    result = curve("train.py")
    assert "range(5) stands for loader" in result.output
    assert "torch warns: UserWarning: Detected call of `lr_scheduler.step()`" in result.output
    assert "(train.py:6)" in result.output
    assert "first 0.1" in result.output


def test_lengths_are_asked_for_only_where_loops_have_none(curve: Curve) -> None:
    asks = "--epochs and --steps-per-epoch"
    write(known=EARLY.replace("for batch in loader", "for batch in range(2)"), unknown=EARLY)
    assert asks not in curve("known.py").output
    assert asks in curve("unknown.py").output


def test_the_fixes_are_compared(curve: Curve) -> None:
    write(train=EARLY)
    result = curve("train.py", "--compare", "--steps-per-epoch", "1", "-o", "lr.csv")
    assert result.exit_code == 0, result.output
    names, rates = table()
    assert names == ["before SGD (train.py:3)", "after SGD (train.py:3)"]
    assert rates == [[0.1, 0.1], [0.01, 0.1], [0.01, 0.01], [0.001, 0.01]]
    assert Path("train.py").read_text(encoding="utf-8") == EARLY


LAMBDAS = """\
import functools
import torch
from torch.optim.lr_scheduler import LambdaLR

def plain(epoch):
    if epoch < 2:
        return 0.5
    return 1.0

def with_options(epoch, *, warmup):
    if epoch < warmup:
        return 0.25
    return 1.0

def closure(warmup):
    def inner(epoch):
        if epoch < warmup:
            return 0.125
        return 1.0
    return inner

class Decay:
    def __init__(self, start):
        self.start = start

    def step(self, epoch):
        if epoch < self.start:
            return 1.0
        return 0.5

optimizer = torch.optim.SGD(build_model().parameters(), lr=1.0)
scheduler = LambdaLR(optimizer, {})
for epoch in range(4):
    optimizer.step()
    scheduler.step()
"""


@pytest.mark.parametrize(
    ("function", "rates"),
    [
        ("plain", [0.5, 0.5, 1, 1]),
        ("[plain]", [0.5, 0.5, 1, 1]),
        ("functools.partial(with_options, warmup=1)", [0.25, 1, 1, 1]),
        ("closure(3)", [0.125, 0.125, 0.125, 1]),
        ("Decay(1).step", [1, 0.5, 0.5, 0.5]),
    ],
)
def test_branches_of_functions_that_schedulers_call_are_kept(curve: Curve, function: str, rates: list[float]) -> None:
    write(train=LAMBDAS.format(function))
    assert curve("train.py", "-o", "lr.csv").exit_code == 0
    assert table()[1] == [[rate] for rate in rates]


ACCUMULATED = """\
import torch
from torch.utils.data import DataLoader

loader = DataLoader(load_data())
optimizer = torch.optim.SGD(build_model().parameters(), lr=1.0)
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=len(loader) // 2)
for index, (inputs, targets) in enumerate(loader):
    if (index + 1) % 2 == 0:
        optimizer.step()
        scheduler.step()
"""


def test_a_loader_has_a_length_where_its_batches_are_counted(curve: Curve) -> None:
    write(train=ACCUMULATED)
    assert curve("train.py", "-o", "lr.csv").exit_code == 0
    assert table()[1] == [[1.0], [0.5]]


def test_groups_and_other_modules(curve: Curve) -> None:
    write(train=GROUPS, building=BUILDING)
    result = curve("train.py", "--steps-per-epoch", "1", "-o", "lr.csv")
    assert result.exit_code == 0, result.output
    names, rates = table()
    assert names == ["AdamW (building.py:5), group 1", "AdamW (building.py:5), group 2"]
    assert rates == [[0.5, 1.0], [0.25, 0.5], [0.125, 0.25]]


def test_nothing_of_the_code_is_run_but_its_steps(curve: Curve) -> None:
    write(train=EARLY + "\nopen('made', 'w').close()\n", loader="open('made', 'w').close()\n")
    assert curve("train.py").exit_code == 0
    assert not Path("made").exists()


def test_a_script_that_ends_early_is_told_apart_from_what_torch_raises(curve: Curve) -> None:
    write(train=f"{EARLY}    scheduler = None\n    scheduler.step()\n")
    result = curve("train.py")
    assert "its script could not be made whole: AttributeError: 'NoneType' object" in result.output
    write(train=EARLY.replace("step_size=", "size="))
    result = curve("train.py")
    assert "TypeError: StepLR.__init__() got an unexpected keyword argument 'size'" in result.output
    assert "made whole" not in result.output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["missing.py"], "missing.py: no such file or directory"),
        (["plain.py"], "plain.py: its schedules can't be drawn: nothing in it builds an optimizer or a scheduler"),
        (
            ["right.py", "--compare"],
            "right.py: there is nothing to compare with: nothing that is found in it has a fix",
        ),
        (["train.py", "StepLR(SGD(), 3)"], "name one file, and no schedule beside it"),
        (["train.py", "--steps", "3"], "--steps is about schedules that are typed"),
        (["."], "name one file"),
    ],
)
def test_what_cannot_be_drawn(curve: Curve, arguments: list[str], told: str) -> None:
    write(train=EARLY, plain="x = 1\n", right=EARLY.replace("    scheduler.step()\n", ""))
    result = curve(*arguments)
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


PROGRAM = """\
import torch

model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)
for epoch in range(3):
    model(torch.ones(1)).backward()
    optimizer.step()
    scheduler.step()
"""


def watched(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs `lrlint run`."""
    quiet = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    return run(sys.executable, "-m", "lrlint", "run", *arguments, cwd=cwd, **quiet)


def test_a_run_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PROGRAM, encoding="utf-8")
    done = watched("--curve", "lr.csv", "--curve", "lr.svg", "train.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Wrote lr.csv: 1 curve, 3 steps." in done.stderr
    rows = (tmp_path / "lr.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "step,SGD (train.py:4)"
    assert [round(float(row.split(",")[1]), 9) for row in rows[1:]] == [0.1, 0.01, 0.001]
    assert (tmp_path / "lr.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_picture_of_another_kind_is_refused_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("open('made', 'w').close()\n", encoding="utf-8")
    done = watched("--curve", "lr.gif", "train.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "lr.gif: the name has to end in one of .png" in done.stderr
    assert not (tmp_path / "made").exists()
