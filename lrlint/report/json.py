"""The `json` report, version 1; `docs/json.md` describes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from lrlint.edit import Fix
from lrlint.finding import Finding, Related
from lrlint.report.place import place_of
from lrlint.report.results import Results
from lrlint.report.statistics import Count
from lrlint.source import Range, Source
from lrlint.verdict import Verdict

VERSION = 1


def render(results: Results) -> str:
    """The document, in ASCII, with a newline at its end; with the counts per rule where they are given."""
    findings = [record(finding, results.sources, results.proofs.get(finding)) for finding in results.findings]
    document: dict[str, Any] = {"version": VERSION, "findings": findings}
    if results.counts is not None:
        document["statistics"] = [_count(count) for count in results.counts]
    if results.notes:
        document["notes"] = list(results.notes)
    return json.dumps(document, indent=2) + "\n"


def record(finding: Finding, sources: Mapping[str, Source], proof: Verdict | None = None) -> dict[str, Any]:
    """A finding as a JSON object.  `sources` are the texts at hand, by path; `proof` is what torch said."""
    return {
        "path": finding.path,
        **_range(finding.path, finding.range, sources),
        "code": finding.rule.code,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "related": [_related(related, sources) for related in finding.related],
        "fix": _fix(finding.fix, finding.path, sources) if finding.fix else None,
        **({"proof": proof.to_json()} if proof else {}),
    }


def _related(related: Related, sources: Mapping[str, Source]) -> dict[str, Any]:
    return {"path": related.path, **_range(related.path, related.range, sources), "label": related.label}


def _fix(fix: Fix, path: str, sources: Mapping[str, Source]) -> dict[str, Any]:
    return {
        "applicability": fix.applicability.value,
        "title": fix.title,
        "edits": [{**_range(path, edit.range, sources), "content": edit.content} for edit in fix.edits],
    }


def _range(path: str, range_: Range, sources: Mapping[str, Source]) -> dict[str, Any]:
    """The range in the file, and in a notebook also the one in its cell."""
    place = place_of(path, range_, sources)
    cell = {"cell": {"number": place.cell.number, **_lines(place.cell.range)}} if place.cell else {}
    return {**_lines(place.range), **cell}


def _lines(range_: Range) -> dict[str, int]:
    return {
        "line": range_.line,
        "column": range_.column,
        "end_line": range_.end_line,
        "end_column": range_.end_column,
    }


def _count(count: Count) -> dict[str, Any]:
    return {
        "code": count.rule.code,
        "name": count.rule.name,
        "findings": count.findings,
        "fixable": count.fixable,
    }
