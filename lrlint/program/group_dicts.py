"""What an optimizer gets as its parameters and param groups, also where not all of its groups are known."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import GroupDict, ParamsGiven
from lrlint.program.objects import entries_of, possible_items
from lrlint.program.parameters import content_of
from lrlint.program.selection import Several
from lrlint.program.values import Mapping, Optimizer, Sequence, Value
from lrlint.program.walk import Frame


def note_params(frame: Frame, call: ir.Call, optimizer: Optimizer, given: Value, place: ir.Expression) -> None:
    """Note what an optimizer's constructor gets as its parameters, and the dicts in that.

    To be asked before the optimizer does: torch writes into the dicts.
    """
    _note_content(frame, call, optimizer, "optimizer", given, place)
    for value in alternatives(given):
        items = possible_items(frame, value) if isinstance(value, Sequence) else None
        for item in items or ():
            _note_dicts(frame, call, optimizer, alternatives(item) if not isinstance(item, Several) else ())


def note_addition(frame: Frame, call: ir.Call, optimizer: Optimizer, given: Value) -> None:
    """Note what `add_param_group` gets."""
    _note_content(frame, call, optimizer, "add_param_group", given, call.arguments[0].value)
    _note_dicts(frame, call, optimizer, alternatives(given))


def _note_dicts(frame: Frame, call: ir.Call, optimizer: Optimizer, values: Iterable[Value]) -> None:
    for value in values:
        if not isinstance(value, Mapping):
            continue
        entries = entries_of(frame, value)
        known = None if entries is None else tuple(entries.items())
        frame.walk.facts.group_dicts.append(GroupDict(call, frame.visit(), optimizer, value, known))
        content, place = (entries or {}).get("params"), content_of(value.source)
        if content is not None and place is not None:
            _note_content(frame, call, optimizer, "group", content, place)


def _note_content(
    frame: Frame, call: ir.Call, optimizer: Optimizer, receiver: str, value: Value, place: ir.Expression
) -> None:
    items = possible_items(frame, value) if isinstance(value, Sequence) else None
    given = ParamsGiven(call, frame.visit(), optimizer, receiver, place, value, items)
    frame.walk.facts.params_given.append(given)
