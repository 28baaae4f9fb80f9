"""A chart as SVG: of itself, without fonts, scripts or other files."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from lrlint.curve.axes import Axis, lr_axis, step_axis_name, step_ticks
from lrlint.curve.curves import Chart, Line, lines_of
from lrlint.curve.looks import Look, looks_of
from lrlint.curve.thinning import thinned
from lrlint.report.terminal import visible

WIDTH = 860
MOST_IN_LEGEND = 16

_LEFT, _RIGHT, _HEIGHT = 84, 24, 360
_LINE = 20
_TITLE_COLUMNS, _NOTE_COLUMNS = 84, 118
_STEPPED = 300  # lines of so few points are drawn as what they are: the same LR up to the next step
_INK, _GREY, _GRID = "#222222", "#666666", "#e3e3e3"


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the axes are on the page."""

    left: float
    top: float
    width: float
    height: float

    def x(self, at: float) -> float:
        return round(self.left + at * self.width, 2)

    def y(self, at: float) -> float:
        return round(self.top + (1 - at) * self.height, 2)


def render_svg(chart: Chart) -> str:
    """The text of the picture."""
    lines = lines_of(chart)
    shown = lines[:MOST_IN_LEGEND] if len(lines) > 1 else ()
    titles = textwrap.wrap(visible(chart.title), _TITLE_COLUMNS)
    notes = [part for note in chart.notes for part in textwrap.wrap(visible(note), _NOTE_COLUMNS)]
    frame = _Frame(_LEFT, 20 + len(titles) * 24, WIDTH - _LEFT - _RIGHT, _HEIGHT)
    legend = frame.top + frame.height + 64
    below = legend + (len(shown) + (len(lines) > len(shown) > 0)) * _LINE
    height = below + len(notes) * 17 + 8
    looks = looks_of(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
        f' role="img" font-family="Helvetica, Arial, sans-serif" font-size="13" fill="{_INK}">',
        f"<title>{_escaped(chart.title)}</title>",
        f'<rect width="{WIDTH}" height="{height:g}" fill="#ffffff"/>',
        *(_text(_LEFT, 24 + at * 24, title, size=16, weight="bold") for at, title in enumerate(titles)),
        *_axes(chart, lr_axis(lines, chart.is_logarithmic, 6), frame),
        *_lines(chart, lines, looks, frame),
        *_legend(lines, looks, len(shown), legend),
        *(_text(_LEFT, below + 12 + at * 17, note, colour=_GREY, size=12) for at, note in enumerate(notes)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(chart: Chart, axis: Axis, frame: _Frame) -> Iterator[str]:
    right, foot = frame.x(1), frame.y(0)
    for tick in axis.ticks:
        y = frame.y(tick.at)
        yield f'<line x1="{frame.left:g}" x2="{right:g}" y1="{y:g}" y2="{y:g}" stroke="{_GRID}"/>'
        yield _text(frame.left - 8, y + 4.5, tick.text, anchor="end")
    for tick in step_ticks(chart, 10):
        x = frame.x(tick.at)
        yield f'<line x1="{x:g}" x2="{x:g}" y1="{foot:g}" y2="{foot + 5:g}" stroke="{_INK}"/>'
        yield _text(x, foot + 20, tick.text, anchor="middle")
    yield f'<path d="M{frame.left:g} {frame.top:g}V{foot:g}H{right:g}" fill="none" stroke="{_INK}"/>'
    yield _text((frame.left + right) / 2, foot + 42, step_axis_name(chart), anchor="middle")
    middle = frame.y(0.5)
    name = "learning rate, logarithmic" if axis.is_logarithmic else "learning rate"
    yield f'<g transform="rotate(-90 18 {middle:g})">{_text(18, middle, name, anchor="middle")}</g>'


def _lines(chart: Chart, lines: Sequence[Line], looks: Sequence[Look], frame: _Frame) -> Iterator[str]:
    axis = lr_axis(lines, chart.is_logarithmic, 6)
    for line, look in zip(lines, looks, strict=True):
        dashes = f' stroke-dasharray="{" ".join(map(str, look.dashes))}"' if look.dashes else ""
        yield (
            f'<path d="{_path(line, axis, chart.steps, frame)}" fill="none" stroke="{look.colour}"'
            f' stroke-width="{look.width:g}" stroke-linejoin="round"{dashes}><title>{_escaped(line.name)}</title></path>'
        )


def _path(line: Line, axis: Axis, steps: int, frame: _Frame) -> str:
    """The commands that draw a line, anew behind each gap."""
    points = thinned(line.values, int(frame.width))
    is_stepped = steps <= _STEPPED
    commands, is_down = [], False
    for step, value in points:
        at = axis.at(value)
        if at is None:
            is_down = False
            continue
        x, y = frame.x((step if is_stepped else step + 0.5) / steps), frame.y(at)
        if not is_stepped:
            commands.append(f"{'L' if is_down else 'M'}{x:g} {y:g}")
        else:
            commands.append(f"V{y:g}" if is_down else f"M{x:g} {y:g}")
            commands.append(f"H{frame.x((step + 1) / steps):g}")
        is_down = True
    return "".join(commands)


def _legend(lines: Sequence[Line], looks: Sequence[Look], count: int, top: float) -> Iterator[str]:
    for at, (line, look) in enumerate(zip(lines[:count], looks, strict=False)):
        y = top + at * _LINE
        dashes = f' stroke-dasharray="{" ".join(map(str, look.dashes))}"' if look.dashes else ""
        yield (
            f'<line x1="{_LEFT}" x2="{_LEFT + 40}" y1="{y:g}" y2="{y:g}" stroke="{look.colour}"'
            f' stroke-width="{look.width:g}"{dashes}/>'
        )
        yield _text(_LEFT + 50, y + 4.5, visible(line.name))
    if 0 < count < len(lines):
        yield _text(_LEFT + 50, top + count * _LINE + 4.5, f"and {len(lines) - count} more", colour=_GREY)


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, weight: str = "normal", colour: str = _INK
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}"'
        f' fill="{colour}">{_escaped(text)}</text>'
    )


def _escaped(text: str) -> str:
    return escape(visible(text))
