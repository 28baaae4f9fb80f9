"""The `concise` report: one line a finding."""

from __future__ import annotations

from lrlint.report.heading import heading, location
from lrlint.report.results import Results
from lrlint.report.terminal import Ink


def render(results: Results) -> str:
    """`path:line:column: CODE [*] message` for each finding, with `[*]` where `--fix` would apply a fix."""
    style = results.style
    colon = style.paint(":", Ink.MARK)
    places = (location(one.path, one.range, results.sources.get(one.path)) for one in results.findings)
    return "".join(
        f"{style.paint(place, Ink.STRONG)}{colon} {heading(finding, results.unsafe, style)}\n"
        for place, finding in zip(places, results.findings, strict=True)
    )
