"""Param groups, as far as the program tells what is in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.selection import Parameters

if TYPE_CHECKING:
    from lrlint.program.values import Opaque

MAX_TESTS = 6
"""Tests of which all outcomes are gone through; groups that depend on more are not compared."""


@dataclass(frozen=True, slots=True)
class Group:
    """A param group.

    `parts` is what it holds under "params", None where that is not known in full; `content` is the expression that
    gives it.
    """

    source: ir.Expression | None
    parts: tuple[Parameters, ...] | None
    content: ir.Expression | None = None

    @property
    def parameters(self) -> tuple[Parameters, ...] | None:
        """The parts, None unless all of them are parameters."""
        if self.parts is None or not all(part.are_parameters for part in self.parts):
            return None
        return self.parts


def holders_of(part: Parameters, others: Iterable[Parameters]) -> tuple[Parameters, ...]:
    """Those of `others` that surely hold, one or together, each parameter of `part`; none if that is not sure.

    Parameters that were chosen by anything but their names may be none at all.
    """
    if not all(condition.is_fixed for condition in part.conditions):
        return ()
    candidates = [other for other in others if part.lies_in(other)]
    alone = [one for one in candidates if one.conditions <= part.conditions]
    if alone:
        return (alone[0],)
    return tuple(candidates) if _hold_together(part, candidates) else ()


class Holdings:
    """The parameters of several groups, by the modules that they are of."""

    def __init__(self, groups: Iterable[Iterable[Parameters]]) -> None:
        self._places: dict[Parameters, list[tuple[int, int]]] = {}
        self._of: dict[tuple[object, ...], dict[Parameters, None]] = {}
        for number, group in enumerate(groups):
            for position, one in enumerate(group):
                self._places.setdefault(one, []).append((number, position))
                self._of.setdefault(_place_of(one.module), {})[one] = None

    def elsewhere(self, part: Parameters, number: int) -> dict[Parameters, int]:
        """What `part`, of the group with a number, may lie in among the other groups, with the last of these."""
        around = (_place_of(part.module, length) for length in range(len(part.module.path) + 1))
        keys = (*map(_place_of, part.owners), *around)
        found: dict[Parameters, tuple[tuple[int, int], int]] = {}
        for one in (one for key in keys for one in self._of.get(key, ())):
            first = next((place for place in self._places[one] if place[0] != number), None)
            if first is not None:
                found[one] = first, next(last for last, _ in reversed(self._places[one]) if last != number)
        return {one: last for one, (_, last) in sorted(found.items(), key=lambda item: item[1][0])}


def _place_of(module: Opaque, length: int | None = None) -> tuple[object, ...]:
    """What tells which module it is, or which one it is a part of, by so many of its attributes."""
    return module.ident, module.version, module.path[:length]


def _hold_together(part: Parameters, candidates: list[Parameters]) -> bool:
    """Whether each outcome of the tests on a parameter of `part` puts it into one of the candidates."""
    known = {condition.key: condition.holds for condition in part.conditions}
    tests = list({c.key for one in candidates for c in one.conditions} - known.keys())
    if not tests or len(tests) > MAX_TESTS:
        return False
    return all(
        any(_meets(one, known | dict(zip(tests, outcomes, strict=True))) for one in candidates)
        for outcomes in product((True, False), repeat=len(tests))
    )


def _meets(parameters: Parameters, outcomes: dict[object, bool]) -> bool:
    return all(outcomes[condition.key] is condition.holds for condition in parameters.conditions)
