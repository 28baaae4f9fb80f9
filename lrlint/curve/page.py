"""A chart as an HTML page of its own: the picture, and below it the numbers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from lrlint.curve.axes import number
from lrlint.curve.curves import Chart, lines_of
from lrlint.curve.svg import WIDTH, render_svg
from lrlint.curve.table import Stretch, selected, stretches
from lrlint.report.terminal import visible

MOST_ROWS = 200

_STYLE = f"""\
body {{ font-family: Helvetica, Arial, sans-serif; color: #222; max-width: {WIDTH}px; margin: 1em auto; }}
svg {{ max-width: 100%; height: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ padding: 0.2em 0.9em; border-bottom: 1px solid #ddd; text-align: right; }}
th {{ text-align: right; vertical-align: bottom; }}"""


def render_html(chart: Chart) -> str:
    """The text of the page."""
    return "\n".join(_lines(chart)) + "\n"


def _lines(chart: Chart) -> Iterator[str]:
    title = escape(visible(chart.title) or "Learning rate")
    yield f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>'
    yield f"<style>\n{_STYLE}\n</style>\n</head>\n<body>"
    yield render_svg(chart).rstrip()
    rows = list(stretches(chart))
    shown = selected(rows, MOST_ROWS)
    yield "<h2>Learning rates</h2>"
    if len(shown) < len(rows):
        yield f"<p>{len(shown)} of {len(rows)} rows, with all peaks; `-o lr.csv` has every step.</p>"
    yield "<table>"
    names = [escape(visible(line.name)) for line in lines_of(chart)]
    epoch = [] if chart.steps_per_epoch is None else ["epoch"]
    yield f"<tr>{''.join(f'<th>{name}</th>' for name in ['optimizer step', *epoch, *names])}</tr>"
    yield from (_row(row, chart.steps_per_epoch) for row in shown)
    yield "</table>\n</body>\n</html>"


def _row(row: Stretch, steps_per_epoch: int | None) -> str:
    cells = [_span(row.first, row.last)]
    if steps_per_epoch is not None:
        cells.append(_span((row.first - 1) // steps_per_epoch, (row.last - 1) // steps_per_epoch))
    cells += ["" if value is None else number(value) for value in row.values]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} to {last}"
