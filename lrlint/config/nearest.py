"""Which configuration file is in force in a folder: the nearest one around it, up to the top of its repository."""

from __future__ import annotations

from collections.abc import Callable

from lrlint import disk

PYPROJECT = "pyproject.toml"
OWN_NAMES = (".lrlint.toml", "lrlint.toml")
FILE_NAMES = (*OWN_NAMES, PYPROJECT)
"""The files that are looked for in each folder; the first one that configures lrlint is its configuration."""

OWN_WORD = b"lrlint"
"""What a `pyproject.toml` that configures lrlint holds."""

_REPOSITORY_MARKS = (".git", ".hg")


class Nearest:
    """Finds the nearest file; `file_in` gives that of a folder (absolute, with a `/` at its end), if it has one.

    Each folder is looked into once.
    """

    def __init__(self, file_in: Callable[[str], str | None]) -> None:
        self._file_in = file_in
        self._known: dict[str, str | None] = {}

    def around(self, folder: str) -> str | None:
        """The path of the file that is in force in a folder.  Raises what `file_in` raises."""
        passed = []
        while folder not in self._known:
            passed.append(folder)
            found = self._file_in(folder)
            if found is not None or is_top(folder):
                self._known[folder] = found
            else:
                folder = folder[: folder.rfind("/", 0, -1) + 1]
        self._known.update(dict.fromkeys(passed, self._known[folder]))
        return self._known[folder]


def candidate_in(folder: str) -> str | None:
    """The file of a folder that may configure lrlint, told without reading TOML.  Raises OSError."""
    for name in FILE_NAMES:
        path = folder + name
        if disk.is_file(path) and (name != PYPROJECT or _speaks_of_lrlint(path)):
            return path
    return None


def _speaks_of_lrlint(path: str) -> bool:
    return OWN_WORD in disk.read(path)


def is_top(folder: str) -> bool:
    """Whether files around a folder are none of its project: it is a repository, or the root of the disk."""
    return not folder.strip("/") or any(disk.exists(folder + mark) for mark in _REPOSITORY_MARKS)
