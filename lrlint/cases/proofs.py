"""The proofs of a case: each gives what is wrong with it, as texts for people, and nothing if it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from lrlint.cases.bench import Bench
from lrlint.cases.case import Case, bytes_of, files_of, is_static_only, marks, name_in, program_name
from lrlint.edit import Applicability
from lrlint.rule import Severity
from lrlint.run import Fixing
from lrlint.runtime.records import Record, same_rates
from lrlint.source import Source

Mark = tuple[str, int, str]
"""File, line and code of a finding."""


# 1. The rules find the marks and nothing else.


def static_flaws(case: Case, bench: Bench) -> Iterator[str]:
    """Findings without a mark and marks without a finding; a mistake without a mark of its rule, a trap with one."""
    yield from bench.problems(case.path)
    expected = Counter(_marked(case.path))
    findings = _found(case.path, bench)
    actual = Counter(mark for mark, _ in findings)
    for mark in sorted(expected - actual):
        yield f"{_line(mark)} is marked {mark[2]}, and that is not found there"
    for mark in sorted(actual - expected):
        yield f"{_line(mark)} is not marked {mark[2]}, and it is found there: {dict(findings)[mark]}"
    is_marked = any(code == case.code for _, _, code in expected)
    if is_marked and case.is_trap:
        yield f"a trap has a mark of {case.code}"
    if not is_marked and not case.is_trap:
        yield f"no line of a mistake is marked {case.code}"


def _marked(program: Path) -> Iterator[Mark]:
    """Where a finding is announced."""
    for path in files_of(program):
        source = Source.from_bytes(path.name, path.read_bytes())
        yield from ((name_in(program, path), *mark) for mark in marks(source))


def _found(program: Path, bench: Bench) -> list[tuple[Mark, str]]:
    """Where something is found, and what."""
    return [
        ((name, finding.range.line, finding.rule.code), finding.message)
        for name, result in bench.check(program).items()
        for finding in result.findings
    ]


def _line(mark: Mark) -> str:
    return f"{mark[0]} line {mark[1]}".strip()


# 2. The fix makes the fixed program of the mistake.


def fix_flaws(case: Case, bench: Bench) -> Iterator[str]:
    """What keeps the fix from making the fixed program, byte for byte, in one run and by the right kind of fix."""
    fixed = case.fixed or case.path
    yield from _differences(bytes_of(fixed), bench.fixed_bytes(case.path, Fixing.UNSAFE), fixed.name)
    if case.fixed is not None:
        yield from bench.problems(fixed)
        left = (finding.rule.code for finding in bench.lint(fixed) if finding.fix)
        yield from (f"{fixed.name} still has a fix of {code}" for code in left)
    kinds = bench.fixes(case.path)
    if kinds == {Applicability.SAFE}:
        safe, unsafe = (bench.fixed_bytes(case.path, fixing) for fixing in (Fixing.SAFE, Fixing.UNSAFE))
        yield from _differences(unsafe, safe, f"{fixed.name}, without --unsafe-fixes")
    if kinds <= {Applicability.UNSAFE}:
        safe = bench.fixed_bytes(case.path, Fixing.SAFE)
        yield from _differences(bytes_of(case.path), safe, f"{case.path.name}, without --unsafe-fixes")


def _differences(expected: Mapping[str, bytes], actual: Mapping[str, bytes], what: str) -> Iterator[str]:
    """The files in which the fix does not give what is expected, each as a diff."""
    for name in sorted(expected.keys() | actual.keys()):
        before, after = (files.get(name, b"").decode("utf-8", "backslashreplace") for files in (expected, actual))
        if expected.get(name) != actual.get(name):
            lines = unified_diff(before.splitlines(), after.splitlines(), "expected", "actual", lineterm="", n=1)
            shown = "\n".join(lines) or "only the ends of lines, or bytes that can't be shown, differ"
            yield f"the fix does not give {what}{f' ({name})' if name else ''}:\n{shown}"


# 3. Torch does with the programs what is recorded.


def torch_flaws(expected: Record, seen: Record, is_same_python: bool) -> Iterator[str]:
    """Where torch does otherwise than recorded.

    The texts of warnings and errors count on the same Python alone: its own ones, that of a SyntaxError above all,
    change.
    """
    if is_same_python and (seen.warnings, seen.error) != (expected.warnings, expected.error):
        yield _instead("warnings and error", (*expected.warnings, expected.error), (*seen.warnings, seen.error))
    elif (seen.outcome, seen.kinds) != (expected.outcome, expected.kinds):
        yield _instead("outcome", (expected.outcome, *expected.kinds), (seen.outcome, *seen.kinds))
    if not same_rates(seen.rates, expected.rates):
        yield _instead("LRs", expected.rates, seen.rates)


def _instead(what: str, expected: tuple[object, ...], seen: tuple[object, ...]) -> str:
    lists = (", ".join(str(one) for one in values if one is not None) or "none" for values in (expected, seen))
    return "{}:\n- expected {}\n+ actual   {}".format(what, *lists)


# What the rules claim and what torch does are the same thing.


def claim_flaws(case: Case, bench: Bench, records: Mapping[str, Record]) -> Iterator[str]:
    """Where rules claim otherwise than torch did; nothing about programs of which there is no record."""
    before = _record(case.path, records)
    after = _record(case.fixed, records)
    if before is None:
        return
    if case.is_trap:
        yield from _unexplained(case, before)
        return
    claims = any(finding.severity is Severity.ERROR for finding in bench.lint(case.path))
    if claims is not (before.outcome == "raises"):
        yield f"torch {before.outcome}, and a finding of severity error is {'there' if claims else 'missing'}"
    if after is None:
        return
    if after.outcome == "raises":
        yield f"torch raises on the fixed program: {after.error}"
    is_safe = Applicability.UNSAFE not in bench.fixes(case.path)
    if is_safe and before.outcome != "raises" and not same_rates(before.rates, after.rates):
        yield _instead("a safe fix changes the LRs", before.rates, after.rates)


def _record(program: Path | None, records: Mapping[str, Record]) -> Record | None:
    return None if program is None or is_static_only(program) else records.get(program_name(program))


def _unexplained(trap: Case, record: Record) -> Iterator[str]:
    words = f"torch {record.outcome}"
    texts = (path.read_bytes().decode("utf-8", "replace") for path in trap.files)
    if record.outcome != "silent" and not any(words in text for text in texts):
        yield f'torch is not silent at a trap, and no sentence in it with the words "{words}" explains why'
