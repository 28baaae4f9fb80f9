"""`lrlint check --watch`: the check again whenever files change."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import click

from lrlint.cli import Failure, print_problem
from lrlint.cli.outputs import Output, stdout_format
from lrlint.config.errors import ConfigError, with_slash
from lrlint.config.nearest import FILE_NAMES, is_top
from lrlint.configured import name_shown
from lrlint.imports.finder import Finder
from lrlint.ongoing import Ongoing
from lrlint.reads import Reads
from lrlint.report.counting import plural
from lrlint.report.terminal import visible

_INTERVAL = 0.3
"""Seconds between two looks at the files."""

_SETTLING = 0.1
"""Seconds until a change is taken up: programs save in several steps."""

_MISFITS = ("--fix", "--fix-only", "--diff", "--statistics", "--show-settings", "--show-files", "--profile")


@dataclass(frozen=True, slots=True)
class Watched:
    """A run that goes on; `show` reports what is found in its files now."""

    ongoing: Ongoing
    show: Callable[[], None]


def refuse_misfits(given: Mapping[str, bool], outputs: Sequence[Output], reads_stdin: bool) -> None:
    """Raises click.UsageError for what makes no sense again and again; `given` says which options are."""
    if reads_stdin:
        raise click.UsageError("--watch is about files, so it can't go with standard input")
    other = next((name for name in _MISFITS if given[name]), None)
    if other is not None:
        raise click.UsageError(f"--watch reports what is found whenever files change, so it can't go with {other}")
    format_ = stdout_format(outputs)
    if format_ is not None and not format_.is_for_people:
        raise click.UsageError(f"--watch reports to people; give {format_.name} a file, as in `{format_.name}:FILE`")


def watch(paths: Sequence[str], start: Callable[[], Watched]) -> NoReturn:
    """Check and report, and again whenever anything has changed that was read; only an interrupt ends it.

    `start` reads all anew and checks it.  It may raise ConfigError and Failure, which are reported, too.
    """
    for path in paths:
        if not os.path.lexists(path):
            start()  # fails: what is not even there at the beginning is misspelt
    watching = _Watching(paths, start, Reads())
    watching.begin("checking", is_told=True)
    while True:
        time.sleep(_INTERVAL)
        if watching.reads.changed():
            time.sleep(_SETTLING)
            watching.take(watching.reads.changed())


@dataclass(slots=True)
class _Watching:
    """What goes on between two looks at the files; `watched` is None while the run can't even begin."""

    paths: Sequence[str]
    start: Callable[[], Watched]
    reads: Reads
    watched: Watched | None = None

    def begin(self, reason: str, is_told: bool) -> None:
        """Check all, and report if the `reason` is told in any case, or something else was found."""
        if is_told:
            _print_separator(reason)
        before, self.watched = self.watched, None
        self.reads.begin(map(_top_of, self.paths))
        self.reads.add(_configurations_around(self.paths))
        problem = None
        try:
            self.watched = self.start()
        except (ConfigError, Failure) as error:
            problem = str(error)
        finally:
            self.reads.end()
        if not is_told:
            if self._finds_as(before):
                return
            _print_separator(reason)
        self._show(problem)

    def _finds_as(self, before: Watched | None) -> bool:
        """Whether the results are those of an earlier run."""
        if self.watched is None or before is None:
            return False
        return self.watched.ongoing.results == before.ongoing.results

    def take(self, changed: Collection[str]) -> None:
        """Check what has changed, and report."""
        if not changed:  # it has changed back
            return
        reason = _described(changed)
        self.reads.go_on(changed)  # first, so that nothing goes unnoticed that happens from here on
        if self.watched is None or not self.watched.ongoing.can_update(changed):
            self.begin(reason, is_told=not all(map(os.path.isdir, changed)))
            return
        _print_separator(reason)
        self.watched.ongoing.update(changed)
        self.reads.end()
        self._show()

    def _show(self, problem: str | None = None) -> None:
        if problem is not None:
            print_problem(problem)
        if self.watched is not None:
            self.watched.show()
        click.echo("Watching for changes; Ctrl-C ends it.")


def _described(changed: Collection[str]) -> str:
    """What has changed, in a few words."""
    first = visible(name_shown(min(changed, key=lambda path: (os.path.isdir(path), path))))
    others = len(changed) - 1
    if others:
        return f"{first} and {plural(others, 'other')} have changed"
    return f"{first} has {'changed' if os.path.lexists(first) else 'gone'}"


def _print_separator(reason: str) -> None:
    """Begin a report.  On a terminal it gets a screen of its own; what stands there moves up into the history."""
    size = _screen()
    if size is not None:
        click.echo("\n" * size.lines + "\x1b[H\x1b[J", nl=False, color=True)
    text = f"--- {time.strftime('%H:%M:%S')} {reason} "
    click.echo(text.ljust(min(size.columns, 80) if size else 80, "-"))


def _screen() -> os.terminal_size | None:
    """The size of the terminal that standard output is, if it is one that can be told where to write."""
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return None
    try:
        return os.get_terminal_size(sys.stdout.fileno())
    except OSError:
        return None


def _top_of(path: str) -> str:
    """The folder below which changes concern a run that is given a path."""
    real = os.path.realpath(path)
    return Finder().folders_around(os.path.join(real, "_") if os.path.isdir(real) else real)[-1]


def _configurations_around(paths: Sequence[str]) -> Iterator[str]:
    """Where configuration files may be that hold for some paths, and the paths."""
    for path in map(os.path.realpath, paths):
        yield path
        folder = with_slash(path if os.path.isdir(path) else os.path.dirname(path))
        while True:
            yield from (folder + name for name in FILE_NAMES)
            if is_top(folder):
                break
            folder = with_slash(os.path.dirname(folder[:-1]))
