"""Edits that set an item of every param group in place of what sets none, or only one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrlint.edit import Edit
from lrlint.program import ir
from lrlint.program.search import descend

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.source import Source

_NAMES = ("group", "param_group", "one_group", "each_group")


def quoted_key(program: Program, place: ir.Expression, key: str) -> str | None:
    """`["lr"]` with the quotes that fit to the code around the end of a place; None if neither kind does."""
    source, where = program.source_of(place), program.range(place)
    line_start = source.line_starts[source.range(where.end, where.end).line - 1]
    before = source.text[line_start : where.end]
    free = [quote for quote in "\"'" if before.count(quote) % 2 == 0]
    if not free:
        return None
    quote = "'" if source.text.count("['") > source.text.count('["') else '"'
    quote = quote if quote in free else free[0]
    return f"[{quote}{key}{quote}]"


def set_in_every_group(
    program: Program, statement: ir.Statement, target: ir.Expression, optimizer: ir.Expression, key: str
) -> Edit | None:
    """Make `target = value` a loop over the param groups of an optimizer that sets `key` of each.

    None if the statement assigns to more than the target, shares its lines with others, or computes a value by a call,
    which would then be made again and again.
    """
    if not isinstance(statement, ir.Assign | ir.AugmentedAssign) or not _assigns_only(statement, target):
        return None
    if any(isinstance(one, ir.Call | ir.NamedExpression | ir.Yield) for one in descend((statement.value, optimizer))):
        return None
    source, place, name = program.source_of(statement), program.range(statement), _free_name(program, statement)
    text, subscript = source.text, quoted_key(program, target, key)
    indent = text[source.line_starts[place.line - 1] : place.start]
    if indent.strip() or place.line != place.end_line or name is None or subscript is None:
        return None
    rest = text[program.range(target).end : place.end]
    step = "\t" if "\t" in indent else "    "
    loop = (
        f"for {name} in {program.text(optimizer)}.param_groups:{_newline(source)}{indent}{step}{name}{subscript}{rest}"
    )
    shares_line = text[place.end :].split("\n", 1)[0].lstrip().startswith(";")
    return None if shares_line else Edit(source.range(place.start, place.end), loop)


def _assigns_only(statement: ir.Assign | ir.AugmentedAssign, target: ir.Expression) -> bool:
    if isinstance(statement, ir.Assign):
        return statement.targets == (target,)
    return statement.target is target


def _free_name(program: Program, statement: ir.Statement) -> str | None:
    module = program.module_of(statement)
    return next((name for name in _NAMES if not program.mentions(module, name)), None)


def _newline(source: Source) -> str:
    first = source.text.split("\n", 1)[0]
    return "\r\n" if first.endswith("\r") else "\n"
