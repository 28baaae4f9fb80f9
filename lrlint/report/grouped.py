"""The `grouped` report: the findings of each file under its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from lrlint.finding import Finding
from lrlint.report.heading import heading, location
from lrlint.report.results import Results
from lrlint.report.terminal import Ink, visible


def render(results: Results) -> str:
    """`path:`, beneath it `line:column  CODE [*] message` for each of its findings, and an empty line after them.

    In a notebook, the place is `cell 3:line:column`.
    """
    groups = groupby(results.findings, key=lambda finding: finding.path)
    return "".join(f"{line}\n" for path, group in groups for line in _lines(path, list(group), results))


def _lines(path: str, findings: Sequence[Finding], results: Results) -> Iterator[str]:
    style, name = results.style, visible(path)
    yield f"{style.paint(name, Ink.STRONG)}{style.paint(':', Ink.MARK)}"
    source = results.sources.get(path)
    places = [location(path, finding.range, source).removeprefix(f"{name}:") for finding in findings]
    width = max(map(len, places))
    for place, finding in zip(places, findings, strict=True):
        yield f"  {place:<{width}}  {heading(finding, results.unsafe, style)}"
    yield ""
