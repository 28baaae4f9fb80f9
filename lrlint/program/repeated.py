"""Repeated rounds: what is known of names and attributes that loops change, where one walk stands for many rounds."""

from __future__ import annotations

from functools import lru_cache

from lrlint.program import ir
from lrlint.program.alternatives import aged, later
from lrlint.program.lasting import is_lasting
from lrlint.program.objects import home_of
from lrlint.program.search import descend, targets_of
from lrlint.program.state import Scope
from lrlint.program.values import Constant, OneOf, Opaque, Optimizer, Scheduler, Value, number_of
from lrlint.program.walk import Frame


def as_of_now(frame: Frame, value: Value, is_untracked: bool) -> Value:
    """The value of a name or attribute that loops change: a guard on it can come out otherwise in another round."""
    if is_untracked and isinstance(value, Constant | OneOf):
        return frame.walk.opaque()
    number = number_of(value)
    if number is not None and frame.walk.activations:
        now = frame.walk.tick()
        return Opaque(now, now, first=number)
    if not frame.walk.activations:
        return later(value)
    if _is_in_later_round(frame):
        value = later(value)
    return aged(value, frame.walk.tick())


def attribute_as_of_now(frame: Frame, attr: str, value: Value, is_untracked: bool) -> Value:
    """The value of such an attribute: code that is not in view may have changed it in a round before.

    That is not reckoned with where the attribute holds an optimizer or scheduler, or nothing.
    """
    if not is_untracked and _trains(value) and is_lasting(frame.walk, attr):
        return value
    now = as_of_now(frame, value, is_untracked)
    return later(now) if isinstance(value, Constant) and _is_in_later_round(frame) else now


def _trains(value: Value) -> bool:
    return isinstance(value, OneOf) and any(isinstance(one, Optimizer | Scheduler) for one in value.values)


def known_flags(frame: Frame) -> dict[tuple[Scope, str], Value]:
    """The names in view that are surely True or surely False, though loops change them."""
    varying, names = frame.module.lowered.varying, frame.state.names
    found: dict[tuple[Scope, str], Value] = {}
    scope: Scope | None = frame.scope
    while scope is not None:
        row = names.row(scope)
        found |= {(scope, name): row[name] for name in varying & row.keys() if _is_flag(row[name])}
        scope = scope.parent
    return found


def _is_flag(value: Value) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, bool)


def _is_in_later_round(frame: Frame) -> bool:
    return any(not activation.is_first_round for activation in frame.walk.activations)


def forget_changed(frame: Frame, loop: ir.Loop) -> None:
    """Make unknown what a loop changes, as its first round is walked together with all others.

    That is so where a loop around it is past its first round: a counter that is set to 0 above the loop is 0 in the
    first of its rounds only.
    """
    state = frame.state
    names, attributes = _changed_in(loop)
    for name in names:
        scope = home_of(frame.scope, name)
        if number_of(state.names.get(scope, name)) is not None:
            state.names.set(scope, name, frame.walk.opaque())
    for attr in attributes:
        owners = [owner for owner, row in state.attributes.rows().items() if number_of(row.get(attr)) is not None]
        for owner in owners:
            state.attributes.set(owner, attr, frame.walk.opaque())


@lru_cache(maxsize=1024)
def _changed_in(loop: ir.Loop) -> tuple[frozenset[str], frozenset[str]]:
    """The names and the attributes that the rounds of a loop assign."""
    targets = [target for element in descend(loop.body) for target in targets_of(element)]
    names = frozenset(target.id for target in targets if isinstance(target, ir.Name))
    return names, frozenset(target.attr for target in targets if isinstance(target, ir.Attribute))
