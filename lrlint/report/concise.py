"""The `concise` report: one line a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lrlint.finding import Finding
from lrlint.report.heading import heading, location
from lrlint.report.terminal import Ink, Style
from lrlint.source import Source


def render(findings: Iterable[Finding], sources: Mapping[str, Source], unsafe: bool, style: Style) -> str:
    """`path:line:column: CODE [*] message` for each finding, with `[*]` where `--fix` would apply a fix.

    `sources` are the texts at hand, by path.
    """
    colon = style.paint(":", Ink.MARK)
    return "".join(
        f"{style.paint(_place(finding, sources), Ink.STRONG)}{colon} {heading(finding, unsafe, style)}\n"
        for finding in findings
    )


def _place(finding: Finding, sources: Mapping[str, Source]) -> str:
    return location(finding.path, finding.range, sources.get(finding.path))
