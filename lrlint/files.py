"""Which files a run reads: its arguments, and the Python files and notebooks below those that are directories."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Sequence

from lrlint import disk
from lrlint.config.exclusion import BY_DEFAULT, Exclusion, name_of
from lrlint.gitignore import Ignores
from lrlint.imports.finder import canonical

SUFFIXES = (".py", ".pyi", ".ipynb")

ExclusionOf = Callable[[str], Exclusion]
"""Gives what is left out in a directory: absolute, without links, with a `/` at its end."""


class MissingPathError(OSError):
    """A path that was asked for is not there; the message names it and says what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)


class DiscoveredFile:
    """A file to read.

    `path` opens it.  `display` is what reports show: relative to the working directory with `/` separators
    (absolute on another drive), bytes outside of UTF-8 as `\\xff`.
    `absolute` is its absolute path, in the folder that links to its folder lead to.
    `outside` is the file that a link leads to, as reports show it, if that lies outside of all paths of the run.
    """

    __slots__ = ("absolute", "display", "outside", "path")

    def __init__(self, path: str, display: str, absolute: str, outside: str | None = None) -> None:
        self.path = path
        self.display = display
        self.absolute = absolute
        self.outside = outside


class LeftOut:
    """A file, or a directory (with a `/` at the end), that is not read, and why; both as reports show them."""

    __slots__ = ("display", "reason")

    def __init__(self, display: str, reason: str) -> None:
        self.display = display
        self.reason = reason


class Discovery:
    """The files of a run in the order of `display`, and what could not be looked into, a line each.

    `left_out` is what the walk over directories has met and left out, if that was asked for.
    """

    __slots__ = ("files", "left_out", "problems")

    def __init__(
        self, files: tuple[DiscoveredFile, ...], problems: tuple[str, ...], left_out: tuple[LeftOut, ...] = ()
    ) -> None:
        self.files = files
        self.problems = problems
        self.left_out = left_out


def discover(
    paths: Sequence[str],
    *,
    exclusion_of: ExclusionOf = lambda directory: BY_DEFAULT,
    explain: bool = False,
) -> Discovery:
    """The files that `paths` mean, each once; with `explain` also what is left out, and why.

    A file is taken whatever its name, and a directory is walked wherever it lies; where exclusion is forced, both only
    if nothing speaks against them.  Below a directory, files with one of SUFFIXES are
    taken, except what is excluded and where `.gitignore`, `.ignore` or `.git/info/exclude` say no.  Links to files
    are followed, links to directories are not.

    Raises MissingPathError for a path that does not exist, and what `exclusion_of` raises.
    """
    search = _Search(_working_directory(), exclusion_of, [] if explain else None)
    for path in paths:
        search.add(path)
    return search.result()


class _Path:
    """One path three times: to open, to show, and absolute without links.  Directories end in `/` (or are empty)."""

    __slots__ = ("display", "path", "real")

    def __init__(self, path: str, display: str, real: str) -> None:
        self.path = path
        self.display = display
        self.real = real

    def below(self, name: str) -> _Path:
        return _Path(self.path + name, self.display + name, self.real + name)


class _Search:
    """What was found so far.  Real paths are absolute, with `/` as the separator and at the end of directories."""

    def __init__(self, working_directory: str, exclusion_of: ExclusionOf, left_out: list[LeftOut] | None) -> None:
        self.working_directory = working_directory
        self.exclusion_of = exclusion_of
        self.left_out = left_out
        self.found: dict[str, _Path] = {}
        self.given: set[_Path] = set()
        self.links: list[_Path] = []
        self.roots: list[str] = []
        self.problems: list[str] = []
        self.known: dict[str, Ignores | None] = {}

    def add(self, given: str) -> None:
        """Look for the files that one argument means.  Raises MissingPathError."""
        path = _given_path(given, self.working_directory)
        is_file = not path.real.endswith("/")
        is_forced = self.exclusion_of(_parent(path.real) if is_file else path.real).is_forced
        heeds_ignores = is_forced or not is_file
        ignores = self._ignores_around(path.real) if heeds_ignores else Ignores()
        if is_forced and ignores is None:
            self._leave_out(path, "it, or a folder around it, is excluded or ignored, and exclusion is forced")
            return
        if is_file:
            self.given.add(self.found.setdefault(path.real, path))
            return
        self.roots.append(path.real)
        # Who asks for an ignored directory wants its files: what ignores it is not heard inside of it.
        self._walk(path, ignores or Ignores())

    def result(self) -> Discovery:
        outside: set[str] = set()
        for link in self.links:  # at the end, so that a file is rather shown where it really lies
            real = _posix(disk.real(link.path))
            if real not in self.found and disk.is_file(real):
                self.found[real] = link
                outside |= set() if real.startswith(tuple(self.roots)) else {real}
        files = [
            DiscoveredFile(
                path.path, self._shown(path), self._absolute(path), _printable(real) if real in outside else None
            )
            for real, path in self.found.items()
        ]
        left_out = {one.display: one for one in sorted(self.left_out or (), key=lambda one: one.display)}
        return Discovery(
            tuple(sorted(files, key=lambda file: file.display)), tuple(self.problems), tuple(left_out.values())
        )

    def _absolute(self, path: _Path) -> str:
        return canonical(path.path) if path in self.given else path.real.replace("/", os.sep)

    def _shown(self, path: _Path) -> str:
        outside = path.display.startswith("../")  # `../here/a.py` may be `a.py`
        return _printable(_display(path.path, self.working_directory) if outside else path.display)

    def _walk(self, root: _Path, ignores: Ignores) -> None:
        pending = [(root, ignores)]
        while pending:
            directory, outer = pending.pop()
            try:
                pending += self._scan(directory, disk.entries(directory.path), outer)
            except OSError as error:
                place = _printable(directory.display) or "."
                self.problems.append(f"{place}: can't look into this directory, so it was left out: {_reason(error)}")

    def _scan(
        self, directory: _Path, entries: Sequence[os.DirEntry[str]], outer: Ignores
    ) -> list[tuple[_Path, Ignores]]:
        """Take the files of one directory; returns the directories to walk next, with what holds around them."""
        ignores = self._within(outer, directory.real, {entry.name for entry in entries})
        exclusion = self.exclusion_of(directory.real)
        directories = []
        for entry in entries:
            is_directory = entry.is_dir(follow_symlinks=False)
            if not is_directory and not entry.name.endswith(SUFFIXES):
                continue
            path = directory.below(entry.name + "/" if is_directory else entry.name)
            if exclusion.excludes(path.real, entry.name) or ignores.ignore(path.real):
                self._leave_out(path, _reason_for(path.real, exclusion, ignores) if self.left_out is not None else "")
            elif is_directory:
                directories.append((path, ignores))
            elif entry.is_symlink():
                self.links.append(path)
            elif entry.is_file():
                self.found.setdefault(path.real, path)
        return directories

    def _leave_out(self, path: _Path, reason: str) -> None:
        if self.left_out is not None:
            self.left_out.append(LeftOut(self._shown(path), reason))

    def _ignores_around(self, real: str) -> Ignores | None:
        """The ignore files that hold where a path lies; None if they, or its place, leave the path out."""
        if real.endswith("/") and real == self._top(real):
            return Ignores()
        outer = self._ignores_inside(_parent(real))
        return None if outer is None or self._is_left_out(real, outer) else outer

    def _ignores_inside(self, directory: str) -> Ignores | None:
        """The same for what lies in a directory, whose own ignore files count too."""
        if directory in self.known:
            return self.known[directory]
        top = self._top(directory)
        places = [directory]
        while places[-1] != top and _parent(places[-1]) not in self.known:
            places.append(_parent(places[-1]))
        for place in reversed(places):
            outer = Ignores() if place == top else self.known[_parent(place)]
            if outer is None or (place != top and self._is_left_out(place, outer)):
                self.known[place] = None
            else:
                self.known[place] = self._within(outer, place)
        return self.known[directory]

    def _is_left_out(self, real: str, ignores: Ignores) -> bool:
        return self.exclusion_of(_parent(real)).excludes(real, name_of(real)) or ignores.ignore(real)

    def _within(self, ignores: Ignores, directory: str, names: Collection[str] | None = None) -> Ignores:
        try:
            return ignores.within(directory, names)
        except OSError as error:
            self.problems.append(f"{_printable(str(error.filename))}: can't read this ignore file: {_reason(error)}")
            return ignores

    def _top(self, directory: str) -> str:
        """Where ignore files begin to count: the repository, else the working directory, else the directory itself."""
        current = directory
        while current:
            if disk.exists(current + ".git"):
                return current
            current = _parent(current)
        return self.working_directory if directory.startswith(self.working_directory) else directory


def _given_path(given: str, working_directory: str) -> _Path:
    try:
        is_directory = stat.S_ISDIR(os.stat(given).st_mode)
    except OSError as error:
        hint = f"check its spelling; relative paths start at {_printable(working_directory)}"
        raise MissingPathError(f"{_printable(given)}: {_reason(error)}; {hint}") from None
    path = _Path(_posix(given), _display(given, working_directory), _posix(disk.real(given)))
    if not is_directory:
        return path
    display = "" if path.display == "." else _with_slash(path.display)
    return _Path(_with_slash(path.path), display, _with_slash(path.real))


def _reason_for(real: str, exclusion: Exclusion, ignores: Ignores) -> str:
    """Why a path is left out that is."""
    file = None if exclusion.excludes(real, name_of(real)) else ignores.deciding(real)
    if file is None:
        return exclusion.reason(real)
    return _printable(f"ignored by {file.pattern_for(real)!r} of {_display(file.base + file.name, os.getcwd())}")


def _working_directory() -> str:
    try:
        return _with_slash(_posix(os.getcwd()))
    except OSError as error:
        raise MissingPathError(f"the working directory is gone ({_reason(error)}); change to one that exists") from None


def _display(path: str, working_directory: str) -> str:
    try:
        return _posix(os.path.relpath(path, working_directory))
    except ValueError:  # another drive
        return _posix(os.path.abspath(path))


def _printable(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def _parent(path: str) -> str:
    """The directory of an absolute path, empty for that of the root."""
    return path[: path.rfind("/", 0, -1) + 1]


def _posix(path: str) -> str:
    return path.replace(os.sep, "/")


def _with_slash(path: str) -> str:
    return path if path.endswith("/") else path + "/"
