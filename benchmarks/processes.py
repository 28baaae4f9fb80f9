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


def medians(commands: Mapping[str, Sequence[str]], rounds: int) -> dict[str, float]:
    """The median CPU seconds of each command; they take turns.  Raises CalledProcessError if one fails."""
    measured = [{name: cpu_seconds(command) for name, command in commands.items()} for _ in range(rounds)]
    return {name: median(one[name] for one in measured) for name in commands}


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
