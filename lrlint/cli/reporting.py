"""The end of a run: the reports, the problems, and the summary."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import IO

import click

from lrlint.cli import print_problem, wants_colour
from lrlint.cli.hyperlinks import has_links
from lrlint.cli.outputs import Output, stdout_format, write_files
from lrlint.registry import RegisteredRule
from lrlint.report import formats, statistics, summary
from lrlint.report.addresses import rule_pages
from lrlint.report.results import Results
from lrlint.report.terminal import Style, visible
from lrlint.run import FileResult


class Closing(Enum):
    """What the last lines of a report for people tell: all, or what was fixed or suppressed."""

    ALL = "all"
    ALL_BY_FILE = "all, and fixes by file"
    FIXES = "fixes"
    FIXES_BY_FILE = "fixes by file"
    IGNORED = "suppressions"


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
        notes=[note for file in files for note in file.notes],
    )


def report(outputs: Sequence[Output], results: Results, on_stderr: bool, closing: Closing) -> tuple[Sequence[str], str]:
    """Write the reports, then the problems and the `closing` lines, which go where the report for people goes.

    Returns all problems, those of the run, and the reports that could not be written; and the text that was printed.
    """
    problems = [*results.problems, *write_files(outputs, results)]
    style = style_of(results, sys.stderr if on_stderr else sys.stdout)
    format_ = stdout_format(outputs)
    is_for_people = format_ is None or format_.is_for_people
    text = "" if format_ is None else formats.render(format_, results.styled(style))
    notes = "".join(f"Note: {visible(note)}\n" for note in results.notes)
    end = _closed(results, closing, style) + results.note + notes if is_for_people else ""
    click.echo(text, nl=False, err=on_stderr, color=True)
    for problem in problems:
        print_problem(problem)
    click.echo(end, nl=False, err=on_stderr, color=True)
    return problems, text + end


def has_room_for_notes(outputs: Iterable[Output]) -> bool:
    """Whether what is printed on standard output tells the notes, too."""
    format_ = stdout_format(outputs)
    return format_ is None or format_.is_for_people or format_.has_notes


def print_diff(results: Sequence[FileResult], problems: Sequence[str], show_fixes: bool) -> None:
    """The diff on standard output, all else on the error stream."""
    from lrlint.report import diff

    style = Style(wants_colour(sys.stdout))
    is_for_eyes = style.colour or sys.stdout.isatty()
    for result in results:
        if result.is_changed and result.before and result.source:
            text = diff.unified(result.before, result.source)
            click.echo(diff.render(text, result.source.encoding, style) if is_for_eyes else text, nl=False, color=True)
    for problem in problems:
        print_problem(problem)
    fixed = [finding for result in results for finding in result.applied]
    left = sum(len(result.findings) for result in results)
    if show_fixes:
        click.echo(summary.render_fixes(fixed, "Would fix"), nl=False, err=True)
    click.echo(summary.render_diff(len(fixed), left, sum(result.is_changed for result in results)), nl=False, err=True)


def _closed(results: Results, closing: Closing, style: Style) -> str:
    """The last lines of a report for people."""
    applied, checked = results.applied, len(results.checked)
    if closing is Closing.IGNORED:
        return summary.render_ignored(applied, len(results.findings), checked)
    if closing in (Closing.FIXES, Closing.FIXES_BY_FILE):
        return summary.render_fix_only(applied, checked, closing is Closing.FIXES_BY_FILE)
    by_file = closing is Closing.ALL_BY_FILE
    return summary.render(results.findings, applied, checked, results.unsafe, style, by_file)


def style_of(results: Results, stream: IO[str]) -> Style:
    """How to write results to a stream."""
    colour = wants_colour(stream)
    return Style(colour, rule_pages(results.rules.values()) if colour and has_links(stream) else {})
