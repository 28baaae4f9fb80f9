"""The diff of `--diff`: a unified diff that `patch -p0` applies."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from lrlint.report.terminal import Ink, Style, visible
from lrlint.source import Source

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_NEWLINE = b"\n\\ No newline at end of file\n"


def unified(before: Source, after: Source) -> bytes:
    """The diff between two texts of one file, byte for byte: in its own encoding, with its own newlines.

    That of a notebook is one for each cell.
    """
    return b"".join(_unified(one, other) for one, other in zip(before.parts(), after.parts(), strict=True))


def _unified(before: Source, after: Source) -> bytes:
    name = visible(before.path).encode("utf-8", "backslashreplace")
    lines = difflib.diff_bytes(
        difflib.unified_diff, _lines(before), _lines(after), fromfile=name, tofile=name, lineterm=b"\n"
    )
    return b"".join(line if line.endswith(b"\n") else line + _NO_NEWLINE for line in lines)


def render(diff: bytes, encoding: str, style: Style) -> str:
    """A diff for the eyes: with colours, and with nothing in it that a terminal would obey."""
    return "".join(_shown(diff.decode(encoding, "replace"), style))


def _lines(source: Source) -> list[bytes]:
    return _LINE.findall(source.encode(source.text))


def _shown(diff: str, style: Style) -> Iterator[str]:
    for line in diff.removesuffix("\n").split("\n"):
        text = visible(line.removesuffix("\r"))
        if line.startswith(("--- ", "+++ ")):
            yield style.paint(text, Ink.STRONG)
        elif line.startswith("@@"):
            yield style.paint(text, Ink.MARK)
        elif line.startswith("+"):
            yield style.paint(text, Ink.ADDED)
        elif line.startswith("-"):
            yield style.paint(text, Ink.REMOVED)
        else:
            yield text
        yield "\n"
