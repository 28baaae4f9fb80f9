"""A run that goes on: what is found in its files, kept up to date as they change."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from lrlint import disk
from lrlint.config.configuration import Configuration
from lrlint.configured import rules_of
from lrlint.files import DiscoveredFile
from lrlint.notebook import read_source
from lrlint.run import FileResult, Fixing, Screen, check_with, checker_of
from lrlint.source import Source, UndecodableError

_METADATA = "setup.py"
"""Code that also tells which torch a project is meant for."""


class Ongoing:
    """The results of some files, which were found for the paths that the user has `asked` for.

    Nothing is repaired.  The parameters are those of `lrlint.configured.check_found`.
    """

    def __init__(
        self,
        files: Sequence[DiscoveredFile],
        configuration: Configuration,
        asked: Sequence[str],
        folders: Collection[str],
        screen: Screen,
    ) -> None:
        self._files = {file.absolute: file for file in files}
        self._named = frozenset(map(os.path.normpath, asked))
        self._screen = screen
        self._checker = checker_of(files, rules_of(files, configuration), self._named, configuration.policy, folders)
        self._results: dict[str, FileResult] = {}
        self._check(self._files)

    @property
    def results(self) -> list[FileResult]:
        """The result of each file, in the order given."""
        return [self._results[path] for path in self._files]

    def can_update(self, changed: Collection[str]) -> bool:
        """Whether all that has changed (absolute paths) are texts of these files, which can be and could be checked.

        Else a new run has to begin.
        """
        is_known = all(path in self._files and os.path.basename(path) != _METADATA for path in changed)
        if not is_known or any(result.problems for result in self._results.values()):
            return False
        return all(self._read(path) is not None for path in changed)

    def update(self, changed: Collection[str]) -> None:
        """Check those of the files anew that have another text, and all that hang together with them."""
        affected = self._companies(changed)
        for path in changed:
            if (source := self._read(path)) is not None:
                self._checker = self._checker.with_source(path, source)
        affected |= self._companies(changed)
        self._check([path for path in self._files if path in affected])

    def _companies(self, paths: Collection[str]) -> frozenset[str]:
        return frozenset[str]().union(*map(self._checker.company, paths))

    def _read(self, path: str) -> Source | None:
        try:
            return read_source(self._files[path].display, disk.read(self._files[path].path))
        except (OSError, UndecodableError):
            return None

    def _check(self, paths: Collection[str]) -> None:
        files = [self._files[path] for path in paths]
        found = check_with(self._checker, files, Fixing.NONE, False, self._named, self._screen)
        self._results |= dict(zip(paths, found, strict=True))
