"""Reproductions as data: the script, what stands in it for something else, and where its lines come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class NotReproducibleError(ValueError):
    """No script can be made; the text says why, so that it can follow "because"."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the code does not fix: how many rounds loops over epochs make, and those over batches.

    `ways` say how tests come out, by their text, of which nothing is known otherwise.
    """

    epochs: int = 4
    steps_per_epoch: int = 2
    ways: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StandIn:
    """One replaced piece of the program: `text` in the script stands for `original`, on a line of the program."""

    text: str
    original: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a script; `path` and `line` are the user's, None and 0 for what lrlint has added."""

    text: str
    path: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Site:
    """The constructor call of an optimizer: its place in the user's code, its class and what it is called."""

    path: str
    line: int
    class_name: str
    label: str


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A self-contained script made of a program.

    `marked` are the lines of the script, from 1, that the finding is about, and `related` those of the other places
    that matter to it; `optimizers` the constructor calls in it.
    `open_tests` are the tests for which an outcome was chosen, since nothing tells it.
    """

    lines: tuple[Line, ...]
    stand_ins: tuple[StandIn, ...]
    marked: frozenset[int] = frozenset()
    optimizers: tuple[Site, ...] = ()
    open_tests: Mapping[str, bool] = field(default_factory=dict)
    related: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """The script."""
        return "".join(f"{line.text}\n" for line in self.lines)

    def origin(self, line: int | None) -> tuple[str, int] | None:
        """The file and line of the user's code that a line of the script comes from."""
        if line is None or not 0 < line <= len(self.lines):
            return None
        found = self.lines[line - 1]
        return (found.path, found.line) if found.path is not None else None
