"""Runs under a configuration: files and texts, with the rules and the policies that it has for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from lrlint.config.configuration import Configuration
from lrlint.config.errors import with_slash
from lrlint.files import DiscoveredFile
from lrlint.run import FileResult, Fixing, check_bytes, check_files, check_text


def check_found(
    files: Sequence[DiscoveredFile],
    configuration: Configuration,
    asked: Sequence[str],
    fixing: Fixing = Fixing.NONE,
    write: bool = False,
) -> Iterator[FileResult]:
    """The result of each of some files, which were found for the paths that the user has `asked` for.

    As all that asks for settings it raises ConfigError, here before the first result.
    """
    folders = {os.path.dirname(file.path) for file in files}
    rules = configuration.rules_in(with_slash(os.path.realpath(folder)) for folder in folders)
    return check_files(files, rules, fixing, write, named=frozenset(map(Path, asked)), policy_of=configuration.policy)


def check_given(path: str, data: bytes, configuration: Configuration, fixing: Fixing, is_excluded: bool) -> FileResult:
    """The result of a file of these bytes; `path` is what reports show, and no rule runs if it `is_excluded`."""
    rules = () if is_excluded else configuration.rules_in([_folder(path)])
    return check_bytes(path, data, rules, fixing, policy_of=configuration.policy)


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
