"""Suppressing what is found: a comment on each line with a finding, in place of its repair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from lrlint.comments import layout_of, lines_of
from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.fix import FixResult, Lint, fix_source
from lrlint.source import Source
from lrlint.suppress import Directive, directives_about


@dataclass(frozen=True, slots=True)
class Ignoring:
    """That findings are to be suppressed, with this reason in each new comment (may be empty)."""

    reason: str = ""


def ignore_findings(source: Source, lint: Lint, ignoring: Ignoring) -> FixResult:
    """`source` with comments that silence what `lint` finds in it; `applied` are the findings that they silence.

    A suppression at a place where it would hold is extended, else a comment is added to the first line that takes one.
    Findings that no comment can silence are left.  The text is checked as after fixes.
    """
    found: dict[str, Sequence[Finding]] = {}

    def lint_to_ignore(text: Source) -> Sequence[Finding]:
        found[text.text] = lint(text)
        fixes = _fixes(text, found[text.text], ignoring.reason)
        return [replace(finding, fix=fixes.get(finding)) for finding in found[text.text]]

    result = fix_source(source, lint_to_ignore, unsafe=False)
    return replace(result, findings=tuple(found[result.source.text]))


def ignoring_edit(source: Source, finding: Finding) -> Edit | None:
    """The edit that silences one finding; None if no comment can."""
    fix = _fixes(source, [finding], "").get(finding)
    return fix.edits[0] if fix is not None else None


def _fixes(source: Source, findings: Sequence[Finding], reason: str) -> Mapping[Finding, Fix]:
    """The edits that suppress findings; those at one place have the same."""
    places: dict[Directive | int, list[Finding]] = {}
    for finding in findings:
        place = _place(source, finding) if finding.rule.ignorable else None
        if place is not None:
            places.setdefault(place, []).append(finding)
    fixes: dict[Finding, Fix] = {}
    for place, group in places.items():
        codes = ", ".join(sorted({finding.rule.code for finding in group}))
        edit = (
            _extension(source, place, codes) if isinstance(place, Directive) else _comment(source, place, codes, reason)
        )
        fixes |= dict.fromkeys(group, Fix(Applicability.SAFE, f"suppress {codes}", (edit,)))
    return fixes


def _place(source: Source, finding: Finding) -> Directive | int | None:
    """The suppression to extend, or the line to add one to; None if there is neither."""
    return next(_extendable(source, finding), None) or next(_lines(source, finding), None)


def _extendable(source: Source, finding: Finding) -> Iterator[Directive]:
    for directive in directives_about(source, finding):
        at = _end_of_words(directive)
        if _lists_such(directive, finding) and source.is_editable(source.range(at, at)):
            yield directive


def _lists_such(directive: Directive, finding: Finding) -> bool:
    """Whether a suppression is lrlint's own, or lists a code of the same kind, so that other tools know it."""
    kind = finding.rule.code.rstrip("0123456789").lower()
    words = [word.text.lower() for word in directive.words or ()]
    return directive.is_own or any(word.rstrip("0123456789") == kind for word in words)


def _lines(source: Source, finding: Finding) -> Iterator[int]:
    layout = layout_of(source)
    for line in lines_of(layout, finding):
        at = _end_of_code(source, line)
        if layout.takes_comment(line, source.line_text(line)) and source.is_editable(source.range(at, at)):
            yield line


def _extension(source: Source, directive: Directive, codes: str) -> Edit:
    at = _end_of_words(directive)
    return Edit(source.range(at, at), f", {codes}" if directive.words else codes)


def _comment(source: Source, line: int, codes: str, reason: str) -> Edit:
    at = _end_of_code(source, line)
    return Edit(source.range(at, at), f"  # lrlint: ignore[{codes}]{' ' if reason else ''}{reason}")


def _end_of_words(directive: Directive) -> int:
    """The offset behind the last word of a list; in an empty one, before its bracket."""
    return directive.words[-1].end if directive.words else directive.end - 1


def _end_of_code(source: Source, line: int) -> int:
    return source.line_starts[line - 1] + len(source.line_text(line).rstrip())
