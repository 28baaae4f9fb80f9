"""The `rdjson` report: the diagnostic format of reviewdog.

Its columns count bytes of UTF-8, and it refuses a document with keys that it does not know.
"""

from __future__ import annotations

import json
from typing import Any

from lrlint.edit import apply_edits
from lrlint.finding import Finding, Related
from lrlint.report.addresses import homepage, rule_pages
from lrlint.report.heading import is_fixable
from lrlint.report.level import Level, level_of
from lrlint.report.place import Place, place_of
from lrlint.report.results import Results
from lrlint.source import Range, Source

_SEVERITIES = {Level.ERROR: "ERROR", Level.WARNING: "WARNING", Level.NOTE: "INFO"}


def render(results: Results) -> str:
    """The document, in ASCII.  Fixes that `--fix` would apply are suggestions, but not in notebooks: their edits are of
    code, not of its JSON."""
    home = homepage()
    source = {"name": "lrlint", **({"url": home} if home else {})}
    pages = rule_pages(results.rules.values())
    diagnostics = [_diagnostic(finding, pages.get(finding.rule.code), results) for finding in results.findings]
    return json.dumps({"source": source, "diagnostics": diagnostics}, indent=2) + "\n"


def _diagnostic(finding: Finding, page: str | None, results: Results) -> dict[str, Any]:
    place = place_of(finding.path, finding.range, results.sources)
    return {
        "message": f"{finding.message}{place.note}",
        "location": _location(place, finding.range, results),
        "severity": _SEVERITIES[level_of(finding.severity)],
        "code": {"value": finding.rule.code, **({"url": page} if page else {})},
        "suggestions": [] if place.cell else _suggestions(finding, results),
        "related_locations": [_related(related, results) for related in finding.related],
    }


def _suggestions(finding: Finding, results: Results) -> list[dict[str, Any]]:
    """The fix as one suggestion, from its first edit to its last, since reviewdog offers each suggestion alone."""
    fix, source = finding.fix, results.sources.get(finding.path)
    if fix is None or source is None or not is_fixable(finding, results.unsafe):
        return []
    start, end = fix.edits[0].range.start, fix.edits[-1].range.end
    text = apply_edits(source.text[:end], fix.edits)[start:]
    return [{"range": _in_bytes(source.range(start, end), source), "text": text}]


def _related(related: Related, results: Results) -> dict[str, Any]:
    place = place_of(related.path, related.range, results.sources)
    return {"message": f"{related.label}{place.note}", "location": _location(place, related.range, results)}


def _location(place: Place, range_: Range, results: Results) -> dict[str, Any]:
    """The place in the file; in a notebook its lines alone, as the bytes of its JSON are not at hand."""
    if place.cell is None:
        return {"path": place.path, "range": _in_bytes(range_, results.sources.get(place.path))}
    lines = {"start": {"line": place.range.line}, "end": {"line": place.range.end_line}}
    return {"path": place.path, "range": lines}


def _in_bytes(range_: Range, source: Source | None) -> dict[str, Any]:
    return {
        "start": {"line": range_.line, "column": _byte_column(range_.line, range_.column, source)},
        "end": {"line": range_.end_line, "column": _byte_column(range_.end_line, range_.end_column, source)},
    }


def _byte_column(line: int, column: int, source: Source | None) -> int:
    if source is None or line > len(source.line_starts):
        return column
    return len(source.line_text(line)[: column - 1].encode("utf-8", "surrogatepass")) + 1
