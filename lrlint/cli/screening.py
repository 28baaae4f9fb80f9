"""Which findings are the business of a run: those that no baseline has, on lines that have changed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lrlint.cli import Failure, print_problem
from lrlint.config.configuration import Configuration
from lrlint.config.errors import shown_path, with_slash
from lrlint.config.options import BASELINE
from lrlint.finding import Finding
from lrlint.report.counting import plural
from lrlint.report.terminal import visible
from lrlint.run import FileResult
from lrlint.source import Source

if TYPE_CHECKING:
    from lrlint.baseline import Baseline, Entry
    from lrlint.changes import Changes


@dataclass(frozen=True)
class Scope:
    """What a run is about, as absolute paths: files, by what reports call them, and directories that were given.

    `start` is the directory that was given first, or that of the first file.
    """

    files: Mapping[str, str]
    start: str
    folders: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a file is in the run, or would be if it were checked."""
        return path in self._paths or any(_is_below(path, folder) for folder in self.folders)

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(self.files.values())


@dataclass(frozen=True)
class Screening:
    """The baselines of a run, by their paths, and what has changed; both may be missing.

    `problems` are those that it has met, by file.
    """

    scope: Scope
    configuration: Configuration
    baselines: Mapping[str, Baseline]
    changes: Changes | None = None
    problems: dict[str, str] = field(default_factory=dict)

    def screen(self, path: str, source: Source, findings: Sequence[Finding]) -> Sequence[Finding]:
        """Those findings of a file that are to be reported."""
        baseline = self.baselines.get(_baseline_of(self.configuration, path)) if self.baselines else None
        kept = findings if baseline is None else baseline.new(path, source, findings)
        return kept if self.changes is None else self._changed(self.changes, path, source, kept)

    def note(self, results: Iterable[FileResult]) -> str:
        """A line on what is not reported; nothing where all is."""
        hidden = sum(len(result.hidden) for result in results)
        baseline = ["in the baseline"] if self.baselines else []
        unchanged = ["on lines that have not changed"] if self.changes else []
        return f"Not shown: {plural(hidden, 'finding')} {' or '.join(baseline + unchanged)}.\n" if hidden else ""

    def remarks(self, results: Sequence[FileResult]) -> Iterator[str]:
        """What is to be told of the baselines, for people."""
        for file, (_, gone) in self._compared(results).items():
            if gone:
                count = f"{len(gone)} of {plural(len(self.baselines[file].entries), 'finding')} in {shown_path(file)}"
                yield f"{count} no longer {'occurs' if len(gone) == 1 else 'occur'}: run --update-baseline"

    def updated(self, results: Sequence[FileResult]) -> Iterator[tuple[str, bytes, str]]:
        """What the baselines come to with what was found: the path of each, its bytes, and how it has changed."""
        from lrlint.baseline import render

        for file, (found, gone) in self._compared(results).items():
            old = self.baselines[file].entries
            entries = (old - gone) | found
            changes = f"{len(entries - old)} new, {len(old - entries)} gone"
            yield file, render(entries).encode(), f"{shown_path(file)}: {plural(len(entries), 'finding')} ({changes})"

    def _compared(self, results: Sequence[FileResult]) -> dict[str, tuple[frozenset[Entry], frozenset[Entry]]]:
        """For each baseline the entries of what was found, and those of its own that no longer occur."""
        failed = {self.scope.files[result.path] for result in results if result.problems}
        found: dict[str, set[Entry]] = {file: set() for file in self.baselines}
        for result in results:
            path = self.scope.files[result.path]
            baseline = self.baselines.get(_baseline_of(self.configuration, path))
            if baseline is not None and result.source is not None and path not in failed:
                findings = sorted((*result.findings, *result.hidden), key=lambda finding: finding.sort_key)
                entries = baseline.entries_of(path, result.source, findings)
                found[_baseline_of(self.configuration, path)].update(entries)
        return {
            file: (frozenset(found[file]), self._gone(file, baseline.entries - found[file], failed))
            for file, baseline in self.baselines.items()
        }

    def _gone(self, file: str, missing: Iterable[Entry], failed: Collection[str]) -> frozenset[Entry]:
        """Those of the entries that were not found that the run could have found: it has seen the file (or there is
        none any more), and the rule was among its rules (or there is none any more)."""
        rules = {registered.rule.code for registered in self.configuration.rules}
        paths = {entry: self.baselines[file].path_of(entry) for entry in missing}
        seen = {path for path in set(paths.values()).difference(failed) if self._is_seen(path)}
        return frozenset(
            entry
            for entry, path in paths.items()
            if path in seen and (entry.rule not in rules or entry.rule in self._rules(path, rules))
        )

    def _is_seen(self, path: str) -> bool:
        return self.scope.holds(path) or not os.path.exists(path)

    def _rules(self, path: str, rules: Collection[str]) -> Collection[str]:
        chosen = self.configuration.policy(path).rules
        return rules if chosen is None else chosen

    def _changed(self, changes: Changes, path: str, source: Source, findings: Sequence[Finding]) -> Sequence[Finding]:
        from lrlint.git import GitError

        try:
            return changes.among(path, source, findings)
        except GitError as error:
            self.problems[path] = f"{source.path}: all of it is checked, as it can't be told what has changed: {error}"
            return findings


def start_of(path: str) -> str:
    """The directory in which a run begins that is given a path; the working directory where there is none such."""
    folder = os.path.realpath(path if os.path.isdir(path) else os.path.dirname(os.path.abspath(path)))
    return folder if os.path.isdir(folder) else os.getcwd()


def screening(
    scope: Scope, configuration: Configuration, diff_base: str | None = None, update: bool = False
) -> Screening:
    """The screening of a run.  With `update` a baseline need not be there yet.

    Raises Failure for a baseline that can't be read, and where git can't tell what has changed.
    """
    files = {_baseline_of(configuration, path) for path in scope.files.values()}
    files.add(configuration.settings_in(with_slash(scope.start)).value(BASELINE))
    files -= {""}
    if update and not files:
        raise Failure("--update-baseline: no file is named; add --baseline FILE, or `baseline` to the configuration")
    baselines = {file: _read(file, update) for file in sorted(files)}
    return Screening(scope, configuration, baselines, None if diff_base is None else _changes(scope, diff_base))


def update_baselines(screened: Screening, results: Sequence[FileResult], problems: Sequence[str]) -> int:
    """Write what was found into the baselines, and tell so; the exit code."""
    from lrlint.write import write_file

    problems = list(problems)
    for file, data, told in screened.updated(results):
        with _told(file, problems):
            write_file(Path(file), data)
            click.echo(told)
    for problem in problems:
        print_problem(problem)
    return 2 if problems else 0


@contextlib.contextmanager
def _told(file: str, problems: list[str]) -> Iterator[None]:
    """Makes a problem of what keeps a baseline from being written."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        problems.append(f"{shown_path(file)}: the baseline cannot be written: {reason}")


def print_remarks(remarks: Iterable[str]) -> None:
    """Print what is no error on stderr."""
    for remark in remarks:
        click.echo(f"note: {visible(remark)}", err=True)


def _baseline_of(configuration: Configuration, path: str) -> str:
    """The baseline that is in force for a file; empty if none is."""
    file: str = configuration.settings(path).value(BASELINE)
    return file


def _read(file: str, update: bool) -> Baseline:
    from lrlint.baseline import Baseline, BaselineError, folder_of, read_baseline

    shown = shown_path(file)
    try:
        return read_baseline(file)
    except FileNotFoundError:
        if update:
            return Baseline(folder_of(file))
        create = f"lrlint check --baseline {shown} --update-baseline"
        raise Failure(f"{shown}: there is no such baseline; `{create}` writes one") from None
    except BaselineError as error:
        raise Failure(f"{shown}: {error}; restore it, or delete it and write a new one by --update-baseline") from None
    except OSError as error:
        raise Failure(f"{shown}: the baseline can't be read: {(error.strerror or str(error)).lower()}") from None


def _changes(scope: Scope, revision: str) -> Changes:
    from lrlint.changes import Changes
    from lrlint.git import GitError, snapshot

    try:
        before = snapshot(scope.start, revision)
    except GitError as error:
        raise Failure(f"--diff-base {revision}: {error}") from None
    for shown, path in scope.files.items():
        if before.relative(path) is None:
            raise Failure(f"--diff-base {revision}: {shown} is not in the repository {before.top}")
    return Changes(before)


def _is_below(path: str, folder: str) -> bool:
    return path.replace(os.sep, "/").startswith(with_slash(folder))
