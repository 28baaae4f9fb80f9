"""Relevance: which names of a module have to do with optimizers, schedulers and parameters at all.

Most of a training script has not.  The walk passes over calls and assignments that mention no relevant name: they can
neither build nor step anything, and what they compute is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field
from functools import cache

from lrlint.program import ir
from lrlint.program.alternatives import leaves
from lrlint.program.closures import captured, outer_scopes
from lrlint.program.objects import linearize, possible_entries, possible_items, storage
from lrlint.program.selection import Parameters, Several
from lrlint.program.values import (
    Choice,
    Class,
    Constant,
    External,
    Function,
    GradScaler,
    Imported,
    Instance,
    Mapping,
    OneOf,
    Opaque,
    Optimizer,
    Partial,
    Scheduler,
    Sequence,
    Value,
)
from lrlint.program.walk import Frame
from lrlint.torch_api import factories, signatures

SEEDS = frozenset(
    [
        *("GradScaler", "add_param_group", "backward", "named_parameters", "namedtuple"),
        *("optimizer_step", "parameters", "step"),
    ]
)
"""What code mentions that steps something, computes or scales gradients, asks for the parameters of a model, or makes a
class without saying so."""


_TORCH_MODULES = frozenset(["torch.optim", "torch.optim.lr_scheduler"])
"""What people hand to a function that picks a class out of it."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """What of a module the walk has to follow.

    `names` may stand for a relevant object, or for a function or class that handles one, wherever in the module they
    stand; `untracked` are the attributes and outer names that functions assign which the walk passes over.
    """

    module: ir.Module
    names: frozenset[str]
    untracked: frozenset[str]
    _within: dict[tuple[ir.Region | None, frozenset[str]], frozenset[str]] = field(default_factory=dict)

    def within(self, region: ir.Region | None, held: frozenset[str]) -> frozenset[str]:
        """The relevant names of a region (None: outside of functions) where `held` hold relevant objects as well."""
        key = region, held - self.names
        if key not in self._within:
            names = self.names | held
            flows = (*(region.flows if region is not None else ()), *(self.module.flows if key[1] else ()))
            taken, _ = _follow(flows, names)
            self._within[key] = names.union(*(flow.names | flow.members for flow in taken))
        return self._within[key]


@cache
def building_names() -> frozenset[str]:
    """The names of the classes and functions that an optimizer or scheduler can be built with."""
    return (signatures.class_names() - {"Optimizer"}) | factories.NAMES


def relevance_of(module: ir.Module, imported: frozenset[str]) -> Relevance:
    """What of a module the walk has to follow; `imported` are relevant names that come from other modules."""
    names = SEEDS | building_names() | imported
    while True:
        taken, untaken = _follow(module.flows, names)
        reached = names.union(*(flow.names | flow.members for flow in taken))
        for region in module.regions:
            taken, rest = _follow(region.flows, reached)
            untaken += rest
            reached = reached.union(*((flow.names - region.local) | flow.members for flow in taken))
        if reached == names:
            return Relevance(module, names, frozenset().union(*(flow.stores for flow in untaken)))
        names = reached


def _follow(flows: SequenceOf[ir.Flow], names: frozenset[str]) -> tuple[list[ir.Flow], list[ir.Flow]]:
    """The flows that start from any of `names`, or from where such a flow leads to; and the others."""
    taken: list[ir.Flow] = []
    rest = list(flows)
    while True:
        more = [flow for flow in rest if not flow.mentions.isdisjoint(names)]
        if not more:
            return taken, rest
        taken += more
        rest = [flow for flow in rest if flow.mentions.isdisjoint(names)]
        names = names.union(*(flow.names | flow.members for flow in more))


def holds_relevant(frame: Frame, values: Iterable[Value]) -> bool:
    """Whether any of these values is, or leads to, an object that the walk follows."""
    seen: set[Value] = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        if isinstance(value, Constant) or (isinstance(value, Opaque) and not _held(frame, value)) or value in seen:
            continue
        seen.add(value)
        if _is_followed(frame, value):
            return True
        stack += _held(frame, value)
    return False


def optimizers_in(frame: Frame, value: Value) -> frozenset[Optimizer]:
    """The optimizers that can be got at from a value."""
    seen: set[Value] = set()
    stack = [value]
    while stack:
        one = stack.pop()
        if one not in seen:
            seen.add(one)
            stack += _held(frame, one)
    return frozenset(one for one in seen if isinstance(one, Optimizer))


def mentions_of(value: Class | Function) -> frozenset[str]:
    """The names that a definition mentions."""
    return value.definition.mentions if isinstance(value, Class) else value.function.mentions


def is_relevant(value: Class | Function) -> bool:
    """Whether the text of a class or function mentions what the walk follows."""
    return not mentions_of(value).isdisjoint(value.scope.module.relevance.names)


def _is_followed(frame: Frame, value: Value) -> bool:
    """Whether a value is itself what the walk follows, or can build it."""
    if isinstance(value, Class | Function):
        return is_relevant(value)
    if isinstance(value, External):
        return value.name in _TORCH_MODULES or signatures.find(value.name) is not None
    if isinstance(value, Imported):
        return frame.walk.project.is_of_interest(value.module, value.names)
    return isinstance(value, GradScaler | Optimizer | Parameters | Partial | Scheduler)


def _held(frame: Frame, value: Value) -> Collection[Value]:
    """What can be got at from a value in one step."""
    if isinstance(value, Instance | Opaque):
        return frame.state.attributes.row(storage(value)).values()
    if isinstance(value, Choice | OneOf):
        return leaves(value)
    if isinstance(value, Class):
        return value.bases
    if isinstance(value, Function):
        seen = [one for _, one in around(frame, value)]
        return seen if value.owner is None else [value.owner, *seen]
    if isinstance(value, Sequence):
        return [item.parameters if isinstance(item, Several) else item for item in possible_items(frame, value) or ()]
    if isinstance(value, Mapping):
        entries = (possible_entries(frame, value) or {}).values()
        return [entry.parameters if isinstance(entry, Several) else entry for entry in entries]
    return ()


def around(frame: Frame, function: Function) -> list[tuple[str, Value]]:
    """What a function mentions of the functions that it is defined in, by name."""
    return captured(frame, function, outer_scopes(function)[:-1])


def names_to_follow(frame: Frame, function: Function, bound: dict[str, Value]) -> frozenset[str] | None:
    """The names that may stand for something relevant in a function that is called with these values for its
    parameters; None if any name may."""
    held: set[str] = set()
    for name, value in (*bound.items(), *around(frame, function)):
        if name in ir.OBJECTS and isinstance(value, Instance):
            held |= _members_to_follow(frame, value)
        elif name in ir.OBJECTS and holds_relevant(frame, [value]):
            return None
        if holds_relevant(frame, [value]):
            held.add(name)
    return function.scope.module.relevance.within(_region_of(function), frozenset(held))


def _members_to_follow(frame: Frame, owner: Instance) -> frozenset[str]:
    """The attributes of an object that hold something relevant, and the methods in other modules that handle it."""
    attributes = frame.state.attributes.row(storage(owner))
    held = frozenset(name for name, value in attributes.items() if holds_relevant(frame, [value]))
    followed, key = frame.walk.followed, (owner.klass, held)
    if key not in followed:
        followed[key] = _methods_to_follow(owner.klass, held)
    return held | followed[key]


def _methods_to_follow(klass: Class, held: frozenset[str]) -> frozenset[str]:
    """The methods that handle something relevant, where the attributes `held` hold such things.

    Nothing of a class whose bases are in its own module: the flows of the module tell them.
    """
    classes = linearize(klass)
    found: frozenset[str] = frozenset()
    if len({one.scope.module for one in classes}) == 1:
        return found
    methods = [(name, value) for one in classes for name, value in one.members if isinstance(value, Function)]
    while True:
        more = {name for name, value in methods if name not in found and _handles(value, held | found)}
        if not more:
            return found
        found |= more


def _handles(method: Function, held: frozenset[str]) -> bool:
    mentions = method.function.mentions
    return not mentions.isdisjoint(method.scope.module.relevance.names) or not mentions.isdisjoint(held)


def _region_of(function: Function) -> ir.Region | None:
    """The region of the outermost function around a function."""
    functions = [scope.function for scope in outer_scopes(function) if scope.function is not None]
    return (functions[-2] if len(functions) > 1 else function.function).region
