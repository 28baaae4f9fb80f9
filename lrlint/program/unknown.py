"""Unknown code: what it may do to the objects that it gets."""

from __future__ import annotations

from lrlint.program.arguments import Arguments
from lrlint.program.state import Scope
from lrlint.program.steps import escape_to_unknown, run_unknown_code
from lrlint.program.values import Bound, Function, Instance, Mapping, Opaque, Scheduler, Sequence, Super, Value, alternatives
from lrlint.program.walk import Frame


def call_unknown(frame: Frame, callee: Value, arguments: Arguments) -> Value:
    """A call of something that is not in view: it may do anything to what it holds and gets."""
    for value in (callee, *arguments.values):
        escape(frame, value)
    run_unknown_code(frame)
    return frame.walk.opaque()


def escape(frame: Frame, value: Value) -> None:
    """Unknown code gets `value` and all that can be reached from it."""
    seen: set[Value] = set()
    stack = [value]
    while stack:
        one = stack.pop()
        if one in seen:
            continue
        seen.add(one)
        stack += _reachable(frame, one)
        escape_to_unknown(frame, one)


def _reachable(frame: Frame, value: Value) -> list[Value]:
    """What can be got at from a value in one step; lists and dicts in it may be changed from now on."""
    state = frame.state
    found = [v for v in alternatives(value) if v != value]
    if isinstance(value, Sequence):
        found += state.items.get(value.ident) or ()
        state.items[value.ident] = None
    elif isinstance(value, Mapping):
        found += (state.entries.get(value.ident) or {}).values()
        state.entries[value.ident] = None
    elif isinstance(value, Instance | Opaque):
        found += [held for (owner, _), held in state.attributes.items() if owner == value]
        state.versions[value.ident] = state.versions.get(value.ident, 0) + 1
    elif isinstance(value, Function):
        found += _captured(frame, value)
    elif isinstance(value, Bound | Super):
        found.append(value.owner)
    elif isinstance(value, Scheduler):
        found.append(value.optimizer)
    return found


def _captured(frame: Frame, function: Function) -> list[Value]:
    """The values of the outer names that a function mentions, and the object it is bound to."""
    found = [function.owner] if function.owner is not None else []
    scope: Scope | None = function.scope
    while scope is not None:
        found += [
            value for (home, name), value in frame.state.names.items() if home is scope and name in function.function.mentions
        ]
        scope = scope.parent
    return found
