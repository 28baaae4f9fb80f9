"""The `gitlab` report: a Code Quality report, which GitLab shows in merge requests."""

from __future__ import annotations

import json
import os
from typing import Any

from lrlint.finding import Finding
from lrlint.report.fingerprint import fingerprints
from lrlint.report.place import path_from, place_of
from lrlint.report.results import Results
from lrlint.rule import Severity

_SEVERITIES = {
    Severity.ERROR: "critical",
    Severity.CORRECTNESS: "major",
    Severity.DEPRECATION: "minor",
    Severity.STYLE: "info",
}


def render(results: Results) -> str:
    """A JSON list of the findings, in ASCII; GitLab wants fingerprints that differ in the whole project."""
    prints = fingerprints(results.findings, results.sources, of_path=True)
    issues = [_issue(finding, mark, results) for finding, mark in zip(results.findings, prints, strict=True)]
    return json.dumps(issues, indent=2) + "\n"


def _issue(finding: Finding, fingerprint: str, results: Results) -> dict[str, Any]:
    place = place_of(finding.path, finding.range, results.sources)
    return {
        "description": f"{finding.rule.code} {finding.message}{place.note}",
        "check_name": finding.rule.code,
        "fingerprint": fingerprint,
        "severity": _SEVERITIES[finding.severity],
        "location": {
            "path": path_from(finding.path, os.environ.get("CI_PROJECT_DIR")),
            "lines": {"begin": place.range.line, "end": place.range.end_line},
        },
    }
