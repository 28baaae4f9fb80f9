"""Charts as files: what is written is what the name ends in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from lrlint.curve.curves import Chart

SUFFIXES = (".png", ".svg", ".html", ".csv")


def render(chart: Chart, suffix: str) -> bytes:
    """The contents of a file with a chart.  Raises MissingMatplotlibError for a PNG without it."""
    return _RENDERERS[suffix](chart)


def suffix_of(path: Path) -> str | None:
    """What the name of a file says is to be in it; None if that is nothing we can write."""
    suffix = path.suffix.lower()
    return ".html" if suffix == ".htm" else suffix if suffix in SUFFIXES else None


def _png(chart: Chart) -> bytes:
    from lrlint.curve.png import render_png

    return render_png(chart)


def _svg(chart: Chart) -> bytes:
    from lrlint.curve.svg import render_svg

    return render_svg(chart).encode()


def _html(chart: Chart) -> bytes:
    from lrlint.curve.page import render_html

    return render_html(chart).encode()


def _csv(chart: Chart) -> bytes:
    from lrlint.curve.table import render_csv

    return render_csv(chart).encode()


_RENDERERS: Mapping[str, Callable[[Chart], bytes]] = {".png": _png, ".svg": _svg, ".html": _html, ".csv": _csv}
