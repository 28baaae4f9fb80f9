"""Numbers: expressions that can't be None where they stand, as the code computes with them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.places import function_around
from lrlint.program.search import Element, ancestors, children, descend, targets_of

if TYPE_CHECKING:
    from lrlint.program import Program

_COMPUTING = frozenset(
    [
        *("Add", "Subtract", "Multiply", "Divide", "FloorDivide", "Modulo", "Power"),
        *("LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual"),
    ]
)
"""Operators that raise TypeError for None."""

_SETTING = frozenset(["__dict__", "setattr", "vars"])
"""What sets attributes without naming them."""

_BLOCKS = ("body", "orelse", "final")


def is_computed_with(program: Program, expression: ir.Expression) -> bool:
    """Whether an expression is computed, or a parameter that the code on every way to it compares or computes with.

    Or an attribute that counts: `self.epoch`, which the module only sets to numbers.
    """
    if isinstance(expression, ir.Attribute):
        return _is_counter(expression, list(descend(program.statements_around(expression))))
    if not isinstance(expression, ir.Name):
        return _is_computation(expression)
    around = function_around(program, expression)
    function = None if around is None else around.function
    if function is None or all(parameter.name != expression.id for parameter in function.parameters):
        return False
    if any(_is_rebound(one, expression.id) for one in descend(function.body)):
        return False
    return any(_computes(one, expression.id) for one in _evaluated_before(function, expression))


def _is_counter(attribute: ir.Attribute, elements: list[Element]) -> bool:
    """Whether an attribute of `self` is set, and to nothing but numbers, wherever the module sets one of its name."""
    if not isinstance(attribute.value, ir.Name) or attribute.value.id not in ir.OBJECTS:
        return False
    if any(isinstance(one, ir.Name | ir.Attribute) and _name_of(one) in _SETTING for one in elements):
        return False
    given = [
        value if target in one.targets else None  # None: it is one of several names
        for one in elements
        if isinstance(one, ir.Assign)
        for target, value in ((target, one.value) for target in targets_of(one))
        if _name_of(target) == attribute.attr
    ]
    bound = [one.target for one in elements if isinstance(one, ir.For | ir.NamedExpression)]
    bound += [target for one in elements if isinstance(one, ir.With) for _, target in one.items if target is not None]
    is_bound = any(_name_of(one) == attribute.attr for one in descend(bound) if isinstance(one, ir.Expression))
    return bool(given) and not is_bound and all(value is not None and _is_number(value) for value in given)


def _name_of(expression: ir.Expression) -> str:
    """The last part of a dotted name, "" for other expressions."""
    if isinstance(expression, ir.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ir.Name) else ""


def _is_number(value: ir.Expression) -> bool:
    is_literal = isinstance(value, ir.Constant) and isinstance(value.value, int | float)
    return is_literal or _is_computation(value)


def _is_computation(expression: ir.Expression) -> bool:
    return isinstance(expression, ir.BinaryOperation) and expression.operator in _COMPUTING


def _is_rebound(element: Element, name: str) -> bool:
    """Whether a statement or expression gives a name another value, which is not computed either."""
    targets = targets_of(element)
    if isinstance(element, ir.For | ir.NamedExpression):
        targets = (element.target,)
    if isinstance(element, ir.With):
        targets = tuple(target for _, target in element.items if target is not None)
    if isinstance(element, ir.AugmentedAssign) or (isinstance(element, ir.Assign) and _is_computation(element.value)):
        return False
    return any(isinstance(one, ir.Name) and one.id == name for one in descend(targets))


def _evaluated_before(function: ir.Function, wanted: ir.Expression) -> Iterator[ir.Expression]:
    """The expressions that the body of a function surely evaluates before `wanted`."""
    path = (function, *ancestors(function.body, wanted))
    for outer, inner in pairwise(path):
        if isinstance(outer, ir.If | ir.While):
            yield outer.test
        for block in (getattr(outer, name, ()) for name in _BLOCKS):
            if isinstance(block, tuple) and inner in block:
                yield from (one for before in block[: block.index(inner)] for one in _own_expressions(before))


def _own_expressions(statement: Element) -> Iterator[ir.Expression]:
    """What a statement evaluates whichever way it goes."""
    if isinstance(statement, ir.Passable):
        statement = statement.statement
    if isinstance(statement, ir.Evaluate | ir.Assign | ir.AugmentedAssign):
        yield statement.value
    elif isinstance(statement, ir.If):
        yield statement.test


def _computes(element: Element, name: str) -> bool:
    """Whether evaluating an expression surely computes with what a name stands for."""
    if isinstance(element, ir.BoolOperation):
        return _computes(element.left, name)
    if isinstance(element, ir.Conditional):
        return _computes(element.test, name)
    if isinstance(element, ir.Lambda | ir.Comprehension):
        return False
    if isinstance(element, ir.BinaryOperation) and element.operator in _COMPUTING:
        operands = (element.left, element.right)
        is_operand = any(isinstance(operand, ir.Name) and operand.id == name for operand in operands)
        return is_operand or any(_computes(operand, name) for operand in operands)
    return any(_computes(part, name) for part in children(element))
