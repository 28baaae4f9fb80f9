"""Where the comments and statements of a source are, and where a comment can be added."""

from __future__ import annotations

import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from lrlint.finding import Finding
from lrlint.source import Source

_BETWEEN_STATEMENTS = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a source's comments and statements are; lines and columns are 1-based.

    `comments` maps a line to its comment's column, `statements` each line of a multi-line statement to its
    first and last line; `cut` are the lines that end within a string.  Nothing is known of the lines after `known`,
    which could not be tokenized.
    """

    comments: Mapping[int, int]
    statements: Mapping[int, tuple[int, int]]
    cut: frozenset[int]
    known: int

    def takes_comment(self, line: int, text: str) -> bool:
        """Whether a comment can stand at the end of a line, which has this text."""
        if line > self.known or line in self.cut:
            return False
        return line in self.comments or not text.endswith("\\")


@lru_cache(maxsize=1)  # the findings of a file are asked about in a row, and it is tokenized once
def layout_of(source: Source) -> Layout:
    """The layout of a source, as far as it can be tokenized."""
    comments: dict[int, int] = {}
    statements: dict[int, tuple[int, int]] = {}
    cut: set[int] = set()
    strings: list[int] = []  # the lines on which the formatted strings begin that are open
    first = reached = 0
    try:
        for token in tokenize.generate_tokens(source.lines().__next__):
            reached = token.start[0]
            name = tokenize.tok_name[token.type]
            cut.update(range(reached, token.end[0]))
            if name.endswith("STRING_START"):
                strings.append(reached)
            elif name.endswith("STRING_END"):
                cut.update(range(strings.pop(), reached))
            if token.type == tokenize.COMMENT:
                comments[reached] = token.start[1] + 1
            elif token.type == tokenize.NEWLINE:
                statements |= dict.fromkeys(range(first, reached + 1), (first, reached))
                first = 0
            elif token.type not in _BETWEEN_STATEMENTS and not first:
                first = reached
    except (tokenize.TokenError, SyntaxError):  # code of another Python, or none at all
        return Layout(comments, statements, frozenset(cut), reached)
    return Layout(comments, statements, frozenset(cut), len(source.line_starts))


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines whose comments can be about a finding: the first ones of it and of the statement that it starts in,
    and the last ones, in this order."""

    starts: tuple[int, int]
    ends: tuple[int, int]

    def __iter__(self) -> Iterator[int]:
        """Each of them once."""
        return iter(dict.fromkeys((*self.starts, *self.ends)))


def lines_of(layout: Layout, finding: Finding) -> Lines:
    """The lines whose comments can be about a finding."""
    first, last = finding.range.line, finding.range.end_line
    if finding.range.end_column == 1 and last > first:
        last -= 1
    statement_first, statement_last = layout.statements.get(first, (first, first))
    return Lines((first, statement_first), (last, statement_last))
