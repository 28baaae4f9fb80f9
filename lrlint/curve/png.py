"""A chart as PNG, by matplotlib."""

from __future__ import annotations

import importlib.util
import io
import textwrap
from dataclasses import dataclass
from typing import Any

from lrlint.curve.axes import Axis, lr_axis, step_axis_name, step_ticks
from lrlint.curve.curves import Chart, Line, lines_of
from lrlint.curve.looks import GREY, GRID, STEPPED, looks_of, points_of, shortened
from lrlint.report.terminal import visible

MOST_IN_LEGEND = 16

_WIDTH, _HEIGHT, _DPI = 9.0, 4.2, 150
_ROW = 0.22  # inches of a line of text
_LEFT, _RIGHT = 0.9, 0.35
_FOOT = 0.55  # the axis of steps, with its name
_EDGE = 0.12
_COLUMNS = 900
_TITLE_COLUMNS, _NOTE_COLUMNS, _LEGEND_COLUMNS = 80, 112, 44


class MissingMatplotlibError(RuntimeError):
    """Matplotlib is not installed; the message is for people."""


def require_matplotlib() -> None:
    """Raises MissingMatplotlibError unless matplotlib is there."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingMatplotlibError("a PNG needs matplotlib; install it with: pip install 'lrlint[plot]'")


@dataclass(frozen=True, slots=True)
class _Texts:
    """What is written around the axes, line by line; `legend` is how many lines of the chart are named, in so many
    columns."""

    title: tuple[str, ...]
    notes: tuple[str, ...]
    legend: int
    columns: int
    left_out: int

    @property
    def legend_rows(self) -> int:
        return -(-self.legend // self.columns) + (self.left_out > 0)

    @property
    def above(self) -> float:
        """The inches above the axes."""
        return 2 * _EDGE + len(self.title) * _ROW

    @property
    def below(self) -> float:
        """The inches below the axes."""
        return 2 * _EDGE + _FOOT + (self.legend_rows + len(self.notes)) * _ROW


def render_png(chart: Chart) -> bytes:
    """The picture.  Raises MissingMatplotlibError."""
    require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = lines_of(chart)
    texts = _texts(chart, lines)
    height = _HEIGHT + texts.above + texts.below
    figure = Figure(figsize=(_WIDTH, height), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes(
        (_LEFT / _WIDTH, texts.below / height, 1 - (_LEFT + _RIGHT) / _WIDTH, _HEIGHT / height), facecolor="white"
    )
    _draw(axes, chart, lines)
    _scale(axes, chart, lr_axis(lines, chart.is_logarithmic, 6))
    _write(figure, axes, texts, height)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _texts(chart: Chart, lines: tuple[Line, ...]) -> _Texts:
    named = min(len(lines), MOST_IN_LEGEND) if len(lines) > 1 else 0
    title = textwrap.wrap(visible(chart.title), _TITLE_COLUMNS)
    notes = [part for note in chart.notes for part in textwrap.wrap(visible(note), _NOTE_COLUMNS)]
    columns = 1 if any(len(line.name) > _LEGEND_COLUMNS for line in lines[:named]) else 2
    return _Texts(tuple(title), tuple(notes), named, columns, len(lines) - named if named else 0)


def _draw(axes: Any, chart: Chart, lines: tuple[Line, ...]) -> None:
    is_stepped = chart.steps <= STEPPED
    for line, look in zip(lines, looks_of(lines), strict=True):
        points = points_of(line, _COLUMNS, is_stepped)
        axes.plot(
            [place for place, _ in points],
            [value for _, value in points],
            color=look.colour,
            linestyle=(0, tuple(length / look.width for length in look.dashes)) if look.dashes else "-",
            linewidth=look.width,
            drawstyle="steps-post" if is_stepped else "default",
            label=shortened(line.name).lstrip("_"),  # matplotlib leaves out what begins with one
        )


def _scale(axes: Any, chart: Chart, axis: Axis) -> None:
    """Give the axes their ends, numbers and names."""
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    if axis.is_logarithmic:
        axes.set_yscale("log", nonpositive="mask")
    axes.set_ylim(axis.low, axis.high)
    axes.set_xlim(0, max(1, chart.steps))
    places = [(tick.at * chart.steps, tick.text) for tick in step_ticks(chart, 10)]
    marks = [(float(tick.text), tick.text) for tick in axis.ticks]
    for one, ticks in ((axes.xaxis, places), (axes.yaxis, marks)):
        one.set_major_locator(FixedLocator([place for place, _ in ticks]))
        one.set_major_formatter(FixedFormatter([text for _, text in ticks]))
        one.set_minor_locator(NullLocator())
    axes.set_xlabel(step_axis_name(chart))
    axes.set_ylabel("learning rate, logarithmic" if axis.is_logarithmic else "learning rate")
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    for artist in axes.lines:
        artist.set_clip_on(False)  # half a line at the ends of an axis would look like another colour
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _write(figure: Any, axes: Any, texts: _Texts, height: float) -> None:
    """Write the title, the legend and the notes."""
    plain = {"parse_math": False}  # a `$` is a `$`
    left = _LEFT / _WIDTH
    figure.text(left, 1 - _EDGE / height, "\n".join(texts.title), va="top", fontsize=12, fontweight="bold", **plain)
    if texts.legend:
        handles, labels = axes.get_legend_handles_labels()
        top = (_EDGE + (texts.legend_rows + len(texts.notes)) * _ROW) / height
        legend = figure.legend(
            handles[: texts.legend],
            labels[: texts.legend],
            loc="upper left",
            bbox_to_anchor=(left, top),
            ncols=texts.columns,
            frameon=False,
            fontsize=9,
            handlelength=3.2,
            borderpad=0,
            borderaxespad=0,
        )
        for label in legend.get_texts():
            label.set_parse_math(False)
    notes = [*([f"and {texts.left_out} more"] if texts.left_out else []), *texts.notes]
    figure.text(left, _EDGE / height, "\n".join(notes), va="bottom", fontsize=8.5, color=GREY, linespacing=1.5, **plain)
