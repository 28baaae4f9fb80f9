"""Where something stands, for tools: in the file, and in a notebook also in its cell."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from lrlint.source import Range, Source


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell's number among all cells of its notebook, from 1 on, and a range in the cell."""

    number: int
    range: Range


@dataclass(frozen=True, slots=True)
class Place:
    """A range in a file as it is on disk: that of a notebook is one in its JSON, which `cell` stands for."""

    path: str
    range: Range
    cell: Cell | None = None

    @property
    def note(self) -> str:
        """What a message has to add for a reader who is shown the place in the file: nothing, except in notebooks."""
        return f" (cell {self.cell.number}, line {self.cell.range.line})" if self.cell else ""


def place_of(path: str, range_: Range, sources: Mapping[str, Source]) -> Place:
    """The place of a range of the text of a file; `sources` are the texts at hand."""
    source = sources.get(path)
    if source is None:
        return Place(path, range_)
    shown = source.shown(range_)
    return Place(path, source.in_file(range_), None if shown.cell is None else Cell(shown.cell, shown.range))


def path_from(path: str, root: str | None) -> str:
    """A path as seen from the folder `root`, if it is below that; else as it is, from the working directory."""
    if not root:
        return path
    try:
        below = os.path.relpath(path, root).replace(os.sep, "/")
    except ValueError:  # another drive
        return path
    return path if below.startswith("../") else below
