"""Ranges: where the nodes of Python's tree stand in the text.

Every expression stands without the parentheses around it, tuples and generator expressions too; arguments stand with
theirs.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import Any

_FILLER = re.compile(r"(?:\s|\\|#[^\r\n]*)*")
"""What may stand between two tokens inside of parentheses."""


class Stretch:
    """A part of the text for which Python's tree has no node: a positional argument, `a and b` of `a and b and c`.

    It begins with `first` and ends with `last`, both with the parentheses around them, inside of `whole`.
    """

    __slots__ = ("first", "last", "whole")

    def __init__(self, first: ast.expr, last: ast.expr, whole: ast.expr | ast.stmt) -> None:
        self.first = first
        self.last = last
        self.whole = whole


Node = ast.AST | Stretch

Span = tuple[int, int]
"""0-based character offsets, the end exclusive."""


class Ranges:
    """The places of the nodes in a text.  Nothing is computed before it is asked for."""

    def __init__(self, text: str, line_starts: Sequence[int]) -> None:
        self._text = text
        self._line_starts = line_starts
        self._is_ascii = text.isascii()

    def span(self, node: Node) -> Span:
        """Where a node stands.  What has no place of its own, as a module has none, is the whole text."""
        if isinstance(node, Stretch):
            return self._span_of_stretch(node)
        if isinstance(node, ast.GeneratorExp):
            last = node.generators[-1]
            return self._inside(node, (last.ifs or [last.iter])[-1])
        if isinstance(node, ast.Tuple) and node.elts and self.is_in_parentheses(node):
            return self._inside(node, node.elts[-1])
        return self._outside(node)

    def is_in_parentheses(self, node: ast.Tuple) -> bool:
        """Whether a tuple is written `(a, b)`: its parentheses are its own, those of `(a), b` are not."""
        start, end = self._outside(node)
        if not self._text.startswith("(", start) or not node.elts:
            return not node.elts
        first, behind = self._outside(node.elts[0])
        return first > start and len(self._opened(start, first)) > len(self._closed(behind, end - 1))

    def _span_of_stretch(self, node: Stretch) -> Span:
        """A call's own parentheses are none of its arguments', though Python gives them to a lone generator."""
        start, behind = self._outside(node.first)
        limit = self._outside(node.whole)[1] - isinstance(node.whole, ast.Call)
        if behind > limit:
            return self.span(node.first)
        pairs = len(self._closed(behind, limit))
        if pairs:
            start = self._opened(self._behind_neighbour(node), start)[-pairs]
        end = self._outside(node.last)[1]
        return start, [end, *self._closed(end, limit)][-1]

    def _behind_neighbour(self, node: Stretch) -> int:
        """An offset from which on nothing but parentheses and a comma come before the node."""
        whole = node.whole
        if not isinstance(whole, ast.Call):
            return self._outside(whole)[0]
        index = whole.args.index(node.first)
        return self._outside(whole.args[index - 1] if index else whole.func)[1]

    def _outside(self, node: ast.AST) -> Span:
        """Where Python says that a node stands: a tuple or generator expression with its parentheses."""
        place: Any = node
        if not hasattr(node, "end_col_offset"):
            return 0, len(self._text)
        return self._offset(place.lineno, place.col_offset), self._offset(place.end_lineno, place.end_col_offset)

    def _offset(self, line: int, column: int) -> int:
        """The offset of a character, of which Python tells the byte in the UTF-8 of its line."""
        start = self._line_starts[line - 1]
        if self._is_ascii:
            return start + column
        end = self._line_starts[line] if line < len(self._line_starts) else len(self._text)
        return start + len(self._text[start:end].encode()[:column].decode())

    def _inside(self, node: ast.AST, last: ast.AST) -> Span:
        """What stands in the parentheses of a node, `last` at the end of it, perhaps with a comma."""
        start, end = self._outside(node)
        behind = self._outside(last)[1]
        behind = [behind, *self._closed(behind, end - 1)][-1]
        comma = self._behind_filler(behind)
        return self._behind_filler(start + 1), comma + 1 if self._text.startswith(",", comma) else behind

    def _behind_filler(self, offset: int) -> int:
        match = _FILLER.match(self._text, offset)
        return match.end() if match else offset

    def _closed(self, offset: int, limit: int) -> list[int]:
        """The offsets behind each of the parentheses that are closed from an offset on, before anything else stands."""
        found: list[int] = []
        offset = self._behind_filler(offset)
        while offset < limit and self._text[offset] == ")":
            found.append(offset + 1)
            offset = self._behind_filler(offset + 1)
        return found

    def _opened(self, start: int, end: int) -> list[int]:
        """The offsets of the parentheses that are opened in a stretch, in which no strings stand."""
        found: list[int] = []
        start = self._behind_filler(start)
        while start < end:
            if self._text[start] == "(":
                found.append(start)
            start = self._behind_filler(start + 1)
        return found
