"""Iterators in names: `params = model.parameters()` has nothing left after its first use."""

from __future__ import annotations

from lrlint.program import Program, ir
from lrlint.program.search import descend, targets_of
from lrlint.program.values import Parameters

_MAKE_ITERATORS = frozenset([".parameters", "chain", ".chain", "filter", "iter"])


def may_be_used_up(program: Program, parameters: Parameters) -> bool:
    """Whether parameters come out of an iterator whose name is used more than once."""
    return any(
        _is_used_twice(program, target)
        for element in descend(program.statements)
        if isinstance(element, ir.Assign) and _is_iterator(element.value)
        for target in targets_of(element)
        if any(part is parameters.source for part in descend([element.value]))
    )


def _is_iterator(value: ir.Expression) -> bool:
    if isinstance(value, ir.Call):
        return _name(value.func) in _MAKE_ITERATORS
    return isinstance(value, ir.Comprehension) and value.kind == "generator"


def _is_used_twice(program: Program, target: ir.Expression) -> bool:
    name = _name(target)
    mentions = [part for part in descend(program.statements) if isinstance(part, ir.Expression) and _name(part) == name]
    return name is None or len(mentions) > 2  # the assignment is one of them


def _name(expression: ir.Expression) -> str | None:
    if isinstance(expression, ir.Name):
        return expression.id
    return f".{expression.attr}" if isinstance(expression, ir.Attribute) else None
