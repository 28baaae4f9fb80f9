"""Patterns for paths, written as in `.gitignore`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrlint.gitignore import IgnoreFile

_WILDCARDS = frozenset("*?[\\")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern.

    Without a slash, other than at its end, it matches the name of a file or folder wherever that lies; otherwise a path
    from `folder` (absolute, with a `/` at its end).  With a slash at its end it matches folders alone.  `origin` says
    where the pattern was given.
    """

    text: str
    folder: str
    origin: str
    matcher: IgnoreFile

    @classmethod
    def of(cls, text: str, folder: str, origin: str) -> Pattern:
        """Read a pattern.  Raises ValueError for one that can match nothing."""
        plain = text.strip().removeprefix("./")
        if not plain.strip("/"):
            raise ValueError(f"the pattern {text!r} matches nothing")
        if ".." in plain.split("/"):
            raise ValueError(f"the pattern {text!r} leads out of the folder of its file")
        base = folder if _is_anchored(plain) else ""
        escape = "\\" if plain.startswith(("#", "!")) else ""
        return cls(text, base, origin, IgnoreFile.parse(base, (escape + plain).encode()))

    @property
    def is_name(self) -> bool:
        """Whether the pattern is nothing but a name."""
        return not self.folder and not self.text.endswith("/") and not _WILDCARDS.intersection(self.text)

    def matches(self, path: str) -> bool:
        """Whether it matches this path: absolute, with a `/` at its end if it is a folder."""
        if self.folder:
            return path.startswith(self.folder) and path != self.folder and bool(self.matcher.verdict(path))
        return bool(self.matcher.verdict(path[path.rfind("/", 0, -1) + 1 :]))

    def covers(self, path: str, root: str) -> bool:
        """Whether it matches a file, or a folder that the file lies in; a name is looked for below `root` alone."""
        return any(map(self.matches, _with_folders(path, self.folder or root)))


def _is_anchored(text: str) -> bool:
    return "/" in text.removesuffix("/")


def _with_folders(path: str, root: str) -> Iterator[str]:
    """A path, and the folders around it that lie below `root`."""
    yield path
    end = path.rfind("/")
    while path.startswith(root) and end >= len(root):
        yield path[: end + 1]
        end = path.rfind("/", 0, end)
