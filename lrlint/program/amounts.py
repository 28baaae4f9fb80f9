"""Amounts: what numbers were computed from, so that `epochs * len(loader)` still says what it counts.

Two amounts are about the same number only if the same literal, attribute or object leads to both: a 10 that is written
twice is two numbers that happen to be equal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrlint.program import ir
from lrlint.program.values import (
    Amount,
    Constant,
    Enumeration,
    External,
    Instance,
    Length,
    Opaque,
    Range,
    Sequence,
    Value,
    number_of,
)

ROUNDING = frozenset(["builtins.float", "builtins.int", "builtins.round", "math.ceil", "math.floor"])
"""Functions that leave a number what it is, but for a fraction."""


def literal(expression: ir.Constant) -> Constant:
    """The value of a literal."""
    if isinstance(expression.value, bool) or not isinstance(expression.value, int | float):
        return Constant(expression.value)
    return Constant(expression.value, Amount((expression,)))


def with_amount(value: Value, amount: Amount | None) -> Value:
    """The value as one that was computed so."""
    return replace(value, amount=amount) if amount and isinstance(value, Constant | Opaque) else value


def amount_of(value: Value | None) -> Amount | None:
    """How a value was computed, if it may be a number."""
    if isinstance(value, Constant):
        return value.amount
    if isinstance(value, Opaque):
        return value.amount or Amount((_timeless(value),))
    return Amount((value,)) if isinstance(value, External) else None


def rounds_of(iterable: Value | None) -> Iterator[Amount]:
    """How many rounds a loop over `iterable` has: each of the amounts, or fewer."""
    if isinstance(iterable, Range):
        amount = amount_of(iterable.stop)
        if amount is not None:
            yield amount
    elif isinstance(iterable, Enumeration):
        yield from rounds_of(iterable.of)
    elif isinstance(iterable, Opaque) and iterable.through:
        for one in iterable.through:
            yield from rounds_of(one)
    elif isinstance(iterable, External | Instance | Opaque | Sequence):
        yield Amount((Length(_timeless(iterable) if isinstance(iterable, Opaque) else iterable),))


def computed(operator: str, left: Value, right: Value) -> Amount | None:
    """How the value of an arithmetic operation is computed; None where its parts don't tell.

    A sum is taken for what a constant is added to, a difference for what it is less than.
    """
    one, other = amount_of(left), amount_of(right)
    if one is None or other is None:
        return None
    if operator == "Multiply":
        return times(one, other)
    if operator in ("Divide", "FloorDivide"):
        return _quotient(one, other, right)
    if operator == "Subtract":
        return one
    if operator != "Add":
        return None
    if isinstance(right, Constant):
        return one
    return other if isinstance(left, Constant) else None


def amount_of_call(name: str, arguments: tuple[Value, ...]) -> Amount | None:
    """How the value of a call of a function that is built in is computed; None where that is not known."""
    if len(arguments) != 1:
        return None
    if name == "builtins.len":
        return next(rounds_of(arguments[0]), None)
    return amount_of(arguments[0]) if name in ROUNDING else None


def times(one: Amount, other: Amount) -> Amount:
    """The product of two amounts."""
    return Amount((*one.factors, *other.factors), one.divisor * other.divisor)


def ratio(amount: Amount, to: Amount) -> float | None:
    """How many times `to` an amount is, without what was added to either; None where the code does not tell."""
    rest = without(amount, to)
    if rest is None:
        return None
    product = 1.0
    for factor in rest.factors:
        if not isinstance(factor, ir.Constant) or not isinstance(factor.value, int | float):
            return None
        product *= factor.value
    return product / rest.divisor


def without(amount: Amount, other: Amount) -> Amount | None:
    """The amount divided by another one whose factors are all among its own; None for any other."""
    rest = list(amount.factors)
    for factor in other.factors:
        if factor not in rest:
            return None
        rest.remove(factor)
    return Amount(tuple(rest), amount.divisor / other.divisor)


def _quotient(amount: Amount, by: Amount, divisor: Value) -> Amount | None:
    rest = without(amount, by)
    if rest is not None:
        return rest if rest.factors else None
    number = number_of(divisor)
    if number is not None and number > 0:
        return Amount(amount.factors, amount.divisor * number)
    return None


def _timeless(value: Opaque) -> Opaque:
    """The object, whatever calls may have changed in it since: what a number in it counts stays the same."""
    return Opaque(value.ident, value.born, value.path)
