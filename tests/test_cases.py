"""Every case under `fixtures/`, proven three times: by the rules, by their fixes, and by torch."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from lrlint.edit import Applicability
from lrlint.finding import Finding
from lrlint.fix import FixResult, fix_source
from lrlint.gate import rules_for
from lrlint.linter import lint_source
from lrlint.registry import RegisteredRule, load_rules, select_rules
from lrlint.rule import Rule, Severity
from lrlint.runtime.evidence import Observer
from lrlint.source import Source
from tests.cases import (
    EVIDENCE_FILE,
    FIXED,
    RUNNING_PYTHON,
    TRAP,
    Case,
    all_cases,
    folders,
    installed_torch,
    marks,
    program_name,
    programs_in,
    source_of,
)
from tests.evidence_files import EvidenceFile, Record, read, record_of, same_rates

MISTAKES_PER_RULE = 4
TRAPS_PER_RULE = 6

every_case = pytest.mark.parametrize("case", all_cases(), ids=str)
every_mistake = pytest.mark.parametrize("case", [case for case in all_cases() if not case.is_trap], ids=str)
every_trap = pytest.mark.parametrize("case", [case for case in all_cases() if case.is_trap], ids=str)
every_folder = pytest.mark.parametrize("folder", folders(), ids=lambda folder: str(folder.name))
every_program = pytest.mark.parametrize(
    "program", [path for folder in folders() for path in programs_in(folder)], ids=program_name
)


@cache
def default_rules() -> tuple[RegisteredRule, ...]:
    """The rules that a run without options has."""
    return select_rules(load_rules())


@cache
def rule(code: str) -> Rule:
    """The rule of a folder."""
    return next(registered.rule for registered in load_rules() if registered.rule.code == code)


def lint(source: Source) -> tuple[Finding, ...]:
    """What `lrlint check` finds."""
    return lint_source(source, default_rules())


def fix(source: Source, unsafe: bool) -> FixResult:
    """What `lrlint check --fix` makes of it."""
    result = fix_source(source, lint, unsafe=unsafe)
    assert result.problem is None, result.problem
    return result


def places(findings: tuple[Finding, ...]) -> list[tuple[int, str]]:
    """The line and code of each finding."""
    return sorted((finding.range.line, finding.rule.code) for finding in findings)


@cache
def evidence_of(folder: Path) -> EvidenceFile:
    """What is recorded about the programs of a folder."""
    return read(folder / EVIDENCE_FILE)


def recorded(path: Path) -> Record:
    """What is recorded about a program."""
    records = evidence_of(path.parent).records
    assert path.name in records, f"no evidence yet: python -m tests.record_evidence {path.parent.name}"
    return records[path.name]


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
    source = source_of(case.path)
    assert places(lint(source)) == marks(source)


@every_mistake
def test_the_gate_lets_the_rules_of_a_mistake_through(case: Case) -> None:
    open_to = {registered.rule.code for registered in rules_for(case.path.read_bytes(), default_rules())}
    assert {code for _, code in marks(source_of(case.path))} <= open_to


@every_case
def test_a_mistake_has_a_mark_of_its_rule_and_a_trap_has_none(case: Case) -> None:
    codes = {code for _, code in marks(source_of(case.path))}
    assert (case.code in codes) is not case.is_trap


# 2. The fix makes the fixed program of the mistake.


@every_case
def test_the_fix_gives_the_fixed_program(case: Case) -> None:
    source = source_of(case.path)
    expected = source if case.fixed is None else source_of(case.fixed)
    result = fix(source, unsafe=True).source
    assert result.text == expected.text
    assert result.encode(result.text) == (case.fixed or case.path).read_bytes()


@every_case
def test_a_second_fix_changes_nothing(case: Case) -> None:
    fixed = source_of(case.fixed or case.path)
    assert [finding for finding in lint(fixed) if finding.fix] == []
    assert fix(fixed, unsafe=True).source.text == fixed.text


@every_case
def test_without_unsafe_fixes_only_the_safe_ones_are_made(case: Case) -> None:
    source = source_of(case.path)
    all_fixes, safe_fixes = fix(source, unsafe=True), fix(source, unsafe=False)
    kinds = {finding.fix.applicability for finding in all_fixes.applied if finding.fix}
    if kinds == {Applicability.SAFE}:
        assert safe_fixes.source.text == all_fixes.source.text
    if kinds <= {Applicability.UNSAFE}:
        assert safe_fixes.source.text == source.text


# 3. Torch does with the programs what is recorded.


@pytest.fixture(scope="module")
def observer() -> Iterator[Observer]:
    """Runs programs on the installed torch."""
    if installed_torch() is None:
        pytest.skip("torch is not installed")
    with Observer() as running:
        yield running


@every_program
def test_torch_does_what_is_recorded(program: Path, observer: Observer) -> None:
    file, expected = evidence_of(program.parent), recorded(program)
    if file.torch != installed_torch():
        pytest.skip(f"the evidence was measured on torch {file.torch}, installed is {installed_torch()}")
    seen = record_of(observer.observe(program))
    assert (seen.outcome, seen.kinds) == (expected.outcome, expected.kinds)
    assert same_rates(seen.rates, expected.rates), f"{seen.rates} instead of {expected.rates}"
    if file.python == RUNNING_PYTHON:  # Python's own texts, those of a SyntaxError above all, change
        assert (seen.warnings, seen.error) == (expected.warnings, expected.error)


# What the rules claim and what torch does are the same thing.


@every_mistake
def test_a_mistake_raises_on_torch_if_a_finding_is_an_error(case: Case) -> None:
    claims = any(finding.severity is Severity.ERROR for finding in lint(source_of(case.path)))
    assert claims is (recorded(case.path).outcome == "raises")
    if case.fixed:
        assert recorded(case.fixed).outcome != "raises"


@every_mistake
def test_a_safe_fix_keeps_the_lrs_of_a_program_that_runs(case: Case) -> None:
    before = recorded(case.path)
    fixes = [finding.fix for finding in fix(source_of(case.path), unsafe=True).applied if finding.fix]
    if case.fixed is None or before.outcome == "raises" or any(f.applicability is Applicability.UNSAFE for f in fixes):
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
    assert outcome == "silent" or f"torch {outcome}" in source_of(case.path).text


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
    assert sorted(evidence_of(folder).records) == [path.name for path in programs_in(folder)]


@every_folder
def test_every_fixed_program_has_its_mistake(folder: Path) -> None:
    for path in programs_in(folder):
        if path.name.endswith(FIXED):
            stem = path.name.removesuffix(FIXED)
            assert not stem.endswith(TRAP.removesuffix(".py")), "a trap has nothing to fix"
            assert path.with_name(f"{stem}.py").exists()
