"""A chart in the terminal: lines of Braille dots, or of the characters that every terminal has.

Where there are several lines, each has a number that stands in it again and again: colours help, and are not needed.
"""

from __future__ import annotations

import string
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import isnan

from lrlint.curve.axes import Axis, Tick, lr_axis, step_axis_name, step_ticks
from lrlint.curve.curves import Chart, Line, Side, lines_of
from lrlint.report.terminal import Ink, Style, visible

ROWS = 16
LEAST_COLUMNS = 20
MARKS = string.digits[1:] + string.ascii_lowercase
MOST_IN_LEGEND = 12

_INKS = (Ink.MARK, Ink.WARNING, Ink.NOTE, Ink.ADDED, Ink.REMOVED, Ink.STRONG)
_SIDES = {Side.BEFORE: Ink.REMOVED, Side.AFTER: Ink.ADDED}
_DISTANCE = 14  # columns from a number in a line to the next one
_ROWS_PER_TICK = 3
_COLUMNS_PER_TICK = 8


@dataclass(frozen=True, slots=True)
class Canvas:
    """How a cell of the terminal is divided into dots, and how it is written."""

    columns: int
    rows: int
    corner: str
    tick: str
    wall: str
    floor: str

    def cell(self, dots: int, mark: str) -> str:
        """The character of a cell with some dots, each a bit, of a line that has a mark."""
        return chr(0x2800 + dots) if self.columns > 1 else mark


BRAILLE = Canvas(2, 4, "└", "┤", "│", "─")
PLAIN = Canvas(1, 1, "+", "+", "|", "-")

_BITS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bit of each dot of a Braille cell, by column and row, as Unicode has them."""


def canvas_for(encoding: str | None) -> Canvas:
    """Braille where the encoding has it."""
    try:
        "⠿┤│└─".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return PLAIN
    return BRAILLE


@dataclass(slots=True)
class _Grid:
    """The cells of the picture: dots, and the line that was last drawn there."""

    canvas: Canvas
    columns: int
    rows: int
    dots: dict[tuple[int, int], int] = field(default_factory=dict)
    owner: dict[tuple[int, int], int] = field(default_factory=dict)
    marks: dict[tuple[int, int], int] = field(default_factory=dict)


def plot(chart: Chart, width: int, canvas: Canvas, style: Style, rows: int = ROWS) -> Iterator[str]:
    """The lines of text that show a chart in so many columns."""
    lines = lines_of(chart)
    for text in textwrap.wrap(visible(chart.title), width):
        yield style.paint(text, Ink.STRONG)
    yield ""
    if chart.steps:
        axis = lr_axis(lines, chart.is_logarithmic, rows // _ROWS_PER_TICK)
        yield from _picture(chart, lines, axis, width, canvas, style, rows)
    if len(lines) > 1:
        yield ""
        yield from _legend(lines, style)


def ink_of(line: Line, at: int) -> Ink:
    """The colour of a line."""
    return _SIDES.get(line.side, _INKS[at % len(_INKS)])


def _picture(
    chart: Chart, lines: Sequence[Line], axis: Axis, width: int, canvas: Canvas, style: Style, rows: int
) -> Iterator[str]:
    margin = max(len(tick.text) for tick in axis.ticks)
    columns = max(LEAST_COLUMNS, width - margin - 3)
    grid = _Grid(canvas, columns, rows)
    for at, line in enumerate(lines):
        _draw(grid, at, line, axis, chart.steps)
    if len(lines) > 1:
        _mark(grid, lines, axis, chart.steps)
    texts = {round((1 - tick.at) * (rows - 1)): tick.text for tick in axis.ticks}
    for row in range(rows):
        wall = canvas.tick if row in texts else canvas.wall
        yield f"{texts.get(row, ''):>{margin}} {wall}{_row(grid, row, lines, style)}".rstrip()
    yield f"{'':{margin}} {canvas.corner}{canvas.floor * columns}"
    yield f"{'':{margin + 2}}{_below(step_ticks(chart, columns // _COLUMNS_PER_TICK), columns)}".rstrip()
    scale = "LR, logarithmic" if axis.is_logarithmic else "LR"
    yield f"{'':{margin + 2}}{f'{scale} by {step_axis_name(chart)}':^{columns}}".rstrip()


def _draw(grid: _Grid, at: int, line: Line, axis: Axis, steps: int) -> None:
    """Draw a line: in each column of dots from the lowest to the highest LR of its steps, joined to the one before."""
    columns, rows = grid.columns * grid.canvas.columns, grid.rows * grid.canvas.rows
    before: float | None = None
    for column in range(columns):
        first = column * steps // columns
        end = max(first + 1, (column + 1) * steps // columns)
        places = [place for value in line.values[first:end] if (place := axis.at(value)) is not None]
        if not places:
            before = None
            continue
        joined = places if before is None else [before, *places]
        top, bottom = (round((1 - place) * (rows - 1)) for place in (max(joined), min(joined)))
        for row in range(max(0, top), min(rows - 1, bottom) + 1):
            _dot(grid, at, column, row)
        before = places[-1]


def _dot(grid: _Grid, at: int, column: int, row: int) -> None:
    canvas = grid.canvas
    cell = column // canvas.columns, row // canvas.rows
    is_shared = canvas.columns == 1 and grid.owner.get(cell, at) != at
    if is_shared and (cell[0] + at) % 2:
        return  # lines of plain characters alternate where they are one
    grid.owner[cell] = at
    grid.dots[cell] = grid.dots.get(cell, 0) | _BITS[column % canvas.columns][row % canvas.rows]


def _mark(grid: _Grid, lines: Sequence[Line], axis: Axis, steps: int) -> None:
    """Put the number of each line into it, those of different lines in different columns."""
    shift = max(1, _DISTANCE // len(lines))
    for at, line in enumerate(lines):
        for column in range(1 + at * shift % grid.columns, grid.columns, max(_DISTANCE, len(lines))):
            step = min(steps - 1, (2 * column + 1) * steps // (2 * grid.columns))
            place = axis.at(line.values[step]) if step < len(line.values) and not isnan(line.values[step]) else None
            if place is not None:
                rows = grid.rows * grid.canvas.rows
                grid.marks[column, round((1 - place) * (rows - 1)) // grid.canvas.rows] = at


def _row(grid: _Grid, row: int, lines: Sequence[Line], style: Style) -> str:
    cells = (_cell(grid, (column, row), len(lines)) for column in range(grid.columns))
    stretches = ((at, "".join(text for _, text in stretch)) for at, stretch in groupby(cells, key=lambda one: one[0]))
    return "".join(text if at is None else style.paint(text, ink_of(lines[at], at)) for at, text in stretches).rstrip()


def _cell(grid: _Grid, cell: tuple[int, int], lines: int) -> tuple[int | None, str]:
    """The line that a cell belongs to, and its character."""
    if cell not in grid.dots:
        return None, " "
    if cell in grid.marks:
        return grid.marks[cell], _mark_of(grid.marks[cell])
    at = grid.owner[cell]
    return at, grid.canvas.cell(grid.dots[cell], _mark_of(at) if lines > 1 else "*")


def _mark_of(at: int) -> str:
    return MARKS[at % len(MARKS)]


def _below(ticks: Sequence[Tick], columns: int) -> str:
    """The numbers below the axis, each below its step."""
    text = ""
    for tick in ticks:
        start = min(columns - len(tick.text), max(0, int(tick.at * columns) - len(tick.text) // 2))
        if not text or start > len(text) + 1:
            text = text.ljust(start) + tick.text
    return text


def _legend(lines: Sequence[Line], style: Style) -> Iterator[str]:
    for at, line in enumerate(lines[:MOST_IN_LEGEND]):
        yield f"  {style.paint(_mark_of(at), ink_of(line, at))}  {visible(line.name)}"
    if len(lines) > MOST_IN_LEGEND:
        yield f"     and {len(lines) - MOST_IN_LEGEND} more"
