"""Whether code reckons with an attribute that may not be there, or gives it to the object itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.attempts import catches_errors
from lrlint.program.search import holds

if TYPE_CHECKING:
    from lrlint.program import Program

_ASKING = frozenset(["delattr", "getattr", "hasattr", "setattr"])


def is_expected_to_lack(program: Program, place: ir.Expression, attr: str) -> bool:
    """Whether a place stands in a `try` that catches errors, or its module asks for the attribute by a string."""
    return is_tried(program, place) or any(
        isinstance(one, ir.Call) and _asks_for(one, attr) for one in program.elements_around(place)
    )


def is_given(program: Program, attr: str) -> bool:
    """Whether the program itself assigns an attribute of this name to an optimizer or scheduler."""
    return attr in program.index.stored_attributes


def _asks_for(call: ir.Call, attr: str) -> bool:
    if not isinstance(call.func, ir.Name) or call.func.id not in _ASKING or len(call.arguments) < 2:
        return False
    asked = call.arguments[1].value
    return not isinstance(asked, ir.Constant) or asked.value == attr


def is_tried(program: Program, place: ir.Expression) -> bool:
    """Whether a place stands in the body of a `try` that catches errors."""
    around = program.path_to(place)
    tries = (one for one in around if isinstance(one, ir.Try) and catches_errors(one))
    return any(holds(statement, place) for one in tries for statement in one.body)
