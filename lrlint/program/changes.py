"""Changes of lists and dicts, which the state keeps."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program.alternatives import chosen
from lrlint.program.collected import Key, is_of_places, with_entry, with_items
from lrlint.program.contents import Entries
from lrlint.program.selection import Several
from lrlint.program.unknown import escape_optional
from lrlint.program.values import Constant, Mapping, Sequence, Value
from lrlint.program.walk import Frame


def extend(frame: Frame, sequence: Sequence, more: Iterable[Value | Several] | None) -> None:
    """Put items at the end of a list, None if they are not known."""
    items = frame.state.items.get(sequence.ident, sequence.items)
    frame.state.made.items[sequence.ident] = sequence.items
    if items is None or more is None:
        longer = None
    elif any(activation.born > sequence.ident for activation in frame.walk.rounds()):
        longer = with_items(items, tuple(more), frame.walk.tick())  # it is not known how often a loop changes the list
    else:
        longer = (*items, *map(_kept, more))
    if longer is None:
        escape_optional(frame, sequence)
    frame.state.items[sequence.ident] = longer


def _kept(item: Value | Several) -> Value | Several:
    return item if isinstance(item, Several) else chosen(item)


def set_entry(frame: Frame, mapping: Mapping, key: Value, value: Value) -> None:
    """Write an entry of a dict, which is not known any more if neither the key nor what the value is is known."""
    entries = frame.state.entries.get(mapping.ident, mapping.entries)
    frame.state.made.entries[mapping.ident] = mapping.entries
    changed: Entries | None = None
    if entries is not None and isinstance(key, Constant):
        changed = tuple({**dict(entries), key.value: chosen(value)}.items())
    elif entries is not None and isinstance(key, Key):
        changed = with_entry(entries, key, value, frame.walk.tick())
    if changed is None:
        escape_optional(frame, mapping)
    frame.state.entries[mapping.ident] = changed


def set_slot(frame: Frame, sequence: Sequence, index: Value, value: Value) -> None:
    """Assign an item of a list, which is not known any more unless a loop assigns its places in turn."""
    state = frame.state
    is_new = sequence.ident not in state.entries and sequence.ident not in state.items
    entries = () if is_new and is_of_places(sequence) else state.entries.get(sequence.ident)
    state.made.entries.setdefault(sequence.ident, () if is_of_places(sequence) else None)
    changed: Entries | None = None
    if entries is not None and isinstance(index, Key):
        changed = with_entry(entries, index, value, frame.walk.tick())
    if changed is None:
        escape_optional(frame, sequence)
        state.items[sequence.ident] = None
    state.entries[sequence.ident] = changed
