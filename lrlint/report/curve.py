"""LR curves in the terminal: one bar for each step, of several curves below each other on one scale.

before 0.1  │██
            │██
            │██▄▄
     0.001  │████▄▄
after  0.1  │████
            │████
            │████▄▄
     0.001  │██████
             steps 1 to 6, LR on a logarithmic scale
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lrlint.report.terminal import Ink, Style

ROWS = 4
MAX_COLUMNS = 4  # of the bar of one step
LOGARITHMIC = (50, 1e5)  # how many times the lowest LR the highest is: below, bars show both, above, no scale does


@dataclass(frozen=True, slots=True)
class Curve:
    """The LR of each step, what it is called, and its colour."""

    label: str
    values: tuple[float, ...]
    ink: Ink


@dataclass(frozen=True, slots=True)
class Charset:
    """What curves are drawn with: the axis, and bars from nothing to a whole cell."""

    axis: str
    bars: str

    def can_be_written(self, encoding: str | None) -> bool:
        """Whether an output of this encoding has all of the characters."""
        try:
            (self.axis + self.bars).encode(encoding or "ascii")
        except (UnicodeEncodeError, LookupError):
            return False
        return True


BLOCKS = Charset("│", " ▁▂▃▄▅▆▇█")
ASCII = Charset("|", " .:#")


def charset_for(encoding: str | None) -> Charset:
    """Blocks where the encoding has them."""
    return BLOCKS if BLOCKS.can_be_written(encoding) else ASCII


def number(value: float) -> str:
    """An LR in four digits: 0.1, 0.06699, 4e-12."""
    return f"{value:.4g}"


def draw(curves: Sequence[Curve], width: int, charset: Charset, style: Style) -> Iterator[str]:
    """The lines of the curves, at most `width` columns wide; nothing if none has a step.

    Longer curves than there is place for are shown from their first to their last step, with some left out.
    """
    values = [value for curve in curves for value in curve.values if math.isfinite(value)]
    if not values:
        return
    scale = _scale(values)
    labels = max(len(curve.label) for curve in curves)
    numbers = max(len(number(value)) for value in (scale.foot, scale.head))
    place = width - labels - numbers - 4
    longest = max(len(curve.values) for curve in curves)
    shown = _spread(longest, place)
    columns = max(1, min(MAX_COLUMNS, place // len(shown)))
    for curve in curves:
        heights = [scale.height(curve.values[at]) if at < len(curve.values) else 0.0 for at in shown]
        for row in reversed(range(ROWS)):
            label = curve.label if row == ROWS - 1 else ""
            value = {ROWS - 1: number(scale.head), 0: number(scale.foot)}.get(row, "")
            bars = "".join(_cell(one, row, charset) * columns for one in heights).rstrip()
            yield f"{label:<{labels}}  {value:>{numbers}} {charset.axis}{style.paint(bars, curve.ink)}".rstrip()
    logarithmic = ", LR on a logarithmic scale" if scale.foot else ""
    yield f"{'':{labels + numbers + 4}}steps 1 to {longest}{logarithmic}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """The values at the foot and at the head of the axis."""

    foot: float
    head: float

    def height(self, value: float) -> float:
        """How much of the axis the bar of a value fills, from 0 to 1."""
        if not 0 < value < math.inf:
            return 0.0
        if self.foot > 0:
            return math.log(value / self.foot) / math.log(self.head / self.foot)
        return value / self.head


def _scale(values: Sequence[float]) -> _Scale:
    lowest, highest = min(values), max(values)
    least, most = LOGARITHMIC
    if lowest > 0 and least <= highest / lowest <= most:
        return _Scale(10.0 ** math.floor(math.log10(lowest) - 1e-9), highest)
    return _Scale(0.0, max(highest, 0.0))


def _spread(count: int, place: int) -> list[int]:
    """The steps that are shown, as many as there is place for."""
    if count <= place:
        return list(range(count))
    return [round(column * (count - 1) / (place - 1)) for column in range(place)] if place > 1 else [0]


def _cell(height: float, row: int, charset: Charset) -> str:
    """The character for a cell of a bar, in a row that is counted from the foot of the axis."""
    last = len(charset.bars) - 1
    level = round(min(1.0, max(0.0, height * ROWS - row)) * last)
    is_low = level == 0 and row == 0 and height > 0  # an LR above 0 is never shown as none
    return charset.bars[1 if is_low else level]
