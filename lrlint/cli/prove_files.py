"""`lrlint prove train.py`: the findings of files, reproduced and run on torch."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from lrlint.checker import Checker
from lrlint.cli import Failure, print_problem, wants_colour
from lrlint.cli.reproducing import checker_for, configured
from lrlint.config.configuration import Configuration
from lrlint.config.errors import ConfigError
from lrlint.files import DiscoveredFile, Discovery, MissingPathError, discover
from lrlint.finding import Finding
from lrlint.guarded import ISSUES
from lrlint.imports.finder import canonical
from lrlint.report.counting import plural
from lrlint.report.proof import told
from lrlint.report.terminal import Ink, Style, visible
from lrlint.reproduction.proving import TIMEOUT, Prover
from lrlint.run import Fixing, check_with, everything
from lrlint.runtime.evidence import ObservationError, Observer
from lrlint.verdict import Outcome, Verdict

_LINE = re.compile(r"(.+):(\d+)")
_INKS = {Outcome.CONFIRMED: Ink.ADDED, Outcome.REFUTED: Ink.ERROR, Outcome.NOT_REPRODUCIBLE: Ink.NOTE}
_WIDEST = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """A file or folder of the command line, and the line in it that was asked for."""

    path: str
    line: int | None = None


def asked_of(argument: str) -> Asked:
    """What `train.py` or `train.py:42` asks for."""
    match = _LINE.fullmatch(argument)
    return Asked(match[1], int(match[2])) if match else Asked(argument)


def prove_files(arguments: Sequence[str], show: bool, select: Sequence[str], timeout: float = TIMEOUT) -> int:
    """Prove the findings of files, told one by one; the exit code.

    0 if nothing was found, 1 if there are findings, 3 if torch refutes one of them, 2 if a file could not be checked.
    Raises Failure.
    """
    asked = [asked_of(one) for one in arguments]
    try:
        configuration = configured([one.path for one in asked], select)
        with Observer() as observer:
            return _prove(asked, configuration, observer, show, timeout)
    except (ConfigError, ObservationError, MissingPathError) as error:
        raise Failure(str(error)) from None


def _prove(asked: Sequence[Asked], configuration: Configuration, observer: Observer, show: bool, timeout: float) -> int:
    paths = [one.path for one in asked]
    discovery = discover(paths, exclusion_of=configuration.exclusion)
    results, prover = _checked(discovery, configuration, paths, observer, timeout)
    wanted = [finding for finding in results[0] if _is_wanted(finding, asked)]
    problems = [*discovery.problems, *results[1]]
    style = Style(wants_colour(sys.stdout))
    outcomes: list[Outcome] = []
    for finding in wanted:
        verdict = prover.prove(finding)
        outcomes.append(verdict.outcome)
        click.echo(
            "\n".join([*_lines(finding, verdict, style), *(_script(finding, verdict) if show else []), ""]), color=True
        )
    for problem in problems:
        print_problem(problem)
    click.echo(_summary(outcomes))
    if Outcome.REFUTED in outcomes:
        click.echo(f"torch does otherwise than lrlint says: please report it, with what --show prints, to {ISSUES}")
        return 3
    return 2 if problems else 1 if outcomes else 0


def _checked(
    discovery: Discovery, configuration: Configuration, paths: Sequence[str], observer: Observer, timeout: float
) -> tuple[tuple[list[Finding], list[str]], Prover]:
    checker = checker_for(discovery.files, configuration, paths)
    named = frozenset(map(os.path.normpath, paths))
    results = list(check_with(checker, discovery.files, Fixing.NONE, False, named, everything))
    findings = [finding for result in results for finding in result.findings]
    problems = [problem for result in results for problem in result.problems]
    return (findings, problems), _prover(checker, discovery.files, observer, timeout)


def prove_all(
    findings: Iterable[Finding], files: Sequence[DiscoveredFile], configuration: Configuration, paths: Sequence[str]
) -> dict[Finding, Verdict]:
    """What torch says about the findings of a run over some files.  Raises Failure where it can't be asked."""
    checker = checker_for(files, configuration, paths)
    try:
        with Observer() as observer:
            prover = _prover(checker, files, observer, TIMEOUT)
            return {finding: prover.prove(finding) for finding in findings}
    except ObservationError as error:
        raise Failure(str(error)) from None


def _prover(checker: Checker, files: Sequence[DiscoveredFile], observer: Observer, timeout: float) -> Prover:
    absolute = {file.display: canonical(file.path) for file in files}
    return Prover(
        observer,
        lambda path, source: checker.program(absolute.get(path, path), source),
        lambda path: checker.source(absolute.get(path, path)),
        timeout,
    )


def _is_wanted(finding: Finding, asked: Sequence[Asked]) -> bool:
    """Whether a finding is asked for: all are, but of files of which lines are named only those there."""
    named = [one for one in asked if one.line is not None and canonical(one.path) == canonical(finding.path)]
    return not named or any(
        one.line is not None and finding.range.line <= one.line <= finding.range.end_line for one in named
    )


def _lines(finding: Finding, verdict: Verdict, style: Style) -> list[str]:
    place = f"{finding.path}:{finding.range.line}:{finding.range.column}"
    outcome = style.paint(verdict.outcome.value, _INKS[verdict.outcome])
    head = f"{visible(place)} {style.paint(finding.rule.code, Ink.STRONG)} {finding.rule.name}: {outcome}"
    link = "because " if verdict.outcome is Outcome.NOT_REPRODUCIBLE else ""
    lines = [head, f"  {link}{visible(verdict.reason)}"]
    return [*lines, *(f"  {visible(line)}"[:_WIDEST] for line in told(verdict))]


def _script(finding: Finding, verdict: Verdict) -> list[str]:
    """The script, such that it can be run and pasted as it is."""
    if not verdict.script:
        return []
    head = f"# {finding.rule.code} at {finding.path}:{finding.range.line}, reproduced by lrlint; torch {verdict.torch}"
    return ["", visible(head), *(visible(line) for line in verdict.script.rstrip("\n").split("\n"))]


def _summary(outcomes: Sequence[Outcome]) -> str:
    if not outcomes:
        return "Nothing was found, so there is nothing to prove."
    counts = ((outcomes.count(one), one.value) for one in Outcome)
    parts = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"{plural(len(outcomes), 'finding')}: {parts}."
