"""The end of a run: the reports, the problems, and the summary."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import IO

import click

from lrlint.cli import print_problem, wants_colour
from lrlint.cli.hyperlinks import has_links
from lrlint.cli.outputs import Output, stdout_format, write_files
from lrlint.registry import RegisteredRule
from lrlint.report import formats, statistics, summary
from lrlint.report.addresses import rule_pages
from lrlint.report.results import Results
from lrlint.report.terminal import Style
from lrlint.run import FileResult


def gather(
    files: Sequence[FileResult],
    rules: Iterable[RegisteredRule],
    problems: Sequence[str],
    unsafe: bool,
    with_counts: bool,
) -> Results:
    """What the reports are about, yet without a style: the results of the files, by these rules."""
    findings = [finding for file in files for finding in file.findings]
    return Results(
        findings,
        sources={file.path: file.source for file in files if file.source},
        rules={registered.rule.code: registered for registered in rules},
        checked=[file.path for file in files if not file.problems],
        applied=[finding for file in files for finding in file.applied],
        problems=problems,
        counts=statistics.count(findings, unsafe) if with_counts else None,
        unsafe=unsafe,
    )


def report(outputs: Sequence[Output], results: Results, on_stderr: bool) -> Sequence[str]:
    """Write the reports, then the problems and the summary, which goes where the report for people goes.

    Returns all problems: those of the run, and the reports that could not be written.
    """
    problems = [*results.problems, *write_files(outputs, results)]
    style = _style(results, sys.stderr if on_stderr else sys.stdout)
    format_ = stdout_format(outputs)
    if format_ is not None:
        text = formats.render(format_, results.styled(style))
        click.echo(text, nl=False, err=on_stderr, color=True)
    for problem in problems:
        print_problem(problem)
    if format_ is None or format_.is_for_people:
        text = summary.render(results.findings, results.applied, len(results.checked), results.unsafe, style)
        click.echo(text, nl=False, err=on_stderr, color=True)
    return problems


def _style(results: Results, stream: IO[str]) -> Style:
    """How to write to a stream."""
    colour = wants_colour(stream)
    return Style(colour, rule_pages(results.rules.values()) if colour and has_links(stream) else {})
