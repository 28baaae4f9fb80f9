"""Tables: rows of named values that many states share until one of them writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Generic, TypeVar

from lrlint.program.alternatives import NEVER, depth, merge
from lrlint.program.values import Choice, Test, Value

R = TypeVar("R")

MAX_CHOICES = 6
"""Choices in one another; beyond that it is forgotten what a value depends on."""

_NO_ROW: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fork:
    """What took two paths apart: `test` holds on the left one and does not on the right one.

    `left` and `right` are further tests, of which it is known that they hold wherever that path is taken.
    """

    test: Test
    left: Test | None = None
    right: Test | None = None

    def choice(self, left: Value, right: Value) -> Choice:
        """The value behind the place where the paths meet."""
        return Choice(self.test, _only_if(self.left, left), _only_if(self.right, right))


def _only_if(test: Test | None, value: Value) -> Value:
    return value if test is None else Choice(test, value, NEVER)


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

    def absorb(self, other: Table[R]) -> None:
        """Add the rows of another table, without touching those that are here."""
        self._rows = other._rows | self._rows
        other._owned = set()

    def join(self, other: Table[R], born: int, fork: Fork | None = None) -> Table[R]:
        """What the values may be where two paths meet at the time `born`; a value of one path alone is kept.

        `fork` is what took the paths apart, with `self` on the left one.
        """
        rows = self._rows | other._rows
        for key, left in self._rows.items():
            right = rows[key]
            if left is not right:
                rows[key] = _join_rows(left, right, born, fork)
        return Table(rows)


def _join_rows(left: dict[str, Value], right: dict[str, Value], born: int, fork: Fork | None) -> dict[str, Value]:
    joined = left | right
    for column, value in left.items():
        other = right.get(column, value)
        if other is not value and other != value:
            joined[column] = either(value, other, born, fork)
    return joined


def either(left: Value, right: Value, born: int, fork: Fork | None) -> Value:
    """One of two values, by the path taken."""
    if fork is None or max(depth(left), depth(right)) >= MAX_CHOICES:
        return merge((left, right), born)
    return fork.choice(left, right)
