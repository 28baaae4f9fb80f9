"""Insertions: edits that put text before an expression, behind it or around it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lrlint.edit import Edit
from lrlint.program import ir

if TYPE_CHECKING:
    from lrlint.program import Element, Program


def put_before(program: Program, element: Element, text: str) -> Edit:
    """Make `x` `text x`, without a blank."""
    start = program.range(element).start
    return Edit(program.source_of(element).range(start, start), text)


def put_behind(program: Program, element: Element, text: str) -> Edit:
    """Make `x` `x text`, without a blank."""
    end = program.range(element).end
    return Edit(program.source_of(element).range(end, end), text)


def surround(program: Program, element: Element, before: str, behind: str) -> tuple[Edit, Edit]:
    """Make `x` `[x]`."""
    return put_before(program, element, before), put_behind(program, element, behind)


def name_arguments(
    program: Program, arguments: Iterable[ir.Argument | None], names: Iterable[str]
) -> tuple[Edit, ...] | None:
    """Make `f(x, y)` `f(a=x, b=y)`: each argument with its name.  None if one is not written in the call."""
    written = [(argument, name) for argument, name in zip(arguments, names, strict=False)]
    edits = [put_before(program, argument, f"{name}=") for argument, name in written if argument is not None]
    return tuple(edits) if len(edits) == len(written) else None


def as_list(program: Program, source: ir.Expression) -> tuple[Edit, ...] | None:
    """Make an iterator a list: `list(filter(…))`, `[p for …]`.  None if it is the only argument of a call."""
    place, home = program.range(source), program.source_of(source)
    text = home.text
    if not isinstance(source, ir.Comprehension):
        return (Edit(place, f"list({program.text(source)})"),)
    before, behind = text[: place.start].rstrip(), text[place.end :].lstrip()
    start, end = len(before) - 1, len(text) - len(behind)
    is_alone = before.endswith("(") and before[-2:-1] in ("", " ", "\n", "=", "(", "[", ",", ":")
    if not is_alone or not behind.startswith(")"):
        return None  # f(p for p in x)
    ranges = home.range(start, start + 1), home.range(end, end + 1)
    return tuple(Edit(one, bracket) for one, bracket in zip(ranges, "[]", strict=True))
