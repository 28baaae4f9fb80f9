"""Sites: the places in the user's code from which torch is called, known by frames alone."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from types import CodeType, FrameType

import torch

import lrlint

_INSTALLED = ("site-packages", "dist-packages")
_NOTEBOOK = "<ipython-input"


@dataclass(frozen=True, slots=True)
class Position:
    """Where an instruction comes from: lines from 1 on, columns in bytes from 0 on; None where Python does not tell."""

    line: int
    end_line: int | None = None
    end_column: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A call in the user's code: an instruction of its code.

    `is_delegated`: the call is one of a scheduler's own methods, which steps others on its own terms.
    """

    code: CodeType
    instruction: int
    line: int
    file: str
    is_delegated: bool = False

    @property
    def position(self) -> Position:
        """Where the call stands in the file."""
        if not hasattr(self.code, "co_positions"):  # Python 3.10
            return Position(self.line)
        positions = list(self.code.co_positions())
        index = self.instruction // 2
        line, end_line, _, end_column = positions[index] if index < len(positions) else (None, None, None, None)
        return Position(line or self.line, end_line, end_column)


Point = tuple[CodeType, int, int]
"""A frame of a stack: its code, line and instruction."""


class Territory:
    """Knows which code is the user's, and gives each of its call sites one Site.

    `own` are folders and files that are the user's wherever they lie, as those of an installed package that is run.
    `keep` is told of each file with a site.
    """

    def __init__(self, is_scheduler: Callable[[object], bool], own: Sequence[str], keep: Callable[[str], None]) -> None:
        self._is_scheduler = is_scheduler
        self._keep = keep
        self._own = tuple(own)
        self._folder = os.getcwd()  # the program may go to another one
        self._foreign = tuple(map(_as_folder, _foreign_folders()))
        self._files: dict[str, str | None] = {}
        self._by_id: dict[tuple[int, int], Site] = {}

    def nearest(self, frame: FrameType | None) -> Site | None:
        """The site in the innermost frame of the user's, from `frame` outwards."""
        files = self._files
        while frame is not None:
            name = frame.f_code.co_filename
            file = files[name] if name in files else self._file(name)
            if file is not None:
                return self._by_id.get((id(frame.f_code), frame.f_lasti)) or self._add(frame, file)
            frame = frame.f_back
        return None

    def direct(self, frame: FrameType) -> Site | None:
        """The site of a frame; None if it is not the user's."""
        name = frame.f_code.co_filename
        file = self._files[name] if name in self._files else self._file(name)
        if file is None:
            return None
        return self._by_id.get((id(frame.f_code), frame.f_lasti)) or self._add(frame, file)

    def owns(self, frame: FrameType) -> bool:
        """Whether the code of a frame is the user's."""
        return self._file(frame.f_code.co_filename) is not None

    def _add(self, frame: FrameType, file: str) -> Site:
        self._keep(file)
        code = frame.f_code
        first = code.co_varnames[0] if code.co_argcount else None
        is_delegated = first is not None and self._is_method(code, frame.f_locals.get(first))
        site = Site(code, frame.f_lasti, frame.f_lineno or code.co_firstlineno, file, is_delegated)
        return self._by_id.setdefault((id(code), frame.f_lasti), site)  # the site keeps the code, and so its id

    def _is_method(self, code: CodeType, value: object) -> bool:
        """Whether code is that of a method of a scheduler."""
        if not self._is_scheduler(value):
            return False
        methods = (vars(one).get(code.co_name) for one in type(value).__mro__)
        return any(getattr(method, "__code__", None) is code for method in methods)

    def _file(self, name: str) -> str | None:
        if name not in self._files:
            self._files[name] = self._judged(name)
        return self._files[name]

    def _judged(self, name: str) -> str | None:
        if name.startswith(_NOTEBOOK):
            return name
        if name.startswith("<"):
            return None
        path = os.path.join(self._folder, name)
        if any(path == own or path.startswith(_as_folder(own)) for own in self._own):
            return path
        is_installed = not set(_INSTALLED).isdisjoint(path.split(os.sep))
        return None if is_installed or path.startswith(self._foreign) else path


def _as_folder(path: str) -> str:
    return os.path.join(path, "")


def _foreign_folders() -> Iterator[str]:
    paths = sysconfig.get_paths()
    yield from (paths[name] for name in ("stdlib", "platstdlib"))
    yield from (os.path.dirname(os.path.abspath(module.__file__)) for module in (torch, lrlint) if module.__file__)


def stack_of(frame: FrameType | None) -> tuple[Point, ...]:
    """The frames from the outermost one to `frame`."""
    points = []
    while frame is not None:
        points.append((frame.f_code, frame.f_lineno or 0, frame.f_lasti))
        frame = frame.f_back
    return tuple(reversed(points))


def parting(first: Sequence[Point], second: Sequence[Point]) -> tuple[Point, Point] | None:
    """Where the ways of two stacks part: the last point of each in the function that both came to; None if one call in
    it led to both."""
    for one, other in zip(first, second, strict=False):
        if one != other:
            return (one, other) if one[0] is other[0] else None
    return None
