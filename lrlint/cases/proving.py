"""Rules proven on the torch that is installed, whichever release that is: by their cases, or by their examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path

from lrlint.cases.bench import Bench
from lrlint.cases.case import FIXED, TRAP, Case, cases_in, is_static_only, program_name, title
from lrlint.cases.claims import Aspect, Difference, differences, has_warning, lacks
from lrlint.cases.measuring import observe
from lrlint.config.policy import Policy
from lrlint.edit import Applicability
from lrlint.examples import NOT_RUN, Example, Run
from lrlint.finding import Finding
from lrlint.registry import RegisteredRule
from lrlint.rule import Severity
from lrlint.runtime.evidence import ObservationError, Observer, as_rate
from lrlint.runtime.records import FILE, ORDER_WARNING, Record, read, record_of, same_rates
from lrlint.torch_api.target import Target, UnknownReleaseError, exact_target, newest_target
from lrlint.torch_api.versions import version


class State(Enum):
    """How the proof of a case ends."""

    HOLDS = "ok"
    FAILS = "FAILED"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class CaseProof:
    """What torch did with a case, and what follows.

    `texts` tell what is wrong, or why it was skipped; `news` what torch does besides that is not recorded.  `before`
    and `after` are what torch did, None where it was not asked; `by_hand`: no fix made the program after, but a person.
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
    """The cases of a rule, what torch did with their programs when they were recorded, and which release that was."""

    cases: Sequence[Case]
    records: Mapping[str, Record]
    release: str


def target_of(release: str) -> Target:
    """The installed torch as a target of rules: one that is not known yet counts as the newest that is."""
    try:
        return exact_target(release)
    except UnknownReleaseError:
        return newest_target()


@dataclass(frozen=True, slots=True)
class Benches:
    """What the rules say of the installed torch, and of the one that the cases are written for."""

    target: Target
    here: Bench
    there: Bench


def benches_for(rules: Sequence[RegisteredRule], target: Target) -> Benches:
    """Those that check programs as code for this torch, and for the newest one that is known."""
    policy, there = Policy(target=target), Bench(rules)
    here = there if target == newest_target() else Bench(rules, lambda path: policy)
    return Benches(target, here, there)


def stock_in(folder: Path) -> Stock:
    """The cases in the folder of a rule."""
    evidence = read(folder / FILE)
    return Stock(cases_in(folder), evidence.records, evidence.torch)


def stock_of(example: Example, folder: Path) -> Stock:
    """The example of a rule as a case, written into a folder of the rule's code."""
    folder.mkdir(parents=True, exist_ok=True)
    before = folder / f"{example.name}.py"
    after = folder / f"{example.name}{TRAP if example.by_hand else FIXED}.py"
    records = {}
    for path, run in ((before, example.before), (after, example.after)):
        if run is not None:
            path.write_text(run.text, encoding="utf-8")
        if run is not None and run.outcome != NOT_RUN:
            records[path.name] = _record(run)
    return Stock([case for case in cases_in(folder) if not case.is_trap], records, example.torch)


def _record(run: Run) -> Record:
    """What torch did with a program of an example, in the form of evidence."""
    rates = tuple(tuple(as_rate(step[0] if len(step) == 1 else step) for step in steps) for steps in run.lr)
    return Record(run.outcome, run.warnings, run.error, rates)


def prove(stock: Stock, benches: Benches, observer: Observer) -> Iterator[CaseProof]:
    """The proofs of cases, one after the other."""
    prover = _Prover(stock, benches, observer)
    for case in stock.cases:
        yield prover.prove(case)


@dataclass(frozen=True, slots=True)
class _Trial:
    """The programs of a case on this torch, with what is recorded of them; `after` where it is repaired."""

    case: Case
    findings: Sequence[Finding]
    expected: Record
    seen: Record
    expected_after: Record | None = None
    seen_after: Record | None = None

    @property
    def claims_rates(self) -> bool:
        """Whether its rule says more of it than that torch warns."""
        own = [finding.severity for finding in self.findings if finding.rule.code == self.case.code]
        return any(severity not in (Severity.DEPRECATION, Severity.STYLE) for severity in own)

    @property
    def changes_rates(self) -> bool:
        """Whether the repair changes the LRs on this torch."""
        return self.seen_after is not None and not same_rates(self.seen.rates, self.seen_after.rates)

    @property
    def is_otherwise_repaired(self) -> bool:
        """Whether the repair changes LRs that it did not change when it was recorded, or the other way about.

        Other numbers alone are those of another release.  Without a repair nothing but the numbers can tell.
        """
        if self.expected_after is None:
            return True
        return self.changes_rates is same_rates(self.expected.rates, self.expected_after.rates)


@dataclass(frozen=True, slots=True)
class _Prover:
    stock: Stock
    benches: Benches
    observer: Observer

    def prove(self, case: Case) -> CaseProof:
        """The proof of one case."""
        if is_static_only(case.path):
            return CaseProof(case, State.SKIPPED, ("it needs what is no part of torch",))
        expected = self.stock.records.get(program_name(case.path))
        if expected is None:
            return CaseProof(case, State.SKIPPED, ("there is no evidence",))
        findings = [] if case.is_trap else self.benches.here.lint(case.path)
        if not case.is_trap and not any(finding.rule.code == case.code for finding in findings):
            return CaseProof(case, State.SKIPPED, ("the rule claims nothing of this torch",))
        try:
            return self._proof(case, findings, expected)
        except ObservationError as error:
            return CaseProof(case, State.FAILS, (str(error),))

    def _proof(self, case: Case, findings: Sequence[Finding], expected: Record) -> CaseProof:
        seen = self._seen(case.path)
        if reason := self._lacks(expected, seen):
            return CaseProof(case, State.SKIPPED, (_needs(reason),), (), seen)
        trial = _Trial(case, findings, expected, seen)
        repaired = _repaired(case)
        if repaired is not None and (expected_after := self.stock.records.get(program_name(repaired))):
            after = self._seen(repaired)
            if reason := self._lacks(expected_after, after):
                return CaseProof(case, State.SKIPPED, (_needs(f"once repaired, {reason}"),), (), seen, after)
            trial = replace(trial, expected_after=expected_after, seen_after=after)
        flaws, news = self._judged(trial)
        state = State.FAILS if flaws else State.HOLDS
        return CaseProof(case, state, tuple(flaws), tuple(news), seen, trial.seen_after, case.fixed is None)

    def _seen(self, program: Path) -> Record:
        return record_of(observe(program, self.observer))

    def _lacks(self, expected: Record, seen: Record) -> str | None:
        """What a program uses that this torch does not have yet.  What a newer torch has no more is its change."""
        return lacks(expected, seen) if self._is_older else None

    def _judged(self, trial: _Trial) -> tuple[list[str], list[str]]:
        """What torch does that contradicts the rules, and what it does besides that is not recorded."""
        flaws = [*_severity_flaws(trial), *_fix_flaws(trial)]
        found = [(one, one.text, self._contradicts(one, trial)) for one in differences(trial.expected, trial.seen)]
        if any(is_flaw for _, _, is_flaw in found) and not self._claims_the_same(trial):
            found = []  # the record is of what the rules claim of another torch
        if trial.expected_after is not None and trial.seen_after is not None:
            after = differences(trial.expected_after, trial.seen_after)
            found += [(one, f"once repaired, {one.text}", self._contradicts_right(one)) for one in after]
        flaws += (text for _, text, is_flaw in found if is_flaw)
        return flaws, [text for _, text, is_flaw in found if not is_flaw]

    def _contradicts(self, one: Difference, trial: _Trial) -> bool:
        """Whether it matters that torch does otherwise with a case than is recorded."""
        if trial.case.is_trap:
            return self._contradicts_right(one)
        if one.aspect is Aspect.FEWER_WARNINGS:
            return self._is_claimed(one, trial)
        if one.aspect is Aspect.PLACE_OF_ERROR:
            return not self._is_older
        if one.aspect is Aspect.RATES and self._is_older:
            return trial.claims_rates and trial.is_otherwise_repaired
        return one.aspect is not Aspect.MORE_WARNINGS

    def _contradicts_right(self, one: Difference) -> bool:
        """The same for a program that is right: a trap, or what a repair has made."""
        return one.aspect is Aspect.ERROR or (not self._is_older and one.aspect in (Aspect.ORDER, Aspect.RATES))

    def _is_claimed(self, one: Difference, trial: _Trial) -> bool:
        """Whether a rule claims the warning: a repair silences it, and older releases have it, too."""
        if one.said is None or (trial.expected_after is not None and has_warning(trial.expected_after, one.said)):
            return False
        is_deprecated = any(finding.severity is Severity.DEPRECATION for finding in trial.findings)
        return not self._is_older or is_deprecated or one.said.message in ORDER_WARNING

    @property
    def _is_older(self) -> bool:
        """Whether this torch is older than the one of the records."""
        return self.benches.target.newest < version(self.stock.release)

    def _claims_the_same(self, trial: _Trial) -> bool:
        """Whether the rules say the same of this torch as of that of the records."""
        here, there = (
            Counter((finding.path, finding.range.line, finding.rule.code, finding.severity) for finding in findings)
            for findings in (trial.findings, [] if trial.case.is_trap else self.benches.there.lint(trial.case.path))
        )
        return here == there


def _needs(reason: str) -> str:
    return f"it needs a newer torch: {reason}"


def _repaired(case: Case) -> Path | None:
    """The program after the repair: by the fix or, for want of one, by a person."""
    if case.is_trap or case.fixed is not None:
        return case.fixed
    by_hand = case.path.with_name(f"{title(case.path)}{TRAP}{case.path.suffix}")
    return by_hand if by_hand.exists() else None


def _severity_flaws(trial: _Trial) -> Iterator[str]:
    """Where torch raises and no finding says so, or the other way about."""
    claims = any(finding.severity is Severity.ERROR for finding in trial.findings)
    if not trial.case.is_trap and claims is not (trial.seen.error is not None):
        yield "a finding says that torch raises, and it does not" if claims else "torch raises, and no finding says so"


def _fix_flaws(trial: _Trial) -> Iterator[str]:
    """What a fix does that it must not."""
    if trial.case.fixed is None or trial.seen_after is None:
        return
    if trial.seen_after.error is not None:
        yield f"the fixed program raises {trial.seen_after.error}"
    is_safe = all(finding.fix.applicability is Applicability.SAFE for finding in trial.findings if finding.fix)
    if is_safe and trial.seen.error is None and trial.changes_rates:
        yield "the fix is called safe, and the LRs are others"
