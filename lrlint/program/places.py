"""Places: what stands inside of what in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrlint.program import ir

if TYPE_CHECKING:
    from lrlint.program import Program

Definition = ir.Define | ir.DefineClass


def contains(program: Program, outer: ir.Statement, inner: ir.Statement | ir.Expression) -> bool:
    """Whether one element is a part of another one."""
    if program.module_of(inner) is not program.module_of(outer):
        return False
    place, around = program.range(inner), program.range(outer)
    return around.start <= place.start and place.end <= around.end


def definitions_around(program: Program, element: ir.Statement | ir.Expression) -> list[Definition]:
    """The functions and classes around an element, outermost first."""
    around = program.path_to(element)
    return [one for one in around[:-1] if isinstance(one, Definition)]


def function_around(program: Program, element: ir.Statement | ir.Expression) -> ir.Define | None:
    """The innermost function around an element, None for code of the module."""
    functions = [one for one in definitions_around(program, element) if isinstance(one, ir.Define)]
    return functions[-1] if functions else None


def class_around(program: Program, element: ir.Statement | ir.Expression) -> ir.DefineClass | None:
    """The innermost class around an element, None if there is none."""
    classes = [one for one in definitions_around(program, element) if isinstance(one, ir.DefineClass)]
    return classes[-1] if classes else None
