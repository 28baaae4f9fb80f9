"""Repeated loops: what a loop changes, in a walk of one round that stands for all of its rounds."""

from __future__ import annotations

from functools import lru_cache

from lrlint.program import ir
from lrlint.program.objects import home_of
from lrlint.program.search import descend, targets_of
from lrlint.program.values import Constant, Value
from lrlint.program.walk import Frame


def forget_changed(frame: Frame, loop: ir.Loop) -> None:
    """Make unknown what a loop changes, as its first round is walked together with all others.

    That is so where a loop around it is past its first round: a counter that is set to 0 above the loop is 0 in the
    first of its rounds only.
    """
    state = frame.state
    names, attributes = _changed_in(loop)
    for name in names:
        scope = home_of(frame.scope, name)
        if _is_number(state.names.get(scope, name)):
            state.names.set(scope, name, frame.walk.opaque())
    for attr in attributes:
        owners = [owner for owner, row in state.attributes.rows().items() if _is_number(row.get(attr))]
        for owner in owners:
            state.attributes.set(owner, attr, frame.walk.opaque())


@lru_cache(maxsize=1024)
def _changed_in(loop: ir.Loop) -> tuple[frozenset[str], frozenset[str]]:
    """The names and the attributes that the rounds of a loop assign."""
    targets = [target for element in descend(loop.body) for target in targets_of(element)]
    names = frozenset(target.id for target in targets if isinstance(target, ir.Name))
    return names, frozenset(target.attr for target in targets if isinstance(target, ir.Attribute))


def _is_number(value: Value | None) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, int | float)
