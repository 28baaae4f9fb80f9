"""Elements: all that stands in a module, and what stands in what; each question is answered once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

from lrlint.program import ir
from lrlint.program.nesting import Nesting
from lrlint.program.search import Element, descend

_Kind = TypeVar("_Kind", bound=Element)


class Elements:
    """The statements and expressions of a module, whose body holds `statements`."""

    def __init__(self, statements: tuple[ir.Statement, ...]) -> None:
        self._statements = statements

    @cached_property
    def all(self) -> tuple[Element, ...]:
        """All of them; not in the order of the text."""
        return tuple(descend(self._statements))

    @cached_property
    def members(self) -> frozenset[Element]:
        """All of them, to ask whether an element is among them."""
        return frozenset(self.all)

    @cached_property
    def nesting(self) -> Nesting:
        """What stands in what."""
        return Nesting(self._statements)

    def of_kind(self, *kinds: type[_Kind]) -> Iterator[_Kind]:
        """Those of some kinds."""
        return (one for kind in kinds for one in self._by_kind.get(kind, ()))

    @cached_property
    def _by_kind(self) -> Mapping[type, Sequence[Any]]:
        found: dict[type, list[Element]] = defaultdict(list)
        for one in self.all:
            found[type(one)].append(one)
        return found
