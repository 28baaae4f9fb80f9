"""What torch did with the example of a rule: warnings, errors, and the LR of each `optimizer.step()`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lrlint.examples import Example, Run
from lrlint.report.curve import Charset, Curve, draw, number
from lrlint.report.terminal import Ink, Style, visible

BEFORE, AFTER, ALONE = "before", "after", "as it is"

_PLACE = re.compile(r" \((?:no line|(?:\S+ )?line \d+)(?:, \d+x)?\)$")

Key = tuple[int, int]
"""An optimizer and one of its param groups, counted from 0."""

Sequences = Mapping[Key, tuple[float, ...]]


def measured(example: Example, width: int, charset: Charset, style: Style) -> Iterator[str]:
    """The lines about an example: how its programs end and, where the mistake does not raise, the LRs that a repair
    changes."""
    ways = _ways(example)
    labels = max(len(way.label) for way in ways)
    for way in ways:
        yield from _outcome(way, labels, width)
    if example.before.outcome == "raises":
        return
    sequences = _sequences([way.run for way in ways])
    if len(ways) == 2 and sequences[0] == sequences[1]:
        yield ""
        yield from textwrap.wrap("The LR of each optimizer.step() is the same: what goes wrong is told above.", width)
        return
    for key in _interesting(sequences):
        curves = [Curve(way.label, one.get(key, ()), way.ink) for way, one in zip(ways, sequences, strict=True)]
        yield ""
        yield f"LR of each optimizer.step(){_name(key, sequences)}:"
        yield ""
        yield from _table(curves, width, style)
        yield ""
        yield from (f"  {line}" for line in draw(curves, width - 2, charset, style))


@dataclass(frozen=True, slots=True)
class _Way:
    """A program of the example, and how it is shown."""

    label: str
    run: Run
    ink: Ink


def _ways(example: Example) -> list[_Way]:
    if example.after is None:
        return [_Way(ALONE, example.before, Ink.REMOVED)]
    return [_Way(BEFORE, example.before, Ink.REMOVED), _Way(AFTER, example.after, Ink.ADDED)]


def _outcome(way: _Way, labels: int, width: int) -> Iterator[str]:
    """How a program ends, in torch's words."""
    run = way.run
    ends = [*(f"warns {warning}" for warning in run.warnings), *([f"raises {run.error}"] if run.error else [])]
    for text in ends or ["silent"]:
        shown, indent = visible(_PLACE.sub("", text)), " " * (labels + 4)
        yield from textwrap.wrap(
            f"  {way.label:<{labels}}  {shown}",
            width,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


def _sequences(runs: list[Run]) -> list[Sequences]:
    """The LRs of each param group of each optimizer, step by step.

    A step of which one LR is known used it for all groups, as many as there are in any step.
    """
    groups: dict[int, int] = {}
    for run in runs:
        for optimizer, steps in enumerate(run.lr):
            groups[optimizer] = max([groups.get(optimizer, 0), *map(len, steps)])
    return [
        {
            (optimizer, group): tuple(step[group] if group < len(step) else step[0] for step in steps)
            for optimizer, steps in enumerate(run.lr)
            for group in range(groups[optimizer])
        }
        for run in runs
    ]


def _interesting(sequences: list[Sequences]) -> list[Key]:
    """The groups whose LRs a repair changes; without one, all."""
    keys = sorted({key for sequence in sequences for key in sequence})
    if len(sequences) == 1:
        return keys
    return [key for key in keys if sequences[0].get(key) != sequences[1].get(key)]


def _name(key: Key, sequences: list[Sequences]) -> str:
    """Which optimizer and group is meant, where there are several."""
    keys = {key for sequence in sequences for key in sequence}
    optimizer = f", optimizer {key[0] + 1}" if len({one for one, _ in keys}) > 1 else ""
    group = f", group {key[1] + 1}" if len({one for _, one in keys}) > 1 else ""
    return optimizer + group


def _table(curves: list[Curve], width: int, style: Style) -> Iterator[str]:
    """The LRs below each other, in as many lines as they need."""
    cells = [[number(value) for value in curve.values] for curve in curves]
    column = max((len(cell) for row in cells for cell in row), default=1) + 2
    labels = max(len(curve.label) for curve in curves) + 2
    count = max(1, (width - labels - 2) // column)
    for first in range(0, max(map(len, cells)), count):
        if first:
            yield ""
        for curve, row in zip(curves, cells, strict=True):
            values = "".join(f"{cell:<{column}}" for cell in row[first : first + count])
            yield f"  {curve.label:<{labels}}{style.paint(values.rstrip() or '(none)', curve.ink)}"
