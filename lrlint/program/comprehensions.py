"""Comprehensions over known items: which items are left, and what each of them gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lrlint.program import ir
from lrlint.program.collected import SLOTS
from lrlint.program.contents import may_be_absent, optional
from lrlint.program.flow import continue_from
from lrlint.program.objects import elements, new_sequence, possible_elements
from lrlint.program.operators import truth
from lrlint.program.parameters import comprehend_parameters, concatenate
from lrlint.program.presence import where_present
from lrlint.program.search import descend
from lrlint.program.values import Constant, Mapping, Range, Value, integer_of
from lrlint.program.walk import Frame

MAX_UNROLLED = 16
"""Loops over longer lists are walked like those over unknown items."""

MAX_ITEMS = 64
"""Longer ones are treated like those over unknown items."""

Row = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How expressions are evaluated, and targets bound."""

    evaluate: Callable[[Frame, ir.Expression], Value]
    assign: Callable[[Frame, ir.Expression, Value], None]


def comprehend(frame: Frame, expression: ir.Comprehension, first: Value, how: Evaluation) -> Value | None:
    """The list or dict that a comprehension makes, where the items of the iterable `first` and all others are known.

    The last clause may also go through parameters.
    """
    if expression.kind == "set" or (expression.kind == "generator" and _steps(expression.element)):
        return None  # it is not known in which order, or when
    each = _comprehend_possible(frame, expression, first, how)
    if each is not None:
        return each
    rows = _rows(frame, expression.clauses, first, how)
    if rows is None:
        return _parameters_of_each(frame, expression, first, how)
    entries: list[tuple[Value, Value]] = []
    for row in rows:
        _bind(frame, expression.clauses, row, how)
        key = how.evaluate(frame, expression.parts[0]) if expression.kind == "dict" else Constant(None)
        entries.append((key, how.evaluate(frame, expression.element)))
    if expression.kind == "dict":
        return new_mapping(frame, expression, entries)
    return new_sequence(frame, "list", expression, tuple(value for _, value in entries))


def _parameters_of_each(frame: Frame, expression: ir.Comprehension, first: Value, how: Evaluation) -> Value | None:
    """`[p for model in (a, b) for p in model.parameters()]`; None if that is not known."""
    *outer, last = expression.clauses
    rows = _rows(frame, tuple(outer), first, how) if outer and expression.kind == "list" else None
    if rows is None:
        return None
    inner = replace(expression, clauses=(last,))
    stretches = []
    for row in rows:
        _bind(frame, expression.clauses, row, how)
        value = comprehend_parameters(frame, inner, how.evaluate(frame, last.iterable))
        if value is None:
            return None
        stretches.append((expression, value))
    return concatenate(frame, expression, stretches)


def _comprehend_possible(frame: Frame, expression: ir.Comprehension, first: Value, how: Evaluation) -> Value | None:
    """`[get_scheduler(one) for one in optimizers]`, where some paths have not put all of the items there."""
    clause, *others = expression.clauses
    items = possible_elements(frame, first)
    is_simple = expression.kind == "list" and not others and not clause.conditions
    if items is None or not is_simple or len(items) > MAX_ITEMS or not any(map(may_be_absent, items)):
        return None
    values = []
    for item in items:
        with where_present(frame, item) as (value, without):
            how.assign(frame, clause.target, value)
            values.append(optional(item, how.evaluate(frame, expression.element)))
        continue_from(frame, [frame.state, *without])
    return new_sequence(frame, "list", expression, tuple(values))


def outline(frame: Frame, expression: ir.Expression, how: Evaluation) -> Value | None:
    """A list of as many unknown items as a comprehension that the walk passes over makes, None if that is not known."""
    if not isinstance(expression, ir.Comprehension) or expression.kind != "list" or len(expression.clauses) > 1:
        return None
    clause = expression.clauses[0]
    if clause.conditions or not (isinstance(clause.iterable, ir.Name) or _is_range(clause.iterable)):
        return None
    iterable = how.evaluate(frame, clause.iterable)
    places, items = slots(frame, expression, iterable), _items(frame, iterable)
    if places is not None or items is None or len(items) > MAX_ITEMS:
        return places
    return new_sequence(frame, "list", expression, tuple(frame.walk.opaque() for _ in items))


def slots(frame: Frame, expression: ir.Comprehension, iterable: Value) -> Value | None:
    """A list of places to fill: `[None for _ in range(n)]`, `[[] for _ in range(n)]`; None for other comprehensions."""
    element = expression.element
    is_empty = isinstance(element, ir.Collection) and element.kind == "list" and not element.items
    is_nothing = is_empty or (isinstance(element, ir.Constant) and element.value is None)
    is_plain = len(expression.clauses) == 1 and not expression.clauses[0].conditions
    if expression.kind != "list" or not (is_plain and is_nothing and isinstance(iterable, Range)):
        return None
    return new_sequence(frame, SLOTS, expression, None)


def new_mapping(frame: Frame, source: ir.Expression, entries: list[tuple[Value, Value]]) -> Mapping:
    """A new dict; its entries are not known if one of the keys is not."""
    known = {key.value: value for key, value in entries if isinstance(key, Constant)}
    are_known = all(isinstance(key, Constant) for key, _ in entries)
    return Mapping(frame.walk.tick(), source, tuple(known.items()) if are_known else None)


def _rows(frame: Frame, clauses: tuple[ir.Clause, ...], first: Value, how: Evaluation) -> list[Row] | None:
    """The items that the targets stand for, one row for each item of the result."""
    rows: list[Row] = [()]
    for index, clause in enumerate(clauses):
        longer: list[Row] = []
        for row in rows:
            _bind(frame, clauses, row, how)
            items = _items(frame, how.evaluate(frame, clause.iterable) if index else first)
            if items is None or len(longer) + len(items) > MAX_ITEMS:
                return None
            for item in items:
                how.assign(frame, clause.target, item)
                verdict = _all_hold(frame, clause.conditions, how)
                if verdict is None:
                    return None
                longer += [(*row, item)] if verdict else []
        rows = longer
    return rows


def _bind(frame: Frame, clauses: tuple[ir.Clause, ...], row: Row, how: Evaluation) -> None:
    for clause, item in zip(clauses, row, strict=False):
        how.assign(frame, clause.target, item)


def _items(frame: Frame, iterable: Value) -> tuple[Value, ...] | None:
    if not isinstance(iterable, Range):
        return elements(frame, iterable)
    start, stop = iterable.start, integer_of(iterable.stop)
    if start is None or stop is None:
        return None
    return tuple(map(Constant, range(start, stop))) if stop - start <= MAX_ITEMS else None


def _all_hold(frame: Frame, conditions: tuple[ir.Expression, ...], how: Evaluation) -> bool | None:
    for condition in conditions:
        verdict = truth(how.evaluate(frame, condition))
        if not verdict:
            return verdict
    return True


def _is_range(iterable: ir.Expression) -> bool:
    func = iterable.func if isinstance(iterable, ir.Call) else None
    return isinstance(func, ir.Name) and func.id == "range"


def _steps(element: ir.Expression) -> bool:
    return any(isinstance(one, ir.Attribute) and one.attr == "step" for one in descend([element]))
