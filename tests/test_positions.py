"""Positions as editors count them, in each encoding, and texts after changes."""

from __future__ import annotations

import importlib.util
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

if not importlib.util.find_spec("lsprotocol"):
    pytest.skip("lsprotocol is not installed", allow_module_level=True)

from lsprotocol import types

from lrlint.lsp.positions import Positions
from lrlint.source import Source

WIDTHS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}

ENCODINGS = st.sampled_from(sorted(WIDTHS))
PIECES = st.sampled_from(["a", "é", "€", "😀", "\n", "\r\n", "\r", "\f", "\u2028"])
TEXTS = st.lists(PIECES, max_size=30).map("".join)


def position(text: str, offset: int, encoding: str) -> types.Position:
    """Where a client sees a character."""
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    line = max(number for number, start in enumerate(starts) if start <= offset)
    codec, width = WIDTHS[encoding]
    return types.Position(line, len(text[starts[line] : offset].encode(codec)) // width)


def offsets(text: str) -> st.SearchStrategy[int]:
    """The offsets in a text, but for those inside of a newline, where no cursor can be."""
    return st.sampled_from([at for at in range(len(text) + 1) if text[max(at - 1, 0) : at + 1] != "\r\n"])


@given(st.data(), ENCODINGS, TEXTS)
def test_positions_there_and_back(data: st.DataObject, encoding: str, text: str) -> None:
    source, positions = Source("", text), Positions(encoding)
    start, end = sorted(data.draw(st.tuples(offsets(text), offsets(text))))
    shown = positions.range(source, source.range(start, end))
    assert (shown.start, shown.end) == (position(text, start, encoding), position(text, end, encoding))
    assert (positions.offset(source, shown.start), positions.offset(source, shown.end)) == (start, end)


@given(st.data(), ENCODINGS, TEXTS, TEXTS)
def test_a_change(data: st.DataObject, encoding: str, text: str, new: str) -> None:
    start, end = sorted(data.draw(st.tuples(offsets(text), offsets(text))))
    range_ = types.Range(position(text, start, encoding), position(text, end, encoding))
    change = types.TextDocumentContentChangePartial(range=range_, text=new)
    assert Positions(encoding).changed(text, [change]) == text[:start] + new + text[end:]


@pytest.mark.parametrize("encoding", sorted(WIDTHS))
@pytest.mark.parametrize(("line", "character", "offset"), [(0, 99, 4), (1, 99, 6), (2, 0, 6), (9, 9, 6)])
def test_places_behind_the_end_mean_the_end(encoding: str, line: int, character: int, offset: int) -> None:
    assert Positions(encoding).offset(Source("", "é😀ab\nc"), types.Position(line, character)) == offset
