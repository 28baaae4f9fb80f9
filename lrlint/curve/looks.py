"""How lines look in pictures: colours that colour-blind people tell apart, and dashes for those without colours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lrlint.curve.curves import Line, Side
from lrlint.curve.thinning import thinned
from lrlint.report.terminal import visible

INK, GREY, GRID = "#222222", "#666666", "#e3e3e3"

STEPPED = 300
"""Up to so many steps are drawn as what they are: the same LR up to the next one."""

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#3d8fc4", "#000000")
_DASHES: tuple[tuple[int, ...], ...] = ((), (8, 4), (3, 3), (10, 4, 2, 4), (14, 5), (6, 3, 2, 3, 2, 3))
_SIDES = {Side.BEFORE: (1, 1, 3.6), Side.AFTER: (0, 0, 1.8)}
"""The number of the colour and of the first dashes, and the width: where both are one, the wider one below is seen."""


MOST_CHARACTERS = 100
"""Of a name in a legend."""

_END = 24  # the group stands at the end


@dataclass(frozen=True, slots=True)
class Look:
    """A colour, the lengths of dashes and gaps, none for a whole line, and its width in points."""

    colour: str
    dashes: tuple[int, ...]
    width: float


def looks_of(lines: Sequence[Line]) -> tuple[Look, ...]:
    """The look of each line.  Those on one side of a change have one colour and differ by their dashes."""
    numbers: Counter[Side] = Counter()
    looks = []
    for line in lines:
        looks.append(_look(line.side, numbers[line.side]))
        numbers[line.side] += 1
    return tuple(looks)


def _look(side: Side, number: int) -> Look:
    if side is Side.ALONE:
        return Look(_COLOURS[number % len(_COLOURS)], _DASHES[number % len(_DASHES)], 1.8)
    colour, dashes, width = _SIDES[side]
    return Look(_COLOURS[colour], _DASHES[(dashes + 2 * number) % len(_DASHES)], width)


def shortened(name: str) -> str:
    """A name as it is written in a legend."""
    shown = visible(name)
    if len(shown) <= MOST_CHARACTERS:
        return shown
    return f"{shown[: MOST_CHARACTERS - _END - 3]}...{shown[-_END:]}"


def points_of(line: Line, columns: int, is_stepped: bool) -> list[tuple[float, float]]:
    """Where a line is drawn: the places of its steps, and the LRs.

    A step lasts from its number, counted from 0, to the next one.  If `is_stepped`, points are where it begins, and one
    more is where the last one ends; else they are in the middle.
    """
    points = thinned(line.values, columns)
    if not is_stepped or not points:
        return [(step + 0.5, value) for step, value in points]
    last, value = points[-1]
    return [*((float(step), value) for step, value in points), (last + 1.0, value)]
