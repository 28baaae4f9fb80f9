"""Tables: rows of named values that many states share until one of them writes."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Generic, TypeVar

from lrlint.program.values import Choice, Test, Value, depth, one_of

R = TypeVar("R")

MAX_CHOICES = 6
"""Choices in one another; beyond that it is forgotten what a value depends on."""

_NO_ROW: Mapping[str, Value] = MappingProxyType({})


class Table(Generic[R]):
    """Values by row and column: the names of scopes, the attributes of objects.

    A copy costs as much as there are rows; a row is copied when it is first written to after that.
    """

    __slots__ = ("_owned", "_rows")

    def __init__(self, rows: dict[R, dict[str, Value]] | None = None) -> None:
        self._rows = rows if rows is not None else {}
        self._owned: set[R] = set()

    def copy(self) -> Table[R]:
        """A table that can be written to on its own."""
        self._owned = set()
        return Table(self._rows.copy())

    def get(self, row: R, column: str) -> Value | None:
        """The value at a place, None if there is none."""
        return self._rows.get(row, _NO_ROW).get(column)

    def row(self, row: R) -> Mapping[str, Value]:
        """All values of a row, by column."""
        return self._rows.get(row, _NO_ROW)

    def rows(self) -> Mapping[R, Mapping[str, Value]]:
        """All rows."""
        return self._rows

    def set(self, row: R, column: str, value: Value) -> None:
        """Write a value."""
        if row not in self._owned:
            self._rows[row] = dict(self._rows.get(row, _NO_ROW))
            self._owned.add(row)
        self._rows[row][column] = value

    def drop(self, row: R) -> None:
        """Forget a row."""
        self._rows.pop(row, None)

    def join(self, other: Table[R], born: int, test: Test | None = None) -> Table[R]:
        """What the values may be where two paths meet at the time `born`; a value of one path alone is kept.

        `test` is what took the paths apart: it holds on the path of `self` and does not on that of `other`.
        """
        rows = self._rows | other._rows
        for key, left in self._rows.items():
            right = rows[key]
            if left is not right:
                rows[key] = _join_rows(left, right, born, test)
        return Table(rows)


def _join_rows(left: dict[str, Value], right: dict[str, Value], born: int, test: Test | None) -> dict[str, Value]:
    joined = left | right
    for column, value in left.items():
        other = right.get(column, value)
        if other is not value and other != value:
            joined[column] = choose(test, value, other, born)
    return joined


def choose(test: Test | None, yes: Value, no: Value, born: int) -> Value:
    """One of two values: by the outcome of a test, if there is one that tells."""
    if yes == no:
        return yes
    if test is None or max(depth(yes), depth(no)) >= MAX_CHOICES:
        return one_of((yes, no), born)
    return Choice(test, yes, no)
