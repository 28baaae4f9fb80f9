"""Operators and truth of values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lrlint.program.values import (
    Class,
    Constant,
    Counter,
    External,
    Function,
    Instance,
    OneOf,
    Opaque,
    Optimizer,
    Parameters,
    Scheduler,
    Value,
)
from lrlint.program.walk import Walk
from lrlint.torch_api import signatures

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add,
    "Subtract": operator.sub,
    "Multiply": operator.mul,
    "Divide": operator.truediv,
    "FloorDivide": operator.floordiv,
    "Modulo": operator.mod,
    "Equal": operator.eq,
    "NotEqual": operator.ne,
    "LessThan": operator.lt,
    "LessThanEqual": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEqual": operator.ge,
    "In": lambda left, right: left in right,
    "NotIn": lambda left, right: left not in right,
    "Is": lambda left, right: left is right,
    "IsNot": lambda left, right: left is not right,
}
_NEVER_NONE = (Class, External, Function, Instance, Optimizer, Parameters, Scheduler)


def truth(value: Value) -> bool | None:
    """Whether a condition with this value holds; None where that is not known."""
    if isinstance(value, Constant):
        return bool(value.value)
    if isinstance(value, Counter):
        first = value.first
        return bool(first) if value.is_first_round and first is not None else None
    if isinstance(value, Opaque) and value.first is not ...:
        return bool(value.first)
    if isinstance(value, OneOf):
        truths = {truth(v) for v in value.values}
        return truths.pop() if len(truths) == 1 else None
    return True if isinstance(value, Class | Function | Optimizer | Scheduler) else None


def apply_operator(walk: Walk, name: str, left: Value, right: Value) -> Value:
    """The value of a binary operation or comparison."""
    if name in ("Is", "IsNot", "Equal", "NotEqual") and right == Constant(None) and isinstance(left, _NEVER_NONE):
        return Constant(name in ("IsNot", "NotEqual"))
    same = _is_same_class(left, right) if name in ("Is", "IsNot", "Equal", "NotEqual") else None
    if same is not None:
        return Constant(same is (name in ("Is", "Equal")))
    shifted = _shift(name, left, right)
    if shifted is not None:
        return shifted
    one, other = _number(left), _number(right)
    if one is None or other is None or name not in _OPERATORS:
        return walk.derived(left, right)
    if name in ("Multiply", "Modulo") and not (_is_number(one.value) and _is_number(other.value)):
        return walk.derived(left, right)  # "a" * n and "%99999d" % n can be of any length
    try:
        result = _OPERATORS[name](one.value, other.value)
    except Exception:  # noqa: BLE001 - the program's own mistake, such as 1 / 0 or 1 < "a"; it is not known what follows
        return walk.derived(left, right)
    if any(isinstance(operand, Counter | Opaque) for operand in (left, right)):
        return replace(walk.derived(left, right), first=result)
    return Constant(result)


def is_among(walk: Walk, one: Value, items: tuple[Value, ...]) -> Value:
    """`one in items`, where some of the items are no constants."""
    verdicts = [apply_operator(walk, "Equal", one, item) for item in items]
    if Constant(True) in verdicts:
        return Constant(True)
    return Constant(False) if all(v == Constant(False) for v in verdicts) else walk.derived(one, *items)


def _is_same_class(left: Value, right: Value) -> bool | None:
    """Whether two classes are one; None where a value is no class, or it is not known."""
    if isinstance(left, Class) and isinstance(right, Class):
        return left is right
    one, other = (signatures.find(v.name) if isinstance(v, External) else None for v in (left, right))
    if one is not None and other is not None:
        return one is other
    is_mixed = (isinstance(left, Class) and other is not None) or (isinstance(right, Class) and one is not None)
    return False if is_mixed else None


def _shift(name: str, left: Value, right: Value) -> Value | None:
    """`epoch + 1` is a counter too."""
    if name == "Add" and isinstance(right, Counter):
        left, right = right, left
    if name not in ("Add", "Subtract") or not isinstance(left, Counter) or not isinstance(right, Constant):
        return None
    if not isinstance(right.value, int):
        return None
    offset = right.value if name == "Add" else -right.value
    return Counter(left.loop, left.start, left.offset + offset, left.is_first_round)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _number(value: Value) -> Constant | None:
    """A constant, or what a value is on the first round."""
    if isinstance(value, Constant):
        return value
    if isinstance(value, Opaque) and value.first is not ...:
        return Constant(value.first)
    if isinstance(value, Counter) and value.is_first_round and value.first is not None:
        return Constant(value.first)
    return None
