"""The `sarif` report: SARIF 2.1.0, which GitHub's code scanning, Azure DevOps and editors read."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lrlint import __version__
from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.page import parse_page
from lrlint.report.addresses import homepage, rule_pages
from lrlint.report.fingerprint import fingerprints
from lrlint.report.level import Level, level_of
from lrlint.report.place import Place, place_of
from lrlint.report.results import Results
from lrlint.rule import Rule
from lrlint.source import Range

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_FINGERPRINT = "ruleAndCode/v1"
_GITHUB_SEVERITIES = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "recommendation"}


def render(results: Results) -> str:
    """The document, in ASCII."""
    rules = sorted({finding.rule for finding in results.findings}, key=lambda rule: rule.code)
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [_run(rules, results)]}, indent=2) + "\n"


def _run(rules: list[Rule], results: Results) -> dict[str, Any]:
    pages = rule_pages(results.rules.values())
    home = homepage()
    indices = {rule.code: index for index, rule in enumerate(rules)}
    marks = fingerprints(results.findings, results.sources)
    return {
        "tool": {
            "driver": {
                "name": "lrlint",
                "version": __version__,
                **({"informationUri": home} if home else {}),
                "rules": [_rule(rule, results, pages) for rule in rules],
            }
        },
        "invocations": [_invocation(results)],
        "originalUriBaseIds": {_ROOT: {"uri": _folder_address(Path.cwd())}},
        "columnKind": "unicodeCodePoints",
        "newlineSequences": ["\r\n", "\n", "\r"],
        "results": [
            _result(finding, indices[finding.rule.code], mark, results)
            for finding, mark in zip(results.findings, marks, strict=True)
        ],
    }


def _rule(rule: Rule, results: Results, pages: Mapping[str, str]) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        **_page(rule, results),
        **({"helpUri": pages[rule.code]} if rule.code in pages else {}),
        "defaultConfiguration": {"enabled": rule.default, "level": level_of(rule.severity).value},
        "properties": {"tags": [rule.severity.value], "problem.severity": _GITHUB_SEVERITIES[level_of(rule.severity)]},
    }


def _page(rule: Rule, results: Results) -> dict[str, Any]:
    registered = results.rules.get(rule.code)
    if registered is None or not registered.page:
        return {}
    title = " ".join(parse_page(registered.page).title.split())
    return {"fullDescription": {"text": title}, "help": {"text": registered.page, "markdown": registered.page}}


def _invocation(results: Results) -> dict[str, Any]:
    notifications = [{"level": "error", "message": {"text": problem}} for problem in results.problems]
    notes = [{"level": "note", "message": {"text": note}} for note in results.notes]
    return {"executionSuccessful": not notifications, "toolExecutionNotifications": [*notifications, *notes]}


def _result(finding: Finding, index: int, fingerprint: str, results: Results) -> dict[str, Any]:
    place = place_of(finding.path, finding.range, results.sources)
    related = (
        {"id": number, **_location(place_of(one.path, one.range, results.sources), one.label)}
        for number, one in enumerate(finding.related, 1)
    )
    fix = finding.fix if place.cell is None else None  # an edit of code is none of a notebook's JSON
    return {
        "ruleId": finding.rule.code,
        "ruleIndex": index,
        "level": level_of(finding.severity).value,
        "message": {"text": f"{finding.message}{place.note}"},
        "locations": [_location(place, finding.label)],
        "relatedLocations": list(related),
        "partialFingerprints": {_FINGERPRINT: fingerprint},
        **({"fixes": [_fix(fix, finding.path)]} if fix else {}),
        "properties": {"severity": finding.severity.value, **_cell(place), **_proof(finding, results)},
    }


def _proof(finding: Finding, results: Results) -> dict[str, Any]:
    proof = results.proofs.get(finding)
    return {"proof": proof.to_json()} if proof else {}


def _location(place: Place, label: str) -> dict[str, Any]:
    message = {"message": {"text": f"{label}{place.note}"}} if label else {}
    physical = {"artifactLocation": _artifact(place.path), "region": _region(place.range)}
    return {"physicalLocation": physical, **message}


def _cell(place: Place) -> dict[str, Any]:
    return {"cell": {"number": place.cell.number, **_region(place.cell.range)}} if place.cell else {}


def _fix(fix: Fix, path: str) -> dict[str, Any]:
    kind = "fix" if fix.applicability is Applicability.SAFE else "unsafe fix"
    changes = {"artifactLocation": _artifact(path), "replacements": [_replacement(edit) for edit in fix.edits]}
    return {"description": {"text": f"{kind}: {fix.title}"}, "artifactChanges": [changes]}


def _replacement(edit: Edit) -> dict[str, Any]:
    return {"deletedRegion": _region(edit.range), "insertedContent": {"text": edit.content}}


def _region(range_: Range) -> dict[str, int]:
    return {
        "startLine": range_.line,
        "startColumn": range_.column,
        "endLine": range_.end_line,
        "endColumn": range_.end_column,
    }


def _artifact(path: str) -> dict[str, Any]:
    """The address of a file, from the working directory if it is below; SARIF allows no `..` in one."""
    if path.startswith("../") or os.path.isabs(path):
        return {"uri": Path(os.path.abspath(path)).as_uri()}
    return {"uri": quote(path, errors="backslashreplace"), "uriBaseId": _ROOT}


def _folder_address(folder: Path) -> str:
    return folder.as_uri().rstrip("/") + "/"
