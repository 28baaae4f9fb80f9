"""Places: what stands inside of what in the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.search import descend

if TYPE_CHECKING:
    from lrlint.program import Program

Definition = ir.Define | ir.DefineClass


def contains(program: Program, outer: ir.Statement, inner: ir.Statement | ir.Expression) -> bool:
    """Whether one element is a part of another one."""
    (path, place), (path_around, around) = program.place(inner), program.place(outer)
    return path == path_around and around.start <= place.start and place.end <= around.end


def definitions_around(program: Program, element: ir.Statement | ir.Expression) -> list[Definition]:
    """The functions and classes around an element, outermost first."""
    definitions = [e for e in descend(program.statements_around(element)) if isinstance(e, Definition)]
    around = [one for one in definitions if one is not element and contains(program, one, element)]
    return sorted(around, key=lambda one: program.range(one).start)


def function_around(program: Program, element: ir.Statement | ir.Expression) -> ir.Define | None:
    """The innermost function around an element, None for code of the module."""
    functions = [one for one in definitions_around(program, element) if isinstance(one, ir.Define)]
    return functions[-1] if functions else None


def class_around(program: Program, element: ir.Statement | ir.Expression) -> ir.DefineClass | None:
    """The innermost class around an element, None if there is none."""
    classes = [one for one in definitions_around(program, element) if isinstance(one, ir.DefineClass)]
    return classes[-1] if classes else None
