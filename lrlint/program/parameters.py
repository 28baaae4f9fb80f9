"""Parameters of models: the expressions that choose and join them, and the param groups made of them."""

from __future__ import annotations

from collections.abc import Sequence as SequenceOf
from dataclasses import replace

from lrlint.program import ir
from lrlint.program.conditions import conditions_of, item_of_element, note_searches, subject_of
from lrlint.program.groups import Group
from lrlint.program.iterators import ITERATOR, new_iterator, new_list, parts_of, read_all
from lrlint.program.objects import elements, entries_of, items_of, new_sequence
from lrlint.program.selection import Parameters, Several
from lrlint.program.values import Constant, Function, Mapping, Sequence, Value
from lrlint.program.walk import Frame

MAX_REPEATED = 16
"""How often a list is repeated at most for the result to be known."""


def comprehend_parameters(frame: Frame, expression: ir.Comprehension, iterable: Value) -> Value | None:
    """`[p for p in model.parameters() if p.requires_grad]` and its like; None if it goes through something else."""
    clause = expression.clauses[0]
    parts = parts_of(frame, iterable)
    if not parts:
        return None
    is_simple = len(expression.clauses) == 1 and expression.kind != "dict"
    if not is_simple or expression.kind != "generator":
        parts = read_all(frame, iterable, clause.iterable)
    if parts is None or not is_simple:
        return frame.walk.opaque()
    for condition in clause.conditions:
        note_searches(frame, condition, parts)
    chosen = [_choose(frame, expression, part, clause.target, clause.conditions, expression.element) for part in parts]
    if expression.kind == "generator":
        return new_iterator(frame, expression, chosen)
    return as_collection(frame, expression.kind, expression, chosen)


def filter_parameters(frame: Frame, source: ir.Expression, choose: Value, iterable: Value) -> Value | None:
    """`filter(lambda p: p.requires_grad, model.parameters())`; None if `iterable` is something else."""
    parts = parts_of(frame, iterable)
    if not parts:
        return None
    is_simple = isinstance(choose, Function) and len(choose.function.parameters) == 1
    body = choose.function.body if is_simple and isinstance(choose, Function) else ()
    condition = body[0].value if len(body) == 1 and isinstance(body[0], ir.Return) else None
    if condition is None or not isinstance(choose, Function):
        unknown = ir.Expression(source.node)
        return new_iterator(frame, source, [_choose(frame, source, part, unknown, (unknown,), None) for part in parts])
    target = ir.Name(source.node, id=choose.function.parameters[0].name)
    scope, frame.scope = frame.scope, choose.scope.inner(None)
    try:
        note_searches(frame, condition, parts)
        chosen = [_choose(frame, source, part, target, (condition,), None) for part in parts]
    finally:
        frame.scope = scope
    return new_iterator(frame, source, chosen)


def map_parameters(frame: Frame, source: ir.Expression, is_id: bool, iterable: Value) -> Value | None:
    """`map(id, model.parameters())`; None if `iterable` is something else."""
    parts = parts_of(frame, iterable)
    if not parts:
        return None
    items = [
        replace(part, item="id" if is_id and part.item == "parameter" else "else", source=source) for part in parts
    ]
    return new_iterator(frame, source, items)


def as_collection(frame: Frame, kind: str, source: ir.Expression, parts: SequenceOf[Parameters] | None) -> Value:
    """A list, tuple or set of parameters.  Only of ids it is known what a set holds: others may be in it twice."""
    if parts is None or (kind in ("set", "frozenset") and any(part.item != "id" for part in parts)):
        return frame.walk.opaque()
    return new_list(frame, kind, source, parts)


def spread(frame: Frame, value: Value, place: ir.Expression) -> tuple[Value | Several, ...] | None:
    """The items that `*value` or `list(value)` gives; None where they are not known."""
    if isinstance(value, Parameters) or (isinstance(value, Sequence) and value.kind == ITERATOR):
        parts = read_all(frame, value, place)
        return None if parts is None else tuple(map(Several, parts))
    return items_of(frame, value) if isinstance(value, Sequence) else elements(frame, value)


def concatenate(frame: Frame, source: ir.Expression, values: SequenceOf[tuple[ir.Expression, Value]]) -> Sequence:
    """Several iterables one behind the other: `a + b`, `[*a, *b]`.  Each comes with the expression that reads it."""
    items: list[Value | Several] | None = []
    for place, value in values:
        more = spread(frame, value, place)
        items = None if items is None or more is None else [*items, *more]
    return new_sequence(frame, "list", source, None if items is None else tuple(items))


def repeated(frame: Frame, source: ir.BinaryOperation, items: Value, times: Value) -> Sequence | None:
    """`[0.1] * 3` as `[0.1, 0.1, 0.1]`; None for anything else than a few known numbers or functions.

    A list of other things is data: how many of them there are does not matter.
    """
    count = times.value if isinstance(times, Constant) else None
    if not isinstance(items, Sequence) or items.kind not in ("list", "tuple") or type(count) is not int:
        return None
    if not all(isinstance(item, Constant | Function) for item in elements(frame, items) or (None,)):
        return None
    return concatenate(frame, source, ((source.left, items),) * count) if 0 < count <= MAX_REPEATED else None


def groups_of(frame: Frame, params: Value, content: ir.Expression) -> tuple[Group, ...] | None:
    """The param groups that an optimizer makes of its first argument; None where they are not known in full."""
    parts = parts_of(frame, params)
    if parts and all(part.item != "else" for part in parts):
        return (Group(getattr(params, "source", content), read_all(frame, params, content, "optimizer"), content),)
    items = elements(frame, params) if isinstance(params, Sequence) else None
    if items is None or not all(isinstance(item, Mapping) for item in items):
        read_all(frame, params, content)
        return None
    return tuple(group_of(frame, item, content) for item in items)


def group_of(frame: Frame, value: Value, place: ir.Expression) -> Group:
    """One param group: `{"params": …}`, or an iterable of parameters."""
    if not isinstance(value, Mapping):
        source = value.source if isinstance(value, Parameters | Sequence) else None
        return Group(source, read_all(frame, value, place, "group"), place)
    entries = entries_of(frame, value) or {}
    content = content_of(value.source) or place
    parts = read_all(frame, entries.get("params", Constant(None)), content, "group")
    if parts is not None:  # torch puts a list into the dict that it is given
        held = {**entries, "params": new_list(frame, "list", content, parts)}
        frame.state.entries[value.ident] = tuple(held.items())
    return Group(value.source, parts, content)


def content_of(source: ir.Expression) -> ir.Expression | None:
    """The expression under "params" in a dict."""
    if isinstance(source, ir.Call):
        return next((argument.value for argument in source.arguments if argument.keyword == "params"), None)
    items = source.items if isinstance(source, ir.Dict) else ()
    return next((v for k, v in items if isinstance(k, ir.Constant) and k.value == "params"), None)


def _choose(
    frame: Frame,
    source: ir.Expression,
    parameters: Parameters,
    target: ir.Expression,
    conditions: SequenceOf[ir.Expression],
    element: ir.Expression | None,
) -> Parameters:
    """What of some parameters meets conditions on `target`, or the value of `element` for each of these."""
    subject = subject_of(frame, target, parameters)
    passed = [conditions_of(frame, condition, True, subject) for condition in conditions]
    return replace(
        parameters,
        conditions=parameters.conditions.union(*passed),
        item=parameters.item if element is None else item_of_element(frame, element, subject),
        source=source,
    )
