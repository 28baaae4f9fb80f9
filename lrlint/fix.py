"""Fixing: choose fixes, apply them pass by pass, and prove after each pass that nothing was harmed.

A file is repaired completely or not at all: if one check of one pass fails, the source is given back as it
came, with a sentence that says why.
"""

from __future__ import annotations

import io
import re
import tokenize
import warnings
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

from lrlint.edit import Applicability, Edit, apply_edits
from lrlint.finding import Finding
from lrlint.legacy import modern_text
from lrlint.profile import timed
from lrlint.source import Range, Source, UndecodableError

MAX_PASSES = 10

# CPython's own limit.  LibCST's native parser has none and kills the process at about 1,250 levels.
MAX_BRACKET_LEVELS = 200

Lint = Callable[[Source], Sequence[Finding]]
Span = tuple[int, int]  # start and end offset


@dataclass(frozen=True, slots=True)
class FixResult:
    """What fixing made of a source.

    `source` is the text after the fixes (the very object that was given if none was applied), `findings`
    what is left in it, and `applied` every finding whose fix was applied; each of those has its place in the
    text of its own pass.  `problem` is None, or says in a sentence why fixing was given up; source and
    findings are then the original ones, and nothing counts as applied.
    """

    source: Source
    findings: tuple[Finding, ...]
    applied: tuple[Finding, ...]
    problem: str | None


class _GivenUpError(Exception):
    """The fixes of some findings can't be applied, for a reason that people understand."""

    def __init__(self, findings: Iterable[Finding], reason: str) -> None:
        codes = sorted({finding.rule.code for finding in findings})
        subject = "the fix of" if len(codes) == 1 else "the fixes of"
        super().__init__(f"{subject} {', '.join(codes)} can't be applied: {reason}")


@timed("fix")
def fix_source(source: Source, lint: Lint, unsafe: bool) -> FixResult:
    """`source` with the safe fixes of what `lint` finds in it, and the unsafe ones too if `unsafe`.

    Fixes that get in each other's way wait for the next of at most 10 passes.  After each pass the text must
    read back from its encoded bytes, parse, compile if it did before and hold all its comments, and each repaired
    finding must be gone.  Raises nothing of its own; what `lint` raises passes through.
    """
    findings = tuple(lint(source))
    try:
        return _fix_until_stable(source, findings, lint, unsafe)
    except _GivenUpError as error:
        return FixResult(source, findings, (), str(error))


def _fix_until_stable(source: Source, findings: tuple[Finding, ...], lint: Lint, unsafe: bool) -> FixResult:
    passes: list[list[Finding]] = []
    texts = [source.text]
    while chosen := _choose(findings, unsafe):
        if len(passes) == MAX_PASSES:
            raise _GivenUpError([*passes[-1], *chosen], f"there are still more of them after {MAX_PASSES} passes")
        source, findings = _run_pass(source, findings, chosen, lint)
        passes.append(chosen)
        if source.text in texts:
            cycle = passes[texts.index(source.text) :]
            raise _GivenUpError(chain.from_iterable(cycle), "they lead back to the same text for ever")
        texts.append(source.text)
    return FixResult(source, findings, tuple(chain.from_iterable(passes)), None)


def _choose(findings: Iterable[Finding], unsafe: bool) -> list[Finding]:
    """The findings whose fixes this pass applies, in order of (range, code).

    Equal fixes are one.  A fix is taken whole, and only if none of its edits overlaps or touches an edit of
    another: the text that two neighbours leave behind is nothing that either of their rules has seen.
    """
    allowed = set(Applicability) if unsafe else {Applicability.SAFE}
    fixable = [finding for finding in findings if finding.fix and finding.fix.applicability in allowed]
    chosen: list[Finding] = []
    taken_fixes: set[tuple[Edit, ...]] = set()
    taken: list[Span] = []
    for finding in sorted(fixable, key=lambda finding: (finding.range, finding.rule.code, _edits(finding))):
        edits = _edits(finding)
        if edits not in taken_fixes:
            spans = [_span(edit.range) for edit in edits]
            if any(_meets(span, taken) for span in spans):
                continue
            taken_fixes.add(edits)
            for span in spans:
                insort(taken, span)
        chosen.append(finding)
    return chosen


def _edits(finding: Finding) -> tuple[Edit, ...]:
    return finding.fix.edits if finding.fix else ()


def _span(range_: Range) -> Span:
    return range_.start, range_.end


def _meets(span: Span, taken: list[Span]) -> bool:
    """Whether a span overlaps or touches one of the taken ones, which are sorted and don't overlap."""
    start, end = span
    index = bisect_left(taken, start, key=lambda other: other[1])
    return index < len(taken) and taken[index][0] <= end


def _run_pass(
    source: Source, findings: tuple[Finding, ...], chosen: list[Finding], lint: Lint
) -> tuple[Source, tuple[Finding, ...]]:
    """The source with the chosen fixes applied and checked, and what is found in it."""
    edits = [edit for fix in dict.fromkeys(map(_edits, chosen)) for edit in fix]
    try:
        text = apply_edits(source.text, edits)
        fixed = source.with_text(text, [(edit.range, edit.content) for edit in edits])
    except ValueError as error:
        raise _GivenUpError(chosen, str(error)) from None
    if problem := _encoding_problem(fixed) or _syntax_problem(source, fixed) or _comment_problem(source, text, edits):
        raise _GivenUpError(chosen, problem)
    left = tuple(lint(fixed))
    for finding in _not_gone(chosen, findings, left, edits):
        raise _GivenUpError([finding], f"the mistake on line {finding.range.line} would still be there")
    return fixed, left


def _encoding_problem(fixed: Source) -> str | None:
    """The bytes must read back as the very same source: an edit may move or change the coding cookie."""
    try:
        reread = fixed.reread()
    except UnicodeEncodeError as error:
        return f"the file's encoding, {fixed.encoding}, has no {error.object[error.start]!r}"
    except UndecodableError as error:
        return f"the file could not be read any more: {error}"
    return None if reread == fixed else f"the file would not be read as {fixed.encoding} any more"


def _syntax_problem(source: Source, fixed: Source) -> str | None:
    """LibCST and the compiler must both agree: LibCST accepts `f(a=1, a=2)`, older compilers refuse newer syntax.

    Code of Python 3.6, where `async` was a name, is judged with another name in its place.
    """
    before, after = modern_text(source), modern_text(fixed)
    refusal = _compiler_refusal(after)
    if refusal and not _compiler_refusal(before):
        return f"the result does not compile: {refusal}"
    if refusal and _bracket_levels(after) > MAX_BRACKET_LEVELS:
        return "the result is nested too deeply"

    import libcst  # costs more than everything else here, so only when there is something to check

    try:
        libcst.parse_module(after)
    except libcst.ParserSyntaxError as error:
        return f"the result does not parse: line {error.editor_line}"
    return None


def _compiler_refusal(text: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, "<fixed>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"line {error.lineno}: {error.msg}"
    except (RecursionError, MemoryError):
        return "it is nested too deeply"
    return None


def _bracket_levels(text: str) -> float:
    """How deep brackets are nested; infinitely if the tokens of the text can't be told."""
    steps = dict.fromkeys("([{", 1) | dict.fromkeys(")]}", -1)
    try:
        return max(accumulate(steps.get(token.string, 0) for token in _tokens(text)))
    except (tokenize.TokenError, SyntaxError):
        return float("inf")


def _comment_problem(source: Source, after: str, edits: Sequence[Edit]) -> str | None:
    """What edits of comments alone do to them is meant; others must leave them as they are."""
    try:
        before = [token for token in _tokens(source.text) if token.type == tokenize.COMMENT]
        kept = Counter(token.string for token in before if not _is_edited(token, source, edits))
        lost = kept - Counter(token.string for token in _tokens(after) if token.type == tokenize.COMMENT)
    except (tokenize.TokenError, SyntaxError):
        return "the comments before and after can't be compared"
    return f"the comment {next(iter(lost))!r} would be lost" if lost else None


def _is_edited(comment: tokenize.TokenInfo, source: Source, edits: Iterable[Edit]) -> bool:
    """Whether an edit changes a comment, and nothing else but white space."""
    start = source.line_starts[comment.start[0] - 1] + comment.start[1]
    end = start + len(comment.string)
    around = [edit.range for edit in edits if start < edit.range.end and edit.range.start <= end]
    return any(
        not (source.text[one.start : min(start, one.end)] + source.text[max(end, one.start) : one.end]).strip()
        for one in around
    )


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    # Python ends a line at a lone \r, tokenize does not.
    return tokenize.generate_tokens(io.StringIO(re.sub("\r\n?", "\n", text)).readline)


def _not_gone(
    chosen: Iterable[Finding], before: Iterable[Finding], after: Iterable[Finding], edits: Iterable[Edit]
) -> Iterator[Finding]:
    """Those of the chosen findings whose mistake is still reported after the edits.

    The place of a finding is its range together with the edits of its fix, so that a moved statement is followed
    to where it went.  At that place there must be no more findings of its rule than there were before, not
    counting those that this pass repaired.  Findings elsewhere don't count: a fix may bring others to light.
    """
    shift = _Shift(edits)
    repaired = set(chosen)
    known = _spans_by_code(finding for finding in before if finding not in repaired)
    reported = _spans_by_code(after)
    for finding in chosen:
        code = finding.rule.code
        place = [_span(finding.range), *(_span(edit.range) for edit in _edits(finding))]
        if _count_at(map(shift.span, place), reported[code]) > _count_at(place, known[code]):
            yield finding


def _spans_by_code(findings: Iterable[Finding]) -> defaultdict[str, list[Span]]:
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for finding in findings:
        spans[finding.rule.code].append(_span(finding.range))
    return spans


def _count_at(place: Iterable[Span], spans: Iterable[Span]) -> int:
    parts = list(place)
    return sum(any(start < part_end and part_start < end for part_start, part_end in parts) for start, end in spans)


class _Shift:
    """Where the spans of a text are after edits that don't overlap."""

    def __init__(self, edits: Iterable[Edit]) -> None:
        ordered = sorted(edits)
        self._edited = [_span(edit.range) for edit in ordered]
        growth = (len(edit.content) - (edit.range.end - edit.range.start) for edit in ordered)
        self._shifts = [0, *accumulate(growth)]

    def span(self, span: Span) -> Span:
        """`span` in the edited text, grown by what is inserted at its ends and by each edit that reaches into it."""
        start, end = span
        first = bisect_left(self._edited, (start,))
        if first and self._edited[first - 1][1] > start:
            first -= 1
            start = self._edited[first][0]
        last = bisect_right(self._edited, (end, end))
        if last and self._edited[last - 1][1] > end:
            end = self._edited[last - 1][1]
        return start + self._shifts[first], end + self._shifts[last]
