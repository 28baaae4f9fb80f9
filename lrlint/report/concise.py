"""The `concise` report: one line a finding."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.finding import Finding
from lrlint.report.heading import heading, location
from lrlint.report.terminal import Ink, Style


def render(findings: Iterable[Finding], unsafe: bool, style: Style) -> str:
    """`path:line:column: CODE [*] message` for each finding, with `[*]` where `--fix` would apply a fix."""
    colon = style.paint(":", Ink.MARK)
    return "".join(
        f"{style.paint(location(finding.path, finding.range), Ink.STRONG)}{colon} {heading(finding, unsafe, style)}\n"
        for finding in findings
    )
