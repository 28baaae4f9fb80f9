"""Suppressions: comments that silence findings at one place.

`# noqa: LR101` and a bare `# noqa` as flake8 and ruff read them, and `# lrlint: ignore[LR101]`, which takes
codes and names, wants at least one of them, and may be followed by a reason.
"""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lrlint.finding import Finding
from lrlint.rule import Rule
from lrlint.source import Source

_NOQA = re.compile(r"#\s*noqa(?![\w-])(?:\s*:\s*(?P<listed>(?:[a-z]+[0-9]+[,\s]*)*))?", re.IGNORECASE)
IGNORE = re.compile(r"#\s*lrlint:\s*ignore\[(?P<listed>[^\]]*)\]", re.IGNORECASE)
_SEPARATORS = re.compile(r"[,\s]+")
_BETWEEN_STATEMENTS = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def is_suppressed(source: Source, finding: Finding, heeds_noqa: bool = True) -> bool:
    """Whether a comment of `source` silences `finding`.

    Such a comment stands at the end of the first or last line of the finding or of its statement; an
    `ignore` may also stand alone on the line above either of them.  The text of a string is no comment.
    Not `heeds_noqa`: somebody else reads the comments `# noqa`.
    """
    layout = _layout(source)
    if layout is None:
        return False
    starts, ends = _lines(layout, finding)
    forms = (_NOQA, IGNORE) if heeds_noqa else (IGNORE,)
    behind = (match for line in starts | ends for match in _comments(source, layout, line, *forms))
    above = (match for line in starts for match in _comments(source, layout, line - 1, IGNORE) if _is_alone(match))
    return any(_means(match, finding.rule) for match in (*behind, *above))


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a source's comments and statements are; lines and columns are 1-based.

    `comments` maps a line to its comment's column, `statements` each line of a multi-line statement to its
    first and last line.  Nothing is known of the lines after `known`, which could not be tokenized.
    """

    comments: Mapping[int, int]
    statements: Mapping[int, tuple[int, int]]
    known: int


@lru_cache(maxsize=1)  # the findings of a file are asked about in a row, and it is tokenized once
def _layout(source: Source) -> _Layout | None:
    """The layout of a source, or None if no text in it looks like a suppression."""
    if not (_NOQA.search(source.text) or IGNORE.search(source.text)):
        return None
    comments: dict[int, int] = {}
    statements: dict[int, tuple[int, int]] = {}
    first = reached = 0
    try:
        for token in tokenize.generate_tokens(source.lines().__next__):
            reached = token.start[0]
            if token.type == tokenize.COMMENT:
                comments[reached] = token.start[1] + 1
            elif token.type == tokenize.NEWLINE:
                statements |= dict.fromkeys(range(first, reached + 1), (first, reached))
                first = 0
            elif token.type not in _BETWEEN_STATEMENTS and not first:
                first = reached
    except (tokenize.TokenError, SyntaxError):  # code of another Python, or none at all
        return _Layout(comments, statements, reached)
    return _Layout(comments, statements, len(source.line_starts))


def _lines(layout: _Layout, finding: Finding) -> tuple[set[int], set[int]]:
    """The first lines, and the last lines, of the finding and of the statement that it starts in."""
    first, last = finding.range.line, finding.range.end_line
    if finding.range.end_column == 1 and last > first:
        last -= 1
    statement_first, statement_last = layout.statements.get(first, (first, first))
    return {first, statement_first}, {last, statement_last}


def _comments(source: Source, layout: _Layout, line: int, *forms: re.Pattern[str]) -> Iterator[re.Match[str]]:
    """The matches of `forms` within the comment of a line."""
    if line < 1:
        return
    text = source.line_text(line)
    start = layout.comments.get(line, len(text) + 1 if line <= layout.known else 1)
    for form in forms:
        yield from (match for match in form.finditer(text) if match.start() + 1 >= start)


def _is_alone(match: re.Match[str]) -> bool:
    return match.string.lstrip().startswith("#")


def _means(match: re.Match[str], rule: Rule) -> bool:
    listed = match["listed"]
    if listed is None:
        return match.re is _NOQA
    words = _SEPARATORS.split(listed)
    return rule.name in words or rule.code.lower() in (word.lower() for word in words)
