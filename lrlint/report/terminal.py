"""Text for terminals: colours, column widths, and nothing that a terminal would obey."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

TAB = " " * 4
_WIDE = {"W", "F"}
_ZERO_WIDTH = {"Mn", "Me"}


class Ink(Enum):
    """What a piece of text is, as the parameters of its SGR escape sequence (ECMA-48)."""

    ERROR = "1;31"
    WARNING = "1;33"
    NOTE = "1;34"
    MARK = "36"
    STRONG = "1"
    ADDED = "32"
    REMOVED = "31"


@dataclass(frozen=True, slots=True)
class Style:
    """How to write: in colour or plain, and with links to these addresses of rules' pages, by code."""

    colour: bool = False
    pages: Mapping[str, str] = field(default_factory=dict)

    def paint(self, text: str, ink: Ink) -> str:
        """`text` in the colour of `ink`, or unchanged if it is blank or the style plain."""
        return f"\x1b[{ink.value}m{text}\x1b[0m" if self.colour and text.strip() else text

    def link(self, text: str, code: str) -> str:
        """`text` as a link (OSC 8) to the page of the rule of this code, or unchanged if the style has none."""
        address = self.pages.get(code)
        return text if address is None else f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"


PLAIN = Style()


def visible(text: str) -> str:
    """`text` with tabs as spaces and every other character that does not print (controls, escapes, text
    direction marks, half surrogates) as its Python escape sequence."""
    return text if text.isprintable() else "".join(map(_visible_character, text))


def width(text: str) -> int:
    """The terminal columns of a visible text."""
    return len(text) if text.isascii() else sum(map(_character_width, text))


def _visible_character(character: str) -> str:
    if character.isprintable():
        return character
    if character == "\t":
        return TAB
    return character.encode("unicode_escape").decode("ascii")


def _character_width(character: str) -> int:
    if unicodedata.category(character) in _ZERO_WIDTH:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
