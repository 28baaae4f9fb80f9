"""What a condition tells about the values of the names in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lrlint.program import ir
from lrlint.program.alternatives import leaves, map_choice, one_of
from lrlint.program.evaluate import assign, evaluate
from lrlint.program.externals import is_instance
from lrlint.program.facts import Facts
from lrlint.program.operators import equals, truth
from lrlint.program.search import descend
from lrlint.program.values import Choice, Constant, OneOf, Optimizer, Scheduler, Value
from lrlint.program.walk import Frame

_SUBJECTS = (ir.Name, ir.Attribute)


def tells_apart(frame: Frame, test: ir.Expression) -> bool:
    """Whether anything in `test` may be one of several values, so that how it comes out may tell which."""
    return any(isinstance(one, _SUBJECTS) and isinstance(evaluate(frame, one), OneOf) for one in descend([test]))


def narrow(frame: Frame, test: ir.Expression, holds: bool) -> None:
    """Keep of the names in `test` the values with which it comes out as `holds`."""
    if isinstance(test, ir.UnaryOperation) and test.operator == "Not":
        narrow(frame, test.operand, not holds)
    elif isinstance(test, ir.BoolOperation) and holds is (test.operator == "And"):
        narrow(frame, test.left, holds)
        narrow(frame, test.right, holds)
    elif isinstance(test, ir.Name | ir.Attribute):
        _keep(frame, test, lambda value: truth(value) is not (not holds))
    elif isinstance(test, ir.BinaryOperation) and isinstance(test.left, ir.Name | ir.Attribute):
        _narrow_comparison(frame, test, holds)
        _narrow_by_trial(frame, test, holds)
    elif isinstance(test, ir.Call) and isinstance(test.func, ir.Name) and test.func.id == "isinstance":
        _narrow_isinstance(frame, test, holds)
    else:
        _narrow_by_trial(frame, test, holds)


def _narrow_comparison(frame: Frame, test: ir.BinaryOperation, holds: bool) -> None:
    if test.operator in ("IsNot", "NotEqual"):
        holds = not holds
    elif test.operator not in ("Is", "Equal"):
        return
    if isinstance(test.right, ir.Constant) and isinstance(test.left, ir.Name | ir.Attribute):
        constant = Constant(test.right.value)
        _keep(frame, test.left, lambda value: equals(value, constant) is not (not holds))


def _narrow_isinstance(frame: Frame, test: ir.Call, holds: bool) -> None:
    if len(test.arguments) != 2:
        return
    subject, classes = test.arguments[0].value, evaluate(frame, test.arguments[1].value)
    _keep(frame, subject, lambda value: is_instance(frame, value, classes) is not (not holds))


def _keep(frame: Frame, subject: ir.Expression, is_possible: Callable[[Value], bool]) -> None:
    if not isinstance(subject, ir.Name | ir.Attribute) or _is_computed(subject):
        return
    value = evaluate(frame, subject)
    if not isinstance(value, OneOf):
        return
    kept = [one for one in value.values if is_possible(one)]
    if not kept or len(kept) == len(value.values):
        return
    assign(frame, subject, _kept(value, frozenset(kept)))
    for one in value.values.difference(kept):
        if isinstance(one, Scheduler) and not _is_held(frame, one):
            frame.state.progress.pop(one, None)  # where the subject is something else, this one was not built


def _is_held(frame: Frame, scheduler: Scheduler) -> bool:
    """Whether a name or attribute surely holds a scheduler."""
    tables = (frame.state.names.rows(), frame.state.attributes.rows())
    return any(value == scheduler for rows in tables for row in rows.values() for value in row.values())


def _kept(value: OneOf, kept: frozenset[Value]) -> Value:
    """Those alternatives of a value, still with what they depend on."""
    if value.choice is None:
        return one_of(kept, value.born)
    choice = map_choice(value.choice, lambda leaf: one_of(leaves(leaf) & kept, value.born))
    return OneOf(kept, value.born, choice) if isinstance(choice, Choice) else one_of(kept, value.born)


def _is_computed(subject: ir.Name | ir.Attribute) -> bool:
    """Whether nothing can be bound to a name: `__class__`, and `__name__` of a class that is shared."""
    return isinstance(subject, ir.Attribute) and subject.attr.startswith("__")


def _narrow_by_trial(frame: Frame, test: ir.Expression, holds: bool) -> None:
    """Narrow the optimizers and schedulers in a test of any form: it is evaluated with each of those in turn."""
    if not frame.state.groups and not frame.state.progress:
        return
    for subject in descend([test]):
        if isinstance(subject, _SUBJECTS):
            value = evaluate(frame, subject)
            if isinstance(value, OneOf) and any(isinstance(one, Optimizer | Scheduler) for one in value.values):
                _keep(frame, subject, partial(_may_hold, frame, test, holds, subject))


def _may_hold(frame: Frame, test: ir.Expression, holds: bool, subject: ir.Expression, value: Value) -> bool:
    """Whether a test can come out as `holds` if `subject` is `value`; nothing is left of the trial."""
    walk = frame.walk
    state, facts = walk.state, walk.facts
    walk.state, walk.facts = state.copy(), Facts()
    try:
        assign(frame, subject, value)
        return truth(evaluate(frame, test)) is not (not holds)
    finally:
        walk.state, walk.facts = state, facts
