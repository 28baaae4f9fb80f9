"""Code that is newer than the running Python, in a form that it reads: LibCST reads newer syntax on every Python."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Iterator, Mapping

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan, MetadataWrapper

_ALIAS = re.compile(r"type[^\S\r\n]+(\w+)")
_EXCEPT_STAR = re.compile(r"except[^\S\r\n]*\*")
_NEWLINE = re.compile(r"\r\n|\r|\n")
_BEFORE_NEWLINE = re.compile(r"[^\r\n](?=[\r\n])")
_INK = re.compile(r"[^\r\n]")

_QUOTES = '"""'


def older_text(text: str) -> str | None:
    """A text to read in place of this one, with something older for what is newer than the running Python.

    It is as long, line by line, and all else stays as and where it is.  It is no text to write anywhere.  None if
    LibCST does not read the text either.
    """
    try:
        wrapper = MetadataWrapper(cst.parse_module(text), unsafe_skip_copy=True)
    except cst.ParserSyntaxError:
        return None
    code = wrapper.module.code
    pieces = _Pieces(code, wrapper.resolve(ByteSpanPositionProvider))
    parts, end = [text[: max(text.find(code), 0)]], 0  # LibCST drops a leading form feed
    for start, older in sorted(pieces.changes()):
        if start >= end:  # it is not in another one
            parts += (code[end:start], older)
            end = start + len(older)
    return "".join([*parts, code[end:]])


class _Pieces:
    """The nodes of a LibCST tree as pieces of its code."""

    def __init__(self, code: str, spans: Mapping[cst.CSTNode, CodeSpan]) -> None:
        self._encoded = code.encode()
        self._spans = spans

    def changes(self) -> Iterator[tuple[int, str]]:
        """The offsets at which something newer stands, each with what is to stand there."""
        for node in self._spans:
            for part, older in self._older(node):
                yield len(self._encoded[: self._spans[part].start].decode()), older

    def _older(self, node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, str]]:
        if type(node) in _OLDER:
            yield node, _OLDER[type(node)](self._piece(node))
        elif isinstance(node, cst.ExceptHandler) and isinstance(node.type, cst.Tuple) and not node.type.lpar:
            commas = (element.comma for element in node.type.elements)
            yield from ((comma, "|") for comma in commas if isinstance(comma, cst.Comma))

    def _piece(self, node: cst.CSTNode) -> str:
        span = self._spans[node]
        return self._encoded[span.start : span.start + span.length].decode()


def _string(piece: str) -> str:
    """A string of the same lines without anything in it, if the running Python does not read the one that it is."""
    quotes = _QUOTES if _NEWLINE.search(piece) else '"'
    has_room = len(piece) >= 2 * len(quotes) and not _NEWLINE.search(piece[-len(quotes) :])
    if not has_room or _is_read(piece):
        return piece
    return f"{quotes}{_INK.sub(' ', piece[len(quotes) : -len(quotes)])}{quotes}"


def _is_read(piece: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(piece)
    except (SyntaxError, RecursionError, MemoryError):
        return False
    return True


def _alias(piece: str) -> str:
    """`X = int` in place of `type X = int`."""
    match = _ALIAS.match(piece)
    return match[1].ljust(match.end()) if match else ""


def _type_parameters(piece: str) -> str:
    """White space, with lines that go on."""
    return _BEFORE_NEWLINE.sub(r"\\", _INK.sub(" ", piece))


def _except_star(piece: str) -> str:
    match = _EXCEPT_STAR.match(piece)
    return match[0].replace("*", " ") if match else ""


def _starred(piece: str) -> str:
    """White space in place of the star of `x[*y]`."""
    return " " if piece.startswith("*") else ""


_OLDER: dict[type[cst.CSTNode], Callable[[str], str]] = {
    cst.Annotation: _starred,
    cst.ExceptStarHandler: _except_star,
    cst.FormattedString: _string,
    cst.Index: _starred,
    cst.TemplatedString: _string,
    cst.TypeAlias: _alias,
    cst.TypeParameters: _type_parameters,
}
"""What stands in place of the beginning of a piece, or of all of it."""
