"""Patterns of `match` -> conditions, where they ask for nothing that `==`, `is` and `isinstance` can't."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from functools import reduce

from lrlint.program import ir

Lower = Callable[[ast.expr], ir.Expression]

Bind = Callable[[str, ast.AST], ir.Expression]
"""Gives what a name is lowered to that a node binds."""

MAX_CONDITIONS = 50
"""Conditions lie in one another, cases do not."""

_NOTHING = ir.Mentions(frozenset(), frozenset())


def as_condition(case: ast.match_case, subject: ir.Expression, lower: Lower) -> ir.Expression | None:
    """The condition under which a case is taken, its guard included; None if it is not that simple."""
    condition = _condition(case.pattern, subject, lower)
    if condition is None or case.guard is None:
        return condition
    if isinstance(case.pattern, ast.MatchAs) and case.pattern.name:
        return None  # the guard asks for a name that only the pattern binds
    return ir.BoolOperation(case.guard, operator="And", left=condition, right=lower(case.guard))


def capture(case: ast.match_case, subject: ir.Expression, bind: Bind) -> tuple[ir.Statement, ...]:
    """The assignment to the name that `case name:` binds."""
    pattern = case.pattern
    if not isinstance(pattern, ast.MatchAs) or pattern.name is None:
        return ()
    return (ir.Assign(pattern, (bind(pattern.name, pattern),), subject, _NOTHING),)


def bound_names(pattern: ast.pattern) -> Iterator[str]:
    """The names that a pattern may bind."""
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name is not None:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            yield node.rest


def _condition(pattern: ast.pattern, subject: ir.Expression, lower: Lower) -> ir.Expression | None:
    if isinstance(pattern, ast.MatchValue):
        return ir.BinaryOperation(pattern, operator="Equal", left=subject, right=lower(pattern.value))
    if isinstance(pattern, ast.MatchSingleton):
        constant = ir.Constant(pattern, value=pattern.value)
        return ir.BinaryOperation(pattern, operator="Is", left=subject, right=constant)
    if isinstance(pattern, ast.MatchAs) and pattern.pattern is None:
        return ir.Constant(pattern, value=True)
    if isinstance(pattern, ast.MatchOr):
        return _any_of(_condition(one, subject, lower) for one in pattern.patterns)
    if isinstance(pattern, ast.MatchClass) and not pattern.patterns and not pattern.kwd_patterns:
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
