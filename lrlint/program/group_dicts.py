"""Which dicts an optimizer gets as its param groups, also where not all of its groups are known."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import GroupDict
from lrlint.program.objects import entries_of, possible_items
from lrlint.program.selection import Several
from lrlint.program.values import Mapping, Optimizer, Sequence, Value
from lrlint.program.walk import Frame


def note_dicts(frame: Frame, call: ir.Call, optimizer: Optimizer, given: Value) -> None:
    """Note the dicts in what an optimizer's constructor gets as its parameters.

    To be asked before the optimizer does: torch writes into the dicts.
    """
    for value in alternatives(given):
        items = possible_items(frame, value) if isinstance(value, Sequence) else None
        for item in items or ():
            _note(frame, call, optimizer, alternatives(item) if not isinstance(item, Several) else ())


def note_dict(frame: Frame, call: ir.Call, optimizer: Optimizer, given: Value) -> None:
    """Note the dict that `add_param_group` gets."""
    _note(frame, call, optimizer, alternatives(given))


def _note(frame: Frame, call: ir.Call, optimizer: Optimizer, values: Iterable[Value]) -> None:
    for value in values:
        if isinstance(value, Mapping):
            entries = entries_of(frame, value)
            known = None if entries is None else tuple(entries.items())
            frame.walk.facts.group_dicts.append(GroupDict(call, frame.visit(), optimizer, value, known))
