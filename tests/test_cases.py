"""Every case under `fixtures/`, proven three times: by the rules, by their fixes, and by torch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from functools import cache, partial
from pathlib import Path
from typing import cast

import pytest

from lrlint.edit import Applicability
from lrlint.files import discover
from lrlint.finding import Finding
from lrlint.registry import RegisteredRule, load_rules, select_rules
from lrlint.rule import Severity
from lrlint.run import FileResult, Fixing, check_files
from lrlint.runtime.evidence import Evidence
from lrlint.source import Source
from tests.ahead import done_ahead, selected
from tests.cases import (
    EVIDENCE_FILE,
    FIXED,
    RUNNING_PYTHON,
    Case,
    all_cases,
    files_of,
    folders,
    installed_torch,
    is_static_only,
    marks,
    observe,
    on_newest_torch,
    program_name,
    programs_in,
    runnable_in,
    source_of,
    title,
)
from tests.evidence_files import EvidenceFile, Record, read, record_of, same_rates

MISTAKES_PER_RULE = 4
TRAPS_PER_RULE = 6

every_case = pytest.mark.parametrize("case", all_cases(), ids=str)
every_mistake = pytest.mark.parametrize("case", [case for case in all_cases() if not case.is_trap], ids=str)
every_trap = pytest.mark.parametrize("case", [case for case in all_cases() if case.is_trap], ids=str)
every_folder = pytest.mark.parametrize("folder", folders(), ids=lambda folder: str(folder.name))
every_program = pytest.mark.parametrize(
    "program",
    [path for folder in folders() for path in runnable_in(folder)],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)

Places = list[tuple[str, int, str]]
"""File, line and code of findings."""


@cache
def rules_of(folder: str) -> tuple[RegisteredRule, ...]:
    """The rules that a run without options has, and the one of a folder, which may be off by default."""
    return select_rules(load_rules(), extend_select=[folder])


@cache
def check(program: Path, fixing: Fixing = Fixing.NONE) -> dict[str, FileResult]:
    """What `lrlint check` says about the files of a program, by their names in it; nothing is written.

    The programs are meant for the torch that they are run on, not for all that this project takes.  A program without
    a finding that has a fix is not linted again to be fixed.
    """
    if fixing is not Fixing.NONE and not any(finding.fix for finding in lint(program)):
        return check(program)
    files = discover([str(program)]).files
    results = list(check_files(files, rules_of(program.parent.name), fixing, policy_of=on_newest_torch))
    assert [problem for result in results for problem in result.problems] == []
    return {name_in(program, file.path): result for file, result in zip(files, results, strict=True)}


def name_in(program: Path, file: Path) -> str:
    """The name of a file of a program, the same in its fixed form."""
    return file.relative_to(program).as_posix() if program.is_dir() else ""


def lint(program: Path) -> list[Finding]:
    """What `lrlint check` finds."""
    return [finding for result in check(program).values() for finding in result.findings]


def places(program: Path) -> Places:
    """Where `lrlint check` finds what."""
    return sorted(
        (name, finding.range.line, finding.rule.code)
        for name, result in check(program).items()
        for finding in result.findings
    )


def marked(program: Path) -> Places:
    """Where a finding is announced."""
    return sorted((name_in(program, path), *mark) for path in files_of(program) for mark in marks(source_of(path)))


def bytes_of(program: Path) -> dict[str, bytes]:
    """The files of a program."""
    return {name_in(program, path): path.read_bytes() for path in files_of(program)}


def fixed_bytes(program: Path, fixing: Fixing) -> dict[str, bytes]:
    """The files of a program as `lrlint check --fix` leaves them."""
    after = bytes_of(program)
    for name, result in check(program, fixing).items():
        if result.source is not None:
            after[name] = result.source.encode(result.source.text)
    return after


def fixes_of(program: Path) -> set[Applicability]:
    """The kinds of the fixes that `lrlint check --fix --unsafe-fixes` makes."""
    applied = [finding for result in check(program, Fixing.UNSAFE).values() for finding in result.applied]
    return {finding.fix.applicability for finding in applied if finding.fix}


@cache
def evidence_of(folder: Path) -> EvidenceFile:
    """What is recorded about the programs of a folder."""
    return read(folder / EVIDENCE_FILE)


def recorded(path: Path) -> Record:
    """What is recorded about a program; skips the test of one that is not run."""
    if is_static_only(path):
        pytest.skip("static only")
    records, name = evidence_of(path.parent).records, program_name(path)
    assert name in records, f"no evidence yet: python -m tests.record_evidence {path.parent.name}"
    return records[name]


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("scheduler.step()  # LR101", ["LR101"]),
        ("scheduler.step(epoch)  # LR101 LR102", ["LR101", "LR102"]),
        ("scheduler.step()  # as in the old tutorial  # LR101", ["LR101"]),
        ("scheduler.step()  # LR101 is not found here", []),
        ("scheduler.step()  # noqa: LR101", []),
        ("scheduler.step()  # lrlint: ignore[LR101]", []),
    ],
)
def test_a_mark_is_a_comment_of_codes_at_the_end_of_a_line(line: str, codes: list[str]) -> None:
    assert marks(Source("x.py", f"import torch\n{line}\n")) == [(2, code) for code in codes]


# 1. The rules find the marks and nothing else.


@every_case
def test_the_findings_are_exactly_the_marks(case: Case) -> None:
    assert places(case.path) == marked(case.path)


@every_case
def test_a_mistake_has_a_mark_of_its_rule_and_a_trap_has_none(case: Case) -> None:
    codes = {code for _, _, code in marked(case.path)}
    assert (case.code in codes) is not case.is_trap


# 2. The fix makes the fixed program of the mistake.


@every_case
def test_the_fix_gives_the_fixed_program(case: Case) -> None:
    assert fixed_bytes(case.path, Fixing.UNSAFE) == bytes_of(case.fixed or case.path)


@every_case
def test_a_second_fix_changes_nothing(case: Case) -> None:
    fixed = case.fixed or case.path
    assert [finding for finding in lint(fixed) if finding.fix] == []
    assert fixed_bytes(fixed, Fixing.UNSAFE) == bytes_of(fixed)


@every_case
def test_without_unsafe_fixes_only_the_safe_ones_are_made(case: Case) -> None:
    kinds = fixes_of(case.path)
    if kinds == {Applicability.SAFE}:
        assert fixed_bytes(case.path, Fixing.SAFE) == fixed_bytes(case.path, Fixing.UNSAFE)
    if kinds <= {Applicability.UNSAFE}:
        assert fixed_bytes(case.path, Fixing.SAFE) == bytes_of(case.path)


# 3. Torch does with the programs what is recorded.


@pytest.fixture(scope="module", autouse=True)
def observations(request: pytest.FixtureRequest) -> Iterator[Mapping[Path, Future[Evidence]]]:
    """What torch does with each program that a test asks for; another process finds out while the other tests run."""
    programs = [cast("Path", one["program"]) for one in selected(request, test_torch_does_what_is_recorded)]
    if not programs or installed_torch() is None:
        yield {}
        return
    observer = request.getfixturevalue("observer")
    with done_ahead(partial(observe, observer=observer), programs, at_once=1) as observations:
        yield observations


@every_program
def test_torch_does_what_is_recorded(program: Path, observations: Mapping[Path, Future[Evidence]]) -> None:
    if installed_torch() is None:
        pytest.skip("torch is not installed")
    file, expected = evidence_of(program.parent), recorded(program)
    if file.torch != installed_torch():
        pytest.skip(f"the evidence was measured on torch {file.torch}, installed is {installed_torch()}")
    seen = record_of(observations[program].result())
    assert (seen.outcome, seen.kinds) == (expected.outcome, expected.kinds)
    assert same_rates(seen.rates, expected.rates), f"{seen.rates} instead of {expected.rates}"
    if file.python == RUNNING_PYTHON:  # Python's own texts, those of a SyntaxError above all, change
        assert (seen.warnings, seen.error) == (expected.warnings, expected.error)


# What the rules claim and what torch does are the same thing.


@every_mistake
def test_a_mistake_raises_on_torch_if_a_finding_is_an_error(case: Case) -> None:
    claims = any(finding.severity is Severity.ERROR for finding in lint(case.path))
    assert claims is (recorded(case.path).outcome == "raises")
    if case.fixed:
        assert recorded(case.fixed).outcome != "raises"


@every_mistake
def test_a_safe_fix_keeps_the_lrs_of_a_program_that_runs(case: Case) -> None:
    before = recorded(case.path)
    if case.fixed is None or before.outcome == "raises" or Applicability.UNSAFE in fixes_of(case.path):
        pytest.skip("no safe fix of a program that runs")
    assert same_rates(before.rates, recorded(case.fixed).rates)


@every_mistake
def test_torch_shows_a_step_in_the_wrong_order(case: Case) -> None:
    """By its warning or, where it gives none, by LRs that differ from those of the fixed program."""
    if case.code != "LR101":
        pytest.skip("about LR101 alone")
    before = recorded(case.path)
    differs = case.fixed is not None and not same_rates(before.rates, recorded(case.fixed).rates)
    assert before.has_order_warning or differs


@every_trap
def test_a_trap_at_which_torch_is_not_silent_says_why(case: Case) -> None:
    outcome = recorded(case.path).outcome
    assert outcome == "silent" or any(f"torch {outcome}" in source_of(path).text for path in case.files)


# The folders are complete.


def test_every_rule_has_a_folder_and_every_folder_a_rule() -> None:
    assert [folder.name for folder in folders()] == [registered.rule.code for registered in load_rules()]


@every_folder
def test_every_rule_has_enough_cases(folder: Path) -> None:
    traps = [case.is_trap for case in all_cases() if case.code == folder.name]
    assert traps.count(False) >= MISTAKES_PER_RULE
    assert traps.count(True) >= TRAPS_PER_RULE


@every_folder
def test_every_program_has_evidence_and_every_evidence_a_program(folder: Path) -> None:
    assert sorted(evidence_of(folder).records) == sorted(map(program_name, runnable_in(folder)))


@every_folder
def test_every_fixed_program_has_its_mistake(folder: Path) -> None:
    mistakes = {case.fixed for case in all_cases() if case.fixed and not case.is_trap}
    assert [path for path in programs_in(folder) if title(path).endswith(FIXED) and path not in mistakes] == []


@every_folder
def test_every_file_belongs_to_a_program(folder: Path) -> None:
    files = {file for program in programs_in(folder) for file in files_of(program)}
    assert set(folder.rglob("*.py")) == files
