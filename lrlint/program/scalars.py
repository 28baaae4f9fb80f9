"""Scalars: which expressions in the methods of a scheduler of one's own surely give one number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.assignments import behind_names
from lrlint.program.contracts import Contract, builds_of
from lrlint.program.search import assigned_to, descend, targets_of

if TYPE_CHECKING:
    from lrlint.program import Program

_ARITHMETIC = frozenset(["Add", "Divide", "FloorDivide", "Modulo", "Multiply", "Power", "Subtract"])
_CONVERSIONS = frozenset(["float", "int", "len"])
_OF_NUMBERS = frozenset(["abs", "max", "min", "pow", "round"])
"""Functions that give a number if all that they get are numbers."""

_COUNTERS = frozenset(["_step_count", "last_epoch"])
"""Attributes of every scheduler that are numbers."""


def is_scalar(program: Program, contract: Contract, expression: ir.Expression | None) -> bool:
    """Whether an expression in `get_lr` surely gives a number, and nothing that one can iterate over."""
    if isinstance(expression, ir.Constant):
        return isinstance(expression.value, int | float)
    if isinstance(expression, ir.BinaryOperation):
        sides = (expression.left, expression.right)
        return expression.operator in _ARITHMETIC and all(is_scalar(program, contract, one) for one in sides)
    if isinstance(expression, ir.UnaryOperation):
        return expression.operator == "Minus" and is_scalar(program, contract, expression.operand)
    if isinstance(expression, ir.Conditional):
        return all(is_scalar(program, contract, one) for one in (expression.body, expression.orelse))
    if isinstance(expression, ir.Subscript):
        return _is_one_lr(expression)
    if isinstance(expression, ir.Call):
        return _gives_scalar(program, contract, expression)
    if isinstance(expression, ir.Name):
        values = assigned_to(expression.id, contract.get_lr.body)
        return len(values) == 1 and is_scalar(program, contract, values[0])
    return isinstance(expression, ir.Attribute) and _holds_scalar(program, contract, expression)


def _is_one_lr(subscript: ir.Subscript) -> bool:
    """`self.base_lrs[0]` and `group["lr"]`."""
    index = subscript.index.value if isinstance(subscript.index, ir.Constant) else None
    is_base = isinstance(subscript.value, ir.Attribute) and subscript.value.attr == "base_lrs"
    return index in ("lr", "initial_lr") or (is_base and isinstance(index, int))


def _gives_scalar(program: Program, contract: Contract, call: ir.Call) -> bool:
    func, given = call.func, [one.value for one in call.arguments]
    if isinstance(func, ir.Attribute):
        return isinstance(func.value, ir.Name) and func.value.id == "math"
    if not isinstance(func, ir.Name) or any(one.star for one in call.arguments):
        return False
    are_scalars = all(is_scalar(program, contract, one) for one in given)
    return func.id in _CONVERSIONS or (func.id in _OF_NUMBERS and are_scalars)


def _holds_scalar(program: Program, contract: Contract, attribute: ir.Attribute) -> bool:
    """Whether an attribute of the scheduler is a number: its counters, and what the constructor gets as one."""
    if not isinstance(attribute.value, ir.Name) or attribute.value.id != contract.get_lr.parameters[0].name:
        return False
    if attribute.attr in _COUNTERS:
        return True
    values = list(_assigned_to_attribute(contract, attribute.attr))
    return bool(values) and all(
        isinstance(one, ir.Constant | ir.Name) and _is_given_scalar(program, contract, one) for one in values
    )


def _assigned_to_attribute(contract: Contract, attr: str) -> Iterator[ir.Expression | None]:
    for method in contract.derived.methods:
        for element in descend(method.body):
            if any(isinstance(target, ir.Attribute) and target.attr == attr for target in targets_of(element)):
                is_single = isinstance(element, ir.Assign) and not isinstance(element.targets[0], ir.Collection)
                yield element.value if is_single and isinstance(element, ir.Assign) else None


def _is_given_scalar(program: Program, contract: Contract, value: ir.Constant | ir.Name) -> bool:
    """Whether a literal, or a parameter of the constructor by what the code passes for it, is a number."""
    if isinstance(value, ir.Constant):
        return isinstance(value.value, int | float)
    constructor = contract.constructor.function if contract.constructor is not None else None
    names = [one.name for one in constructor.parameters] if constructor is not None else []
    if constructor is None or value.id not in names or assigned_to(value.id, constructor.body):
        return False
    index = names.index(value.id)
    passed = {build.call: _passed(build.call, value.id, index - 1) for build in builds_of(program, contract)}
    given = [constructor.parameters[index].default if one is None else one for one in passed.values()]
    return bool(given) and all(_is_number(program, one) for one in given)


def _passed(call: ir.Call, name: str, index: int) -> ir.Expression | None:
    if any(one.star for one in call.arguments):
        return call  # which is no number
    named: Iterable[ir.Argument] = (one for one in call.arguments if one.keyword == name)
    placed = [one for one in call.arguments[index : index + 1] if one.keyword is None]
    return next((one.value for one in (*named, *placed)), None)


def _is_number(program: Program, expression: ir.Expression | None) -> bool:
    value = None if expression is None else behind_names(program, expression)
    return isinstance(value, ir.Constant) and isinstance(value.value, int | float)
