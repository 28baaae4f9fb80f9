"""Construction of torch's optimizers and schedulers."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.arguments import Arguments
from lrlint.program.facts import OptimizerBuild
from lrlint.program.objects import elements
from lrlint.program.parameters import groups_of
from lrlint.program.state import Progress
from lrlint.program.values import Constant, Optimizer, Scheduler, Sequence, Value
from lrlint.program.walk import Frame
from lrlint.torch_api import signatures
from lrlint.torch_api.signatures import Signature


def build_optimizer(frame: Frame, name: str, call: ir.Call, arguments: Arguments) -> Optimizer:
    """A new optimizer, of the class that `name` means to torch."""
    signature = signatures.optimizer(name)
    assert signature is not None
    given = _bind(frame, signature, arguments)
    optimizer = Optimizer(frame.walk.tick(), signature.name, call, tuple(given.items()))
    params = given.get("params")
    groups = groups_of(frame, params) if params is not None else None
    frame.state.groups[optimizer] = groups
    positional = () if arguments.has_star else arguments.positional
    beside = groups_of(frame, positional[1]) if len(positional) > 1 else None
    build = OptimizerBuild(call, frame.statement, signature.name, positional, groups, beside)
    frame.walk.facts.optimizer_builds.append(build)
    return optimizer


def build_scheduler(frame: Frame, name: str, call: ir.Call, arguments: Arguments) -> Scheduler:
    """A new scheduler, of the class that `name` means to torch, that has not been stepped."""
    signature = signatures.scheduler(name)
    assert signature is not None
    given = _bind(frame, signature, arguments)
    optimizer = given.get("optimizer") or _optimizer_of_members(frame, given.get("schedulers"))
    if optimizer is None:
        optimizer = frame.walk.opaque()
    scheduler = Scheduler(frame.walk.tick(), signature.name, call, optimizer, tuple(given.items()))
    frame.state.progress[scheduler] = Progress()
    return scheduler


def _bind(frame: Frame, signature: Signature, arguments: Arguments) -> dict[str, Value]:
    """What is passed for which parameter, also of a call that Python would refuse."""
    slots = [parameter.name for parameter in signature.parameters if not parameter.keyword_only]
    given = {**arguments.keywords, **dict(zip(slots, arguments.positional, strict=False))}
    return {name: _frozen(frame, value) for name, value in given.items()}


def _frozen(frame: Frame, value: Value) -> Value:
    """A list of constants as one constant, since the list itself may change later."""
    items = elements(frame, value) if isinstance(value, Sequence) else None
    if not items or not all(isinstance(item, Constant) for item in items):
        return value
    return Constant(tuple(item.value for item in items if isinstance(item, Constant)))


def _optimizer_of_members(frame: Frame, schedulers: Value | None) -> Value | None:
    """ChainedScheduler drives the optimizer of its members."""
    members = elements(frame, schedulers) if isinstance(schedulers, Sequence) else None
    first = members[0] if members else None
    return first.optimizer if isinstance(first, Scheduler) else None
