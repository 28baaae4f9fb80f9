"""Notebooks: the code cells of an `.ipynb` file as one source, with the way back to the cells.

The cells follow each other in the text, each a number of lines of its own.  What only IPython understands stands in
comments there, and so does a cell that can't be read; what it may have done to the names in it is unknown.
"""

from __future__ import annotations

import keyword
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from lrlint.notebook.document import Cell, read_cells, with_texts
from lrlint.notebook.ipython import Fragment, as_comments, as_python, is_magic
from lrlint.profile import timed
from lrlint.source import NO_TEXT, Gap, Range, Shown, Source

SUFFIX = ".ipynb"

_BETWEEN = "#\n\n"
"""Lines that belong to no cell.  The comment ends the blank lines of the cell above, the blank line keeps it away from
the statement below."""

_NAME = re.compile(r"(?<![.\w])[^\W\d]\w*")
_BOUND = re.compile(
    r"\b(?:as|for|def|class)\s+([^\W\d]\w*)|(?<![.\w])([^\W\d]\w*)\s*(?:[-+*/@|&^%]|//|\*\*|<<|>>)?=(?!=)"
)


def is_notebook(path: str) -> bool:
    """Whether a file of this name is a notebook."""
    return path.endswith(SUFFIX)


@timed("read")
def read_source(path: str, data: bytes) -> Source:
    """The source of a file, a notebook or plain Python.  Raises UndecodableError, with the reason, for neither."""
    return notebook_of(path, read_cells(data)) if is_notebook(path) else Source.from_bytes(path, data)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the text that stands in a cell just so.

    `start` and `end` are offsets in the text, `cell` is an index and `offset` where the piece begins in the cell.
    """

    start: int
    end: int
    cell: int
    offset: int
    editable: bool


@dataclass(frozen=True)
class Notebook(Source):
    """The code cells of a notebook as one text, and the `pieces` of it that stand in `cells`, in order.

    `unread` are the cells that the text has as comments only, as they can't be parsed.
    """

    cells: tuple[Cell, ...] = field(default=(), compare=False)
    pieces: tuple[_Piece, ...] = field(default=(), compare=False)
    unread: tuple[Gap, ...] = field(default=(), compare=False)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        return self.unread

    def into(self, data: bytes) -> bytes:
        return with_texts(data, {cell.number: cell.text for cell in self.cells})

    def reread(self) -> Source:
        return self  # JSON holds any text

    def with_text(self, text: str, edits: Sequence[tuple[Range, str]]) -> Source:
        texts = [_ended(cell.text) for cell in self.cells]
        for range_, content in sorted(edits, reverse=True):
            cell, start = self._origin(range_.start)
            _, end = self._origin(range_.end)
            texts[cell] = texts[cell][:start] + content + texts[cell][end:]
        cells = (replace(cell, text=text[:-1]) for cell, text in zip(self.cells, texts, strict=True))
        edited = notebook_of(self.path, tuple(cells))
        if edited.text != text:
            raise ValueError("a cell would be read otherwise than meant")
        return edited

    def is_editable(self, range_: Range) -> bool:
        return any(
            piece.editable and piece.start <= range_.start and range_.end <= piece.end
            for piece in self.pieces[max(self._index(range_.start) - 1, 0) :][:2]
        )

    def shown(self, range_: Range) -> Shown:
        if not self.cells:
            return Shown(self, range_)
        cell, start = self._origin(range_.start)
        last, end = self._origin(range_.end)
        source = self._parts[cell]
        return Shown(source, source.range(start, end if last == cell else start), self.cells[cell].number)

    def in_file(self, range_: Range) -> Range:
        shown = self.shown(range_)
        if shown.cell is None:
            return range_
        cell = self.cells[self._origin(range_.start)[0]]
        start, line, column = cell.position(shown.range.start)
        end, end_line, end_column = cell.position(shown.range.end)
        return Range(start, end, line, column, end_line, end_column)

    def parts(self) -> tuple[Source, ...]:
        return self._parts

    @cached_property
    def _parts(self) -> tuple[Source, ...]:
        return tuple(Source(f"{self.path}:cell {cell.number}", _ended(cell.text)) for cell in self.cells)

    @cached_property
    def _starts(self) -> list[int]:
        return [piece.start for piece in self.pieces]

    def _index(self, offset: int) -> int:
        """The last piece that begins at an offset or before."""
        return max(bisect_right(self._starts, offset) - 1, 0)

    def _origin(self, offset: int) -> tuple[int, int]:
        """The index of the cell in which a character stands, or the last one before it, and the offset there.

        Where two pieces meet, the place is the end of the first, so that an insertion belongs to it.
        """
        index = self._index(offset)
        piece = self.pieces[index]
        if index and piece.start == offset == self.pieces[index - 1].end and not piece.editable:
            piece = self.pieces[index - 1]
        return piece.cell, piece.offset + min(max(offset - piece.start, 0), piece.end - piece.start)


def notebook_of(path: str, cells: tuple[Cell, ...]) -> Notebook:
    """The notebook that has these code cells."""
    texts: list[str] = []
    pieces: list[_Piece] = []
    gaps: list[tuple[int, str]] = []
    at = 0
    for index, cell in enumerate(cells):
        fragments, gap = _readable(_ended(cell.text))
        for fragment in (*fragments, Fragment(_BETWEEN, None)):
            texts.append(fragment.text)
            if fragment.offset is not None:
                _add(pieces, _Piece(at, at + len(fragment.text), index, fragment.offset, fragment.editable))
            at += len(fragment.text)
        if gap is not None:
            start = next(piece for piece in pieces if piece.cell == index and _holds(piece, gap[0]))
            gaps.append((start.start + gap[0] - start.offset, gap[1]))
    text = "".join(texts)
    plain = Source(path, text)
    unread = tuple(Gap(plain.range(start, start + 1), message) for start, message in gaps)
    return Notebook(path, text, cells=cells, pieces=tuple(pieces), unread=unread)


def _holds(piece: _Piece, offset: int) -> bool:
    return piece.offset <= offset < piece.offset + piece.end - piece.start


def _ended(text: str) -> str:
    """A cell's text with the newline that only ends it where the next one begins."""
    return f"{text}\n"


def _add(pieces: list[_Piece], new: _Piece) -> None:
    """Add a piece, to the last one where it goes on in the same cell."""
    last = pieces[-1] if pieces else None
    continues = last and (last.end, last.cell, last.editable) == (new.start, new.cell, new.editable)
    if last and continues and last.offset + last.end - last.start == new.offset:
        pieces[-1] = replace(last, end=new.end)
    else:
        pieces.append(new)


def _readable(text: str) -> tuple[list[Fragment], tuple[int, str] | None]:
    """The Python text of a cell; where it can't be parsed, the offset in the cell, and why."""
    from lrlint.tree import UnreadableError, parse  # only for files that need it

    if strange := NO_TEXT.search(text):
        return _set_aside(NO_TEXT.sub("\ufffd", text)), (strange.start(), "it holds a character that is no text")
    fragments = as_python(text)
    try:
        code = "".join(fragment.text for fragment in fragments)
        parse(Source("", code))
    except UnreadableError as error:
        if is_magic(text):
            return _set_aside(text), None
        starts = Source("", text).line_starts
        line = min(error.line, len(starts) - 1)
        return _set_aside(text), (min(starts[line - 1] + error.column - 1, starts[line] - 1), str(error))
    return fragments, None


def _set_aside(text: str) -> list[Fragment]:
    """A cell as comments, and a line that may do to the names in it whatever the cell may."""
    used = {name: None for name in _NAME.findall(text) if not keyword.iskeyword(name) and name.isascii()}
    bound = dict.fromkeys(name for pair in _BOUND.findall(text) for name in pair if name in used)
    call = f"get_ipython()({', '.join(used)})"
    targets = "".join(f"{name} = " for name in bound)
    return [*as_comments(text), Fragment(f"{targets}{call}\n", None, editable=False)]
