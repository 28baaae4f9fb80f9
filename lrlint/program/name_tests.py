"""Name tests: what loops over the parameters of a model ask of the parameters' names, as the text says."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program import ir
from lrlint.program.search import descend, targets_of

NAMED = frozenset(["named_buffers", "named_children", "named_modules", "named_parameters"])
"""Methods of modules that give pairs of a name and something else."""


def tests_on_names(element: object) -> tuple[str, Iterable[ir.Expression]]:
    """The name that a loop or comprehension gives to names, and the tests in it."""
    if isinstance(element, ir.For):
        name = _variable(element.target, element.iterable)
        body = list(descend(element.body)) if name else []
        is_same = all(not isinstance(t, ir.Name) or t.id != name for one in body for t in targets_of(one))
        tests = [one.test for one in body if isinstance(one, ir.If | ir.Conditional | ir.While)]
        clauses = [test for one in body if isinstance(one, ir.Clause) for test in one.conditions]
        return (name, [*tests, *clauses]) if name and is_same else ("", ())
    if isinstance(element, ir.Comprehension):
        first = element.clauses[0]
        name = _variable(first.target, first.iterable)
        choices = [one.test for one in descend([element.element]) if isinstance(one, ir.Conditional)]
        return name, [*(test for clause in element.clauses for test in clause.conditions), *choices] if name else ()
    return "", ()


def _variable(target: ir.Expression, iterable: ir.Expression) -> str:
    """`name` of `for name, p in model.named_parameters()`, also through `enumerate` and its like; "" if it is none."""
    calls = [one for one in descend([iterable]) if isinstance(one, ir.Call) and isinstance(one.func, ir.Attribute)]
    if not any(isinstance(call.func, ir.Attribute) and call.func.attr in NAMED for call in calls):
        return ""
    pairs = [one for one in descend([target]) if isinstance(one, ir.Collection) and len(one.items) == 2]
    first = pairs[-1].items[0] if pairs else None
    return first.id if isinstance(first, ir.Name) else ""
