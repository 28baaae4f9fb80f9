"""Long schedules with fewer points, and all of their peaks."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

Point = tuple[int, float]
"""A step, counted from 0, and its LR."""


def thinned(values: Sequence[float], parts: int) -> list[Point]:
    """The points that show a line in a picture of so many columns, in order.

    Of each part of the line there are the first, the lowest, the highest and the last point; all, if there are few.
    """
    count = len(values)
    if count <= 4 * parts:
        return list(enumerate(values))
    kept: set[int] = set()
    for part in range(parts):
        steps = range(part * count // parts, (part + 1) * count // parts)
        known = [step for step in steps if not isnan(values[step])]
        if known:
            kept |= {known[0], min(known, key=values.__getitem__), max(known, key=values.__getitem__), known[-1]}
        if len(known) < len(steps):
            kept |= _edges(values, steps)
    return [(step, values[step]) for step in sorted(kept)]


def _edges(values: Sequence[float], steps: range) -> set[int]:
    """The steps at which a gap in the line begins or ends."""
    return {
        step
        for step in steps
        if isnan(values[step])
        and not (0 < step < len(values) - 1 and isnan(values[step - 1]) and isnan(values[step + 1]))
    }
