"""A chart as numbers: CSV, and the steps between which no LR changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isnan

from lrlint.curve.curves import Chart, Line, lines_of
from lrlint.curve.thinning import thinned


@dataclass(frozen=True, slots=True)
class Stretch:
    """The steps from `first` to `last`, counted from 1, with the LR of each line; None where that has no step."""

    first: int
    last: int
    values: tuple[float | None, ...]


def render_csv(chart: Chart) -> str:
    """One row a step: its number, its epoch if there are any, and the LR of each line in full."""
    lines = lines_of(chart)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    epoch = [] if chart.steps_per_epoch is None else ["epoch"]
    writer.writerow(["step", *epoch, *(line.name for line in lines)])
    for step in range(chart.steps):
        number = [] if chart.steps_per_epoch is None else [step // chart.steps_per_epoch]
        writer.writerow([step + 1, *number, *("" if value is None else repr(value) for value in _at(lines, step))])
    return text.getvalue()


def stretches(chart: Chart) -> Iterator[Stretch]:
    """All steps of a chart, those with the same LRs together."""
    lines = lines_of(chart)
    first, before = 0, None
    for step in range(chart.steps):
        values = _at(lines, step)
        if before is not None and values != before:
            yield Stretch(first + 1, step, before)
            first = step
        before = values
    if before is not None:
        yield Stretch(first + 1, chart.steps, before)


def selected(rows: Sequence[Stretch], most: int) -> list[Stretch]:
    """About so many of some rows: the first and the last one, the peaks of every line, and some in between."""
    if len(rows) <= most:
        return list(rows)
    lines = len(rows[0].values)
    parts = max(1, most // (4 * lines))
    kept = set()
    for line in range(lines):
        known = (row.values[line] for row in rows)
        kept |= {at for at, _ in thinned([0.0 if value is None else value for value in known], parts)}
    return [rows[at] for at in sorted(kept)]


def _at(lines: Sequence[Line], step: int) -> tuple[float | None, ...]:
    return tuple(
        line.values[step] if step < len(line.values) and not isnan(line.values[step]) else None for line in lines
    )
