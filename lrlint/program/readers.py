"""Readers: whether code that runs together with an assignment may read the attribute or item that it sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.expected import is_expected_to_lack
from lrlint.program.group_uses import item_stores_in

if TYPE_CHECKING:
    from lrlint.program import Program


def may_be_read(program: Program, place: ir.Attribute) -> bool:
    """Whether code that runs together with a place may ask an object of that name for the attribute."""
    if is_expected_to_lack(program, place, place.attr):
        return True
    if any(use.place.attr == place.attr and not use.is_stored for use in program.facts.member_uses):
        return True
    stored = {use.place for use in program.facts.member_uses if use.is_stored}
    name = _last_name(place.value)
    return any(
        isinstance(one, ir.Attribute) and one.attr == place.attr and one not in stored and _last_name(one.value) == name
        for one in program.elements_with(place)
    )


def is_asked_for(program: Program, target: ir.Subscript, key: str) -> bool:
    """Whether a key stands anywhere but in assignments to it."""
    for module in program.company_of(target):
        stored = {one.index for one, _ in item_stores_in(program, module)}
        for one in program.of_kind_in(module, ir.Constant):
            if one.value == key and one not in stored:
                return True
    return False


def _last_name(expression: ir.Expression) -> str | None:
    if isinstance(expression, ir.Name):
        return expression.id
    return expression.attr if isinstance(expression, ir.Attribute) else None
