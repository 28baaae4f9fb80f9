"""Fractions: which of the numbers that schedulers compare with their count of steps are whole ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.assignments import behind_names
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.values import Constant, Opaque, Scheduler, Sequence, Value

if TYPE_CHECKING:
    from lrlint.program import Program

_COUNTED = {"MultiStepLR": "milestones", "SequentialLR": "milestones", "StepLR": "step_size"}
"""The parameters whose numbers a count of steps has to equal, or to be a multiple of."""

_ROUNDING = frozenset(["ceil", "floor", "int", "len", "round"])
"""Functions that give whole numbers, in `builtins`, `math` and `numpy`."""

_ARITHMETIC = frozenset(["Add", "Multiply", "Subtract"])


class Kind(Enum):
    """What a number is: a WHOLE one, a FRACTION, a FLOAT that is whole in some runs only, or a TEXT and no number."""

    WHOLE = "whole"
    FRACTION = "fraction"
    FLOAT = "float"
    TEXT = "text"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Count:
    """One number to count to: its value, and the expression that computes it, as far as they are known."""

    value: Value | None
    expression: ir.Expression | None
    kind: Kind


def counts(program: Program, construction: Construction) -> list[tuple[Count, ...]]:
    """The numbers that a scheduler counts to, for each value that the argument with them may have.

    There are none where it counts to nothing, or where the code does not tell the numbers one by one.
    """
    name = _COUNTED.get(construction.class_name)
    if name is None:
        return []
    expression = construction.expression(name)
    return [_counts(program, name, value, expression) for value in construction.possible_values(name)]


def count_to_whole_numbers(program: Program, schedulers: Iterable[Scheduler]) -> bool:
    """Whether all numbers that some schedulers count to surely are whole ones."""
    sites = {one.site for one in schedulers if one.class_name in _COUNTED}
    whole = {one.call for one in scheduler_constructions(program, *_COUNTED) if _are_whole(counts(program, one))}
    return sites <= whole


def _are_whole(found: list[tuple[Count, ...]]) -> bool:
    return bool(found) and all(one and {count.kind for count in one} == {Kind.WHOLE} for one in found)


def _counts(program: Program, name: str, value: Value, expression: ir.Expression | None) -> tuple[Count, ...]:
    if name == "milestones":
        return tuple(_milestones(program, value, expression))
    return (Count(value, expression, _kind(program, value, expression)),)


def is_float(program: Program, expression: ir.Expression, fractions: frozenset[str] = frozenset()) -> bool:
    """Whether an expression surely gives a float, if it gives a number: it divides, or computes with a fraction.

    `fractions` are names that stand for fractions in it.
    """
    if isinstance(expression, ir.Name) and expression.id in fractions:
        return True
    expression = behind_names(program, expression)
    if isinstance(expression, ir.Constant):
        return isinstance(expression.value, float) and not expression.value.is_integer()
    if not isinstance(expression, ir.BinaryOperation):
        return False
    operands = (expression.left, expression.right)
    return expression.operator == "Divide" or (
        expression.operator in _ARITHMETIC and any(is_float(program, one, fractions) for one in operands)
    )


def _milestones(program: Program, value: Value, expression: ir.Expression | None) -> list[Count]:
    if isinstance(value, Constant) and isinstance(value.value, str):
        return [Count(value, expression, Kind.TEXT)]
    if _splits_text(expression):
        return [Count(None, expression, Kind.TEXT)]
    items = _items(value)
    if isinstance(expression, ir.Comprehension):
        element, fractions = expression.element, _fractions(expression)
        values = items or (None,)
        return [Count(one, element, _kind(program, one, element, fractions)) for one in values]
    if items is None:
        return []
    are_listed = isinstance(expression, ir.Collection) and len(expression.items) == len(items)
    expressions = expression.items if are_listed and isinstance(expression, ir.Collection) else (None,) * len(items)
    return [Count(one, by, _kind(program, one, by)) for one, by in zip(items, expressions, strict=True)]


def _items(value: Value) -> tuple[Value, ...] | None:
    """The items of a list of milestones; None where they are not known."""
    if isinstance(value, Constant):
        return tuple(map(Constant, value.value)) if isinstance(value.value, tuple) else None
    if not isinstance(value, Sequence) or value.items is None:
        return None
    return tuple(one for one in value.items if isinstance(one, Value))


def _kind(
    program: Program,
    value: Value | None,
    expression: ir.Expression | None,
    fractions: frozenset[str] = frozenset(),
) -> Kind:
    if isinstance(value, Constant):
        return _kind_of_constant(value.value)
    expression = None if expression is None else behind_names(program, expression)
    if expression is not None and _is_rounded(expression):
        return Kind.WHOLE
    if isinstance(value, Opaque) and value.default is not ...:
        return _kind_of_constant(value.default)
    if expression is None or (isinstance(value, Opaque) and value.counters):
        return Kind.UNKNOWN
    return Kind.FLOAT if is_float(program, expression, fractions) else Kind.UNKNOWN


def _kind_of_constant(value: object) -> Kind:
    if isinstance(value, str):
        return Kind.TEXT
    if isinstance(value, int | float):
        return Kind.WHOLE if float(value).is_integer() else Kind.FRACTION
    return Kind.UNKNOWN


def _is_rounded(expression: ir.Expression) -> bool:
    """Whether an expression surely gives a whole number: `int(x)`, `a // b`, `len(loader) * 30`."""
    if isinstance(expression, ir.Constant):
        return isinstance(expression.value, int)
    if isinstance(expression, ir.BinaryOperation):
        are_whole = _is_rounded(expression.left) and _is_rounded(expression.right)
        return expression.operator == "FloorDivide" or (expression.operator in _ARITHMETIC and are_whole)
    if not isinstance(expression, ir.Call) or len(expression.arguments) != 1:
        return False
    func = expression.func
    name = func.id if isinstance(func, ir.Name) else func.attr if isinstance(func, ir.Attribute) else ""
    return name in _ROUNDING


def _fractions(comprehension: ir.Comprehension) -> frozenset[str]:
    """The names that go through fractions: `rate` of `[rate * epochs for rate in (0.5, 0.75)]`."""
    return frozenset(
        clause.target.id
        for clause in comprehension.clauses
        if isinstance(clause.target, ir.Name) and isinstance(clause.iterable, ir.Collection)
        for item in clause.iterable.items
        if isinstance(item, ir.Constant) and _kind_of_constant(item.value) is Kind.FRACTION
    )


def _splits_text(expression: ir.Expression | None) -> bool:
    """Whether this is `text.split(",")`, a list of texts."""
    if not isinstance(expression, ir.Call) or not isinstance(expression.func, ir.Attribute):
        return False
    given = [argument.value for argument in expression.arguments]
    are_texts = all(isinstance(one, ir.Constant) and isinstance(one.value, str) for one in given)
    return expression.func.attr == "split" and are_texts
