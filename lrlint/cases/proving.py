"""Rules proven on the torch that is installed, whichever release that is: by their cases, or by their examples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from lrlint.cases.bench import Bench
from lrlint.cases.case import TRAP, Case, cases_in, is_static_only, program_name, title
from lrlint.cases.claims import contradictions, lacks, news
from lrlint.cases.measuring import observe
from lrlint.config.policy import Policy
from lrlint.edit import Applicability
from lrlint.examples import Example, Run
from lrlint.finding import Finding
from lrlint.registry import RegisteredRule
from lrlint.rule import Severity
from lrlint.runtime.evidence import ObservationError, Observer, as_rate
from lrlint.runtime.records import FILE, Record, read, record_of, same_rates
from lrlint.torch_api.target import Target, UnknownReleaseError, exact_target, newest_target


class State(Enum):
    """How the proof of a case ends."""

    HOLDS = "ok"
    FAILS = "FAILED"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CaseProof:
    """What torch did with a case, and what follows.

    `texts` tell what is wrong, or why it was skipped; `news` what torch says besides. `before` and `after` are what torch
    did, None where it was not asked; `by_hand`: no fix made the program after, but a person.
    """

    case: Case
    state: State
    texts: tuple[str, ...] = ()
    news: tuple[str, ...] = ()
    before: Record | None = None
    after: Record | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Stock:
    """The cases of a rule, and what torch did with their programs when they were recorded."""

    cases: Sequence[Case]
    records: Mapping[str, Record]


def target_of(release: str) -> Target:
    """The installed torch as a target of rules: one that is not known yet counts as the newest that is."""
    try:
        return exact_target(release)
    except UnknownReleaseError:
        return newest_target()


def bench_for(rules: Sequence[RegisteredRule], target: Target) -> Bench:
    """Checks programs as code that is meant for this torch."""
    policy = Policy(target=target)
    return Bench(rules, lambda path: policy)


def stock_in(folder: Path) -> Stock:
    """The cases in the folder of a rule."""
    return Stock(cases_in(folder), read(folder / FILE).records)


def stock_of(example: Example, folder: Path) -> Stock:
    """The example of a rule as a case, written into a folder of the rule's code."""
    folder.mkdir(parents=True, exist_ok=True)
    before, after = folder / f"{example.name}.py", None
    runs = {before: example.before}
    if example.after is not None:
        after = folder / f"{example.name}.fixed.py"
        runs[after] = example.after
    for path, run in runs.items():
        path.write_text(run.text, encoding="utf-8")
    if example.by_hand and after is not None:
        after = after.rename(folder / f"{example.name}{TRAP}.py")
    case = Case(folder.name, before, None if example.by_hand else after)
    records = {path.name: _record(run) for path, run in ((before, example.before), (after, example.after)) if path and run}
    return Stock((case,), records)


def _record(run: Run) -> Record:
    """What torch did with a program of an example, in the form of evidence."""
    rates = tuple(tuple(as_rate(step[0] if len(step) == 1 else step) for step in steps) for steps in run.lr)
    return Record(run.outcome, run.warnings, run.error, rates)


def prove(stock: Stock, bench: Bench, observer: Observer) -> Iterator[CaseProof]:
    """The proofs of cases, one after the other."""
    prover = _Prover(stock.records, bench, observer)
    for case in stock.cases:
        yield prover.prove(case)


@dataclass(frozen=True, slots=True)
class _Prover:
    records: Mapping[str, Record]
    bench: Bench
    observer: Observer

    def prove(self, case: Case) -> CaseProof:
        """The proof of one case."""
        if is_static_only(case.path):
            return CaseProof(case, State.SKIPPED, ("it is not run, as it needs what is no part of torch",))
        expected = self.records.get(program_name(case.path))
        if expected is None:
            return CaseProof(case, State.SKIPPED, ("there is no evidence of it",))
        findings = [] if case.is_trap else self.bench.lint(case.path)
        if not case.is_trap and not any(finding.rule.code == case.code for finding in findings):
            return CaseProof(case, State.SKIPPED, ("the rule does not claim it of this torch",))
        try:
            return self._judged(case, findings, expected)
        except ObservationError as error:
            return CaseProof(case, State.FAILS, (str(error),))

    def _judged(self, case: Case, findings: Sequence[Finding], expected: Record) -> CaseProof:
        before = self._seen(case.path)
        if reason := lacks(expected, before):
            return CaseProof(case, State.SKIPPED, (_needs(reason),), (), before)
        flaws = [*contradictions(expected, before), *_severity(case, findings, before)]
        said = list(news(expected, before))
        repaired = _repaired(case)
        after = None
        if repaired is not None and not is_static_only(repaired):
            after = self._seen(repaired)
            expected_after = self.records.get(program_name(repaired), after)
            if reason := lacks(expected_after, after):
                return CaseProof(case, State.SKIPPED, (_needs(f"once repaired, {reason}"),), (), before, after)
            flaws += (f"once repaired, {flaw}" for flaw in contradictions(expected_after, after))
            flaws += _fix(findings, before, after) if case.fixed is not None else ()
            said += (f"once repaired, {text}" for text in news(expected_after, after))
        state = State.FAILS if flaws else State.HOLDS
        return CaseProof(case, state, tuple(flaws), tuple(said), before, after, case.fixed is None)

    def _seen(self, program: Path) -> Record:
        return record_of(observe(program, self.observer))


def _needs(reason: str) -> str:
    return f"it needs another torch: {reason}"


def _repaired(case: Case) -> Path | None:
    """The program after the repair: by the fix or, for want of one, by a person."""
    if case.is_trap or case.fixed is not None:
        return case.fixed
    by_hand = case.path.with_name(f"{title(case.path)}{TRAP}{case.path.suffix}")
    return by_hand if by_hand.exists() else None


def _severity(case: Case, findings: Sequence[Finding], before: Record) -> Iterator[str]:
    """Where torch raises and no finding says so, or the other way about."""
    claims = any(finding.severity is Severity.ERROR for finding in findings)
    if not case.is_trap and claims is not (before.error is not None):
        yield "a finding says that torch raises, and it does not" if claims else "torch raises, and no finding says so"


def _fix(findings: Sequence[Finding], before: Record, after: Record) -> Iterator[str]:
    """What a fix does that it must not."""
    if after.error is not None:
        yield f"the fixed program raises {after.error}"
    is_safe = all(finding.fix.applicability is Applicability.SAFE for finding in findings if finding.fix)
    if is_safe and before.error is None and not same_rates(before.rates, after.rates):
        yield "the fix is called safe, and the LRs are others"
