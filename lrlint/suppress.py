"""Suppressions: comments that silence findings.

`# noqa: LR101` and a bare `# noqa` as flake8 and ruff read them, and `# lrlint: ignore[LR101]`, which takes
codes and names, wants at least one of them, and may be followed by a reason.  Alone on its line, `file-ignore` in the
place of `ignore` is about the whole file, and `disable` about the lines up to `enable`, or to the end of its block.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from lrlint.comments import Layout, layout_of, lines_of
from lrlint.finding import Finding
from lrlint.rule import Rule
from lrlint.source import Source

_NOQA = re.compile(r"#\s*noqa(?![\w-])(?:\s*:\s*(?P<listed>(?:[a-z]+[0-9]+[,\s]*)*))?", re.IGNORECASE)
_OWN = re.compile(r"#\s*lrlint:\s*(?P<verb>ignore|file-ignore|disable|enable)\[(?P<listed>[^\]]*)\]", re.IGNORECASE)
_WORD = re.compile(r"[^,\s]+")


class Reach(Enum):
    """What a suppression is about, by the word that it begins with."""

    LINE = "ignore"
    FILE = "file-ignore"
    BEGIN = "disable"
    END = "enable"


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
    reach: Reach = Reach.LINE

    def silences(self, rule: Rule) -> bool:
        """Whether it is about a rule."""
        return self.words is None or any(word.means(rule) for word in self.words)


@dataclass(frozen=True, slots=True)
class Region:
    """The lines from `first` to `last`, in which a word of a directive silences; `end` is the word that ends it."""

    directive: Directive
    word: Word
    first: int
    last: int
    end: Word | None = None


def is_suppressed(source: Source, finding: Finding, heeds_noqa: bool = True) -> bool:
    """Whether a comment of `source` silences `finding`.

    Such a comment stands at the end of the first or last line of the finding or of its statement; an
    `ignore` may also stand alone on the line above either of them; or a region holds the first line of the finding.
    The text of a string is no comment.
    Not `heeds_noqa`: somebody else reads the comments `# noqa`.
    """
    near = directives_about(source, finding, heeds_noqa)
    return any(one.silences(finding.rule) for one in near) or any(regions_about(source, finding))


def directives_about(source: Source, finding: Finding, heeds_noqa: bool = True) -> Iterator[Directive]:
    """The suppressions of lines at places where they hold for a finding, whatever rules they name."""
    if not _has_any(source):
        return
    layout = layout_of(source)
    lines = lines_of(layout, finding)
    for line in lines:
        yield from (one for one in _of_line(source, layout, line) if heeds_noqa or one.is_own)
    for line in dict.fromkeys(lines.starts):
        yield from (one for one in _of_line(source, layout, line - 1) if one.is_own and one.is_alone)


def regions_about(source: Source, finding: Finding) -> Iterator[Region]:
    """The regions in which a finding is silenced."""
    line = finding.range.line
    for region in regions_of(source) if _has_any(source) else ():
        if region.first <= line <= region.last and region.word.means(finding.rule):
            yield region


@lru_cache(maxsize=1)  # as the layout
def regions_of(source: Source) -> tuple[Region, ...]:
    """The regions of a source, one for each word."""
    layout = layout_of(source)
    found = [one for line in layout.comments for one in _directives(source, layout, line)]
    wide = [one for one in found if one.is_alone and one.reach is not Reach.LINE]
    return tuple(region for one in wide for word in one.words or () for region in _regions(source, one, word, wide))


def _regions(source: Source, directive: Directive, word: Word, wide: Sequence[Directive]) -> Iterator[Region]:
    if directive.reach is Reach.FILE:
        yield Region(directive, word, 1, len(source.line_starts))
    elif directive.reach is Reach.BEGIN:
        last, indent = _end_of_block(source, directive), _indent(source, directive.line)
        ends = [
            (one.line, end)
            for one in wide
            if one.reach is Reach.END and directive.line < one.line <= last and _indent(source, one.line) == indent
            for end in one.words or ()
            if end.text.lower() == word.text.lower()
        ]
        line, end = min(ends, key=lambda one: one[0], default=(last, None))
        yield Region(directive, word, directive.line, line, end)


def _end_of_block(source: Source, directive: Directive) -> int:
    """The last line of the block that a directive stands in, by its indentation."""
    indent = _indent(source, directive.line)
    starts = sorted({first for first, _ in layout_of(source).statements.values() if first > directive.line})
    outer = (line for line in starts if _indent(source, line) < indent)
    return next(outer, len(source.line_starts) + 1) - 1


def _indent(source: Source, line: int) -> int:
    text = source.line_text(line)
    return len(text) - len(text.lstrip())


def directives(source: Source) -> Iterator[Directive]:
    """All suppressions of a source; none if it can't be told what in it is a comment."""
    if not _has_any(source):
        return
    layout = layout_of(source)
    if layout.known < len(source.line_starts):
        return
    for line in layout.comments:
        yield from _directives(source, layout, line)


@lru_cache(maxsize=1)  # as the layout: it is asked for every finding
def _has_any(source: Source) -> bool:
    """Whether any text in a source looks like a suppression."""
    return bool(_NOQA.search(source.text) or _OWN.search(source.text))


def may_name(source: Source, words: Collection[str]) -> bool:
    """Whether any text in a source looks like a suppression that is lrlint's own, or that has one of some words.

    Much quicker to tell than `directives`, as no comment has to be found.
    """
    if _OWN.search(source.text):
        return True
    listed = (match["listed"] or "" for match in _NOQA.finditer(source.text))
    return any(word in words or word.lower() in words for one in listed for word in _WORD.findall(one))


def _of_line(source: Source, layout: Layout, line: int) -> Iterator[Directive]:
    return (one for one in _directives(source, layout, line) if one.reach is Reach.LINE)


def _directives(source: Source, layout: Layout, line: int) -> Iterator[Directive]:
    """The suppressions in the comment of a line."""
    if line < 1:
        return
    text = source.line_text(line)
    start = layout.comments.get(line, len(text) + 1 if line <= layout.known else 1)
    for form in (_NOQA, _OWN):
        for match in form.finditer(text):
            if match.start() + 1 >= start and (form is _OWN or match["listed"] != ""):  # else it lists no codes
                yield _directive(match, line, source.line_starts[line - 1])


def _directive(match: re.Match[str], line: int, offset: int) -> Directive:
    is_own, is_alone = match.re is _OWN, match.string.lstrip().startswith("#")
    if match["listed"] is None:
        return Directive(line, offset + match.start(), offset + match.end(), None, is_own, is_alone)
    at = offset + match.start("listed")
    words = tuple(Word(word[0], at + word.start()) for word in _WORD.finditer(match["listed"]))
    end = words[-1].end if words and not is_own else offset + match.end()
    reach = Reach(match["verb"].lower()) if is_own else Reach.LINE
    return Directive(line, offset + match.start(), end, words, is_own, is_alone, reach)
