"""Relevance: which names of a module have to do with optimizers, schedulers and parameters at all.

Most of a training script has not.  The walk passes over calls and assignments that mention no relevant name: they can
neither build nor step anything, and what they compute is unknown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field

from lrlint.program import ir
from lrlint.program.alternatives import leaves
from lrlint.program.carrying import Names, carries, plain_names
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
from lrlint.torch_api import signatures
from lrlint.torch_api.factories import building_names

ACTING = frozenset(["add_param_group", "backward", "optimizer_step", "step"])
"""What code mentions that steps something or computes gradients."""

GIVING = frozenset(["GradScaler", "named_parameters", "namedtuple", "parameters"])
"""What code mentions that scales gradients, asks for the parameters of a model, or makes a class without saying so."""

_FOLLOWED = (GradScaler, Optimizer, Parameters, Partial, Scheduler)
_DEFINITIONS = (Class, Function)
_WITH_ATTRIBUTES = (Opaque, Instance)
_OPEN = (Choice, OneOf)

_TORCH_MODULES = frozenset(["torch.optim", "torch.optim.lr_scheduler"])
"""What people hand to a function that picks a class out of it."""


@dataclass(frozen=True, slots=True)
class Relevance:
    """What of a module the walk has to follow.

    The names in `known` stand, or may stand, for a relevant object, or for a function or class that handles one,
    wherever in the module they are; `untracked` are the attributes and outer names that functions assign which the walk
    passes over.
    """

    module: ir.Module
    known: Names
    untracked: frozenset[str]
    _within: dict[tuple[ir.Region | None, Names], frozenset[str]] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """What has to do with something relevant wherever it stands in the module."""
        return self.known.followed

    def within(self, region: ir.Region | None, more: Names) -> frozenset[str]:
        """The relevant names of a region (None: outside of functions), where `more` are relevant as well."""
        key = region, more.without(self.known)
        if key not in self._within:
            flows = (*(region.flows if region is not None else ()), *(self.module.flows if key[1].followed else ()))
            names, _ = _follow(flows, self.known.with_followed(more.followed).with_held(more.held))
            self._within[key] = names.followed
        return self._within[key]


def relevance_of(module: ir.Module, imported: frozenset[str]) -> Relevance:
    """What of a module the walk has to follow; `imported` are relevant names that come from other modules."""
    held = GIVING | building_names() | imported
    names = Names(held | ACTING, held, plain_names(module.bindings))
    while True:
        reached, untaken = _follow(module.flows, names)
        for region in module.regions:
            inside, rest = _follow(region.flows, reached)
            untaken += rest
            reached = _outside_of(region, inside, reached)
        if reached == names:
            return Relevance(module, names, frozenset().union(*(flow.stores for flow in untaken)))
        names = reached


def _outside_of(region: ir.Region, inside: Names, around: Names) -> Names:
    """What is known outside of a region: attributes, and the names that are not its own."""
    own = region.local - around.followed
    return Names(inside.followed - own, inside.held - own, around.plain)


def _follow(flows: SequenceOf[ir.Flow], names: Names) -> tuple[Names, list[ir.Flow]]:
    """The names that the flows lead to from `names`, these included, and the flows that do not start from any."""
    rest = list(flows)
    while True:
        more = {flow for flow in rest if _starts(flow, names)}
        if not more:
            return names, rest
        rest = [flow for flow in rest if flow not in more]
        names = names.with_followed(_targets(flow for flow in more if flow.is_run))
        names = names.with_held(_targets(flow for flow in more if not flow.is_run))


def _starts(flow: ir.Flow, names: Names) -> bool:
    if flow.mentions.isdisjoint(names.followed):
        return False
    return flow.values is None or any(carries(value, names) for value in flow.values)


def _targets(flows: Iterable[ir.Flow]) -> frozenset[str]:
    return frozenset().union(*(flow.names | flow.members for flow in flows))


def holds_relevant(frame: Frame, values: Iterable[Value]) -> bool:
    """Whether any of these values is, or leads to, an object that the walk follows."""
    seen: set[Value] = set()
    stack = [value for value in values if not isinstance(value, Constant)]
    while stack:
        value = stack.pop()
        held = _held(frame, value)
        if isinstance(value, Opaque) and not held:
            continue
        if _is_followed(frame, value):
            return True
        if held and value not in seen:
            seen.add(value)
            stack += [one for one in held if not isinstance(one, Constant)]
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
    if isinstance(value, Opaque):
        return False
    if isinstance(value, _DEFINITIONS):
        return is_relevant(value)
    if isinstance(value, External):
        return value.name in _TORCH_MODULES or signatures.find(value.name) is not None
    if isinstance(value, Imported):
        return frame.walk.project.is_of_interest(value.module, value.names)
    return isinstance(value, _FOLLOWED)


def _held(frame: Frame, value: Value) -> Collection[Value]:
    """What can be got at from a value in one step."""
    if isinstance(value, _WITH_ATTRIBUTES):
        return frame.state.attributes.row(storage(value)).values()
    if isinstance(value, _OPEN):
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
    named = (*bound.items(), *around(frame, function))
    names = Names(frozenset(), _holding(frame, named))
    for name, value in named:
        if name in ir.OBJECTS and isinstance(value, Class | Instance):
            held, methods = _members_to_follow(frame, value)
            names = names.with_held(held | methods.held).with_followed(methods.followed)
        elif name in ir.OBJECTS and name in names.held:
            return None
    return function.scope.module.relevance.within(_region_of(function), names)


def _holding(frame: Frame, named: Iterable[tuple[str, Value]]) -> frozenset[str]:
    """The names of values that are, or lead to, objects that the walk follows."""
    attributes = frame.state.attributes.rows()
    return frozenset(
        name
        for name, value in named
        if not isinstance(value, Constant)
        and not (isinstance(value, Opaque) and storage(value) not in attributes)
        and holds_relevant(frame, (value,))
    )


def inherited_methods(frame: Frame, owner: Value | None) -> frozenset[str]:
    """The methods of an object that handle something relevant, where its class has bases in other modules."""
    return _members_to_follow(frame, owner)[1].followed if isinstance(owner, Class | Instance) else frozenset()


def _members_to_follow(frame: Frame, owner: Class | Instance) -> tuple[frozenset[str], Names]:
    """The attributes of an object that hold something relevant, and the methods in other modules that handle it."""
    klass = owner if isinstance(owner, Class) else owner.klass
    attributes = dict(frame.state.attributes.row(storage(owner)))
    if isinstance(owner, Class):
        members = (one for base in linearize(klass) for one in base.members)
        attributes = {**{name: one for name, one in members if not isinstance(one, Function)}, **attributes}
    held = _holding(frame, attributes.items())
    followed, key = frame.walk.followed, (klass, held)
    if key not in followed:
        followed[key] = _methods_to_follow(klass, held)
    return held, followed[key]


def _methods_to_follow(klass: Class, held: frozenset[str]) -> Names:
    """The methods that handle something relevant, where the attributes `held` hold such things, and may return it.

    Nothing of a class whose bases are in its own module: the flows of the module tell them.
    """
    classes = linearize(klass)
    found: frozenset[str] = frozenset()
    if len({one.scope.module for one in classes}) == 1:
        return Names(found, found)
    methods = [(name, value) for one in classes for name, value in one.members if isinstance(value, Function)]
    while True:
        more = {name for name, value in methods if name not in found and _handles(value, held | found)}
        if not more:
            return Names(found, frozenset(name for name, one in methods if name in found and _returns(one)))
        found |= more


def _handles(method: Function, held: frozenset[str]) -> bool:
    mentions = method.function.mentions
    return not mentions.isdisjoint(method.scope.module.relevance.names) or not mentions.isdisjoint(held)


def _returns(method: Function) -> bool:
    """Whether what a method returns may be something relevant, or lead to it."""
    return method.function.name in method.scope.module.relevance.known.held


def _region_of(function: Function) -> ir.Region | None:
    """The region of the outermost function around a function."""
    functions = [scope.function for scope in outer_scopes(function) if scope.function is not None]
    return (functions[-2] if len(functions) > 1 else function.function).region
