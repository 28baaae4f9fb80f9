"""Iterators of parameters give them once: who reads one, and what is left for the next reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import EmptyRead, Search
from lrlint.program.objects import entries_of, items_of, new_sequence
from lrlint.program.selection import OneShot, Parameters, Several
from lrlint.program.values import Mapping, Partial, Sequence, Value
from lrlint.program.walk import Frame

ITERATOR = "iterator"
"""The kind of a sequence that is read once: `chain(a, b)`."""


_HOLDING_PARAMETERS = (Mapping, Parameters, Partial, Sequence)


def parts_of(frame: Frame, value: Value) -> tuple[Parameters, ...] | None:
    """What an iterable of parameters holds, if it is one and known; an empty list is one, too."""
    if isinstance(value, Parameters):
        return (value,)
    items = items_of(frame, value) if isinstance(value, Sequence) else None
    parts = tuple(item.parameters for item in items or () if isinstance(item, Several))
    return None if items is None or len(parts) < len(items) else parts


def read_all(
    frame: Frame, value: Value, place: ir.Expression, reader: str = "code", is_whole: bool = True
) -> tuple[Parameters, ...] | None:
    """What reading an iterable gives, None where that is not known.  Its iterators have nothing to give after that.

    `is_whole` says whether it is surely read to its end.
    """
    parts = parts_of(frame, value)
    if parts is None:
        may_read(frame, value)
        return None
    used_up = frame.state.used_up
    left = [part for part in parts if used_up.keys().isdisjoint(part.iterators)]
    empty = [part for part in parts if any(used_up.get(one) is not None for one in part.iterators)]
    for part in empty:
        _note_empty(frame, part, place, "group" if left and reader == "optimizer" else reader)
    _mark(frame, parts, place if is_whole else None)
    if len(left) + len(empty) < len(parts):
        return None
    return tuple(replace(part, iterators=frozenset()) for part in left)


def may_read(frame: Frame, value: Value) -> None:
    """Somebody gets an iterable and may read some of it, or all."""
    for one in alternatives(value):
        if isinstance(one, _HOLDING_PARAMETERS):
            _mark(frame, _parts_within(frame, one), None)


def search(frame: Frame, place: ir.Expression, value: Value, is_whole: bool) -> None:
    """Note `x in iterator` for one x after the other; `is_whole`: surely until nothing is left."""
    for part in parts_of(frame, value) or ():
        if not part.iterators:
            continue
        if any(frame.state.used_up.get(one) is not None for one in part.iterators):
            _note_empty(frame, part, place, "search")
        else:
            newest = max(part.iterators, key=lambda one: one.ident)
            frame.walk.facts.searches.append(Search(place, frame.visit(), part, newest))
        _mark(frame, (part,), place if is_whole else None)


def new_iterator(frame: Frame, source: ir.Expression, parts: Iterable[Parameters]) -> Value:
    """An iterator over parameters that come through the iterators of the parts."""
    one = OneShot(frame.walk.tick(), source)
    through = tuple(replace(part, iterators=part.iterators | {one}) for part in parts)
    if len(through) == 1:
        return through[0]
    return new_sequence(frame, ITERATOR, source, tuple(map(Several, through)))


def new_list(frame: Frame, kind: str, source: ir.Expression, parts: Iterable[Parameters] | None) -> Sequence:
    """A list of parameters."""
    return new_sequence(frame, kind, source, None if parts is None else tuple(map(Several, parts)))


def _parts_within(frame: Frame, value: Value) -> Iterator[Parameters]:
    """All parameters that whoever gets a value can get at: those in the groups of a list, too."""
    seen: set[int] = set()  # by identity: all parts of one module have the same hash
    stack: list[Value] = [value]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, Parameters):
            yield one
        elif isinstance(one, Mapping):
            stack += (entries_of(frame, one) or {}).values()
        elif isinstance(one, Partial):
            stack += one.arguments.values
        elif isinstance(one, Sequence):
            stack += (item.parameters if isinstance(item, Several) else item for item in items_of(frame, one) or ())


def _mark(frame: Frame, parts: Iterable[Parameters], place: ir.Expression | None) -> None:
    used_up = frame.state.used_up
    for part in parts:
        for one in part.iterators:
            if used_up.get(one) is None:
                used_up[one] = place


def _note_empty(frame: Frame, part: Parameters, place: ir.Expression, reader: str) -> None:
    spent = [one for one in part.iterators if frame.state.used_up.get(one) is not None]
    newest = max(spent, key=lambda one: one.ident)
    earlier = frame.state.used_up[newest]
    assert earlier is not None
    frame.walk.facts.empty_reads.append(EmptyRead(place, frame.visit(), part, newest, earlier, reader))
