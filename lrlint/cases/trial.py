"""The trial of one rule: its form, and all proofs of its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrlint.cases.bench import Bench
from lrlint.cases.case import Case, cases_in, program_name, runnable_in
from lrlint.cases.measuring import measured_flaws, other_release
from lrlint.cases.proofs import claim_flaws, fix_flaws, static_flaws
from lrlint.cases.shape import evidence_flaws, folder_flaws, page_flaws
from lrlint.registry import RegisteredRule
from lrlint.runtime.evidence import Observer
from lrlint.runtime.records import FILE, read


@dataclass(frozen=True, slots=True)
class Proof:
    """One proof of a rule: what is wrong, in texts for people; or why it was skipped."""

    name: str
    flaws: tuple[str, ...] = ()
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """All proofs of a rule."""

    registered: RegisteredRule
    cases: int
    proofs: tuple[Proof, ...]

    @property
    def flaws(self) -> int:
        """How many things are wrong."""
        return sum(len(proof.flaws) for proof in self.proofs)


def trial_of(
    registered: RegisteredRule,
    fixtures: Path,
    bench: Bench,
    observer: Observer | str,
    is_wanted: Callable[[Case], bool] = lambda case: True,
) -> Trial:
    """The trial of a rule by those of its cases in the folder `fixtures` that are wanted.

    Instead of an observer there may be the reason why programs are not run.
    """
    folder = fixtures / registered.rule.code
    cases = [case for case in cases_in(folder) if is_wanted(case)]
    form = (*page_flaws(registered), *folder_flaws(folder))
    return Trial(
        registered,
        len(cases),
        (
            Proof("form", form),
            Proof("static", _of_each(cases, lambda case: static_flaws(case, bench))),
            Proof("fix", _of_each(cases, lambda case: fix_flaws(case, bench))),
            _torch(folder, cases, bench, observer),
        ),
    )


def _of_each(cases: Sequence[Case], flaws: Callable[[Case], Iterator[str]]) -> tuple[str, ...]:
    return tuple(f"{case}: {flaw}" for case in cases for flaw in flaws(case))


def _torch(folder: Path, cases: Sequence[Case], bench: Bench, observer: Observer | str) -> Proof:
    name = "torch"
    if isinstance(observer, str):
        return Proof(name, skipped=observer)
    evidence = read(folder / FILE)
    if reason := other_release(evidence):
        return Proof(name, skipped=f"{reason}; measure anew with --record")
    wanted = {path for case in cases for path in (case.path, case.fixed)}
    runnable = runnable_in(folder)
    missing = evidence_flaws(set(evidence.records), set(map(program_name, runnable)))
    measured = ((path, measured_flaws(path, evidence, observer)) for path in runnable if path in wanted)
    flaws = (
        *missing,
        *(f"{path.name}: {flaw}" for path, found in measured for flaw in found),
    )
    claims = _of_each(cases, lambda case: claim_flaws(case, bench, evidence.records))
    return Proof(name, (*(f"{folder.name}/{flaw}" for flaw in flaws), *claims))
