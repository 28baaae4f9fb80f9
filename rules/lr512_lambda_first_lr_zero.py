"""The function of a LambdaLR gives 0 for the first step.

## What it finds

A function that is surely 0 where its argument is: a warm-up that divides the step by the length.

    LambdaLR(optimizer, lambda step: min(1.0, step / 100))                # LR512
    LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 100))          # right

## Why it harms

A LambdaLR asks its function for step 0 before anything is trained, and multiplies the LR with it. So the first step,
or the first epoch where it is stepped per epoch, changes no parameter. Measured on torch 2.13 with `lambda e: e / 3`
and an LR of 0.1:

    0.0  0.0333  0.0667  0.1

## Fix and its safety

No fix: `step + 1` is what most people want, but the schedules of some papers begin at 0.

## What it cannot see

Functions of other files, and such that have more than one `if` before they return. A comparison of the argument with
something that is not known, `step < warmup`, counts as true for step 0.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.constructions import scheduler_constructions
from lrlint.program.rewrite import dotted_name
from lrlint.program.values import Function, Value
from lrlint.program.values import Sequence as Items
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR512",
    name="lambda-first-lr-zero",
    summary="the function of a LambdaLR gives 0 for the first step",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "LambdaLR"),
    default=False,
)

KEEPING = frozenset(["abs", "float", "int", "math.sin", "math.sqrt", "np.sin", "np.sqrt"])
"""Functions that give 0 for 0."""


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Expression] = set()
    for one in scheduler_constructions(program, "LambdaLR"):
        for value in one.possible_values("lr_lambda"):
            for function in _functions(value):
                zero = _zero(function)
                if zero is not None and zero not in reported:
                    reported.add(zero)
                    yield Finding(
                        RULE,
                        *program.place(zero),
                        f"{program.quote(zero)} is 0 for the first step, which is made with an LR of 0",
                        "0 at first",
                        (Related(*program.place(one.call), "the LambdaLR that asks for it"),),
                    )


def _functions(value: Value) -> Iterator[ir.Function]:
    values = value.items or () if isinstance(value, Items) else (value,)
    yield from (one.function for one in values if isinstance(one, Function) and one.owner is None)


def _zero(function: ir.Function) -> ir.Expression | None:
    """What a function of one argument returns for 0, if that is 0."""
    names = [one.name for one in function.parameters if one.kind == "positional" and one.default is None]
    if len(names) != 1 or not function.body:
        return None
    statement: ir.Statement = function.body[0]
    statement = statement.statement if isinstance(statement, ir.Passable) else statement
    if isinstance(statement, ir.If) and _holds(statement.test, names[0]) and statement.body:
        statement = statement.body[0]
    value = statement.value if isinstance(statement, ir.Return) else None
    return value if value is not None and _is_zero(value, names[0]) else None


def _holds(test: ir.Expression, name: str) -> bool:
    """Whether a test asks whether the argument is below something."""
    return isinstance(test, ir.BinaryOperation) and test.operator == "LessThan" and dotted_name(test.left) == name


def _is_zero(expression: ir.Expression, name: str) -> bool:
    """Whether an expression is surely 0 where the argument is."""
    if isinstance(expression, ir.Name):
        return expression.id == name
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
    return dotted_name(expression.func) in KEEPING and len(arguments) == 1 and _is_zero(arguments[0], name)


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
