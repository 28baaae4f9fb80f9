"""Rules under guard: one that raises, or says what makes no sense, stops neither the others nor the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lrlint.edit import Fix
from lrlint.failures import describe
from lrlint.finding import Finding
from lrlint.installed import BUILT_IN_PACK
from lrlint.packs import shown_pack
from lrlint.registry import RegisteredRule
from lrlint.source import Range, Source

if TYPE_CHECKING:
    from lrlint.program import Program

ISSUES = "the project's issue tracker"


@dataclass(frozen=True, slots=True)
class RuleFailure:
    """A rule did not do its work in some files, whose paths are those that reports show."""

    registered: RegisteredRule
    paths: tuple[str, ...]
    reason: str
    error: BaseException | None = None

    def __str__(self) -> str:
        """A sentence for people."""
        rule, pack = self.registered.rule, self.registered.pack
        others = len(self.paths) - 1
        place = self.paths[0] + (f" and {others} other file{'s' * (others > 1)}" if others else "")
        if pack in ("", BUILT_IN_PACK):
            return f"internal error in {place}: {rule.code} failed: {self.reason}; please report it to {ISSUES}"
        return f"{place}: rule {rule.code} {rule.name} of {shown_pack(pack)} failed: {self.reason}"


OnFailure = Callable[[RuleFailure], None]


def findings_of(
    registered: RegisteredRule, program: Program, sources: Mapping[str, Source], on_failure: OnFailure
) -> Iterator[Finding]:
    """What a rule finds in a program of these sources, by path, as far as it gets and makes sense.

    Whatever it raises is a failure, also an exit, which would end the run as if all were well.
    """
    failure = _Failures(registered, tuple(sources), on_failure)
    sound: dict[int, Fix] = {}  # a rule may give one fix, with edits all over the file, to many findings
    try:
        for finding in registered.check(program):
            flaw = next(_flaws(finding, registered, sources, sound), None)
            if flaw is None:
                yield finding
            else:
                failure.tell(flaw)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001
        code = getattr(registered.check, "__code__", None)
        failure.tell(describe(error, code.co_filename if code else None), error)


@dataclass(frozen=True, slots=True)
class _Failures:
    registered: RegisteredRule
    paths: tuple[str, ...]
    on_failure: OnFailure

    def tell(self, reason: str, error: BaseException | None = None) -> None:
        self.on_failure(RuleFailure(self.registered, self.paths, reason, error))


def _flaws(
    finding: object, registered: RegisteredRule, sources: Mapping[str, Source], sound: dict[int, Fix]
) -> Iterator[str]:
    """What makes a finding one that can't be reported; fixes without a flaw are put into `sound`, by identity."""
    if not isinstance(finding, Finding):
        yield f"it yields {type(finding).__name__}, no Finding"
        return
    if finding.rule != registered.rule:
        yield "a finding is not of its own RULE"
    if not isinstance(finding.message, str) or not finding.message or "\n" in finding.message:
        yield f"the message {finding.message!r} is no line of text"
    yield from _flaws_of_range(finding.path, finding.range, sources, "a finding")
    for related in finding.related:
        yield from _flaws_of_range(related.path, related.range, sources, "a related place")
    if finding.fix is not None and id(finding.fix) not in sound:
        yield from _flaws_of_fix(finding.fix, finding.path, registered, sources)
        sound[id(finding.fix)] = finding.fix


def _flaws_of_fix(fix: Fix, path: str, registered: RegisteredRule, sources: Mapping[str, Source]) -> Iterator[str]:
    if fix.applicability not in registered.rule.fixes:
        yield f"a fix is {fix.applicability.value}, which is not among the `fixes` of its RULE"
    if not fix.edits:
        yield "a fix has no edits"
    for edit in fix.edits:
        yield from _flaws_of_range(path, edit.range, sources, "an edit")
    if any(other.range.start < one.range.end for one, other in pairwise(sorted(fix.edits))):
        yield "the edits of a fix overlap"


def _flaws_of_range(path: str, range_: Range, sources: Mapping[str, Source], what: str) -> Iterator[str]:
    source = sources.get(path)
    if source is None:
        yield f"{what} is in {path}, which is no file of the program"
    elif not 0 <= range_.start <= range_.end <= len(source.text):
        yield f"{what} is from {range_.start} to {range_.end}, and {path} has {len(source.text)} characters"
    elif source.range(range_.start, range_.end) != range_:
        yield f"{what} in {path} has lines or columns that are not those of its offsets"
