"""The lines of a script, each with the place in the user's code that it comes from."""

from __future__ import annotations

import ast

from lrlint.reproduction.record import Line
from lrlint.reproduction.slice import Slice

INDENT = "    "


def lines_of(s: Slice, node: ast.AST, text: str, depth: int) -> list[Line]:
    """The lines of a text, with the stand-ins in it noted behind the last of them."""
    path, first = s.scene.path(node), s.scene.line(node)
    before = " " * getattr(node, "col_offset", 0)
    lines = text.splitlines()
    shifted = [lines[0], *(one[len(before) :] if one.startswith(before) else one.lstrip() for one in lines[1:])]
    shifted[-1] += s.taken_notes()
    return [Line(INDENT * depth + one, path, first + number) for number, one in enumerate(shifted)]


def header_of(s: Slice, node: ast.AST, text: str, depth: int) -> Line:
    return Line(INDENT * depth + " ".join(text.split("\n")) + s.taken_notes(), s.scene.path(node), s.scene.line(node))


def in_block(lines: list[Line], depth: int) -> list[Line]:
    return lines or [Line(INDENT * depth + "pass")]
