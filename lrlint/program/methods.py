"""Calls of methods of objects that are not instances of the program's own classes."""

from __future__ import annotations

from typing import TypeGuard

from lrlint.program import ir
from lrlint.program.arguments import Arguments
from lrlint.program.changes import extend
from lrlint.program.collected import value_of
from lrlint.program.contents import optional, present
from lrlint.program.dispatch import looked_up
from lrlint.program.facts import GroupAddition
from lrlint.program.group_dicts import note_addition
from lrlint.program.harmless import HARMLESS_METHODS, MODE_METHODS, is_harmless_class
from lrlint.program.iterators import may_read
from lrlint.program.objects import (
    entries_of,
    new_sequence,
    outside_bases,
    possible_entries,
    possible_items,
)
from lrlint.program.parameters import group_of, spread
from lrlint.program.scaling import call_scaler
from lrlint.program.selection import OneShot, Parameters
from lrlint.program.unknown import call_unknown, escape_optional
from lrlint.program.values import (
    Bound,
    Class,
    Constant,
    External,
    GradScaler,
    Instance,
    Mapping,
    Opaque,
    Optimizer,
    Scheduler,
    Sequence,
    Super,
    Value,
)
from lrlint.program.walk import Frame


def call_method(frame: Frame, method: Bound, expression: ir.Call, arguments: Arguments) -> Value:
    """The value of `owner.attr(…)`, with its effects."""
    owner = method.owner
    if method.attr == "load_state_dict":
        frame.walk.facts.restored.add(owner)
        return frame.walk.opaque()
    if isinstance(owner, Scheduler):
        return frame.walk.opaque()
    if isinstance(owner, GradScaler):
        return call_scaler(frame, owner, method.attr, expression)
    if isinstance(owner, Optimizer):
        return _call_optimizer(frame, owner, method.attr, expression, arguments)
    if isinstance(owner, Sequence):
        return _call_sequence(frame, owner, method.attr, expression, arguments)
    if isinstance(owner, Mapping):
        return _call_mapping(frame, owner, method.attr, arguments)
    if isinstance(owner, Opaque | Instance) and method.attr in _ITEMS and not arguments.values:
        return _parameters_of(frame, owner, method.attr, expression)
    if _is_harmless(frame, method):
        for value in arguments.values:
            may_read(frame, value)  # ", ".join(name for name, p in named)
        return frame.result_of(method.attr)
    return call_unknown(frame, method, arguments)


def _is_harmless(frame: Frame, method: Bound) -> bool:
    owner = method.owner
    if isinstance(owner, Instance | Super | Class):
        klass = owner if isinstance(owner, Class) else owner.klass
        if all(is_harmless_class(base) for base in outside_bases(klass)):
            return True
    if method.attr in MODE_METHODS:
        made = owner.born if isinstance(owner, Opaque) else frame.walk.clock
        oldest = frame.walk.facts.oldest_escaped
        return oldest is None or made < oldest  # so it can't hold any of them
    return method.attr in HARMLESS_METHODS


def _parameters_of(frame: Frame, owner: Opaque | Instance, attr: str, expression: ir.Call) -> Value:
    """`model.parameters()`, each time it is called another iterator."""
    if _gives_its_own(frame, owner, attr):
        return frame.walk.opaque()
    module = _now(frame, owner)
    one = OneShot(frame.walk.tick(), expression)
    return Parameters(module, frozenset(), expression, _owners(frame, module), _ITEMS[attr], frozenset([one]))


def _gives_its_own(frame: Frame, owner: Value, attr: str) -> bool:
    """Whether the class of an object, which was not read, may have a method of this name itself."""
    origin = owner.origin if isinstance(owner, Opaque) and not owner.path else None
    return origin is not None and frame.walk.project.defines_method(origin.module, origin.names, attr)


def _owners(frame: Frame, module: Opaque) -> frozenset[Opaque]:
    """The torch modules of the program that hold a module in an attribute, those that hold these, and so on."""
    holders: dict[int, list[Value]] = {}
    for owner, attributes in frame.state.attributes.rows().items():
        for held in attributes.values():
            if isinstance(held, _HOLDING):
                holders.setdefault(held.ident, []).append(owner)
    owners: set[Opaque] = set()
    wanted = {module.ident}
    while wanted:
        around = {_now(frame, one) for ident in wanted for one in holders.get(ident, ()) if _is_module(one)}
        wanted = {one.ident for one in around - owners}
        owners |= around
    return frozenset(owners)


def _is_module(value: Value) -> TypeGuard[Opaque | Instance]:
    """Whether a value may be a module of torch: an unknown object, or one whose class derives from torch's."""
    if not isinstance(value, Instance):
        return isinstance(value, Opaque)
    return any(isinstance(base, External) and base.name.startswith("torch.nn.") for base in outside_bases(value.klass))


def _now(frame: Frame, owner: Opaque | Instance) -> Opaque:
    """The object as it is now: parameters asked for later may be others."""
    version = frame.walk.version(owner.ident)
    if isinstance(owner, Instance):
        return Opaque(owner.ident, owner.ident, (), version)
    return Opaque(owner.ident, owner.born, owner.path, version)


MAX_GROUPS = 500
"""Param groups of one optimizer that are kept apart; of one that gets more no group is known any longer."""


def _call_optimizer(frame: Frame, optimizer: Optimizer, attr: str, expression: ir.Call, arguments: Arguments) -> Value:
    if attr in ("__init__", "__setstate__"):
        frame.state.groups[optimizer] = None
    if attr != "add_param_group" or len(arguments.values) != 1:
        return frame.walk.opaque()
    note_addition(frame, expression, optimizer, arguments.values[0])
    group = group_of(frame, arguments.values[0], expression.arguments[0].value)
    present = frame.state.groups.get(optimizer)
    if present is not None:
        frame.walk.facts.group_additions.append(GroupAddition(expression, optimizer, present, group))
        frame.state.groups[optimizer] = (*present, group) if len(present) < MAX_GROUPS else None
    return frame.walk.opaque()


def _call_sequence(frame: Frame, sequence: Sequence, attr: str, expression: ir.Call, arguments: Arguments) -> Value:
    if attr in ("append", "extend") and len(arguments.positional) == len(arguments.values) == 1:
        value = arguments.positional[0]
        more = (value,) if attr == "append" else spread(frame, value, expression.arguments[0].value)
        extend(frame, sequence, more)
        return Constant(None)
    if possible_items(frame, sequence) is None:
        return frame.walk.opaque()
    if attr not in _READING_METHODS:
        frame.state.items[sequence.ident] = None
    return frame.walk.derived(sequence)


def _pair(frame: Frame, mapping: Mapping, key: Value, value: Value) -> Value:
    """A key of a dict, and its value where it is there."""
    return new_sequence(frame, "tuple", mapping.source, (key, present(value)))


def _call_mapping(frame: Frame, mapping: Mapping, attr: str, arguments: Arguments) -> Value:
    possible = possible_entries(frame, mapping)
    if attr == "values" and possible is not None:
        return new_sequence(frame, "list", mapping.source, tuple(possible.values()))
    if attr in ("items", "keys") and possible is not None:
        keys = [(value_of(key), value) for key, value in possible.items()]
        view = [optional(one, key if attr == "keys" else _pair(frame, mapping, key, one)) for key, one in keys]
        return new_sequence(frame, "list", mapping.source, tuple(view))
    entries = entries_of(frame, mapping)
    if entries is None:
        escape_optional(frame, mapping)
        return frame.walk.opaque()
    if attr == "get" and arguments.positional:
        key, default = (*arguments.positional, Constant(None))[:2]
        if isinstance(key, Constant):
            return entries.get(key.value, default)
        found = looked_up(frame, mapping, key, default)
        return frame.walk.derived(mapping) if found is None else found
    if attr not in _READING_METHODS:
        frame.state.entries[mapping.ident] = None
    return frame.walk.derived(mapping)


_HOLDING = (Opaque, Instance)
_ITEMS = {"parameters": "parameter", "named_parameters": "pair"}
"""What the methods of a module give for each of its parameters."""

_READING_METHODS = frozenset(["copy", "count", "index"])
