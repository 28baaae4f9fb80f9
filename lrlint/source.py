"""Sources: one file's text with its encoding and newlines, and ranges in it."""

from __future__ import annotations

import codecs
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

_NEWLINE = re.compile(r"\r\n|\r|\n")
NO_TEXT = re.compile("[\0\ud800-\udfff]")
"""Characters that no source text has: NUL, and halves of pairs."""


class UndecodableError(ValueError):
    """The bytes of a file are no text in the encoding that the file declares (UTF-8 by default)."""


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """A stretch of a source's text.

    `start` and `end` are 0-based character offsets, `end` exclusive.  Lines and columns are 1-based
    and count characters; `end_column` is the column behind the last character.
    """

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A range where the reading of a part of a file stopped, and why; that part is not in the text."""

    range: Range
    message: str


@dataclass(frozen=True)
class Source:
    """One file's text.

    `path` is what reports show: relative to the working directory, with `/` separators.  `text` has the
    file's own newlines and no byte order mark; `encode` gives the bytes back, mark and encoding included.
    """

    path: str
    text: str
    encoding: str = "utf-8"
    bom: bytes = b""

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Source:
        """Decode as Python would (PEP 263: byte order mark, coding cookie, else UTF-8).

        Raises UndecodableError, with the reason, for an unknown encoding and for bytes outside of it.
        """
        if b"\0" in data:
            raise UndecodableError("it holds NUL bytes, so it is not Python source text")
        bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
            encoding = encoding.removesuffix("-sig")
            return cls(path, data[len(bom) :].decode(encoding), encoding, bom)
        except SyntaxError as error:
            raise UndecodableError(str(error.msg)) from None
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start + len(bom)) + 1
            raise UndecodableError(f"line {line} holds bytes that are not {error.encoding}") from None
        except (LookupError, UnicodeError):  # "rot13" and "punycode" are codecs, but not for source text
            raise UndecodableError(f"{encoding} is no encoding of source text") from None

    @classmethod
    def from_text(cls, path: str, text: str) -> Source:
        """Take a text as it is; a byte order mark at its beginning is none of it.

        Raises UndecodableError, with the reason, for one that no file could hold.
        """
        strange = NO_TEXT.search(text)
        if strange is not None:
            line = text.count("\n", 0, strange.start()) + 1
            raise UndecodableError(f"line {line} holds {strange[0]!r}, which is no character of source text")
        plain = text.removeprefix("\ufeff")
        return cls(path, plain, bom=b"" if plain == text else codecs.BOM_UTF8)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """The parts of the file that could not be read."""
        return ()

    def into(self, data: bytes) -> bytes:
        """The bytes of the file, which were `data` when it was read, with this text.

        Raises UnicodeEncodeError for a character that the encoding does not have.
        """
        return self.encode(self.text)

    def reread(self) -> Source:
        """What would be read from the bytes of this text.  Raises UndecodableError and UnicodeEncodeError."""
        return Source.from_bytes(self.path, self.encode(self.text))

    def with_text(self, text: str, edits: Sequence[tuple[Range, str]]) -> Source:
        """The source with the text that these edits make of its own.  Raises ValueError where they can't be made."""
        return replace(self, text=text)

    def is_editable(self, range_: Range) -> bool:
        """Whether an edit may replace a range, so that the file has the new text there."""
        return True

    def shown(self, range_: Range) -> Shown:
        """A range as reports show it."""
        return Shown(self, range_)

    def in_file(self, range_: Range) -> Range:
        """Where the text of a range stands in the file."""
        return range_

    def parts(self) -> tuple[Source, ...]:
        """The texts that reports show one by one."""
        return (self,)

    def encode(self, text: str) -> bytes:
        """The bytes of a file that holds `text` in this source's encoding.

        Raises UnicodeEncodeError for a character that the encoding does not have.
        """
        return self.bom + text.encode(self.encoding)

    @cached_property
    def line_starts(self) -> list[int]:
        """The offset of each line's first character; `\\n`, `\\r\\n` and `\\r` end a line, as in Python."""
        return [0, *(newline.end() for newline in _NEWLINE.finditer(self.text))]

    def range(self, start: int, end: int) -> Range:
        """The range between two character offsets."""
        line, column = self._position(start)
        end_line, end_column = self._position(end)
        return Range(start, end, line, column, end_line, end_column)

    def lines(self) -> Iterator[str]:
        """The lines, each ended by `\\n`, whatever ends it in the text: so tokenize counts them as Python does."""
        for line in range(1, len(self.line_starts) + 1):
            yield self.line_text(line) + "\n"

    def line_text(self, line: int) -> str:
        """The text of a 1-based line, without its newline."""
        starts = self.line_starts
        end = starts[line] if line < len(starts) else len(self.text)
        return self.text[starts[line - 1] : end].rstrip("\r\n")

    def _position(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1


@dataclass(frozen=True, slots=True)
class Shown:
    """A range as reports show it: in the whole source, or in the source of one cell, with its number."""

    source: Source
    range: Range
    cell: int | None = None
