"""Positions as editors count them: lines from 0 on, and in a line the units of an encoding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lsprotocol import types

from lrlint.source import Range, Source


@dataclass(frozen=True, slots=True)
class Positions:
    """Converts positions; `encoding` is what client and server have agreed on: utf-8, utf-16 or utf-32."""

    encoding: str

    def range(self, source: Source, range_: Range) -> types.Range:
        """A range of a text, for the client."""
        return types.Range(
            self._position(source, range_.line, range_.column),
            self._position(source, range_.end_line, range_.end_column),
        )

    def offset(self, source: Source, position: types.Position) -> int:
        """The offset that the client means; behind the end of a line it means the end."""
        line: int = position.line
        if line >= len(source.line_starts):
            return len(source.text)
        return source.line_starts[line] + self._characters(source.line_text(line + 1), position.character)

    def changed(self, text: str, changes: Sequence[types.TextDocumentContentChangeEvent]) -> str:
        """A text after changes of the client, each of which is about what the ones before it have left."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                source = Source("", text)
                start, end = self.offset(source, change.range.start), self.offset(source, change.range.end)
                text = text[:start] + change.text + text[max(start, end) :]
            else:
                text = change.text
        return text

    def _position(self, source: Source, line: int, column: int) -> types.Position:
        return types.Position(line - 1, self._units(source.line_text(line)[: column - 1]))

    def _units(self, text: str) -> int:
        if text.isascii() or self.encoding == "utf-32":
            return len(text)
        if self.encoding == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(character > "\uffff" for character in text)

    def _characters(self, text: str, units: int) -> int:
        """How many characters of a line so many units are, the last one whole."""
        if text.isascii() or self.encoding == "utf-32":
            return min(units, len(text))
        passed = 0
        for count, character in enumerate(text):
            if passed >= units:
                return count
            passed += self._units(character)
        return len(text)
