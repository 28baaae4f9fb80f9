"""The `json` report, version 1; `docs/json.md` describes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from lrlint.edit import Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.report.statistics import Count
from lrlint.source import Range

VERSION = 1


def render(findings: Iterable[Finding], counts: Iterable[Count] | None = None) -> str:
    """The document, in ASCII, with a newline at its end; with the counts per rule where they are given."""
    document: dict[str, Any] = {"version": VERSION, "findings": [_finding(finding) for finding in findings]}
    if counts is not None:
        document["statistics"] = [_count(count) for count in counts]
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "path": finding.path,
        **_range(finding.range),
        "code": finding.rule.code,
        "name": finding.rule.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "related": [_related(related) for related in finding.related],
        "fix": _fix(finding.fix) if finding.fix else None,
    }


def _related(related: Related) -> dict[str, Any]:
    return {"path": related.path, **_range(related.range), "label": related.label}


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "applicability": fix.applicability.value,
        "title": fix.title,
        "edits": [_edit(edit) for edit in fix.edits],
    }


def _edit(edit: Edit) -> dict[str, Any]:
    return {**_range(edit.range), "content": edit.content}


def _range(range_: Range) -> dict[str, int]:
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
