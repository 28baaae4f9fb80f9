"""A chart as PNG, by matplotlib."""

from __future__ import annotations

import importlib.util
import io
import textwrap

from lrlint.curve.axes import lr_axis, step_axis_name, step_ticks
from lrlint.curve.curves import Chart, lines_of
from lrlint.curve.looks import looks_of
from lrlint.curve.thinning import thinned
from lrlint.report.terminal import visible

MOST_IN_LEGEND = 16

_INCHES, _DPI = (9.0, 4.6), 150
_LINE_INCHES = 0.24
_COLUMNS = 900
_STEPPED = 300
_TITLE_COLUMNS, _NOTE_COLUMNS = 80, 110


class MissingMatplotlibError(RuntimeError):
    """Matplotlib is not installed; the message is for people."""


def require_matplotlib() -> None:
    """Raises MissingMatplotlibError unless matplotlib is there."""
    if importlib.util.find_spec("matplotlib") is None:
        raise MissingMatplotlibError("a PNG needs matplotlib; install it with: pip install 'lrlint[plot]'")


def render_png(chart: Chart) -> bytes:
    """The picture.  Raises MissingMatplotlibError."""
    require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    lines = lines_of(chart)
    named = len(lines) if 1 < len(lines) else 0
    shown = min(named, MOST_IN_LEGEND)
    notes = [part for note in chart.notes for part in textwrap.wrap(_plain(note), _NOTE_COLUMNS)]
    titles = textwrap.wrap(_plain(chart.title), _TITLE_COLUMNS)
    rows = (shown + 1) // 2
    width, height = _INCHES[0], _INCHES[1] + (rows + len(notes) + len(titles)) * _LINE_INCHES
    figure = Figure(figsize=(width, height), dpi=_DPI, facecolor="white")
    FigureCanvasAgg(figure)
    foot = (0.75 + (rows + len(notes)) * _LINE_INCHES) / height
    head = 1 - (0.2 + len(titles) * _LINE_INCHES) / height
    axes = figure.add_axes((0.1, foot, 0.87, head - foot))
    axis = lr_axis(lines, chart.is_logarithmic, 6)
    for line, look in zip(lines, looks_of(lines), strict=True):
        points = thinned(line.values, _COLUMNS)
        is_stepped = chart.steps <= _STEPPED
        steps = [step + (0.0 if is_stepped else 0.5) for step, _ in points]
        values = [value for _, value in points]
        if is_stepped and points:  # the last step is as long as the others
            steps.append(steps[-1] + 1)
            values.append(values[-1])
        axes.plot(
            steps,
            values,
            color=look.colour,
            linestyle=(0, look.dashes) if look.dashes else "-",
            linewidth=look.width,
            drawstyle="steps-post" if is_stepped else "default",
            label=_plain(line.name).lstrip("_"),
        )
    if chart.is_logarithmic:
        axes.set_yscale("log", nonpositive="mask")
    margin = 0.0 if chart.is_logarithmic else (axis.high - axis.low) * 0.02
    axes.set_ylim(axis.low - (margin if axis.low else 0), axis.high + margin)
    axes.set_xlim(0, max(1, chart.steps))
    places = [(tick.at * chart.steps, tick.text) for tick in step_ticks(chart, 10)]
    axes.xaxis.set_major_locator(FixedLocator([place for place, _ in places]))
    axes.xaxis.set_major_formatter(FixedFormatter([text for _, text in places]))
    marks = [float(tick.text) for tick in axis.ticks]
    axes.yaxis.set_major_locator(FixedLocator(marks))
    axes.yaxis.set_major_formatter(FixedFormatter([tick.text for tick in axis.ticks]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_xlabel(step_axis_name(chart))
    axes.set_ylabel("learning rate, logarithmic" if chart.is_logarithmic else "learning rate")
    axes.grid(axis="y", color="#e3e3e3")
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.text(0.1, 1 - 0.12 / height, "\n".join(titles), va="top", fontsize=12, fontweight="bold", parse_math=False)
    if shown:
        handles, labels = axes.get_legend_handles_labels()
        top = (0.2 + (rows + len(notes)) * _LINE_INCHES) / height
        figure.legend(
            handles[:shown],
            labels[:shown],
            loc="upper left",
            bbox_to_anchor=(0.09, top),
            ncols=2,
            frameon=False,
            fontsize=9,
            handlelength=3.2,
            borderpad=0,
            borderaxespad=0,
        )
    if notes:
        figure.text(0.1, 0.1 / height, "\n".join(notes), va="bottom", fontsize=8.5, color="#666666", parse_math=False)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _plain(text: str) -> str:
    return visible(text)
