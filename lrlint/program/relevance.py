"""Relevance: which names of a module have to do with optimizers, schedulers and parameters at all.

Most of a training script has not.  The walk passes over calls and assignments that mention no relevant name: they can
neither build nor step anything, and what they compute is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from lrlint.program import ir
from lrlint.program.alternatives import leaves
from lrlint.program.objects import possible_entries, possible_items, storage
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
    """`names` may stand for a relevant object, or for a function or class that handles one; `untracked` are the
    attributes and outer names that functions assign which the walk passes over."""

    names: frozenset[str]
    untracked: frozenset[str]


@cache
def building_names() -> frozenset[str]:
    """The names of the classes and functions that an optimizer or scheduler can be built with."""
    classes = frozenset(signature.class_name for signature in signatures.signatures()) - {"Optimizer"}
    return classes | factories.NAMES


def relevance_of(module: ir.Module, imported: frozenset[str]) -> Relevance:
    """What of a module the walk has to follow; `imported` are relevant names that come from other modules."""
    names = SEEDS | building_names() | imported
    open_flows = list(module.flows)
    while True:
        rest = [flow for flow in open_flows if flow.mentions.isdisjoint(names)]
        if len(rest) == len(open_flows):
            return Relevance(names, frozenset().union(*(flow.stores for flow in rest)))
        names = names.union(*(flow.targets for flow in open_flows if not flow.mentions.isdisjoint(names)))
        open_flows = rest


def holds_relevant(frame: Frame, values: Iterable[Value]) -> bool:
    """Whether any of these values is, or leads to, an object that the walk follows."""
    seen: set[Value] = set()
    stack = list(values)
    while stack:
        value = stack.pop()
        if value in seen:
            continue
        seen.add(value)
        if _is_followed(frame, value):
            return True
        if isinstance(value, Class | Function):
            stack += value.bases if isinstance(value, Class) else [value.owner or Constant(None)]
        if isinstance(value, Choice | OneOf):
            stack += leaves(value)
        elif isinstance(value, Sequence | Mapping):
            stack += (one.parameters if isinstance(one, Several) else one for one in _contents(frame, value))
        elif isinstance(value, Instance | Opaque):
            stack += frame.state.attributes.row(storage(value)).values()
    return False


def _is_followed(frame: Frame, value: Value) -> bool:
    """Whether a value is itself what the walk follows, or can build it."""
    if isinstance(value, Class | Function):
        return is_relevant(value)
    if isinstance(value, External):
        return value.name in _TORCH_MODULES or signatures.find(value.name) is not None
    if isinstance(value, Imported):
        return frame.walk.project.is_of_interest(value.module, value.names)
    return isinstance(value, GradScaler | Optimizer | Parameters | Partial | Scheduler)


def _contents(frame: Frame, value: Sequence | Mapping) -> Iterable[Value | Several]:
    if isinstance(value, Sequence):
        return possible_items(frame, value) or ()
    return (possible_entries(frame, value) or {}).values()


def is_relevant(value: Class | Function) -> bool:
    """Whether the text of a class or function mentions what the walk follows."""
    mentions = value.definition.mentions if isinstance(value, Class) else value.function.mentions
    return not mentions.isdisjoint(value.scope.module.relevance.names)
