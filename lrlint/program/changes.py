"""Changes of lists and dicts, which the state keeps."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program.alternatives import chosen
from lrlint.program.selection import Several
from lrlint.program.values import Constant, Mapping, Sequence, Value
from lrlint.program.walk import Frame


def extend(frame: Frame, sequence: Sequence, more: Iterable[Value | Several] | None) -> None:
    """Put items at the end of a list, None if they are not known."""
    items = frame.state.items.get(sequence.ident, sequence.items)
    frame.state.made.items[sequence.ident] = sequence.items
    if any(activation.born > sequence.ident for activation in frame.walk.rounds()):
        items = None  # it is not known how often a loop changes the list
    frame.state.items[sequence.ident] = None if items is None or more is None else (*items, *map(_kept, more))


def _kept(item: Value | Several) -> Value | Several:
    return item if isinstance(item, Several) else chosen(item)


def set_entry(frame: Frame, mapping: Mapping, key: Value, value: Value) -> None:
    """Write an entry of a dict, which is not known any more if the key is not."""
    entries = frame.state.entries.get(mapping.ident, mapping.entries)
    frame.state.made.entries[mapping.ident] = mapping.entries
    is_known = entries is not None and isinstance(key, Constant)
    changed = {**dict(entries or ()), key.value: chosen(value)} if is_known and isinstance(key, Constant) else None
    frame.state.entries[mapping.ident] = None if changed is None else tuple(changed.items())
