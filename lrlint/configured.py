"""Runs under a configuration: files and texts, with the rules and the policies that it has for them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence

from lrlint.config.configuration import Configuration
from lrlint.config.errors import with_slash
from lrlint.files import DiscoveredFile
from lrlint.registry import RegisteredRule
from lrlint.run import FileResult, Fixing, Repair, Screen, check_bytes, check_files, check_text, everything


def check_found(
    files: Sequence[DiscoveredFile],
    configuration: Configuration,
    asked: Sequence[str],
    repair: Repair = Fixing.NONE,
    write: bool = False,
    folders: Collection[str] = (),
    screen: Screen = everything,
    jobs: int = 1,
) -> Iterator[FileResult]:
    """The result of each of some files, which were found for the paths that the user has `asked` for.

    `folders`, `screen` and `jobs` are those of `lrlint.run.check_files`.

    As all that asks for settings it raises ConfigError, here before the first result.
    """
    rules, named = rules_of(files, configuration), frozenset(map(os.path.normpath, asked))
    return check_files(files, rules, repair, write, named, configuration.policy, folders, screen, jobs)


def rules_of(files: Sequence[DiscoveredFile], configuration: Configuration) -> tuple[RegisteredRule, ...]:
    """The rules that run in any of some files."""
    parents = {os.path.dirname(file.path) for file in files}
    return configuration.rules_in(with_slash(os.path.realpath(parent)) for parent in parents)


def folders_in(asked: Sequence[str]) -> tuple[str, ...]:
    """The absolute paths of the directories among the paths that the user has `asked` for."""
    return tuple(map(os.path.realpath, filter(os.path.isdir, asked)))


def check_given(
    path: str,
    data: bytes,
    configuration: Configuration,
    repair: Repair,
    is_excluded: bool,
    screen: Screen = everything,
) -> FileResult:
    """The result of a file of these bytes; `path` is what reports show, and no rule runs if it `is_excluded`."""
    rules = () if is_excluded else configuration.rules_in([_folder(path)])
    return check_bytes(path, data, rules, repair, configuration.policy, screen)


def check_given_text(path: str, text: str, configuration: Configuration, heeds_noqa: bool = True) -> FileResult:
    """The same for a text in memory, without fixes; `heeds_noqa`: comments `# noqa` silence findings in it."""
    rules = configuration.rules_in([_folder(path)])
    return check_text(path, text, rules, configuration.policy, heeds_noqa)


def name_shown(path: str) -> str:
    """What reports call a file that need not be there: relative to the working directory, with `/` separators."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        relative = os.path.abspath(path)
    return relative.replace(os.sep, "/")


def _folder(path: str) -> str:
    return with_slash(os.path.realpath(os.path.dirname(path)))
