"""Where charts go: the terminal, or files."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence
from math import isnan
from pathlib import Path

import click

from lrlint.cli import Failure, wants_colour
from lrlint.curve.axes import number
from lrlint.curve.curves import Chart, Line, lines_of
from lrlint.curve.files import SUFFIXES, render, suffix_of
from lrlint.curve.plot import MOST_IN_LEGEND, canvas_for, plot
from lrlint.report.counting import plural
from lrlint.report.terminal import Style, visible
from lrlint.write import write_file

_WIDEST = 120
_LEAST_ROWS, _MOST_ROWS = 6, 20
_AROUND = 12  # lines of the terminal that are for more than the picture


def checked_files(files: Sequence[Path]) -> None:
    """Raises Failure for a file that can't hold a chart, before anything is computed."""
    for file in files:
        suffix = suffix_of(file)
        if suffix is None:
            raise Failure(f"{file}: the name has to end in one of {', '.join(SUFFIXES)}")
        if file.is_dir():
            raise Failure(f"{file}: this is a folder")
        if suffix == ".png":
            from lrlint.curve.png import MissingMatplotlibError, require_matplotlib

            try:
                require_matplotlib()
            except MissingMatplotlibError as error:
                raise Failure(str(error)) from None


def deliver(chart: Chart, files: Sequence[Path]) -> None:
    """Draw a chart in the terminal, or write these files instead.  Raises Failure where that fails."""
    if not files:
        click.echo("\n".join(_drawn(chart)), color=True)
    for file in files:
        click.echo(written(chart, file))


def written(chart: Chart, file: Path) -> str:
    """Write a chart into a file; what is told of it.  Raises Failure."""
    _write(chart, file)
    return f"Wrote {visible(str(file))}: {plural(len(lines_of(chart)), 'curve')}, {plural(chart.steps, 'step')}."


def _drawn(chart: Chart) -> Iterator[str]:
    size = shutil.get_terminal_size()
    rows = max(_LEAST_ROWS, min(_MOST_ROWS, size.lines - _AROUND))
    style = Style(wants_colour(sys.stdout))
    yield from plot(chart, min(size.columns, _WIDEST), canvas_for(sys.stdout.encoding), style, rows)
    yield ""
    lines = lines_of(chart)
    for line in lines[:MOST_IN_LEGEND]:
        yield visible(f"{line.name}: {_summary(line)}")
    yield from map(visible, chart.notes)


def _summary(line: Line) -> str:
    """The LRs of a line in words: where it begins, turns and ends."""
    known = [(value, step) for step, value in enumerate(line.values, 1) if not isnan(value)]
    if not known:
        return "no LR"
    if len({value for value, _ in known}) == 1:
        return f"{number(known[0][0])} in all {plural(len(known), 'step')}"
    highest = max(known, key=lambda one: one[0])
    lowest = min(known, key=lambda one: one[0])
    parts = [f"first {number(known[0][0])}"]
    parts += [f"highest {number(highest[0])} (step {highest[1]})"] if highest[0] > known[0][0] else []
    parts += [f"lowest {number(lowest[0])} (step {lowest[1]})"] if lowest[0] < min(known[0][0], known[-1][0]) else []
    return ", ".join([*parts, f"last {number(known[-1][0])} (step {known[-1][1]})"])


def _write(chart: Chart, file: Path) -> None:
    suffix = suffix_of(file)
    assert suffix is not None  # see checked_files
    try:
        write_file(file, render(chart, suffix))
    except OSError as error:
        raise Failure(f"{file} can't be written: {(error.strerror or str(error)).lower()}") from None
