"""Files that no person writes: each is answered in time, with findings or with the reason why it was not checked.

The bounds are many times what a calm machine needs, and a multiple of what the start of the command takes on this one:
what they catch is a cost that grows with the square of the size, or worse.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cases import ROOT

MAX_SECONDS = 12.0
MAX_STARTS = 20
"""Seconds of CPU, and how many times those of the command on a file of one line, whichever is more."""

HEAD = """\
import torch
from torch import optim
from torch.optim.lr_scheduler import StepLR

model = torch.nn.Linear(2, 1)
optimizer = optim.SGD(model.parameters(), lr=0.1)
scheduler = StepLR(optimizer, 30)
"""
MISTAKE = "scheduler.step(epoch=3)\n"


def lines(line: str, count: int) -> str:
    return "".join(f"{line.format(i)}\n" for i in range(count))


def nested(head: str, levels: int) -> str:
    return "".join(f"{' ' * i}{head}\n" for i in range(levels)) + " " * levels + "scheduler.step()\n"


GIANTS: dict[str, Callable[[], str]] = {
    "50,000 lines of functions": lambda: lines("def f{0}(x):\n    y = x + {0}\n    return y * 2\n\n", 10_000),
    "50,000 lines within the limit": lambda: lines("x{0} = {0}", 19_000),
    "10,000 steps": lambda: lines("scheduler.step()", 10_000),
    "2,000 steps with an epoch": lambda: lines("scheduler.step({0})", 2_000),
    "10,000 steps of both": lambda: lines("optimizer.step(); scheduler.step()", 5_000),
    "40,000 steps": lambda: lines("scheduler.step()", 40_000),
    "1,000 schedulers": lambda: lines("s{0} = StepLR(optimizer, {0})", 1_000),
    "1,000 param groups": lambda: lines("optimizer.add_param_group({{'params': []}})", 1_000),
    "2,000 branches": lambda: lines("if flag{0}:\n    scheduler.step()", 2_000),
    "500 branches with an else": lambda: lines(
        "if flag{0}:\n    scheduler = StepLR(optimizer, {0})\nelse:\n    scheduler.step()", 500
    ),
    "500 functions that call the next": lambda: (
        lines("def f{0}(o, s):\n    f{0}1(o, s)\n    s.step()\n    o.step()", 500) + "f0(optimizer, scheduler)\n"
    ),
    "two calls in each of 40 functions": lambda: (
        "".join(f"def f{i}(o):\n    f{i + 1}(o)\n    f{i + 1}(o)\n" for i in range(40))
        + "def f40(o):\n    o.step()\nf0(optimizer)\n"
    ),
    "a list of 50,000 elements in one line": lambda: f"x = [{', '.join(map(str, range(50_000)))}]\n",
    "a call of 20,000 arguments": lambda: f"optimizer = optim.SGD({', '.join(['x'] * 20_000)})\n",
    "a string of 4 MB": lambda: f"x = '{'a' * 4_000_000}'\n",
    "a comment of 4 MB": lambda: f"# {'noqa ' * 800_000}\n",
    "a line of 1 MB of blanks": lambda: f"x = 1{' ' * 1_000_000}\n",
    "a name of 1 MB": lambda: f"{'a' * 1_000_000} = optimizer\n",
    "10,000 statements in one line": lambda: "x = 1; " * 10_000 + "\n",
    "a chain of 1,000 methods": lambda: f"x = a{'.b()' * 1000}\n",
    "a chain of 1,000 steps": lambda: f"optimizer{'.step()' * 1000}\n",
    "a sum of 3,000 terms": lambda: f"x = {' + '.join(['a'] * 3000)}\n",
    "1,000 calls in each other": lambda: f"x = {'f(' * 1000}1{')' * 1000}\n",
    "brackets nested 1,500 deep": lambda: f"x = {'(' * 1500}1{')' * 1500}\n",
    "lists nested 3,000 deep": lambda: f"x = {'[' * 3000}{']' * 3000}\n",
    "3,000 conditional expressions": lambda: f"x = {'a if b else ' * 3000}c\n",
    "3,000 unary operators": lambda: f"x = {'-' * 3000}1\n",
    "3,000 lambdas": lambda: f"x = {'lambda: ' * 3000}1\n",
    "1,000 comparisons": lambda: f"x = {' < '.join(['a'] * 1000)}\n",
    "1,000 decorators": lambda: "@d\n" * 1000 + "def f(): pass\n",
    "1,000 targets": lambda: "a = " * 1000 + "1\n",
    "1,000 branches of elif": lambda: "if a: pass\n" + "elif b: pass\n" * 1000,
    "1,000 fields of an f-string": lambda: f'x = f"{"{a}" * 1000}"\n',
    "90 nested ifs": lambda: nested("if a:", 90),
    "19 nested loops": lambda: nested("for i in x:", 19),
    "90 nested functions": lambda: nested("def f(o):", 90),
    "90 nested classes": lambda: nested("class C:", 90),
    "19 nested attempts": lambda: (
        "".join(f"{' ' * i}try:\n" for i in range(19))
        + " " * 19
        + "scheduler.step()\n"
        + "".join(f"{' ' * i}except E: optimizer.step()\n" for i in reversed(range(19)))
    ),
    "20,000 backslashes": lambda: "x = 1 + \\\n" * 20_000 + "1\n",
    "20,000 form feeds": lambda: "\f\n" * 20_000,
    "1 MB of tabs": lambda: "\t" * 1_000_000 + "\n",
    "1 MB of carriage returns": lambda: "\r" * 1_000_000 + "\n",
}


def check(file: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """The command on a file, and the seconds of CPU that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(
        [sys.executable, "-m", "lrlint", "check", "--isolated", "--output-format=json", *arguments, file.name],
        cwd=file.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return run, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> float:
    file = tmp_path_factory.mktemp("start") / "train.py"
    file.write_text(f"{HEAD}{MISTAKE}")
    run, seconds = check(file)
    assert "LR102" in run.stdout
    return max(MAX_SECONDS, MAX_STARTS * seconds)


@pytest.mark.slow
@pytest.mark.parametrize("name", GIANTS)
def test_an_answer_comes_in_time(name: str, tmp_path: Path, bound: float) -> None:
    file = tmp_path / "train.py"
    file.write_text(f"{HEAD}{GIANTS[name]()}{MISTAKE}", encoding="utf-8")
    run, seconds = check(file)
    assert (run.returncode, run.stderr) == (1, "")
    assert json.loads(run.stdout)["findings"]
    assert seconds < bound
