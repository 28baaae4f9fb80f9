"""Things taken out of a dict or a module by a name that is not known: `{"sgd": SGD, "adam": Adam}[args.optimizer]`."""

from __future__ import annotations

from lrlint.program.alternatives import NEVER, one_of
from lrlint.program.modules import load
from lrlint.program.objects import entries_of, get_item, settle
from lrlint.program.relevance import optimizers_in
from lrlint.program.steps import may_be_stepped
from lrlint.program.table import MAX_CHOICES
from lrlint.program.unknown import escape_optional
from lrlint.program.values import (
    Choice,
    Class,
    Constant,
    External,
    Function,
    Imported,
    Mapping,
    Opaque,
    Optimizer,
    Partial,
    Scheduler,
    Sequence,
    Test,
    Value,
)
from lrlint.program.walk import Frame

UNKNOWN_MEMBER = "?"

_PICKED = Class | External | Function | Imported | Partial
"""What is picked out of a dict to be called."""


def member_of(module: External, name: Value) -> External | None:
    """What `getattr(torch.optim, name)` gives, None for other modules: with an unknown name, some class of torch."""
    if not module.name.startswith("torch.optim"):
        return None
    is_known = isinstance(name, Constant) and isinstance(name.value, str)
    return External(f"{module.name}.{name.value if is_known and isinstance(name, Constant) else UNKNOWN_MEMBER}")


def member_of_project(frame: Frame, module: Imported, name: Value) -> Value | None:
    """What `getattr(module, name)` gives with an unknown name, of a module of the project that is made for this.

    All that such a module defines are classes and functions that build optimizers or schedulers.
    """
    interest = frame.walk.project.interest(module.module)
    loaded = load(frame.walk, module.module) if interest and not module.names else None
    if loaded is None:
        return None
    defined = {
        key: value
        for key, value in frame.state.names.row(loaded.scope).items()
        if isinstance(value, Class | Function) and value.scope.module is loaded.scope.module
    }
    is_made_for_this = all(key in interest or key.startswith("_") for key in defined)
    chosen = [value for key, value in defined.items() if key in interest]
    return one_of(chosen, frame.walk.age(name)) if chosen and is_made_for_this else None


def is_any_scheduler(name: str) -> bool:
    """Whether a dotted name stands for some scheduler of torch, of which it is not known which one."""
    return name == f"torch.optim.lr_scheduler.{UNKNOWN_MEMBER}"


def get_entry(frame: Frame, owner: Value, index: Value) -> Value:
    """The value of `owner[index]`."""
    if isinstance(owner, External) and owner.name.endswith(".__dict__"):
        member = member_of(External(owner.name.removesuffix(".__dict__")), index)
        if member is not None:
            return member
    found = looked_up(frame, owner, index) if isinstance(owner, Mapping) else None
    value = get_item(frame, owner, index) if found is None else found
    if isinstance(value, Opaque) or (isinstance(index, Opaque) and index.first is not ...):
        escape_optional(frame, owner)
    is_any = not isinstance(index, Constant) and isinstance(owner, Mapping | Sequence) and isinstance(value, Opaque)
    if is_any and frame.state.progress:
        may_be_stepped(frame, optimizers_in(frame, owner))
    return value


def looked_up(frame: Frame, mapping: Mapping, key: Value, default: Value = NEVER) -> Value | None:
    """Any of the entries of a dict, by what an unknown key equals; None if they are not known, or the key changes.

    `default` is what comes of another key.
    """
    if isinstance(key, Constant):
        return None
    entries = entries_of(frame, mapping) or {}
    is_stable = isinstance(key, Opaque) and _is_stable(frame, key)
    are_objects = all(isinstance(value, Optimizer | Scheduler) for value in entries.values())
    if not all(isinstance(value, _PICKED) for value in entries.values()) and not (are_objects and is_stable):
        return None
    if not entries:
        return None
    if not isinstance(key, Opaque) or not is_stable or len(entries) > MAX_CHOICES:
        others = () if default == NEVER else (default,)
        return one_of((*entries.values(), *others), frame.walk.age(key))
    choice = default
    for name, value in reversed(entries.items()):
        choice = Choice(Test(key.ident, key.path, name), value, choice)
    return settle(frame, choice)


def _is_stable(frame: Frame, key: Opaque) -> bool:
    """Whether a key is the same in all rounds of the running loops."""
    if key.counters or key.first is not ...:
        return False
    return all(key.born < activation.born for activation in frame.walk.activations)
