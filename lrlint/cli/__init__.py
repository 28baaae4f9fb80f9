"""The `lrlint` command.  Each subcommand is a module here, imported when it is asked for."""

from __future__ import annotations

import contextlib
import errno
import importlib
import io
import os
import sys
from typing import IO, Any

import click

from lrlint import __version__
from lrlint.report.terminal import Ink, Style, visible

_COMMANDS = {
    "check": "lrlint.cli.check",
    "rule": "lrlint.cli.rule",
    "test": "lrlint.cli.test",
    "new-rule": "lrlint.cli.new_rule",
}
_INTERRUPTED = 130  # 128 + SIGINT, as shells have it
_FULL = {errno.ENOSPC, errno.EIO, errno.EFBIG}


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
        except OSError as error:
            if error.filename is None and error.errno in _FULL:
                _drop_output()
                raise Failure(f"standard output can't be written: {(error.strerror or '').lower()}") from None
            raise _internal(error) from None
        except Exception as error:  # noqa: BLE001 - users get a sentence, never a traceback
            raise _internal(error) from None


def _internal(error: Exception) -> Failure:
    from lrlint.run import internal_error  # pulls in the whole linter

    return Failure(internal_error("lrlint", error))


def _drop_output() -> None:
    """Let all that is still to be written to standard output go nowhere, so that Python does not stumble over it."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def print_problem(message: str) -> None:
    """Print an error for people on stderr."""
    error = Style(wants_colour(sys.stderr)).paint("error:", Ink.ERROR)
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
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed by who started this: what is said is not wanted
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character is no error
