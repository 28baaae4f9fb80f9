"""Judgements: whether torch does with a reproduction what a finding claims."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from lrlint.finding import Finding
from lrlint.reproduction.record import Reproduction
from lrlint.reproduction.wholeness import NOT_WHOLE, is_missing, is_of_script
from lrlint.rule import Proof, Severity
from lrlint.runtime.evidence import ErrorEvidence, Evidence, WarningEvidence
from lrlint.runtime.records import same_rates
from lrlint.verdict import Outcome


@dataclass(frozen=True, slots=True)
class Trial:
    """A reproduction that has run, and what stands for the program without the mistake, where there is such a thing."""

    reproduction: Reproduction
    before: Evidence
    after: Evidence | None = None


def judge(finding: Finding, trial: Trial) -> tuple[Outcome, str]:
    """Whether a finding is confirmed by what torch did, and the sentence that says why."""
    before, after, marked = trial.before, trial.after, trial.reproduction.marked
    error = before.error
    if error is not None:
        if finding.severity is Severity.ERROR and _shows(trial, error):
            return Outcome.CONFIRMED, f"torch raises {error.type}: {error.message}"
        is_warned = any(one.line in marked for one in before.warnings)
        if not is_warned and (error.line in marked or not _is_healed(after)):
            ends = NOT_WHOLE + ":" if is_of_script(error, trial.reproduction) else "its script ends otherwise, with"
            return Outcome.NOT_REPRODUCIBLE, f"{ends} {error.type}: {error.message}"
    if not marked:
        return Outcome.NOT_REPRODUCIBLE, "it is about code that builds and steps nothing"
    if marked.isdisjoint(before.lines):
        return Outcome.NOT_REPRODUCIBLE, "its script does not come to the place"
    warning = _warning_at(before, after, marked | trial.reproduction.related)
    if finding.severity is not Severity.ERROR and warning is not None:
        return Outcome.CONFIRMED, f"torch warns: {warning.message}"
    if finding.severity is not Severity.ERROR and after is not None and not _same(before, after):
        return Outcome.CONFIRMED, "the LRs are others without it"
    if finding.rule.proof is Proof.CONSTANT and _never_changes(before):
        return Outcome.CONFIRMED, "the LR never changes"
    return _unseen(finding, trial)


def _never_changes(evidence: Evidence) -> bool:
    """Whether some optimizer takes several steps, all with one LR."""
    return any(len(rates) > 1 and len(set(rates)) == 1 for rates in evidence.rates)


def _shows(trial: Trial, error: ErrorEvidence) -> bool:
    """Whether an exception is the one that a finding announces: not one that only comes from what stands for things."""
    made = trial.reproduction
    if is_missing(error):
        return False
    if not error.is_of_torch and "'NoneType'" in error.message and any(one.text == "None" for one in made.stand_ins):
        return False
    if error.line in made.marked:
        return True
    is_behind = not made.marked.isdisjoint(trial.before.lines)
    return is_behind and (_is_healed(trial.after) or error.is_of_torch)


def _unseen(finding: Finding, trial: Trial) -> tuple[Outcome, str]:
    """What a run says in which the mistake does not show."""
    if finding.severity is Severity.ERROR:
        if trial.reproduction.stand_ins:
            shown = trial.reproduction.stand_ins[0]
            return Outcome.NOT_REPRODUCIBLE, f"torch does not raise, but that may hang on what `{shown.original}` is"
        return Outcome.REFUTED, "torch does not raise"
    if trial.after is None:
        return Outcome.NOT_REPRODUCIBLE, "torch says nothing of it, and there is no fix to compare the LRs with"
    return Outcome.NOT_REPRODUCIBLE, "the LRs are the same with its fix: what it changes is something else"


def _is_healed(after: Evidence | None) -> bool:
    return after is not None and after.error is None


def _warning_at(before: Evidence, after: Evidence | None, marked: Collection[int]) -> WarningEvidence | None:
    """A warning that comes from the place of a finding, or one that is gone with its fix."""
    at = [one for one in before.warnings if one.line in marked]
    if at:
        return at[0]
    left = {one.message for one in after.warnings} if after is not None else set()
    gone = [one for one in before.warnings if one.message not in left] if after is not None else []
    return gone[0] if gone else None


def _same(before: Evidence, after: Evidence) -> bool:
    """Whether two runs used the same LRs; optimizers that were never stepped do not count."""
    left, right = (tuple(one for one in evidence.rates if one) for evidence in (before, after))
    return same_rates(left, right)
