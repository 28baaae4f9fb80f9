"""Parameters of models: the expressions that choose and join them, and the param groups made of them."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from dataclasses import replace

from lrlint.program import ir
from lrlint.program.groups import Group
from lrlint.program.objects import elements, entries_of, new_sequence
from lrlint.program.values import Constant, Mapping, Parameters, Sequence, Value
from lrlint.program.walk import Frame

JOINED = "parameters"
"""The kind of a sequence whose items are iterables of parameters, joined one behind the other."""


def choose_parameters(expression: ir.Comprehension, iterable: Parameters) -> Parameters:
    """What `[p for p in model.parameters() if p.requires_grad]` and its like choose."""
    clause = expression.clauses[0]
    target, element = clause.target, expression.element
    is_plain = (
        len(expression.clauses) == 1
        and isinstance(target, ir.Name)
        and isinstance(element, ir.Name)
        and element.id == target.id
        and expression.kind in ("list", "generator")
    )
    if is_plain and not clause.conditions:
        return replace(iterable, source=expression)
    if is_plain and len(clause.conditions) == 1 and isinstance(target, ir.Name):
        return filter_parameters(expression, target.id, clause.conditions[0], iterable)
    return replace(iterable, predicate="unknown", source=expression)


def filter_parameters(
    source: ir.Expression, parameter: str, condition: ir.Expression | None, iterable: Parameters
) -> Parameters:
    """What is left of `iterable` under a condition on each `parameter` of it."""
    is_trainable = (
        isinstance(condition, ir.Attribute)
        and condition.attr == "requires_grad"
        and isinstance(condition.value, ir.Name)
        and condition.value.id == parameter
        and iterable.predicate != "unknown"
    )
    return replace(iterable, predicate="requires_grad" if is_trainable else "unknown", source=source)


def concatenate(frame: Frame, source: ir.Expression, parts: SequenceOf[Value]) -> Sequence:
    """Several iterables one behind the other: `a + b`, `[*a, *b]`, `chain(a, b)`."""
    items: list[Value] = []
    kind = "list"
    for part in parts:
        if isinstance(part, Parameters):
            kind = JOINED
            items.append(part)
            continue
        known = elements(frame, part)
        if known is None:
            return new_sequence(frame, kind, source, None)
        if isinstance(part, Sequence) and part.kind == JOINED:
            kind = JOINED
        items += known
    return new_sequence(frame, kind, source, tuple(items))


def groups_of(frame: Frame, params: Value) -> tuple[Group, ...] | None:
    """The param groups that an optimizer makes of its first argument; None where they are not known in full."""
    if isinstance(params, Parameters):
        return (Group(params.source, (params,)),)
    items = elements(frame, params) if isinstance(params, Sequence) else None
    if items is None or not isinstance(params, Sequence):
        return None
    if params.kind == JOINED:
        return (group_of(frame, params),)
    if not all(isinstance(item, Mapping) for item in items):
        return None
    return tuple(group_of(frame, item) for item in items)


def group_of(frame: Frame, value: Value) -> Group:
    """One param group: `{"params": …}`, or an iterable of parameters."""
    if isinstance(value, Mapping):
        entries = entries_of(frame, value) or {}
        inner = group_of(frame, entries.get("params", Constant(None)))
        return Group(value.source, inner.parameters)
    if isinstance(value, Parameters):
        return Group(value.source, (value,))
    if not isinstance(value, Sequence):
        return Group(None, None)
    items = elements(frame, value)
    if value.kind != JOINED or items is None or not all(isinstance(item, Parameters) for item in items):
        return Group(value.source, None)
    return Group(value.source, tuple(item for item in items if isinstance(item, Parameters)))
