"""Every case under `fixtures/`, proven three times: by the rules, by their fixes, and by torch.

The proofs are those of `lrlint test`, one test each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from functools import cache, partial
from pathlib import Path
from typing import cast

import pytest

from lrlint.cases.bench import Bench
from lrlint.cases.case import Case, is_static_only, marks, program_name, runnable_in
from lrlint.cases.measuring import RUNNING_PYTHON, observe, other_release
from lrlint.cases.proofs import claim_flaws, fix_flaws, static_flaws, torch_flaws
from lrlint.cases.shape import evidence_flaws, folder_flaws, page_flaws
from lrlint.registry import RegisteredRule, load_rules
from lrlint.runtime.evidence import Evidence, installed_torch
from lrlint.runtime.records import FILE, EvidenceFile, Record, read, record_of, same_rates
from lrlint.source import Source
from tests.ahead import done_ahead, selected
from tests.cases import all_cases, folders

MISTAKES_PER_RULE = 4
TRAPS_PER_RULE = 6

every_case = pytest.mark.parametrize("case", all_cases(), ids=str)
every_mistake = pytest.mark.parametrize("case", [case for case in all_cases() if not case.is_trap], ids=str)
every_folder = pytest.mark.parametrize("folder", folders(), ids=lambda folder: str(folder.name))
every_program = pytest.mark.parametrize(
    "program",
    [path for folder in folders() for path in runnable_in(folder)],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)


@pytest.fixture(scope="module")
def bench() -> Bench:
    """Checks the programs, each once for all tests."""
    return Bench(load_rules())


@cache
def evidence_of(folder: Path) -> EvidenceFile:
    """What is recorded about the programs of a folder."""
    return read(folder / FILE)


def recorded(path: Path) -> Record:
    """What is recorded about a program; skips the test of one that is not run."""
    if is_static_only(path):
        pytest.skip("static only")
    records, name = evidence_of(path.parent).records, program_name(path)
    assert name in records, f"no evidence yet: lrlint test --record rules {path.parent.name}"
    return records[name]


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("scheduler.step()  # LR101", ["LR101"]),
        ("scheduler.step(epoch)  # LR101 LR102", ["LR101", "LR102"]),
        ("scheduler.step()  # as in the old tutorial  # LR101", ["LR101"]),
        ("scheduler.step()  # ACME001", ["ACME001"]),
        ("scheduler.step()  # LR101 is not found here", []),
        ("scheduler.step()  # noqa: LR101", []),
        ("scheduler.step()  # lrlint: ignore[LR101]", []),
    ],
)
def test_a_mark_is_a_comment_of_codes_at_the_end_of_a_line(line: str, codes: list[str]) -> None:
    assert marks(Source("x.py", f"import torch\n{line}\n")) == [(2, code) for code in codes]


# The three proofs


@every_case
def test_the_findings_are_exactly_the_marks(case: Case, bench: Bench) -> None:
    assert list(static_flaws(case, bench)) == []


@every_case
def test_the_fix_gives_the_fixed_program(case: Case, bench: Bench) -> None:
    assert list(fix_flaws(case, bench)) == []


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
    if reason := other_release(file):
        pytest.skip(reason)
    seen = record_of(observations[program].result())
    assert list(torch_flaws(expected, seen, file.python == RUNNING_PYTHON)) == []


# What the rules claim and what torch does are the same thing.


@every_case
def test_the_rules_claim_what_torch_does(case: Case, bench: Bench) -> None:
    assert list(claim_flaws(case, bench, evidence_of(case.path.parent).records)) == []


@every_mistake
def test_torch_shows_a_step_in_the_wrong_order(case: Case) -> None:
    """By its warning or, where it gives none, by LRs that differ from those of the fixed program."""
    if case.code != "LR101":
        pytest.skip("about LR101 alone")
    before = recorded(case.path)
    differs = case.fixed is not None and not same_rates(before.rates, recorded(case.fixed).rates)
    assert before.has_order_warning or differs


# The folders are complete.


def test_every_rule_has_a_folder_and_every_folder_a_rule() -> None:
    assert [folder.name for folder in folders()] == [registered.rule.code for registered in load_rules()]


@every_folder
def test_every_rule_has_enough_cases(folder: Path) -> None:
    traps = [case.is_trap for case in all_cases() if case.code == folder.name]
    assert traps.count(False) >= MISTAKES_PER_RULE
    assert traps.count(True) >= TRAPS_PER_RULE


@every_folder
def test_every_folder_is_in_order(folder: Path) -> None:
    recorded, runnable = set(evidence_of(folder).records), set(map(program_name, runnable_in(folder)))
    assert [*folder_flaws(folder), *evidence_flaws(recorded, runnable)] == []


@pytest.mark.parametrize("registered", load_rules(), ids=lambda registered: str(registered.rule.code))
def test_every_page_is_in_order(registered: RegisteredRule) -> None:
    assert list(page_flaws(registered)) == []
