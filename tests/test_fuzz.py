"""Fuzzing for a short while, and what it is made of.  `python -m tests.fuzz` goes on for as long as is wanted."""

from __future__ import annotations

import ast
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from lrlint.finding import Finding
from lrlint.registry import RegisteredRule, load_rules
from tests.cases import ROOT
from tests.checkout import run
from tests.fuzz import __main__ as fuzz
from tests.fuzz.bytewise import mutated_bytes
from tests.fuzz.campaign import outcome
from tests.fuzz.examine import Failure
from tests.fuzz.minimise import minimised
from tests.fuzz.programs import Files, Programs, sources_of
from tests.fuzz.tokens import mutated_text
from tests.fuzz.trees import mutated_tree
from tests.notebooks import EPOCH_ARGUMENT, SCHEDULER, SETUP

PROGRAM = f"{SETUP}\n{SCHEDULER}\n{EPOCH_ARGUMENT}\n"

SECONDS = 20
SEED = 20


@pytest.mark.slow
def test_a_short_while() -> None:
    command = ("-m", "tests.fuzz", "--minutes", str(SECONDS / 60), "--seed", str(SEED))
    fuzzed = run(sys.executable, *command, cwd=ROOT)
    assert fuzzed.returncode == 0, fuzzed.stdout + fuzzed.stderr
    assert int(fuzzed.stdout.splitlines()[1].split()[0]) > 10


@pytest.fixture(scope="module")
def programs() -> Programs:
    return Programs(SEED, sources_of([]))


def test_a_number_is_always_the_same_program(programs: Programs) -> None:
    again = Programs(SEED, sources_of([]))
    assert [programs.number(index) for index in range(20)] == [again.number(index) for index in range(20)]
    assert programs.number(3) != Programs(SEED + 1, programs.sources).number(3)


def test_programs_are_of_many_kinds(programs: Programs) -> None:
    kinds = Counter(_kind(programs.number(index)) for index in range(300))
    assert min(kinds[kind] for kind in ("python", "broken", "notebook", "project")) >= 3, kinds


def _kind(files: Files) -> str:
    if len(files) > 1:
        return "project"
    ((path, data),) = files.items()
    if path.endswith(".ipynb"):
        return "notebook"
    try:
        ast.parse(data)
    except (SyntaxError, ValueError):
        return "broken"
    return "python"


def test_mutations_of_trees_are_python() -> None:
    changed = [mutated_tree(PROGRAM, PROGRAM, Random(seed)) for seed in range(100)]
    assert sum(text != PROGRAM for text in changed) > 80
    assert "class Wrapped" in "".join(changed)


def test_mutations_of_text_and_bytes_change_it() -> None:
    assert sum(mutated_text(PROGRAM, PROGRAM, Random(seed)) != PROGRAM for seed in range(100)) > 80
    assert sum(mutated_bytes(PROGRAM.encode(), Random(seed)) != PROGRAM.encode() for seed in range(100)) > 80


# What counts as a failure


def failures(rules: Sequence[RegisteredRule], seconds: float = 60) -> list[Failure]:
    return outcome({"train.py": PROGRAM.encode()}, rules, seconds).failures


def rule_that(check: object) -> list[RegisteredRule]:
    """LR102 with another check."""
    (lr102,) = (one for one in load_rules() if one.rule.code == "LR102")
    return [RegisteredRule(lr102.rule, check, lr102.page, lr102.pack)]  # type: ignore[arg-type]


def test_nothing_is_wrong_with_a_plain_program() -> None:
    assert failures(load_rules()) == []


def test_an_exception_is_a_failure() -> None:
    def check(program: object) -> None:
        raise KeyError("no")

    (kind,) = {failure.kind for failure in failures(rule_that(check))}
    assert kind.startswith("internal error: LR102 (test_fuzz.py:")


def test_a_range_outside_of_the_text_is_a_failure() -> None:
    (lr102,) = (one for one in load_rules() if one.rule.code == "LR102")

    def check(program: object) -> list[Finding]:
        found = list(lr102.check(program))  # type: ignore[arg-type]
        return [replace(one, fix=None, range=replace(one.range, end=10**6)) for one in found]

    (kind,) = {failure.kind for failure in failures(rule_that(check))}
    assert kind.startswith("internal error: LR102")


def test_an_endless_loop_is_a_failure() -> None:
    def check(program: object) -> None:
        while True:
            pass

    assert [failure.kind for failure in failures(rule_that(check), seconds=1)] == ["hang"]


def test_a_crash_is_a_failure() -> None:
    def check(program: object) -> None:

        os.kill(os.getpid(), signal.SIGKILL)

    assert [failure.kind for failure in failures(rule_that(check))] == ["the process died: SIGKILL"]


def test_a_failing_program_is_made_small() -> None:
    def fails(files: Files) -> bool:
        return b"step(e" in files.get("train.py", b"")

    assert minimised({"train.py": PROGRAM.encode(), "other.py": b"x = 1\n"}, fails) == {"train.py": b"step(e"}


def test_a_program_that_fails_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    def check(program: object) -> None:
        raise KeyError("no")

    monkeypatch.setattr(fuzz, "load_rules", lambda: tuple(rule_that(check)))
    monkeypatch.setattr(fuzz, "sources_of", lambda paths: [PROGRAM])
    monkeypatch.setattr(fuzz, "MANY", 5)
    monkeypatch.setattr(sys, "argv", ["fuzz", "--minutes", "0.1", "--keep", str(tmp_path)])
    assert fuzz.main() == 1
    assert list(tmp_path.glob("*/failure.txt"))
