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
from pathlib import Path

import pytest

from benchmarks.giants import GIANTS, HEAD, MISTAKE, text_of
from tests.cases import ROOT

NAMES = list(GIANTS)
HEAVY = NAMES.index("5,000 of each in one loop")
SOME = [*NAMES[:HEAVY], *NAMES[HEAVY::5]]
"""All of odd shapes, and of those with thousands of mistakes some; `python -m benchmarks.giants` measures all."""

MAX_SECONDS = 12.0
MAX_STARTS = 20
"""Seconds of CPU, and how many times those of the command on a file of one line, whichever is more."""


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
@pytest.mark.parametrize("name", SOME)
def test_an_answer_comes_in_time(name: str, tmp_path: Path, bound: float) -> None:
    file = tmp_path / "train.py"
    file.write_text(text_of(name), encoding="utf-8")
    run, seconds = check(file)
    assert (run.returncode in (0, 1), run.stderr) == (True, "")
    answer = json.loads(run.stdout)
    assert answer["findings"] or answer["notes"]
    assert seconds < bound
