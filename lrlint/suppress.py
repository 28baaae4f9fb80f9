"""Suppressions: comments that silence findings at one place.

`# noqa: LR101` and a bare `# noqa` as flake8 and ruff read them, and `# lrlint: ignore[LR101]`, which takes
codes and names, wants at least one of them, and may be followed by a reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lrlint.comments import Layout, layout_of, lines_of
from lrlint.finding import Finding
from lrlint.rule import Rule
from lrlint.source import Source

_NOQA = re.compile(r"#\s*noqa(?![\w-])(?:\s*:\s*(?P<listed>(?:[a-z]+[0-9]+[,\s]*)*))?", re.IGNORECASE)
_IGNORE = re.compile(r"#\s*lrlint:\s*ignore\[(?P<listed>[^\]]*)\]", re.IGNORECASE)
_WORD = re.compile(r"[^,\s]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word in the list of a suppression, and its offset in the source."""

    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.start + len(self.text)

    def means(self, rule: Rule) -> bool:
        """Whether it is the code or the name of a rule."""
        return self.text == rule.name or self.text.lower() == rule.code.lower()


@dataclass(frozen=True, slots=True)
class Directive:
    """A suppression as it is written, from `start` to `end`: on a line, in a comment or as the whole of it.

    `words` are None for a bare `# noqa`.  `is_own` says that it is lrlint's own form, `is_alone` that its line has no
    code.
    """

    line: int
    start: int
    end: int
    words: tuple[Word, ...] | None
    is_own: bool
    is_alone: bool

    def silences(self, rule: Rule) -> bool:
        """Whether it is about a rule."""
        return self.words is None or any(word.means(rule) for word in self.words)


def is_suppressed(source: Source, finding: Finding, heeds_noqa: bool = True) -> bool:
    """Whether a comment of `source` silences `finding`.

    Such a comment stands at the end of the first or last line of the finding or of its statement; an
    `ignore` may also stand alone on the line above either of them.  The text of a string is no comment.
    Not `heeds_noqa`: somebody else reads the comments `# noqa`.
    """
    return any(directive.silences(finding.rule) for directive in directives_about(source, finding, heeds_noqa))


def directives_about(source: Source, finding: Finding, heeds_noqa: bool = True) -> Iterator[Directive]:
    """The suppressions at places where they hold for a finding, whatever rules they name."""
    if not _has_any(source):
        return
    layout = layout_of(source)
    lines = lines_of(layout, finding)
    for line in lines:
        yield from (one for one in _directives(source, layout, line) if heeds_noqa or one.is_own)
    for line in dict.fromkeys(lines.starts):
        yield from (one for one in _directives(source, layout, line - 1) if one.is_own and one.is_alone)


def directives(source: Source) -> Iterator[Directive]:
    """All suppressions of a source; none if it can't be told what in it is a comment."""
    if not _has_any(source):
        return
    layout = layout_of(source)
    if layout.known < len(source.line_starts):
        return
    for line in layout.comments:
        yield from _directives(source, layout, line)


def _has_any(source: Source) -> bool:
    """Whether any text in a source looks like a suppression."""
    return bool(_NOQA.search(source.text) or _IGNORE.search(source.text))


def _directives(source: Source, layout: Layout, line: int) -> Iterator[Directive]:
    """The suppressions in the comment of a line."""
    if line < 1:
        return
    text = source.line_text(line)
    start = layout.comments.get(line, len(text) + 1 if line <= layout.known else 1)
    for form in (_NOQA, _IGNORE):
        for match in form.finditer(text):
            if match.start() + 1 >= start:
                yield _directive(match, line, source.line_starts[line - 1])


def _directive(match: re.Match[str], line: int, offset: int) -> Directive:
    is_own, is_alone = match.re is _IGNORE, match.string.lstrip().startswith("#")
    if match["listed"] is None:
        return Directive(line, offset + match.start(), offset + match.end(), None, is_own, is_alone)
    at = offset + match.start("listed")
    words = tuple(Word(word[0], at + word.start()) for word in _WORD.finditer(match["listed"]))
    end = words[-1].end if words and not is_own else offset + match.end()
    return Directive(line, offset + match.start(), end, words, is_own, is_alone)
