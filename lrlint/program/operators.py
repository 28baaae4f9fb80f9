"""Operators and truth of values."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lrlint.program.selection import Parameters
from lrlint.program.values import (
    Class,
    Constant,
    Counter,
    External,
    Function,
    GradScaler,
    Instance,
    OneOf,
    Opaque,
    Optimizer,
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
_NEVER_NONE = (Class, External, Function, GradScaler, Instance, Optimizer, Parameters, Scheduler)


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
    return True if isinstance(value, Class | Function | GradScaler | Optimizer | Scheduler) else None


def equals(value: Value, constant: Constant) -> bool | None:
    """Whether a value is a constant; None where that is not known."""
    if isinstance(value, Constant):
        return value == constant
    return False if constant.value is None and _is_never_none(value) else None


def _is_never_none(value: Value) -> bool:
    values = value.values if isinstance(value, OneOf) else (value,)
    return all(isinstance(one, _NEVER_NONE) for one in values)


def apply_operator(walk: Walk, name: str, left: Value, right: Value) -> Value:
    """The value of a binary operation or comparison."""
    if name in ("Is", "IsNot", "Equal", "NotEqual") and right == Constant(None) and _is_never_none(left):
        return Constant(name in ("IsNot", "NotEqual"))
    same = _is_same_class(left, right) if name in ("Is", "IsNot", "Equal", "NotEqual") else None
    if same is not None:
        return Constant(same is (name in ("Is", "Equal")))
    shifted = _shift(name, left, right)
    if shifted is not None:
        return shifted
    bound = _bounded(name, left, right)
    if bound is not None:
        return bound if isinstance(right, Constant) else replace(walk.derived(left, right), first=bound.value)
    one, other = _number(left) or _default(left), _number(right) or _default(right)
    if one is None or other is None or name not in _OPERATORS:
        return walk.derived(left, right)
    if name in ("Multiply", "Modulo") and not (_is_number(one.value) and _is_number(other.value)):
        return walk.derived(left, right)  # "a" * n and "%99999d" % n can be of any length
    try:
        result = _OPERATORS[name](one.value, other.value)
    except Exception:  # noqa: BLE001 - the program's own mistake, such as 1 / 0 or 1 < "a"; it is not known what follows
        return walk.derived(left, right)
    if any(map(_is_counted, (left, right))):
        return replace(walk.derived(left, right), first=result)
    if any(isinstance(operand, Opaque) for operand in (left, right)):
        return replace(walk.derived(left, right), default=result)
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
    return replace(left, offset=left.offset + offset)


def _bounded(name: str, left: Value, right: Value) -> Constant | None:
    """What a comparison of a counter gives on all rounds, as the counter is never below its lowest value."""
    number = _number(right) or _default(right)
    if not isinstance(left, Counter) or left.lowest is None or number is None or not _is_number(number.value):
        return None
    assert isinstance(number.value, int | float)
    if name in ("GreaterThan", "NotEqual") and left.lowest > number.value:
        return Constant(True)
    if name == "GreaterThanEqual" and left.lowest >= number.value:
        return Constant(True)
    if (name == "LessThan" and left.lowest >= number.value) or (name == "Equal" and left.lowest > number.value):
        return Constant(False)
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _is_counted(value: Value) -> bool:
    """Whether a value is, or comes from, what a loop counts: then it is only known on the first round."""
    return isinstance(value, Counter) or (isinstance(value, Opaque) and value.first is not ...)


def _default(value: Value) -> Constant | None:
    """What a value is unless somebody says otherwise."""
    is_known = isinstance(value, Opaque) and isinstance(value.default, int | float)
    return Constant(value.default) if is_known and isinstance(value, Opaque) else None


def _number(value: Value) -> Constant | None:
    """A constant, or what a value is on the first round."""
    if isinstance(value, Constant):
        return value
    if isinstance(value, Opaque) and value.first is not ...:
        return Constant(value.first)
    if isinstance(value, Counter) and value.is_first_round and value.first is not None:
        return Constant(value.first)
    return None
