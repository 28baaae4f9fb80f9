"""Processes, measured: the CPU seconds of whole commands, run in turn so that a busy machine is fair to all of them."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent

PYTHON = (sys.executable,)
LRLINT = (*PYTHON, "-m", "lrlint")

PARSE_ALONE = """\
import os, sys
import libcst

for directory, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(directory, name), "rb") as file:
            libcst.parse_module(file.read())
"""
"""A program that reads the files below a directory and parses them."""

WITHOUT_GC = """\
import gc

gc.disable()
"""


def parse_alone(tree: Path, gc: bool = True) -> list[str]:
    """The command that reads and parses a tree and does nothing else, with or without garbage collection."""
    return [*PYTHON, "-c", PARSE_ALONE if gc else WITHOUT_GC + PARSE_ALONE, str(tree)]


def check(tree: Path) -> list[str]:
    """The command that checks a tree from scratch."""
    return [*LRLINT, "check", "--isolated", "--no-cache", "--exit-zero", str(tree)]


def interleaved(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, list[float]]:
    """The CPU seconds of each command in each round; a first round, which fills caches, does not count.

    Raises CalledProcessError if a command fails.
    """
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for round_ in range(rounds + 1):
        for name, command in commands.items():
            spent = cpu_seconds(command)
            if round_:
                seconds[name].append(spent)
    return seconds


def medians(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """The median CPU seconds of each command.  Raises CalledProcessError if one fails."""
    return {name: median(spent) for name, spent in interleaved(commands, rounds).items()}


def cpu_seconds(command: Sequence[str]) -> float:
    """The CPU seconds, user and system, of a command.  Raises CalledProcessError if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _run(command)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def imported_modules(arguments: Sequence[str]) -> frozenset[str]:
    """What `lrlint` with these arguments imports.  Raises CalledProcessError if it fails."""
    log = _run([*PYTHON, "-X", "importtime", "-m", "lrlint", *arguments]).stderr
    return frozenset(line.rpartition("|")[2].strip() for line in log.splitlines() if line.startswith("import time:"))


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command where `lrlint` is the one of this checkout, with Python's own settings."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
