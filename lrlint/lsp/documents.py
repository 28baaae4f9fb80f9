"""Open documents: what the client has in its editors, saved or not."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from lrlint.configured import name_shown
from lrlint.notebook import notebook_of
from lrlint.notebook.document import Cell
from lrlint.source import Range, Source


@dataclass(frozen=True, slots=True)
class Part:
    """A text that the client knows by its own address: a file, or a cell; `is_code`: it is one of Python code."""

    uri: str
    version: int | None
    text: str
    is_code: bool = True


@dataclass(frozen=True, slots=True)
class Spot:
    """A range in a part; `source` is the text of the part."""

    part: Part
    source: Source
    range: Range


@dataclass(frozen=True, eq=False)
class Document:
    """A file, or a notebook, whose `parts` are its cells.

    `path` is absolute; a document that is no file has one in the working directory, where nothing lies.
    """

    uri: str
    path: str
    parts: tuple[Part, ...]
    is_notebook: bool = False

    @cached_property
    def source(self) -> Source:
        """What is checked.  Raises UndecodableError for characters that no file can hold."""
        if not self.is_notebook:
            return Source.from_text(name_shown(self.path), self.parts[0].text)
        cells = (Cell(number, part.text, (), 0, 0) for number, part in enumerate(self.parts, 1) if part.is_code)
        return notebook_of(name_shown(self.path), tuple(cells))

    def spot(self, range_: Range) -> Spot:
        """Where a range of the source is for the client."""
        shown = self.source.shown(range_)
        return Spot(self.parts[(shown.cell or 1) - 1], shown.source, shown.range)

    def has(self, uri: str) -> bool:
        """Whether the document, or a part of it, has this address."""
        return uri == self.uri or any(part.uri == uri for part in self.parts)

    def with_part(self, new: Part) -> Document:
        """The document with another text at the address of a part."""
        return replace(self, parts=tuple(new if part.uri == new.uri else part for part in self.parts))

    def with_parts(self, start: int, count: int, new: Sequence[Part]) -> Document:
        """The notebook with other cells in the place of some."""
        return replace(self, parts=(*self.parts[:start], *new, *self.parts[start + count :]))


def path_of(uri: str, file: str | None) -> str:
    """The path of a document: that of its file, if it is one, in the folder that links to its folder lead to."""
    if file is None:
        return os.path.join(os.getcwd(), "<" + uri.replace("/", "_").replace(os.sep, "_") + ">")
    folder, name = os.path.split(os.path.abspath(file))
    return os.path.join(os.path.realpath(folder), name)
