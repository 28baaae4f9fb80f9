"""The `lrlint` command.  Each subcommand is a module here, imported when it is asked for."""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from typing import IO, Any

import click

from lrlint import __version__
from lrlint.help import TEXT
from lrlint.report.terminal import Ink, Style, visible

_COMMANDS = {
    "check": "lrlint.cli.check",
    "clean": "lrlint.cli.clean",
    "prove": "lrlint.cli.prove",
    "rule": "lrlint.cli.rule",
    "server": "lrlint.cli.server",
    "test": "lrlint.cli.test",
    "new-rule": "lrlint.cli.new_rule",
    "completion": "lrlint.cli.completion",
}
_INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Failure(click.ClickException):
    """An error that ends the run with exit code 2; the message is for people."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Print the message on stderr, in the form of every other problem."""
        print_problem(self.format_message())


class _Commands(click.Group):
    """The subcommands, by name; and the last net under all of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_help(self, ctx: click.Context) -> str:
        return TEXT.rstrip()

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(_COMMANDS[cmd_name]).command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            ctx.exit(_INTERRUPTED)
        except BrokenPipeError:  # nobody reads the report any more: no reason for words, but it was not delivered
            _drop_output()
            ctx.exit(Failure.exit_code)
        except Exception as error:
            if _is_of_output(error):
                raise
            from lrlint.run import internal_error  # pulls in the whole linter

            raise Failure(internal_error("lrlint", error)) from None

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command line and exit."""
        try:
            return super().main(*args, **extra)
        except OSError as error:
            _drop_output()
            print_problem(f"the output can't be written: {(error.strerror or str(error)).lower()}")
            sys.exit(Failure.exit_code)


def _drop_output() -> None:
    """Let all that is still to be written to standard output go nowhere, so that Python does not stumble over it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_of_output(error: Exception) -> bool:
    """Whether an exception comes from writing to a stream: those of files have their names."""
    return isinstance(error, OSError) and error.filename is None


def print_problem(message: str) -> None:
    """Print an error for people on stderr.  If that can't be written to, the exit code has to say it."""
    error = Style(wants_colour(sys.stderr)).paint("error:", Ink.ERROR)
    with contextlib.suppress(OSError):
        click.echo(f"{error} {visible(message)}", err=True, color=True)


def wants_colour(stream: IO[str]) -> bool:
    """Whether to print to `stream` in colour: as the command line says, else NO_COLOR, else FORCE_COLOR, else
    if it is a terminal that has colours.  See https://no-color.org and https://force-color.org.
    """
    context = click.get_current_context(silent=True)
    if context and context.color is not None:
        return context.color
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="`lrlint check --help` lists the options of the check.",
)
@click.version_option(__version__, "-V", "--version", prog_name="lrlint", message="%(prog)s %(version)s")
def main() -> None:
    """Find and fix mistakes with learning-rate schedulers, optimizers and param groups in PyTorch code."""
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character is no error


def _open_closed_streams() -> None:
    """What is written to a stream that the parent process has closed goes nowhere; and no file gets its number."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)  # it stays open
            if name != "stdin":
                setattr(sys, name, os.fdopen(number, "w", encoding="utf-8"))
