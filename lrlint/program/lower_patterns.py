"""Patterns of `match` -> conditions, where they ask for nothing that `==`, `is` and `isinstance` can't."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

import libcst as cst

from lrlint.program import ir

Lower = Callable[[cst.BaseExpression], ir.Expression]

MAX_CONDITIONS = 50
"""Conditions lie in one another, cases do not."""

_NOTHING = ir.Mentions(frozenset(), frozenset())


def as_condition(case: cst.MatchCase, subject: ir.Expression, lower: Lower) -> ir.Expression | None:
    """The condition under which a case is taken, its guard included; None if it is not that simple."""
    condition = _condition(case.pattern, subject, lower)
    if condition is None or case.guard is None:
        return condition
    if isinstance(case.pattern, cst.MatchAs) and case.pattern.name:
        return None  # the guard asks for a name that only the pattern binds
    return ir.BoolOperation(case.guard, operator="And", left=condition, right=lower(case.guard))


def capture(case: cst.MatchCase, subject: ir.Expression, target: Lower) -> tuple[ir.Statement, ...]:
    """The assignment to the name that `case name:` binds."""
    name = case.pattern.name if isinstance(case.pattern, cst.MatchAs) else None
    return (ir.Assign(case.pattern, (target(name),), subject, _NOTHING),) if name else ()


def _condition(pattern: cst.MatchPattern, subject: ir.Expression, lower: Lower) -> ir.Expression | None:
    if isinstance(pattern, cst.MatchValue):
        return ir.BinaryOperation(pattern, operator="Equal", left=subject, right=lower(pattern.value))
    if isinstance(pattern, cst.MatchSingleton):
        return ir.BinaryOperation(pattern, operator="Is", left=subject, right=lower(pattern.value))
    if isinstance(pattern, cst.MatchAs) and pattern.pattern is None:
        return ir.Constant(pattern, value=True)
    if isinstance(pattern, cst.MatchOr):
        return _any_of(_condition(element.pattern, subject, lower) for element in pattern.patterns)
    if isinstance(pattern, cst.MatchClass) and not pattern.patterns and not pattern.kwds:
        arguments = (ir.Argument(pattern, subject, None, ""), ir.Argument(pattern, lower(pattern.cls), None, ""))
        return ir.Call(pattern, func=ir.Name(pattern, id="isinstance"), arguments=arguments)
    return None


def _any_of(conditions: Iterable[ir.Expression | None]) -> ir.Expression | None:
    known = list(conditions)
    if None in known:
        return None
    return reduce(
        lambda one, other: ir.BoolOperation(other.node, operator="Or", left=one, right=other),
        [condition for condition in known if condition is not None],
    )
