"""Assignments: what the code gives to a name, where the text alone tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.search import Element, descend, pairs_of

if TYPE_CHECKING:
    from lrlint.program import Program


def behind_names(program: Program, expression: ir.Expression) -> ir.Expression:
    """What is assigned to a name, if that is done once in the function that the name stands in, or else in the module.

    Any other expression is given back as it is.
    """
    if not isinstance(expression, ir.Name):
        return expression
    nesting = program.nesting(expression)
    for around in reversed(program.path_to(expression)):
        if isinstance(around, ir.Comprehension) and _is_target(expression, around):
            return expression
        if isinstance(around, ir.Function) and any(parameter.name == expression.id for parameter in around.parameters):
            return expression
        if isinstance(around, ir.Function) and expression.id in around.assigned:
            return _only(expression, nesting.assigned_to(expression.id, around.body))
    return _only(expression, nesting.assigned_to(expression.id, program.statements_around(expression)))


def is_told_here(program: Program, expression: ir.Expression) -> bool:
    """Whether the text around says what an expression is: no part of it is a parameter, an attribute or an import.

    What others give may be right for some of them, so that no edit here can be justified by one value.
    """
    pending, seen = [expression], set[ir.Expression]()
    while pending:
        one = behind_names(program, pending.pop())
        if isinstance(one, ir.Name | ir.Attribute):
            return False
        if isinstance(one, ir.BinaryOperation) and one not in seen:
            seen.add(one)
            pending += [one.left, one.right]
    return True


def assignment_of(program: Program, call: ir.Call) -> ir.Assign | None:
    """The statement that assigns what a call gives, and nothing else."""
    around = program.path_to(call)[-2:-1]
    return next((one for one in around if isinstance(one, ir.Assign) and one.value is call), None)


def meanings_of_names(elements: Iterable[Element]) -> Mapping[str, Sequence[Element]]:
    """For each name what is assigned to it, and the functions of that name, wherever they stand."""
    found: dict[str, list[Element]] = {}
    for element in elements:
        if isinstance(element, ir.Function):
            found.setdefault(element.name, []).append(element)
        for target, value in pairs_of(element) if isinstance(element, ir.Assign) else ():
            if isinstance(target, ir.Name):
                found.setdefault(target.id, []).append(value)
    return found


def _is_target(name: ir.Name, comprehension: ir.Comprehension) -> bool:
    targets = descend(clause.target for clause in comprehension.clauses)
    return any(isinstance(target, ir.Name) and target.id == name.id for target in targets)


def _only(name: ir.Name, assigned: list[ir.Expression]) -> ir.Expression:
    return assigned[0] if len(assigned) == 1 else name
