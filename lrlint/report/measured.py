"""What torch did with the example of a rule: warnings, errors, and the LR of each `optimizer.step()`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from lrlint.examples import Example, Run
from lrlint.report.curve import Charset, Curve, draw, number
from lrlint.report.terminal import Ink, Style, visible

BEFORE, AFTER = "before", "after"

_PLACE = re.compile(r" \((?:no line|(?:\S+ )?line \d+)(?:, \d+x)?\)$")

Key = tuple[int, int]
"""An optimizer and one of its param groups, counted from 0."""


def measured(example: Example, width: int, charset: Charset, style: Style) -> Iterator[str]:
    """The lines about an example; curves only where both of its programs run and differ in their LRs, or there is
    nothing to compare with."""
    before, after = example.before, example.after
    yield from _outcome(BEFORE, before, width)
    if after is not None:
        yield from _outcome(AFTER, after, width)
    if before.outcome == "raises":
        return
    ways = [(BEFORE, before, Ink.REMOVED), *([(AFTER, after, Ink.ADDED)] if after else [])]
    sequences = [_sequences(run) for _, run, _ in ways]
    keys = _interesting(sequences)
    if after is not None and sequences[0] == sequences[1]:
        yield ""
        yield from textwrap.wrap("The LR of each optimizer.step() is the same: what goes wrong is told above.", width)
        return
    for key in keys:
        curves = [
            Curve(label, sequence.get(key, ()), ink) for (label, _, ink), sequence in zip(ways, sequences, strict=True)
        ]
        yield ""
        yield f"LR of each optimizer.step(){_name(key, sequences)}:"
        yield ""
        yield from _table(curves, width, style)
        yield ""
        yield from (f"  {line}" for line in draw(curves, width - 2, charset, style))


def _outcome(label: str, run: Run, width: int) -> Iterator[str]:
    """How a program ends, in torch's words."""
    texts = [f"raises {run.error}"] if run.error else []
    texts = [*(f"warns {warning}" for warning in run.warnings), *texts] or ["silent"]
    for text in texts:
        shown = visible(_PLACE.sub("", text))
        yield from textwrap.wrap(
            f"  {label:<6}  {shown}", width, subsequent_indent=" " * 10, break_long_words=False, break_on_hyphens=False
        )


def _sequences(run: Run) -> dict[Key, tuple[float, ...]]:
    """The LRs of each param group of each optimizer, step by step."""
    return {
        (optimizer, group): tuple(step[group] for step in steps if group < len(step))
        for optimizer, steps in enumerate(run.lr)
        for group in range(max(map(len, steps), default=0))
    }


def _interesting(sequences: list[dict[Key, tuple[float, ...]]]) -> list[Key]:
    """The groups whose LRs a repair changes; without one, all."""
    keys = sorted({key for sequence in sequences for key in sequence})
    if len(sequences) == 1:
        return keys
    return [key for key in keys if sequences[0].get(key) != sequences[1].get(key)]


def _name(key: Key, sequences: list[dict[Key, tuple[float, ...]]]) -> str:
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
        for curve, row in zip(curves, cells, strict=True):
            values = "".join(f"{cell:<{column}}" for cell in row[first : first + count])
            label = curve.label if first == 0 else ""
            yield f"  {label:<{labels}}{style.paint(values.rstrip() or '(none)', curve.ink)}"
