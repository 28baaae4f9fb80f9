"""The axes of a picture: where a value lies between its ends, and the numbers that stand beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lrlint.curve.curves import Chart, Line

_ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
_NARROW = 0.5  # an axis begins at 0 unless all values are above this part of the highest


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where it is, from 0 to 1, and its text."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis of the LRs."""

    low: float
    high: float
    is_logarithmic: bool
    ticks: tuple[Tick, ...]

    def at(self, value: float) -> float | None:
        """Where an LR is, from 0 to 1; None if it can't be shown."""
        return _position(value, self.low, self.high, self.is_logarithmic)


def number(value: float) -> str:
    """A number in at most four digits: `0.1`, `0.06699`, `1e-05`."""
    return f"{value:.4g}"


def lr_axis(lines: Iterable[Line], is_logarithmic: bool, ticks: int) -> Axis:
    """The axis on which all LRs of the lines lie, with about so many ticks."""
    values = [value for line in lines for value in line.values if math.isfinite(value)]
    if is_logarithmic:
        values = [value for value in values if value > 0]
    low, high = (min(values), max(values)) if values else (0.1, 1.0)
    low, high, marks = _decades(low, high, ticks) if is_logarithmic else _linear(low, high, ticks)
    places = ((mark, _position(mark, low, high, is_logarithmic)) for mark in marks)
    shown = tuple(Tick(at, number(mark)) for mark, at in places if at is not None)
    return Axis(low, high, is_logarithmic, shown)


def step_ticks(chart: Chart, ticks: int) -> tuple[Tick, ...]:
    """The ticks of the axis of steps, in the middle of a step; epochs are marked at their first one.

    Steps are counted from 1, epochs from 0.
    """
    steps, length = chart.steps, chart.steps_per_epoch or 1
    first = 1 if chart.steps_per_epoch is None else 0
    last = (steps - 1) // length + first
    distance = max(1, math.ceil(_distance(last / max(1, ticks))))
    numbers = sorted({first, *range(distance, last + 1, distance)})
    if len(numbers) > 1 and numbers[1] - first < distance / 2:
        del numbers[1]
    return tuple(Tick(((one - first) * length + 0.5) / steps, str(one)) for one in numbers) if steps else ()


def step_axis_name(chart: Chart) -> str:
    """What the axis of steps counts."""
    return "optimizer step" if chart.steps_per_epoch is None else "epoch"


def _position(value: float, low: float, high: float, is_logarithmic: bool) -> float | None:
    if not math.isfinite(value) or (is_logarithmic and value <= 0):
        return None
    if high <= low:
        return 0.5
    if is_logarithmic:
        return (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))
    return (value - low) / (high - low)


def _linear(low: float, high: float, ticks: int) -> tuple[float, float, Sequence[float]]:
    """The ends of an axis and its ticks, all of them round."""
    if low >= 0 and (low <= _NARROW * high or low == high):
        low = 0.0
    if high == low:
        high = low + 1.0
    distance = _distance((high - low) / max(1, ticks))
    first, last = math.floor(low / distance + 1e-9), math.ceil(high / distance - 1e-9)
    marks = [float(f"{number * distance:.12g}") for number in range(first, last + 1)]
    return marks[0], marks[-1], marks


def _distance(least: float) -> float:
    """The round number next above one."""
    if least <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(least))
    return next(one * unit for one in _ROUND if one * unit >= least * (1 - 1e-9))


def _decades(low: float, high: float, ticks: int) -> tuple[float, float, Sequence[float]]:
    """The ends of a logarithmic axis, at powers of ten or at 2 and 5 times one, and its ticks."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    if last == first:
        last += 1
    every = max(1, math.ceil((last - first) / max(1, ticks)))
    if last - first > 2:
        marks = [10.0**power for power in range(last, first - 1, -every)]
        return 10.0**first, 10.0**last, marks
    marks = [float(f"{one * 10.0**power:.12g}") for power in range(first, last) for one in (1, 2, 5)]
    marks.append(10.0**last)
    begin = max(mark for mark in marks if mark <= low * (1 + 1e-9))
    end = min(mark for mark in marks if mark >= high * (1 - 1e-9) and mark > begin)
    return begin, end, [mark for mark in marks if begin <= mark <= end]
