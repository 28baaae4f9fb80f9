"""Unknown code: what it may do to the objects that it gets."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program.alternatives import alternatives, leaves
from lrlint.program.arguments import Arguments
from lrlint.program.closures import captured, outer_scopes
from lrlint.program.contents import may_be_absent
from lrlint.program.iterators import may_read
from lrlint.program.objects import possible_entries, possible_items, storage
from lrlint.program.selection import Several
from lrlint.program.steps import escape_to_unknown, run_unknown_code
from lrlint.program.values import (
    Bound,
    Constant,
    Counter,
    External,
    Function,
    Instance,
    Mapping,
    Opaque,
    Partial,
    Scheduler,
    Sequence,
    Super,
    Value,
)
from lrlint.program.walk import Frame


def call_unknown(frame: Frame, callee: Value, arguments: Arguments) -> Value:
    """A call of something that is not in view: it may do anything to what it holds and gets."""
    for value in (callee, *arguments.values):
        escape(frame, value)
    for value in arguments.values:
        _note_change(frame, value)
    run_unknown_code(frame)
    return frame.walk.opaque()


def escape(frame: Frame, value: Value) -> None:
    """Unknown code gets `value` and all that can be reached from it."""
    if isinstance(value, Constant | Counter | External):
        return
    seen: set[Value] = set()
    stack: list[Value] = [value]
    while stack:
        one = stack.pop()
        if one in seen:
            continue
        seen.add(one)
        may_read(frame, one)
        stack += _reachable(frame, one)
        escape_to_unknown(frame, one)


def escape_optional(frame: Frame, value: Value) -> None:
    """A list or dict of which not all is known goes a way on which its items are not told apart."""
    held: Iterable[Value | Several] = ()
    if isinstance(value, Sequence):
        held = possible_items(frame, value) or ()
    elif isinstance(value, Mapping):
        held = (possible_entries(frame, value) or {}).values()
    if any(map(may_be_absent, held)):
        escape(frame, value)


def _note_change(frame: Frame, value: Value) -> None:
    """A model that unknown code gets may have other parameters from now on."""
    for one in alternatives(value):
        if isinstance(one, Instance | Opaque):
            frame.walk.changed[one.ident] = frame.walk.clock


def _reachable(frame: Frame, value: Value) -> list[Value]:
    """What can be got at from a value in one step; lists and dicts in it may be changed from now on."""
    state = frame.state
    found = [v for v in leaves(value) if v != value]
    if isinstance(value, Sequence):
        found += (item for item in possible_items(frame, value) or () if not isinstance(item, Several))
        state.items[value.ident] = None
    elif isinstance(value, Mapping):
        found += (possible_entries(frame, value) or {}).values()
        state.entries[value.ident] = None
    elif isinstance(value, Instance | Opaque):
        found += state.attributes.row(storage(value)).values()
    elif isinstance(value, Partial):
        found += (value.callee, *value.arguments.values)
    elif isinstance(value, Function):
        found += [one for _, one in captured(frame, value, outer_scopes(value))]
        found += [value.owner] if value.owner is not None else []
    elif isinstance(value, Bound | Super):
        found.append(value.owner)
    elif isinstance(value, Scheduler):
        found.append(value.optimizer)
    return found
