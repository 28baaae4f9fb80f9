"""Alternatives: values that are one of several, by the path taken or the round of a loop."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lrlint.program import ir
from lrlint.program.values import (
    ALWAYS,
    Absent,
    Bound,
    Choice,
    Class,
    Constant,
    Counter,
    External,
    Function,
    Imported,
    OneOf,
    Opaque,
    Optimizer,
    Scheduler,
    Value,
    number_of,
)

MAX_ALTERNATIVES = 8

MAX_OBJECTS = 32
"""Alternatives that are all optimizers or schedulers, of which a function with many branches can build as many."""

NEVER = OneOf(frozenset(), ALWAYS)
"""Any of no values."""


def alternatives(value: Value) -> frozenset[Value]:
    """The values that a value may be; None is left out where there are others, as any use of it would raise.

    So is an exception, which people return where they mean to raise it, and an item that is not there.
    """
    if not isinstance(value, OneOf):
        return frozenset([value])
    return frozenset(v for v in value.values if not _is_nothing(v)) or value.values


def in_order(values: Iterable[Value]) -> list[Value]:
    """Values in an order that is the same in every run, wherever their code and their history tell one."""
    return sorted(values, key=_rank)


def _rank(value: Value) -> tuple[str, str, int]:
    kind = type(value).__name__
    if isinstance(value, Function):
        return kind, f"{value.scope.module.path} {value.function.name}", getattr(value.function.node, "lineno", 0)
    if isinstance(value, Class):
        return kind, f"{value.scope.module.path} {value.definition.name}", getattr(value.definition.node, "lineno", 0)
    if isinstance(value, Imported):
        return kind, " ".join([value.module, *value.names]), 0
    if isinstance(value, External):
        return kind, value.name, 0
    if isinstance(value, Bound):
        return kind, value.attr, _rank(value.owner)[2]
    return kind, "", getattr(value, "ident", 0)


def may_be(value: Value, kind: type[Value]) -> bool:
    """Whether one of the values that a value may be is of a kind."""
    if isinstance(value, OneOf):
        return any(isinstance(one, kind) for one in value.values)
    return isinstance(value, kind)


def _is_nothing(value: Value) -> bool:
    return value == Constant(None) or isinstance(value, Absent) or is_exception(value)


def is_exception(value: Value) -> bool:
    """Whether a value is an exception, which people return where they mean to raise it."""
    return isinstance(value, Constant) and isinstance(value.value, type) and issubclass(value.value, BaseException)


def counters(value: Value) -> frozenset[ir.Loop]:
    """The loops whose counter a value was computed from."""
    if isinstance(value, Counter):
        return frozenset([value.loop])
    if isinstance(value, Opaque):
        return value.counters
    if isinstance(value, OneOf):
        return frozenset(loop for v in value.values for loop in counters(v))
    return frozenset()


def aged(value: Value, born: int) -> Value:
    """The same value, but as one that can have changed at the time `born`."""
    if isinstance(value, OneOf):
        return OneOf(value.values, born)
    return _changed(value, born, value.first) if isinstance(value, Opaque) else value


def _changed(value: Opaque, born: int, first: object) -> Opaque:
    """The same object; `dataclasses.replace` takes three times as long, and this is done for most names in loops."""
    return Opaque(
        value.ident,
        born,
        value.path,
        value.version,
        value.counters,
        first,
        value.default,
        value.amount,
        value.through,
        value.origin,
    )


def chosen(value: Value) -> Value:
    """A value as the state holds it: with the choice that it came from."""
    return value.choice or value if isinstance(value, OneOf) else value


def map_choice(value: Value, change: Callable[[Value], Value]) -> Value:
    """`change` of each value at the ends of all choices."""
    if isinstance(value, Choice):
        return Choice(value.test, map_choice(value.yes, change), map_choice(value.no, change))
    return change(value)


def later(value: Value) -> Value:
    """The same value in a later round of a loop, where it may no more be what it was on the first one."""
    if isinstance(value, OneOf):
        return OneOf(frozenset(map(later, value.values)), value.born)
    return _changed(value, value.born, ...) if isinstance(value, Opaque) and value.first is not ... else value


def leaves(value: Value) -> frozenset[Value]:
    """The values at the ends of all choices."""
    if isinstance(value, Choice):
        return leaves(value.yes) | leaves(value.no)
    return value.values if isinstance(value, OneOf) else frozenset([value])


def depth(value: Value) -> int:
    """How many choices lie in each other."""
    return 1 + max(depth(value.yes), depth(value.no)) if isinstance(value, Choice) else 0


def merge(values: tuple[Value, Value], born: int) -> Value:
    """Either of two values, as one value; of choices by the same test each side is merged."""
    left, right = values
    if isinstance(left, Choice) and isinstance(right, Choice) and left.test == right.test:
        return Choice(left.test, merge((left.yes, right.yes), born), merge((left.no, right.no), born))
    if NEVER in values:
        return right if left == NEVER else left
    return one_of(values, born)


def one_of(values: Iterable[Value], born: int) -> Value:
    """Any of several values, as one value."""
    listed = list(values)
    if len(listed) == 1 and not isinstance(listed[0], Choice | OneOf):
        return listed[0]
    flat = {leaf for value in listed for leaf in leaves(value)}
    if len(flat) == 1:
        return flat.pop()
    if _are_too_many(flat) or sum(map(_is_number, flat)) > 1:
        return Opaque(born, born)
    return OneOf(frozenset(flat), born)


def _are_too_many(values: set[Value]) -> bool:
    if len(values) <= MAX_ALTERNATIVES:
        return False
    return len(values) > MAX_OBJECTS or not all(_is_object(value) or _is_nothing(value) for value in values)


def _is_object(value: Value) -> bool:
    """Whether a value is an optimizer or scheduler, or a method of one."""
    return isinstance(value.owner if isinstance(value, Bound) else value, Optimizer | Scheduler)


def _is_number(value: Value) -> bool:
    """Whether a value is a number other than the two that stand for truth values."""
    return number_of(value) not in (None, 0, 1)
