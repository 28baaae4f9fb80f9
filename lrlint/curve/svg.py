"""A chart as SVG: of itself, without fonts, scripts or other files."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from lrlint.curve.axes import Axis, lr_axis, step_axis_name, step_ticks
from lrlint.curve.curves import Chart, Line, lines_of
from lrlint.curve.looks import GREY, GRID, INK, STEPPED, Look, looks_of, points_of, shortened
from lrlint.report.terminal import visible

WIDTH = 860
MOST_IN_LEGEND = 16

_LEFT, _RIGHT, _HEIGHT = 84, 24, 360
_LINE = 20
_TITLE_COLUMNS, _NOTE_COLUMNS = 84, 118


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
    axis = lr_axis(lines, chart.is_logarithmic, 6)
    size = f'viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}"'
    font = f'font-family="Helvetica, Arial, sans-serif" font-size="13" fill="{INK}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" {font}>',
        f"<title>{_escaped(chart.title)}</title>",
        f'<rect width="{WIDTH}" height="{height:g}" fill="#ffffff"/>',
        *(_text(_LEFT, 24 + at * 24, title, size=16, weight="bold") for at, title in enumerate(titles)),
        *_axes(chart, axis, frame),
        *_lines(chart, axis, lines, looks, frame),
        *_legend(lines, looks, len(shown), legend),
        *(_text(_LEFT, below + 12 + at * 17, note, colour=GREY, size=12) for at, note in enumerate(notes)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _axes(chart: Chart, axis: Axis, frame: _Frame) -> Iterator[str]:
    right, foot = frame.x(1), frame.y(0)
    for tick in axis.ticks:
        y = frame.y(tick.at)
        yield f'<line x1="{frame.left:g}" x2="{right:g}" y1="{y:g}" y2="{y:g}" stroke="{GRID}"/>'
        yield _text(frame.left - 8, y + 4.5, tick.text, anchor="end")
    for tick in step_ticks(chart, 10):
        x = frame.x(tick.at)
        yield f'<line x1="{x:g}" x2="{x:g}" y1="{foot:g}" y2="{foot + 5:g}" stroke="{INK}"/>'
        yield _text(x, foot + 20, tick.text, anchor="middle")
    yield f'<path d="M{frame.left:g} {frame.top:g}V{foot:g}H{right:g}" fill="none" stroke="{INK}"/>'
    yield _text((frame.left + right) / 2, foot + 42, step_axis_name(chart), anchor="middle")
    middle = frame.y(0.5)
    name = "learning rate, logarithmic" if axis.is_logarithmic else "learning rate"
    yield f'<g transform="rotate(-90 18 {middle:g})">{_text(18, middle, name, anchor="middle")}</g>'


def _lines(chart: Chart, axis: Axis, lines: Sequence[Line], looks: Sequence[Look], frame: _Frame) -> Iterator[str]:
    for line, look in zip(lines, looks, strict=True):
        path, name = _path(line, axis, chart.steps, frame), _escaped(line.name)
        yield f'<path d="{path}" fill="none" stroke-linejoin="round" {_stroke(look)}><title>{name}</title></path>'


def _stroke(look: Look) -> str:
    dashes = f' stroke-dasharray="{" ".join(map(str, look.dashes))}"' if look.dashes else ""
    return f'stroke="{look.colour}" stroke-width="{look.width:g}"{dashes}'


def _path(line: Line, axis: Axis, steps: int, frame: _Frame) -> str:
    """The commands that draw a line, anew behind each gap."""
    is_stepped = steps <= STEPPED
    commands, is_down = [], False
    for place, value in points_of(line, int(frame.width), is_stepped):
        at, x = axis.at(value), frame.x(place / steps)
        if is_down and is_stepped:
            commands.append(f"H{x:g}")
        if at is not None:
            y = frame.y(at)
            commands.append((f"V{y:g}" if is_stepped else f"L{x:g} {y:g}") if is_down else f"M{x:g} {y:g}")
        is_down = at is not None
    return "".join(commands)


def _legend(lines: Sequence[Line], looks: Sequence[Look], count: int, top: float) -> Iterator[str]:
    for at, (line, look) in enumerate(zip(lines[:count], looks, strict=False)):
        y = top + at * _LINE
        yield f'<line x1="{_LEFT}" x2="{_LEFT + 40}" y1="{y:g}" y2="{y:g}" {_stroke(look)}/>'
        yield _text(_LEFT + 50, y + 4.5, shortened(line.name))
    if 0 < count < len(lines):
        yield _text(_LEFT + 50, top + count * _LINE + 4.5, f"and {len(lines) - count} more", colour=GREY)


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", size: int = 13, weight: str = "normal", colour: str = INK
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}"'
        f' fill="{colour}">{_escaped(text)}</text>'
    )


def _escaped(text: str) -> str:
    return escape(visible(text))
