"""The `json` report, version 1; `docs/json.md` describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from lrlint.edit import Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.report.statistics import Count
from lrlint.source import Range, Source

VERSION = 1


def render(findings: Iterable[Finding], sources: Mapping[str, Source], counts: Iterable[Count] | None = None) -> str:
    """The document, in ASCII, with a newline at its end; with the counts per rule where they are given.

    `sources` are the texts at hand, by path.
    """
    document: dict[str, Any] = {"version": VERSION, "findings": [_finding(finding, sources) for finding in findings]}
    if counts is not None:
        document["statistics"] = [_count(count) for count in counts]
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding, sources: Mapping[str, Source]) -> dict[str, Any]:
    source = sources.get(finding.path)
    return {
        "path": finding.path,
        **_range(finding.range, source),
        "code": finding.rule.code,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "related": [_related(related, sources.get(related.path)) for related in finding.related],
        "fix": _fix(finding.fix, source) if finding.fix else None,
    }


def _related(related: Related, source: Source | None) -> dict[str, Any]:
    return {"path": related.path, **_range(related.range, source), "label": related.label}


def _fix(fix: Fix, source: Source | None) -> dict[str, Any]:
    return {
        "applicability": fix.applicability.value,
        "title": fix.title,
        "edits": [_edit(edit, source) for edit in fix.edits],
    }


def _edit(edit: Edit, source: Source | None) -> dict[str, Any]:
    return {**_range(edit.range, source), "content": edit.content}


def _range(range_: Range, source: Source | None) -> dict[str, Any]:
    """The range in the file, and in a notebook also the one in its cell."""
    if source is None:
        return _lines(range_)
    shown = source.shown(range_)
    cell = {} if shown.cell is None else {"cell": {"number": shown.cell, **_lines(shown.range)}}
    return {**_lines(source.in_file(range_)), **cell}


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
