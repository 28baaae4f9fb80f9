"""`lrlint run`: a training, and what is seen of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lrlint.cli import Failure, completing, print_problem, wants_colour
from lrlint.cli.outputs import Output, as_outputs, routed, stdout_format, write_files
from lrlint.cli.values import FORMAT_VARIABLE, colour_option, config_option, selectors

if TYPE_CHECKING:
    from lrlint.config.configuration import Configuration
    from lrlint.report.results import Results
    from lrlint.runtime.monitoring import Monitor
    from lrlint.runtime.script import Program

_MISSING = "torch is not installed; install it with: pip install 'lrlint[torch]'"


class RunCommand(click.Command):
    """A command whose options end with the script, or with the module of `-m`: what follows is the program's."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        takes_value = {
            name for one in self.params if isinstance(one, click.Option) and not one.is_flag for name in one.opts
        }
        index = 0
        while index < len(args) and args[index].startswith("-") and args[index] != "--":
            word = args[index]
            index += 2 if word in takes_value else 1
            if word == "-m" or (word.startswith("-m") and not word.startswith("--")):
                args = [*args[:index], "--", *args[index:]]
                break
        return super().parse_args(ctx, args)


@click.command("run", cls=RunCommand, context_settings={"allow_interspersed_args": False})
@click.argument("program", nargs=-1, type=click.UNPROCESSED, metavar="SCRIPT [ARGS]...", shell_complete=completing.path)
@click.option("-m", "module", metavar="MODULE", help="Run a module or package, as `python -m` does.")
@selectors("--select", "Report these rules: codes, prefixes, names, or ALL.")
@selectors("--ignore", "Leave these rules out.")
@selectors("--extend-select", "Report these rules as well.")
@click.option(
    "--at-once",
    is_flag=True,
    help="Tell of each finding on a line as soon as it is seen, and report at the end as well.",
)
@click.option(
    "--output-format",
    metavar="FORMAT[:FILE]",
    multiple=True,
    callback=as_outputs,
    shell_complete=completing.output_format,
    envvar=FORMAT_VARIABLE,
    help="How to report findings, as `lrlint check`, and into which file.  [default: full]",
)
@click.option("--output-file", metavar="FILE", shell_complete=completing.path, help="Write the report into this file.")
@click.option(
    "--curve",
    "pictures",
    multiple=True,
    metavar="FILE",
    shell_complete=completing.path,
    help="Draw the LRs that the steps of all optimizers used; the name ends in .png, .svg, .html or .csv.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with the code of the program, even if there are findings.")
@config_option
@click.option("--isolated", is_flag=True, help="Ignore configuration files.")
@colour_option
@click.pass_context
def command(ctx: click.Context, /, program: tuple[str, ...], module: str | None, **options: Any) -> None:
    """Run a training script, and report what it did wrong.

    That is about its optimizers and schedulers, by the rules of `lrlint check`, but seen while it runs.  The SCRIPT (or
    the MODULE) runs as `python SCRIPT ARGS` runs it, with the Python that lrlint is installed in, and torch does what
    it does without lrlint.  The report follows on the error stream, at the end of the program, however it
    ends.  Options of lrlint come before the SCRIPT.

    Exits with the code of the program if that is not 0; else with 1 if there are findings and 0 if there are none; with
    2 if nothing could be run.
    """
    import importlib.util

    from lrlint.runtime.script import Program

    if module is None and not program:
        raise click.UsageError("name a script, or a module by -m")
    if importlib.util.find_spec("torch") is None:
        raise Failure(_MISSING)
    name, arguments = (module, program) if module is not None else (program[0], program[1:])
    outputs = routed(options["output_format"], options["output_file"])
    ctx.exit(_Run(Program(name, module is not None, arguments), outputs, options).run())


class _Run:
    """One run of a program."""

    def __init__(self, program: Program, outputs: Sequence[Output], options: dict[str, Any]) -> None:
        self._program = program
        self._outputs = outputs
        self._options = options
        self._pictures = [Path(one) for one in options["pictures"]]
        self._configuration = self._configured()
        self._monitor: Monitor | None = None
        self._watching = ExitStack()
        self._told: set[tuple[str, str, int]] = set()

    def run(self) -> int:
        """Run the program and report; the exit code."""
        from lrlint.runtime.awaiting import when_imported
        from lrlint.runtime.script import NoProgramError, run

        if self._pictures:
            from lrlint.cli.drawing import checked_files

            checked_files(self._pictures)
        when_imported("torch", self._watch)
        try:
            return run(self._program, self._end)
        except NoProgramError as error:
            raise Failure(str(error)) from None

    def _configured(self) -> Configuration:
        from lrlint.cli.configured import configuration_of
        from lrlint.config.errors import ConfigError
        from lrlint.config.options import EXTEND_SELECT, IGNORE, SELECT
        from lrlint.config.plugins import Plugins
        from lrlint.imports.finder import canonical
        from lrlint.packs import PackError
        from lrlint.seen import known_rules

        own = {name: self._options[name.replace("-", "_")] for name in (SELECT, IGNORE, EXTEND_SELECT)}
        paths = (".",) if self._program.is_module else (self._program.name,)
        try:
            given, isolated = self._options["config"], self._options["isolated"]
            configuration = configuration_of(known_rules(), given, own, isolated, Plugins(False), paths)
            configuration.policy(canonical(paths[0]))  # what is wrong with it is told before anything runs
        except (ConfigError, PackError) as error:
            raise Failure(str(error)) from None
        return configuration

    def _watch(self) -> None:
        """torch is there now."""
        from lrlint.runtime.monitoring import Monitor
        from lrlint.runtime.script import own_folders

        tell = self._tell if self._options["at_once"] else _say_nothing
        self._monitor = Monitor(self._configuration, own_folders(self._program), tell)
        self._watching.enter_context(self._monitor.recording())

    def _tell(self) -> None:
        """Tell of findings that are new."""
        from lrlint.report import concise
        from lrlint.report.results import Results
        from lrlint.report.terminal import Style

        assert self._monitor is not None
        new = [one for one in self._monitor.findings if (one.path, one.rule.code, one.range.start) not in self._told]
        self._told |= {(one.path, one.rule.code, one.range.start) for one in new}
        results = Results(new, style=Style(wants_colour(sys.stderr)))
        click.echo(concise.render(results), nl=False, err=True, color=True)

    def _end(self, status: int) -> int:
        """Report at the end of the program, which wants to exit with this code."""
        self._watching.close()
        monitor = self._monitor
        if monitor is not None and status == 0:
            monitor.finish()
        if not _is_first_rank():
            return status
        problems = [*self._report(monitor, status), *self._draw(monitor)]
        for problem in problems:
            print_problem(problem)
        has_findings = monitor is not None and bool(monitor.findings)
        return status or (2 if problems else int(has_findings and not self._options["exit_zero"]))

    def _report(self, monitor: Monitor | None, status: int) -> Sequence[str]:
        """Write the reports; the problems with that."""
        from lrlint.cli.reporting import style_of
        from lrlint.report import formats

        results = _results(monitor)
        problems = [*results.problems, *write_files(self._outputs, results)]
        results = results.styled(style_of(results, sys.stderr))
        format_ = stdout_format(self._outputs)
        if format_ is not None:
            click.echo(formats.render(format_, results), nl=False, err=True, color=True)
        if format_ is None or format_.is_for_people:
            click.echo(_summary(monitor, status), err=True)
        return problems

    def _draw(self, monitor: Monitor | None) -> Iterator[str]:
        """Draw the LRs; the problems with that."""
        for picture in self._pictures:
            from lrlint.cli.drawing import written
            from lrlint.curve.recorded import recorded_chart

            try:
                told = written(
                    recorded_chart(self._program.name, monitor.rates if monitor is not None else ()), picture
                )
                click.echo(told, err=True)
            except Failure as failure:
                yield failure.message


def _results(monitor: Monitor | None) -> Results:
    from lrlint.report.results import Results
    from lrlint.run import internal_error

    if monitor is None:
        return Results()
    problems = () if monitor.failure is None else (internal_error("the recording of this run", monitor.failure),)
    rules = {one.rule.code: one for one in monitor.rules}
    findings, sources = monitor.findings, monitor.sources
    return Results(findings, sources, rules, checked=sorted(sources), problems=problems)


def _summary(monitor: Monitor | None, status: int) -> str:
    """The last lines of a report for people."""
    from lrlint.report.counting import plural

    if monitor is None or not monitor.optimizer_steps:
        steps = "no optimizer was stepped"
    else:
        schedulers = plural(monitor.scheduler_steps, "step")
        steps = f"{plural(monitor.optimizer_steps, 'step')} of optimizers, {schedulers} of schedulers"
    count = len(monitor.findings) if monitor is not None else 0
    found = f"Found {plural(count, 'finding')}" if count else "No findings"
    end = "\nThe program did not run to its end: what it had not done by then is not reported." if status else ""
    return f"{found} in this run: {steps}.{end}"


def _is_first_rank() -> bool:
    from lrlint.runtime.ranks import is_first_rank

    return is_first_rank()


def _say_nothing() -> None:
    """What is told of findings before the end."""
