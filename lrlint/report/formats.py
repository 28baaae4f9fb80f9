"""The output formats: what there is to choose from, and the way to the module of each."""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from lrlint.report import statistics
from lrlint.report.results import Results


@dataclass(frozen=True, slots=True)
class Format:
    """An output format: the module of its name in this package renders it.

    `is_for_people`: the summary of the run may follow it, and counts take its place; a format that `has_counts` holds
    them, one that `has_notes` what is worth knowing besides the findings.
    """

    name: str
    summary: str
    is_for_people: bool = False
    has_counts: bool = False
    has_notes: bool = False


FORMATS = {
    format_.name: format_
    for format_ in (
        Format("full", "each finding with its code", is_for_people=True),
        Format("concise", "a line for each finding", is_for_people=True),
        Format("grouped", "the findings of each file under its name", is_for_people=True),
        Format("json", "one JSON document, described in docs/json.md", has_counts=True, has_notes=True),
        Format("jsonl", "a JSON object for each finding, one a line"),
        Format("sarif", "SARIF 2.1.0, for code scanning", has_notes=True),
        Format("github", "annotations of GitHub Actions", has_notes=True),
        Format("gitlab", "a Code Quality report of GitLab"),
        Format("junit", "JUnit XML, for test reports"),
        Format("rdjson", "the diagnostic format of reviewdog"),
        Format("pylint", "lines as pylint's parseable ones"),
    )
}
"""All formats by name, the default one first."""

DEFAULT = FORMATS["full"]


def render(format_: Format, results: Results) -> str:
    """The report on a run in a format; its module is imported now."""
    if results.counts is not None and format_.is_for_people:
        return statistics.render(results.counts, results.style)
    text: str = importlib.import_module(f"{__package__}.{format_.name}").render(results)
    return text


def listing() -> str:
    """A line for each format, for the help."""
    width = max(map(len, FORMATS))
    return "\n".join(f"  {one.name:<{width}}  {one.summary}" for one in FORMATS.values())
