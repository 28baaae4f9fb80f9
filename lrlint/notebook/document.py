"""The JSON of a notebook: where the text of its code cells stands, and how another text is put in its place.

The file is never written anew from what was read.  Only the source of a changed cell is replaced, and in it only the
lines that changed, so everything else stays as it is, byte for byte.
"""

from __future__ import annotations

import codecs
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from lrlint.source import UndecodableError

_SPACE = re.compile(r"[ \t\r\n]*")
_CHARACTER = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|[^\\]")
"""What stands for one character inside of a JSON string; a pair of half surrogates is one."""

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_DECODER = json.JSONDecoder()
_LANGUAGES = re.compile(r"i?python[23]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Literal:
    """A JSON string: its text, the same as it is written, without the quotes, and the place of its first character.

    `offset` counts characters in the file, `line` and `column` are 1-based.
    """

    text: str
    raw: str
    offset: int
    line: int
    column: int

    def width(self, length: int) -> int:
        """How many characters the file has for the first `length` ones of the text."""
        tokens = _CHARACTER.finditer(self.raw)
        return sum(len(token[0]) for token, _ in zip(tokens, range(length), strict=False))

    def lines(self) -> Iterator[tuple[str, str]]:
        """The lines of the text, and how each is written."""
        tokens = _CHARACTER.findall(self.raw)
        start = 0
        for line in _LINE.findall(self.text):
            yield line, "".join(tokens[start : start + len(line)])
            start += len(line)


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell: its 1-based number among all cells, its text, and the JSON strings that hold it.

    `start` and `end` are the offsets of the JSON value in the file.
    """

    number: int
    text: str
    literals: tuple[Literal, ...]
    start: int
    end: int

    def position(self, offset: int) -> tuple[int, int, int]:
        """Offset, line and column in the file of a character of the text."""
        starts = list(accumulate((len(literal.text) for literal in self.literals[:-1]), initial=0))
        index = max(bisect_right(starts, offset) - 1, 0)
        literal = self.literals[index]
        width = literal.width(offset - starts[index])
        return literal.offset + width, literal.line, literal.column + width


def read_cells(data: bytes) -> tuple[Cell, ...]:
    """The code cells of a notebook, in order; none of one that is in another language than Python.

    Raises UndecodableError, with the reason, for bytes that are no notebook.
    """
    text = _decoded(data)
    document = _parsed(text)
    if not _is_python(document):
        return ()
    lines = [0, *(match.end() for match in re.finditer("\n", text))]
    cells = enumerate(_cells(text, document), 1)
    return tuple(cell for number, start in cells if (cell := _cell(text, lines, number, start)) is not None)


def with_texts(data: bytes, texts: Mapping[int, str]) -> bytes:
    """The notebook with these texts in the cells of these numbers."""
    text = _decoded(data)
    parts: list[str] = []
    behind = 0
    for cell in read_cells(data):
        if texts.get(cell.number, cell.text) != cell.text:
            parts += text[behind : cell.start], _written(text, cell, texts[cell.number], data.isascii())
            behind = cell.end
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    return mark + "".join([*parts, text[behind:]]).encode() if parts else data


def _decoded(data: bytes) -> str:
    """The text, without a byte order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UndecodableError(f"it is no notebook: line {line} holds bytes that are not utf-8") from None


def _parsed(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise UndecodableError(f"it is no notebook: line {error.lineno} is no JSON: {error.msg.lower()}") from None
    except RecursionError:
        raise UndecodableError("it is no notebook: its JSON is nested too deeply") from None
    except ValueError as error:  # a number with thousands of digits
        raise UndecodableError(f"it is no notebook: {error}") from None
    if not isinstance(document, dict):
        raise UndecodableError("it is no notebook: it holds no JSON object")
    return document


def _is_python(document: dict[str, Any]) -> bool:
    """Whether the metadata name no other language than Python."""
    metadata = _dictionary(document.get("metadata"))
    kernel, language = _dictionary(metadata.get("kernelspec")), _dictionary(metadata.get("language_info"))
    names = [name for name in (language.get("name"), kernel.get("language")) if name]
    return all(_LANGUAGES.fullmatch(str(name)) for name in names)


def _dictionary(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _cells(text: str, document: dict[str, Any]) -> Iterator[int]:
    """The offsets of all cells.  Up to version 3 of the format they lie in worksheets."""
    top = _members(text, _behind_space(text, 0))
    key, sheets = ("cells", [top]) if "cells" in document else ("worksheets", [])
    if not isinstance(document.get(key), list):
        raise UndecodableError("it is no notebook: it has no cells")
    if key == "worksheets":
        sheets = [_members(text, start) for start in _items(text, top[key])]
    for sheet in sheets:
        yield from _items(text, sheet["cells"]) if "cells" in sheet else ()


def _cell(text: str, lines: list[int], number: int, start: int) -> Cell | None:
    """The cell at an offset; None if it holds no Python code."""
    value, _ = _DECODER.raw_decode(text, start)
    if not isinstance(value, dict) or value.get("cell_type") != "code" or not _is_python_cell(value):
        return None
    key = "source" if "source" in value else "input"
    source = value.get(key)
    if not _is_text(source):
        raise UndecodableError(f"it is no notebook: the source of cell {number} is no text")
    first = _members(text, start)[key]
    _, end = _DECODER.raw_decode(text, first)
    starts = [first] if isinstance(source, str) else list(_items(text, first))
    literals = tuple(_literal(text, lines, one) for one in starts)
    if not literals:
        return None
    return Cell(number, "".join(literal.text for literal in literals), literals, first, end)


def _is_python_cell(cell: dict[str, Any]) -> bool:
    own = _dictionary(_dictionary(cell.get("metadata")).get("vscode")).get("languageId")
    return _LANGUAGES.fullmatch(str(own or cell.get("language") or "python")) is not None


def _is_text(source: object) -> bool:
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))


def _literal(text: str, lines: list[int], start: int) -> Literal:
    value, end = _DECODER.raw_decode(text, start)
    line = bisect_right(lines, start)
    return Literal(value, text[start + 1 : end - 1], start + 1, line, start + 1 - lines[line - 1] + 1)


def _members(text: str, start: int) -> dict[str, int]:
    """The keys of a JSON object, and where their values begin."""
    found: dict[str, int] = {}
    at = _behind_space(text, start + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _behind_space(text, _behind_space(text, at) + 1)
        found[key] = at
        at = _behind_value(text, at)
    return found


def _items(text: str, start: int) -> Iterator[int]:
    """Where the values of a JSON array begin; none of anything else."""
    at = _behind_space(text, start + 1)
    while text[start] == "[" and text[at] != "]":
        yield at
        at = _behind_value(text, at)


def _behind_value(text: str, start: int) -> int:
    """Where the next value or key begins behind a value, or what they are in ends."""
    at = _behind_space(text, _DECODER.raw_decode(text, start)[1])
    return _behind_space(text, at + 1) if text[at] == "," else at


def _behind_space(text: str, start: int) -> int:
    space = _SPACE.match(text, start)
    return space.end() if space else start


def _written(text: str, cell: Cell, new: str, ascii_only: bool) -> str:
    """The JSON of a cell's new text, in the layout of the old; lines that were there before are written as before."""
    known = dict(line for literal in cell.literals for line in literal.lines())
    lines = [known.get(line) or json.dumps(line, ensure_ascii=ascii_only)[1:-1] for line in _LINE.findall(new)]
    if text[cell.start] == '"':
        return f'"{"".join(lines)}"'
    first, last = cell.literals[0], cell.literals[-1]
    opening, closing = text[cell.start : first.offset], text[last.offset + len(last.raw) : cell.end]
    return opening + _between(text, cell).join(lines) + closing


def _between(text: str, cell: Cell) -> str:
    """What stands between the lines of a cell, from quote to quote."""
    first = cell.literals[0]
    if len(cell.literals) > 1:
        return text[first.offset + len(first.raw) : cell.literals[1].offset]
    indent = text[cell.start + 1 : first.offset - 1]
    return f'",{indent or " "}"'
