"""How lines look in pictures: colours that colour-blind people tell apart, and dashes for those without colours."""

from __future__ import annotations

from dataclasses import dataclass

from lrlint.curve.curves import Line, Side

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#3d8fc4", "#000000")
_DASHES = ((), (7, 3), (2, 2), (8, 3, 2, 3), (12, 4), (4, 2, 1, 2, 1, 2))


@dataclass(frozen=True, slots=True)
class Look:
    """A colour, and the lengths of dashes and gaps; none for a line that is whole."""

    colour: str
    dashes: tuple[int, ...]
    width: float = 1.8


def look_of(line: Line, at: int) -> Look:
    """The look of a line by its number; those before and after a change have their own."""
    if line.side is Side.BEFORE:
        return Look(_COLOURS[1], (7, 3), 2.4)
    if line.side is Side.AFTER:
        return Look(_COLOURS[0], ())
    return Look(_COLOURS[at % len(_COLOURS)], _DASHES[at % len(_DASHES)])


def looks_of(lines: tuple[Line, ...]) -> tuple[Look, ...]:
    """The look of each line.  Those on one side of a change differ from each other by the dashes of their number."""
    looks = []
    seen: dict[Side, int] = {}
    for at, line in enumerate(lines):
        number = seen.get(line.side, 0)
        seen[line.side] = number + 1
        looks.append(look_of(line, at) if number == 0 or line.side is Side.ALONE else _further(line, number))
    return tuple(looks)


def _further(line: Line, number: int) -> Look:
    """The look of a further line on one side of a change."""
    first = look_of(line, 0)
    return Look(first.colour, _DASHES[(number + (2 if first.dashes else 1)) % len(_DASHES)], first.width)
