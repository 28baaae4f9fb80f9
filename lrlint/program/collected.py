"""Collected objects: lists and dicts that the rounds of a loop fill with optimizers and schedulers.

for name, net in nets.items():
    optimizers[name] = SGD(net.parameters(), lr=0.1)
    schedulers.append(StepLR(optimizers[name], 30))

How many rounds there are is not known, so each item that a round of the walk puts there may be absent.
"""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program.alternatives import chosen, leaves, one_of
from lrlint.program.contents import Entries, Items
from lrlint.program.selection import Several
from lrlint.program.values import ABSENT, Constant, Counter, Opaque, Optimizer, Scheduler, Sequence, Value

SLOTS = "slots"
"""The kind of a list of unknown length whose items stand for nothing, until a loop assigns them one by one."""

MAX_COLLECTED = 8
"""Of longer lists and dicts nothing is known."""

Key = Opaque | Counter
"""An unknown key: entries under one and the same of these are the same, entries under others need not be others."""


def key_of(value: Value) -> object:
    """What a dict has as the key for a value, None where it can have none."""
    if isinstance(value, Constant):
        return value.value
    return value if isinstance(value, Key) else None


def value_of(key: object) -> Value:
    """The value of such a key."""
    return key if isinstance(key, Key) else Constant(key)


def is_of_places(sequence: Sequence) -> bool:
    """Whether a list is made of places to fill: `[None] * n`, `[[] for _ in range(n)]`."""
    return sequence.kind == SLOTS or (bool(sequence.items) and all(map(_is_place, sequence.items or ())))


def _is_place(item: Value | Several) -> bool:
    return item == Constant(None) or (isinstance(item, Sequence) and item.kind == "list" and item.items == ())


def is_collected(value: Value | Several) -> bool:
    """Whether a value is an optimizer or scheduler, whichever."""
    return not isinstance(value, Several) and all(isinstance(one, Optimizer | Scheduler) for one in leaves(value))


def with_items(items: Items, more: Iterable[Value | Several], born: int) -> Items | None:
    """The items of a list to which a round adds some; None if that can't be followed."""
    added = [one for one in more if not isinstance(one, Several) and is_collected(one)]
    longer = (*items, *(_optional(one, born) for one in added))
    return longer if len(longer) <= MAX_COLLECTED and len(added) == len(list(more)) else None


def with_entry(entries: Entries, key: Key, value: Value, born: int) -> Entries | None:
    """The entries of a dict to which code adds one under an unknown key; None if that can't be followed."""
    changed = {**dict(entries), key: _optional(value, born)}
    return tuple(changed.items()) if len(changed) <= MAX_COLLECTED and is_collected(value) else None


def _optional(value: Value, born: int) -> Value:
    return chosen(one_of((value, ABSENT), born))
