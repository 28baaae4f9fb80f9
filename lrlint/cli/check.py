"""`lrlint check`: options in, report and exit code out."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from lrlint.cli import Failure, completing, print_problem, wants_colour
from lrlint.cli.adoption import adoption_options, refuse_misfits, taken_from
from lrlint.cli.caching import Caching, caching_options
from lrlint.cli.command import CheckCommand
from lrlint.cli.configured import configuration_of, configuration_options, shown_files, shown_settings
from lrlint.cli.jobs import jobs_option
from lrlint.cli.options import STDIN, CheckOptions
from lrlint.cli.outputs import as_outputs, refuse_contradictions
from lrlint.cli.progress import with_progress
from lrlint.cli.reporting import Closing, gather, has_room_for_notes, print_diff, report
from lrlint.cli.rules import load_rules
from lrlint.cli.screening import Scope, Screening, print_remarks, screening, start_of, update_baselines
from lrlint.cli.values import FORMAT_VARIABLE, colour_option, heed_variable, known_release, selectors
from lrlint.config.configuration import Configuration
from lrlint.config.errors import ConfigError
from lrlint.config.options import (
    BASELINE,
    EXCLUDE,
    EXTEND_EXCLUDE,
    EXTEND_SELECT,
    FORCE_EXCLUDE,
    IGNORE,
    SELECT,
    TORCH_VERSION,
)
from lrlint.config.plugins import Plugins
from lrlint.configured import check_found, check_given, folders_in, name_shown
from lrlint.files import Discovery, MissingPathError, discover
from lrlint.finding import Finding
from lrlint.imports.finder import canonical
from lrlint.profile import measured, timed
from lrlint.report import formats
from lrlint.report.terminal import Style
from lrlint.run import FileResult, Fixing, Repair
from lrlint.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from lrlint.cli.watch import Watched

_STDIN_NAME = "<stdin>"


_Checked = tuple[list[FileResult], list[str], Screening]
"""The results of a run, what kept it from others, and which findings were its business."""


@click.command("check", cls=CheckCommand, epilog=f"\b\nFormats:\n{formats.listing()}")
@click.argument("paths", nargs=-1, shell_complete=completing.path)
@click.option("--fix", is_flag=True, help="Apply safe fixes to the files.")
@click.option("--fix-only", is_flag=True, help="Apply fixes as --fix does, and do not report what is left.")
@click.option("--unsafe-fixes", is_flag=True, help="Count unsafe fixes among those to show and to apply.")
@click.option("--show-fixes", is_flag=True, help="List what was fixed, by file.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, as a diff, and write nothing.")
@selectors("--select", "Run these rules: codes, prefixes, names, or ALL.")
@selectors("--ignore", "Leave these rules out.")
@selectors("--extend-select", "Run these rules as well.")
@click.option(
    "--output-format",
    metavar="FORMAT[:FILE]",
    multiple=True,
    callback=as_outputs,
    shell_complete=completing.output_format,
    envvar=FORMAT_VARIABLE,
    help="How to report findings, one of the formats below, and into which file; may be given several times."
    "  [default: full]",
)
@click.option(
    "--output-file",
    metavar="FILE",
    shell_complete=completing.path,
    help="Write the report into this file, not to standard output.",
)
@click.option("--statistics", is_flag=True, help="Print the number of findings of each rule instead.")
@click.option("--prove", is_flag=True, help="Run what is found on torch, as small scripts, and report what it says.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 even if there are findings.")
@click.option(
    "--exit-non-zero-on-fix", is_flag=True, help="Exit with 1 if anything was fixed, even if nothing is left."
)
@click.option("-w", "--watch", is_flag=True, help="Check again whenever files change, until Ctrl-C.")
@click.option("--profile", is_flag=True, help="Tell, on the error stream, where the time went: by stage and by rule.")
@adoption_options
@configuration_options
@click.option(
    "--isolated", is_flag=True, help="Ignore configuration files, and what the project's metadata say of its torch."
)
@caching_options
@jobs_option
@click.option(
    "--stdin-filename",
    metavar="NAME",
    shell_complete=completing.path,
    help="The name of what is read from standard input, for reports.",
)
@click.option(
    "--torch-version",
    metavar="VERSION",
    callback=known_release,
    shell_complete=completing.release,
    help="The torch that the code runs on, as 2.1; by default what its project asks for, else the newest.",
)
@click.option("--force-exclude", is_flag=True, help="Leave excluded files out even if they are named as PATHS.")
@colour_option
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Check Python files and notebooks, and fix them.

    PATHS are files and directories, the working directory by default, or `-` for standard input.

    Exits with 0 if nothing was found or all of it was fixed, 1 if findings are left, and 2 if something kept
    a file from being checked or fixed; with --prove also 3 if torch refutes a finding.
    """
    heed_variable(ctx, options)
    try:
        ctx.exit(_profiled(CheckOptions(adoption=taken_from(options), **options), ctx.find_root().obj))
    except ConfigError as error:
        raise Failure(str(error)) from None


def _profiled(options: CheckOptions, run: object) -> int:
    """Run the command, and tell where the time went if that is asked for; its exit code."""
    if not options.profile:
        return _check(options, run)
    with measured() as profile:
        code = _check(options, run)
    from lrlint.report.profile import render

    click.echo(render(profile, Style(wants_colour(sys.stderr))), nl=False, err=True, color=True)
    return code


def _check(options: CheckOptions, run: object) -> int:
    """Run the command; its exit code.  Raises click's exceptions for what the command line gets wrong."""
    _refuse_contradictions(options)
    if options.watch:
        from lrlint.cli.watch import watch

        watch(_settings_paths(options), partial(_start_watched, options))
    caching = Caching.begun(run, options.cache_dir) if options.is_cacheable else Caching()
    configuration = _configuration(options)
    caching = caching.configured(configuration, start_of((options.paths or (".",))[0]))
    known = caching.known()
    if known is not None:
        click.echo(known.text, nl=False, color=True)
        return known.code
    if options.show_settings:
        click.echo(shown_settings(configuration, _settings_paths(options)), nl=False)
        return 0
    if options.show_files:
        return _show_files(options, configuration)
    check = _check_stdin if options.reads_stdin else _check_paths
    results, problems, screened = check(options, configuration)
    return _report(options, configuration, results, problems, screened, caching)


@timed("report")
def _report(
    options: CheckOptions,
    configuration: Configuration,
    results: Sequence[FileResult],
    problems: Sequence[str],
    screened: Screening,
    caching: Caching,
) -> int:
    """Report what a run has found, or write it into the baselines; the exit code."""
    problems = [*problems, *(problem for result in results for problem in result.problems)]
    problems += screened.problems.values()
    is_refuted = False
    if options.adoption.update_baseline:
        return update_baselines(screened, results, problems)
    reported = [replace(result, findings=()) for result in results] if options.fix_only else results
    notes = [note for result in results for note in result.notes]
    if options.diff:
        print_diff(reported, problems, options.show_fixes)
    else:
        notes = [] if has_room_for_notes(options.outputs) else notes
        content = gather(reported, configuration.rules_so_far, problems, options.unsafe_fixes, options.statistics)
        on_stderr = options.reads_stdin and options.is_repairing  # standard output has the text
        content = replace(content, note=screened.note(results))
        if options.prove:
            content = replace(content, proofs=_proofs(options, configuration, content.findings))
            is_refuted = any(proof.outcome is Outcome.REFUTED for proof in content.proofs.values())
        told, text = report(options.outputs, content, on_stderr, _closing(options))
        problems = list(told)
        if not problems and not screened.baselines and not notes:
            caching.keep(text, _exit_code(options, reported, problems))
    print_remarks(notes)
    if is_refuted:
        return 3
    if not options.reads_stdin:
        print_remarks(screened.remarks(results))
    return _exit_code(options, reported, problems)


def _proofs(
    options: CheckOptions, configuration: Configuration, findings: Sequence[Finding]
) -> Mapping[Finding, Verdict]:
    """What torch says about findings."""
    from lrlint.cli.prove_files import prove_all

    discovery, _, _ = _find(options, configuration)
    return prove_all(findings, discovery.files, configuration, options.paths or (".",))


def _start_watched(options: CheckOptions) -> Watched:
    """Check the files of a run that goes on."""
    from lrlint.cli.watch import Watched
    from lrlint.ongoing import Ongoing

    configuration = _configuration(options)
    discovery, folders, screened = _find(options, configuration)
    ongoing = Ongoing(discovery.files, configuration, options.paths, folders, screened.screen)

    def show() -> None:
        _report(options, configuration, ongoing.results, discovery.problems, screened, Caching())

    return Watched(ongoing, show)


def _refuse_contradictions(options: CheckOptions) -> None:
    if STDIN in options.paths and len(options.paths) > 1:
        raise click.UsageError("`-` (standard input) can't be checked together with other paths")
    if options.stdin_filename is not None and not options.reads_stdin:
        raise click.UsageError("--stdin-filename names standard input, so it takes `-` as the only path")
    refuse_contradictions(options.outputs, options.diff, options.statistics)
    refuse_misfits(options.adoption, options.given, options.reads_stdin, options.stdin_filename is not None)
    if options.prove and (options.is_repairing or options.diff or options.watch or options.reads_stdin):
        raise click.UsageError("--prove is about files as they are, so it can't go with fixes, --watch or `-`")
    if options.show_fixes and not (options.is_fixing or options.diff):
        raise click.UsageError("--show-fixes lists what is fixed, so it takes --fix, --fix-only or --diff")
    if options.watch:
        from lrlint.cli.watch import refuse_misfits as refuse_watching

        shown = {"--show-settings": options.show_settings, "--show-files": options.show_files}
        refuse_watching({**options.given, **shown}, options.outputs, options.reads_stdin)
    if options.verbose and not options.show_files:
        raise click.UsageError("--verbose is about --show-files, and says nothing without it")


@timed("configuration")
def _configuration(options: CheckOptions) -> Configuration:
    own = {
        SELECT: options.select,
        IGNORE: options.ignore,
        EXTEND_SELECT: options.extend_select,
        EXCLUDE: options.exclude,
        EXTEND_EXCLUDE: options.extend_exclude,
        FORCE_EXCLUDE: options.force_exclude,
        TORCH_VERSION: options.torch_version,
        BASELINE: options.adoption.baseline,
    }
    plugins = Plugins(options.allow_local_plugins)
    return configuration_of(load_rules(), options.config, own, options.isolated, plugins, _settings_paths(options))


def _settings_paths(options: CheckOptions) -> tuple[str, ...]:
    return (options.stdin_filename or ".",) if options.reads_stdin else options.paths or (".",)


@timed("find files")
def _discover(options: CheckOptions, configuration: Configuration, paths: Sequence[str]) -> Discovery:
    return discover(paths, exclusion_of=configuration.exclusion, explain=options.verbose)


def _show_files(options: CheckOptions, configuration: Configuration) -> int:
    try:
        discovery = _discover(options, configuration, _settings_paths(options))
    except MissingPathError as error:
        raise Failure(str(error)) from None
    click.echo(shown_files(configuration, discovery, options.verbose), nl=False)
    for problem in discovery.problems:
        print_problem(problem)
    return 2 if discovery.problems else 0


def _repair(options: CheckOptions) -> Repair:
    if options.adoption.ignoring is not None:
        return options.adoption.ignoring
    if not (options.is_fixing or options.diff):
        return Fixing.NONE
    return Fixing.UNSAFE if options.unsafe_fixes else Fixing.SAFE


def _screening(options: CheckOptions, configuration: Configuration, scope: Scope) -> Screening:
    return screening(scope, configuration, options.adoption.diff_base, options.adoption.update_baseline)


def _find(options: CheckOptions, configuration: Configuration) -> tuple[Discovery, tuple[str, ...], Screening]:
    """The files of a run, the folders all of whose files are among them, and which findings are its business."""
    paths = options.paths or (".",)
    try:
        discovery = _discover(options, configuration, paths)
    except MissingPathError as error:
        raise Failure(str(error)) from None
    folders = () if discovery.problems else folders_in(paths)
    scope = Scope({file.display: file.absolute for file in discovery.files}, start_of(paths[0]), folders)
    return discovery, folders, _screening(options, configuration, scope)


def _check_paths(options: CheckOptions, configuration: Configuration) -> _Checked:
    discovery, folders, screened = _find(options, configuration)
    repair, write = _repair(options), not options.diff
    jobs = 1 if options.profile else options.jobs  # the time that other processes take is not measured
    results = check_found(discovery.files, configuration, options.paths, repair, write, folders, screened.screen, jobs)
    return list(with_progress(results, len(discovery.files))), list(discovery.problems), screened


def _check_stdin(options: CheckOptions, configuration: Configuration) -> _Checked:
    """The result for standard input, in the form of `_check_paths`.

    Where it is to be changed, its text goes to standard output, whatever became of it.
    """
    if sys.stdin is None:
        raise Failure("standard input is closed")
    data = sys.stdin.buffer.read()
    path = _STDIN_NAME if options.stdin_filename is None else name_shown(options.stdin_filename)
    screened = _screening(options, configuration, Scope({path: canonical(path)}, start_of(path)))
    is_excluded = _is_stdin_excluded(options, configuration)
    result = check_given(path, data, configuration, _repair(options), is_excluded, screen=screened.screen)
    if options.is_repairing and not options.diff:
        changed = result.source if result.is_changed else None
        click.echo(changed.into(data) if changed else data, nl=False)
    return [result], [], screened


def _is_stdin_excluded(options: CheckOptions, configuration: Configuration) -> bool:
    if options.stdin_filename is None:
        return False
    try:
        return not _discover(options, configuration, (options.stdin_filename,)).files
    except MissingPathError:  # an editor's new file
        return False


def _closing(options: CheckOptions) -> Closing:
    if options.adoption.ignoring is not None:
        return Closing.IGNORED
    if options.fix_only:
        return Closing.FIXES_BY_FILE if options.show_fixes else Closing.FIXES
    return Closing.ALL_BY_FILE if options.show_fixes else Closing.ALL


def _exit_code(options: CheckOptions, results: Sequence[FileResult], problems: Sequence[str]) -> int:
    if problems:
        return 2
    if options.exit_zero:
        return 0
    left = any(result.findings for result in results)
    fixed = options.adoption.ignoring is None and any(result.applied for result in results)
    return int(left or (fixed and (options.diff or options.exit_non_zero_on_fix)))
