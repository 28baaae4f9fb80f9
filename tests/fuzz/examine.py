"""What must hold of `lrlint check`, with and without `--fix`, whatever the program."""

from __future__ import annotations

import ast
import importlib
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time
from xml.etree import ElementTree

from lrlint.cli.reporting import gather
from lrlint.files import discover
from lrlint.finding import Finding
from lrlint.notebook import is_notebook
from lrlint.registry import RegisteredRule
from lrlint.report.formats import FORMATS
from lrlint.report.results import Results
from lrlint.run import FileResult, Fixing, check_files
from lrlint.source import Range, Source
from tests.fuzz.programs import Files

SECONDS, SECONDS_PER_LINE, SECONDS_PER_CHARACTER = 1.5, 0.005, 0.0001
"""The CPU time that a check may take: enough for a busy machine, and far too little for a cost that doubles."""

_INTERNAL_ERROR = re.compile(r"internal error in .*?: (\w+).*?(\(\w+\.py:\d+\))?; please report", re.DOTALL)
_GIVEN_UP = re.compile(r"not fixed: (.*)", re.DOTALL)
_OF_LINES = {"full", "concise", "grouped", "github", "pylint", "jsonl"}


@dataclass(frozen=True, slots=True)
class Failure:
    """What did not hold: its kind, by which two failures are the same, and what is known besides."""

    kind: str
    detail: str


@dataclass(slots=True)
class Examination:
    """What came of one program.  `given_up` are the fixes that were refused on a second look, which harms nobody."""

    failures: list[Failure] = field(default_factory=list)
    findings: int = 0
    fixed: int = 0
    unread: int = 0
    seconds: float = 0
    given_up: list[str] = field(default_factory=list)

    def fail(self, kind: str, detail: str = "") -> None:
        """Note a failure."""
        self.failures.append(Failure(kind, detail))


def examine(files: Files, folder: Path, rules: Sequence[RegisteredRule]) -> Examination:
    """Check and fix a program in a folder, which must be the working directory and is emptied of Python files."""
    seen = Examination()
    _write(files, folder)
    start = process_time()
    results = _run(rules, Fixing.NONE)
    seen.seconds = process_time() - start
    _judge_time(files, seen)
    seen.findings = sum(one.rule.code != "LR000" for result in results for one in result.findings)
    seen.unread = sum(not result.findings and bool(result.problems) for result in results)
    _judge_problems(results, seen)
    _judge_findings(results, seen)
    _judge_reports(results, rules, seen)
    for fixing in (Fixing.SAFE, Fixing.UNSAFE):
        _judge_fixes(files, folder, rules, fixing, seen)
    return seen


def _write(files: Files, folder: Path) -> None:
    for old in [*folder.rglob("*.py"), *folder.rglob("*.ipynb")]:
        old.unlink()
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _run(rules: Sequence[RegisteredRule], fixing: Fixing) -> list[FileResult]:
    return list(check_files(discover(["."]).files, rules, fixing, write=fixing is not Fixing.NONE))


def _judge_time(files: Files, seen: Examination) -> None:
    size = sum(map(len, files.values()))
    lines = sum(data.count(b"\n") + data.count(b"\r") for data in files.values())
    bound = SECONDS + SECONDS_PER_LINE * lines + SECONDS_PER_CHARACTER * size
    if seen.seconds > bound:
        seen.fail("too slow", f"{seen.seconds:.2f} s of CPU for {lines} lines of {size} bytes")


def _judge_problems(results: Sequence[FileResult], seen: Examination) -> None:
    for problem in (problem for result in results for problem in result.problems):
        internal, given_up = _INTERNAL_ERROR.search(problem), _GIVEN_UP.search(problem)
        if internal:
            seen.fail(f"internal error: {internal[1]} {internal[2] or ''}", problem)
        elif given_up:
            seen.given_up.append(given_up[1])


def _judge_findings(results: Sequence[FileResult], seen: Examination) -> None:
    sources = {result.path: result.source for result in results if result.source}
    for finding in (finding for result in results for finding in result.findings):
        for path, range_ in _ranges(finding):
            source = sources.get(path)
            if source is not None and not _is_in(range_, source):
                seen.fail(f"range outside of the text: {finding.rule.code}", f"{path} {range_}")
        if not finding.message.isprintable() or "\n" in finding.message:
            seen.fail(f"message of several lines: {finding.rule.code}", repr(finding.message))


def _ranges(finding: Finding) -> Iterator[tuple[str, Range]]:
    yield finding.path, finding.range
    yield from ((related.path, related.range) for related in finding.related)
    yield from ((finding.path, edit.range) for edit in (finding.fix.edits if finding.fix else ()))


def _is_in(range_: Range, source: Source) -> bool:
    inside = 0 <= range_.start <= range_.end <= len(source.text)
    return inside and source.range(range_.start, range_.end) == range_


def _judge_reports(results: Sequence[FileResult], rules: Sequence[RegisteredRule], seen: Examination) -> None:
    problems = [problem for result in results for problem in result.problems]
    content = gather(results, rules, problems, unsafe=True, with_counts=False)
    for name in FORMATS:
        _judge_report(name, content, seen)


def _judge_report(name: str, content: Results, seen: Examination) -> None:
    text: str = importlib.import_module(f"lrlint.report.{name}").render(content)
    if not text.replace("\n", "").isprintable():
        seen.fail(f"{name} report with control characters", repr(text))
    if name == "junit":
        ElementTree.fromstring(text)
    elif name == "jsonl":
        _ = [json.loads(line) for line in text.splitlines()]
    elif name not in _OF_LINES:
        json.loads(text)


def _judge_fixes(
    files: Files, folder: Path, rules: Sequence[RegisteredRule], fixing: Fixing, seen: Examination
) -> None:
    _write(files, folder)
    results = _run(rules, fixing)
    _judge_problems(results, seen)
    _judge_findings(results, seen)
    changed = [result for result in results if result.is_changed]
    seen.fixed += sum(len(result.applied) for result in changed)
    for result in changed:
        if is_notebook(result.path):
            json.loads((folder / result.path).read_bytes().decode("utf-8-sig"))
        elif _is_python(files[result.path]) and not _is_python((folder / result.path).read_bytes()):
            seen.fail(f"a {fixing.value} fix broke the syntax: {_codes(result)}", result.path)
    if changed:
        _judge_second_time(rules, fixing, seen)


def _judge_second_time(rules: Sequence[RegisteredRule], fixing: Fixing, seen: Examination) -> None:
    again = [result for result in _run(rules, fixing) if result.is_changed]
    for result in again:
        seen.fail(f"a second --fix ({fixing.value}) has more to do: {_codes(result)}", result.path)


def _codes(result: FileResult) -> str:
    return " ".join(sorted({finding.rule.code for finding in result.applied}))


def _is_python(data: bytes) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
