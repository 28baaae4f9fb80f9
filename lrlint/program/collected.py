"""Collected objects: lists and dicts that the rounds of a loop fill with optimizers and schedulers.

for name, net in nets.items():
    optimizers[name] = SGD(net.parameters(), lr=0.1)
    schedulers.append(StepLR(optimizers[name], 30))

How many rounds there are is not known, so each item that a round of the walk puts there may be absent.
"""

from __future__ import annotations

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


def value_of(key: object) -> Value:
    """The value of a key of a dict."""
    return key if isinstance(key, Key) else Constant(key)


def is_of_places(sequence: Sequence) -> bool:
    """Whether a list is made of places to fill: `[None] * n`, `[[] for _ in range(n)]`."""
    return sequence.kind == SLOTS or (bool(sequence.items) and all(map(_is_place, sequence.items or ())))


def _is_place(item: Value | Several) -> bool:
    return item == Constant(None) or (isinstance(item, Sequence) and item.kind == "list" and item.items == ())


def _is_collected(value: Value | Several) -> bool:
    """Whether a value is an optimizer or scheduler, whichever."""
    return not isinstance(value, Several) and all(isinstance(one, Optimizer | Scheduler) for one in leaves(value))


def with_items(items: Items, more: Items, born: int) -> Items | None:
    """The items of a list to which a round adds some; None if that can't be followed."""
    if len(items) + len(more) > MAX_COLLECTED or not all(map(_is_collected, more)):
        return None
    return (*items, *(one if isinstance(one, Several) else _optional(one, born) for one in more))


def with_entry(entries: Entries, key: Key, value: Value, born: int) -> Entries | None:
    """The entries of a dict to which code adds one under an unknown key; None if that can't be followed."""
    changed = {**dict(entries), key: _optional(value, born)}
    return tuple(changed.items()) if len(changed) <= MAX_COLLECTED and _is_collected(value) else None


def _optional(value: Value, born: int) -> Value:
    return chosen(one_of((value, ABSENT), born))
