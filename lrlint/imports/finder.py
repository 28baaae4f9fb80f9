"""The files that imports mean: those of the project itself, found as Python finds them, without running anything."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator

from lrlint import disk

INIT = "__init__.py"
_SOURCES = "src"
_REPOSITORY_MARKS = frozenset([".git", ".hg"])
_PACKAGE_MARKS = frozenset(["pyproject.toml", "setup.py", "setup.cfg"])
_NEVER_OURS = frozenset(["torch"])
"""What these names mean is what lrlint is about, even where the project is torch itself."""
_FEW = 4
"""So many questions about a folder cost less one by one than a listing of it."""


class Finder:
    """Finds modules on disk.

    A module is named by the absolute path of its file, a package by that of its `__init__.py`, a package without one by
    that of its folder.  Absolute imports are looked for in the folder of the importing file, in those around it up to
    the top of the project, in the `src` of each, and last right below these.  Each folder is listed at most once.
    """

    def __init__(self) -> None:
        self._listings: dict[str, frozenset[str]] = {}
        self._real: dict[str, str] = {}
        self._roots: dict[str, tuple[str, ...]] = {}
        self._found: dict[tuple[str, str], str | None] = {}
        self._holding: dict[tuple[str, str], tuple[str, ...]] = {}
        self._asked: Counter[str] = Counter()

    def find(self, importer: str, dotted: str) -> str | None:
        """The module that a dotted name means in the file `importer`; None if it is none of the project's."""
        key = (os.path.dirname(importer), dotted)
        if key not in self._found:
            found = self._find(importer, dotted)
            self._found[key] = self._canonical(found) if found is not None else None
        return self._found[key]

    def _canonical(self, path: str) -> str:
        """As the function `canonical`, which asks the disk each time."""
        folder, name = os.path.split(path)
        if folder not in self._real:
            self._real[folder] = canonical(os.path.join(folder, INIT))
        return self._real[folder].removesuffix(INIT) + name

    def _find(self, importer: str, dotted: str) -> str | None:
        name = dotted.lstrip(".")
        parts = name.split(".") if name else []
        level = len(dotted) - len(name)
        if level:
            return self._descend(self._package_above(importer, level), parts)
        if parts[0] in _NEVER_OURS:
            return None
        folder = os.path.dirname(importer)
        if (
            parts[0] in sys.stdlib_module_names
        ):  # a script's own folder comes before the standard library, no other does
            return self._find_in((folder,), parts) if INIT not in self.listing(folder) else None
        roots = self._roots_around(folder)
        return self._find_in(roots, parts) or self._find_below(roots, parts)

    def _find_in(self, roots: tuple[str, ...], parts: list[str]) -> str | None:
        """A module in the first of the roots that has it."""
        for root in roots:
            found = self._descend(root, parts)
            if found is not None and (len(parts) > 1 or disk.is_file(found)):
                return found
        return None

    def _find_below(self, roots: tuple[str, ...], parts: list[str]) -> str | None:
        """A module in the one folder right below the roots that has it: scripts put such folders on `sys.path`."""
        folders = {folder for root in roots for folder in self._folders_holding(root, parts[0])}
        found = {self._descend(folder, parts) for folder in folders - set(roots)} - {None}
        only = found.pop() if len(found) == 1 else None
        return only if only is not None and os.path.isfile(only) else None

    def _folders_holding(self, root: str, name: str) -> tuple[str, ...]:
        """The folders right below a root that may have a module `name`."""
        key = root, name
        if key not in self._holding:
            folders = (os.path.join(root, one) for one in self.listing(root) if "." not in one)
            self._holding[key] = tuple(folder for folder in folders if self._may_hold(folder, name))
        return self._holding[key]

    def _may_hold(self, folder: str, name: str) -> bool:
        """Whether a folder may have a module `name`; it has not where a disk that ignores case knows another name."""
        if folder not in self._listings and self._asked[folder] < _FEW:
            self._asked[folder] += 1
            path = os.path.join(folder, name)
            return disk.exists(path) or disk.exists(f"{path}.py")
        names = self.listing(folder)
        return name in names or f"{name}.py" in names

    def child(self, package: str, name: str) -> str | None:
        """The module `name` in a package or folder."""
        folder = os.path.dirname(package) if package.endswith(INIT) and os.path.basename(package) == INIT else package
        names = self.listing(folder)
        if name not in names:
            return os.path.join(folder, f"{name}.py") if f"{name}.py" in names else None
        inner = os.path.join(folder, name)
        if INIT in self.listing(inner):
            return os.path.join(inner, INIT)
        if f"{name}.py" in names:
            return f"{inner}.py"
        return inner if self.listing(inner) else None

    def _package_above(self, importer: str, level: int) -> str:
        folder = os.path.dirname(importer)
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        return os.path.join(folder, INIT) if INIT in self.listing(folder) else folder

    def _descend(self, module: str, parts: list[str]) -> str | None:
        found: str | None = module
        for part in parts:
            found = self.child(found, part) if found is not None else None
        return found

    def _roots_around(self, folder: str) -> tuple[str, ...]:
        if folder not in self._roots:
            self._roots[folder] = tuple(self._find_roots(folder))
        return self._roots[folder]

    def _find_roots(self, folder: str) -> list[str]:
        """The folder of a file and those around it up to the top of its project, each with its `src`."""
        return [root for one in self._folders_from(folder) for root in (one, *self._sources_in(one))]

    def folders_around(self, path: str) -> list[str]:
        """The folder of a file and those around it up to the top of its project, innermost first."""
        return self._folders_from(os.path.dirname(path))

    def _folders_from(self, folder: str) -> list[str]:
        around = list(_upwards(folder))
        return around[: around.index(self._top(around)) + 1]

    def _top(self, around: list[str]) -> str:
        """Which of some folders, innermost first, is the top of the project."""
        working = os.getcwd()
        for marks in (_REPOSITORY_MARKS, None, _PACKAGE_MARKS):
            if marks is None and working in around:
                return working
            for folder in around if marks is not None else ():
                if any(disk.exists(os.path.join(folder, mark)) for mark in marks or ()):
                    return folder
        return next(folder for folder in around if INIT not in self.listing(folder))

    def _sources_in(self, folder: str) -> list[str]:
        return [os.path.join(folder, _SOURCES)] if _SOURCES in self.listing(folder) else []

    def listing(self, folder: str) -> frozenset[str]:
        """The names in a folder, empty if it is none."""
        if folder not in self._listings:
            try:
                self._listings[folder] = frozenset(disk.listing(folder))
            except OSError:
                self._listings[folder] = frozenset()
        return self._listings[folder]


def canonical(path: str | os.PathLike[str]) -> str:
    """The absolute path of a file in the folder that links to its folder lead to."""
    folder, name = os.path.split(os.path.abspath(path))
    return os.path.join(disk.real(folder), name)


def _upwards(folder: str) -> Iterator[str]:
    """A folder and those around it, innermost first."""
    while True:
        yield folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return
        folder = parent
