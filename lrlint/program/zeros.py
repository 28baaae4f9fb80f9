"""Zeros: schedules whose first LR is 0, as their functions tell."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.objects import find_member
from lrlint.program.rewrite import dotted_name
from lrlint.program.values import Class, Function, Scheduler
from lrlint.program.values import Sequence as Items

_KEEPING = frozenset(["abs", "float", "int", "math.sin", "math.sqrt", "np.sin", "np.sqrt"])
"""Functions that give 0 for 0."""


def starts_at_zero(scheduler: Scheduler) -> bool:
    """Whether the first LR of a schedule is surely 0: a warm-up that counts from 0."""
    if scheduler.klass is not None:
        return _computes_zero(scheduler.klass)
    value = scheduler.argument("lr_lambda") if scheduler.class_name == "LambdaLR" else None
    values = value.items or () if isinstance(value, Items) else (value,)
    functions = [one.function for one in values if isinstance(one, Function) and one.owner is None]
    return bool(values) and len(functions) == len(values) and None not in map(zero_at_first, functions)


def zero_at_first(function: ir.Function) -> ir.Expression | None:
    """What a function of one argument returns for 0, if that is 0."""
    names = [one.name for one in function.parameters if one.kind == "positional" and one.default is None]
    value = _returned(function, names[0]) if len(names) == 1 else None
    return value if value is not None and _is_zero(value, names[0]) else None


def _computes_zero(klass: Class) -> bool:
    """Whether `get_lr` of a class of the program gives 0 for all groups as long as `last_epoch` is 0."""
    member = find_member(klass, "get_lr")
    function = member.value.function if member is not None and isinstance(member.value, Function) else None
    if function is None or not function.parameters:
        return False
    count = f"{function.parameters[0].name}.last_epoch"
    value = _returned(function, count)
    return isinstance(value, ir.Comprehension) and _is_zero(value.element, count)


def _returned(function: ir.Function, name: str) -> ir.Expression | None:
    """What a function returns as long as `name` is 0, if its first statement tells."""
    if not function.body:
        return None
    statement: ir.Statement = function.body[0]
    statement = statement.statement if isinstance(statement, ir.Passable) else statement
    if isinstance(statement, ir.If) and _holds(statement.test, name) and statement.body:
        statement = statement.body[0]
    return statement.value if isinstance(statement, ir.Return) else None


def _holds(test: ir.Expression, name: str) -> bool:
    """Whether a test asks whether the argument is below something."""
    return isinstance(test, ir.BinaryOperation) and test.operator == "LessThan" and dotted_name(test.left) == name


def _is_zero(expression: ir.Expression, name: str) -> bool:
    """Whether an expression is surely 0 where the argument is."""
    if isinstance(expression, ir.Name | ir.Attribute):
        return dotted_name(expression) == name
    if isinstance(expression, ir.Constant):
        return expression.value == 0 and expression.value is not False
    if isinstance(expression, ir.Conditional):
        return _holds(expression.test, name) and _is_zero(expression.body, name)
    if isinstance(expression, ir.BinaryOperation):
        return _is_result_zero(expression, name)
    if not isinstance(expression, ir.Call) or any(one.star or one.keyword for one in expression.arguments):
        return False
    arguments = [one.value for one in expression.arguments]
    if dotted_name(expression.func) == "min":
        return any(_is_zero(one, name) for one in arguments) and all(_is_positive(one, name) for one in arguments)
    return dotted_name(expression.func) in _KEEPING and len(arguments) == 1 and _is_zero(arguments[0], name)


def _is_result_zero(operation: ir.BinaryOperation, name: str) -> bool:
    left, right = _is_zero(operation.left, name), _is_zero(operation.right, name)
    if operation.operator == "Multiply":
        return left or right
    if operation.operator in ("Divide", "FloorDivide"):
        return left and not right
    if operation.operator == "Power":
        return left and isinstance(operation.right, ir.Constant)
    return operation.operator in ("Add", "Subtract") and left and right


def _is_positive(expression: ir.Expression, name: str) -> bool:
    """Whether an expression is no number below 0, as far as it can be seen."""
    if isinstance(expression, ir.Constant):
        return isinstance(expression.value, int | float) and expression.value >= 0
    return _is_zero(expression, name)
