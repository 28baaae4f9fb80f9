"""The `pylint` report: lines as pylint's `parseable` output has them, for the many tools that read these."""

from __future__ import annotations

from lrlint.finding import Finding
from lrlint.report.place import place_of
from lrlint.report.results import Results
from lrlint.report.terminal import visible


def render(results: Results) -> str:
    """`path:line: [CODE(name), ] message` for each finding; the line is the one in the file, also of a notebook."""
    return "".join(f"{_line(finding, results)}\n" for finding in results.findings)


def _line(finding: Finding, results: Results) -> str:
    place = place_of(finding.path, finding.range, results.sources)
    rule = f"{finding.rule.code}({finding.rule.name})"
    return f"{visible(finding.path)}:{place.range.line}: [{rule}, ] {visible(finding.message)}{place.note}"
