"""The `github` report: workflow commands that make GitHub Actions annotate the lines of a pull request."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from lrlint.finding import Finding
from lrlint.report.heading import fix_note
from lrlint.report.level import Level, level_of
from lrlint.report.place import Place, path_from, place_of
from lrlint.report.results import Results
from lrlint.report.terminal import visible

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
_NEWLINE = re.compile(r"([\r\n])")
_SHOWN = 10  # annotations of each level that GitHub shows of a step


def render(results: Results) -> str:
    """An annotation for each problem and finding, the worst first, as GitHub shows the first ten of each level.

    A last line, for the log, tells of more than these.
    """
    findings = sorted(results.findings, key=lambda finding: list(Level).index(level_of(finding.severity)))
    lines = [f"::error title=lrlint::{_data(visible(problem))}" for problem in results.problems]
    lines += [_annotation(finding, results) for finding in findings]
    lines += [f"::notice title=lrlint::{_data(visible(note))}" for note in results.notes]
    levels = [Level.ERROR for _ in results.problems] + [level_of(finding.severity) for finding in findings]
    levels += [Level.NOTE for _ in results.notes]
    return "".join(f"{line}\n" for line in (*lines, *_left_out(levels)))


def _annotation(finding: Finding, results: Results) -> str:
    place = place_of(finding.path, finding.range, results.sources)
    path = path_from(finding.path, os.environ.get("GITHUB_WORKSPACE"))
    title = f"{finding.rule.code} {finding.rule.name}"
    properties = {"title": title, "file": _shown(path), **_lines(place)}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    related = (_related(one.label, place_of(one.path, one.range, results.sources)) for one in finding.related)
    fix = fix_note(finding, results.unsafe)
    message = "\n".join([f"{visible(finding.message)}{place.note}", *related, *([fix] if fix else [])])
    return f"::{_COMMANDS[level_of(finding.severity)]} {written}::{_data(message)}"


def _lines(place: Place) -> dict[str, str]:
    """The lines, and the columns where it is a single line: GitHub refuses columns of several."""
    range_ = place.range
    lines = {"line": str(range_.line), "endLine": str(range_.end_line)}
    if range_.line != range_.end_line:
        return lines
    return {**lines, "col": str(range_.column), "endColumn": str(range_.end_column)}


def _related(label: str, place: Place) -> str:
    return f"{visible(place.path)}:{place.range.line}: {visible(label)}{place.note}"


def _left_out(levels: Sequence[Level]) -> Iterator[str]:
    for level, number in Counter(levels).items():
        if number > _SHOWN:
            yield f"lrlint: GitHub shows {_SHOWN} of these {number} annotations of the level {_COMMANDS[level]}."


def _shown(path: str) -> str:
    """A path with nothing in it that the terminal of who reads the log would obey; ends of lines are escaped anyway."""
    return "".join(part if part in "\r\n" else visible(part) for part in _NEWLINE.split(path))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
