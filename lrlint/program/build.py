"""Construction of torch's optimizers and schedulers."""

from __future__ import annotations

from dataclasses import replace

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.arguments import Arguments
from lrlint.program.facts import OptimizerBuild, SchedulerBuild, SchedulerCopy
from lrlint.program.group_dicts import note_params
from lrlint.program.groups import Group
from lrlint.program.objects import as_constant, elements, possible_items
from lrlint.program.parameters import group_of, groups_of
from lrlint.program.state import Progress, after_optimizer
from lrlint.program.values import Class, Constant, Mapping, Opaque, Optimizer, Scheduler, Sequence, Value
from lrlint.program.walk import Frame
from lrlint.torch_api import signatures
from lrlint.torch_api.signatures import Signature

ANY_SCHEDULER = "torch.optim.lr_scheduler.LRScheduler"
"""Stands for every class but ReduceLROnPlateau: nobody builds one of the base class itself."""

PLATEAU = "torch.optim.lr_scheduler.ReduceLROnPlateau"


def build_optimizer(frame: Frame, name: str, call: ir.Call, arguments: Arguments) -> Optimizer:
    """A new optimizer, of the class that `name` means to torch."""
    signature = signatures.optimizer(name)
    assert signature is not None
    given = _bind(frame, signature, arguments)
    optimizer = Optimizer(frame.walk.tick(), signature.name, call, tuple(given.items()))
    params = given.get("params")
    if params is not None:
        note_params(frame, call, optimizer, params, _params_argument(call))
    groups = groups_of(frame, params, _params_argument(call)) if params is not None else None
    frame.state.groups[optimizer] = groups
    positional = () if arguments.has_star else arguments.positional
    takes_lr = signature.parameters[1].name == "lr"  # the base class of all takes a dict of defaults there
    has_beside = takes_lr and len(positional) > 1
    beside = _groups_beside(frame, positional[1], call.arguments[1].value) if has_beside else None
    build = OptimizerBuild(call, frame.visit(), optimizer, positional, groups, beside, arguments)
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
    return _begin(frame, scheduler, arguments)


def build_own_scheduler(
    frame: Frame, name: str, call: ir.Call, arguments: Arguments, klass: Class | None
) -> Scheduler | None:
    """A new scheduler of a class that derives from `name` and inherits its `step`, made by a call of other arguments.

    It is known as a scheduler of the base class with unknown arguments.  `klass` is its class in the program, None if
    it is torch's own and another package's function builds it.  None if no argument can be its optimizer.
    """
    signature = signatures.scheduler(name)
    given = arguments.keywords.get("optimizer", next(iter(arguments.positional), None))
    if signature is None or not all(isinstance(v, Optimizer | Opaque) for v in alternatives(given or Constant(None))):
        return None
    assert given is not None
    unknown = (("last_epoch", frame.walk.opaque()),)
    return _begin(frame, Scheduler(frame.walk.tick(), signature.name, call, given, unknown, klass))


def build_any_scheduler(frame: Frame, call: ir.Call, arguments: Arguments) -> tuple[Scheduler, ...]:
    """A new scheduler of a class that is not known: a ReduceLROnPlateau, perhaps, or one of the others."""
    scheduler = build_own_scheduler(frame, ANY_SCHEDULER, call, arguments, None)
    if scheduler is None:
        return ()
    plateau = replace(scheduler, ident=frame.walk.tick(), name=PLATEAU, is_guess=True)
    frame.state.progress[plateau] = Progress()
    return (scheduler, plateau)


def copy_scheduler(frame: Frame, original: Scheduler, call: ir.Call) -> Scheduler:
    """What `copy.deepcopy` makes of a scheduler: one like it, on a copy of its optimizer."""
    unknown = (("last_epoch", frame.walk.opaque()),)
    copy = Scheduler(frame.walk.tick(), original.name, call, frame.walk.opaque(), unknown)
    frame.state.progress[copy] = after_optimizer(Progress())  # nobody knows what steps the copied optimizer
    frame.walk.facts.scheduler_copies.append(SchedulerCopy(call, original, copy, frame.visit()))
    return copy


def _begin(frame: Frame, scheduler: Scheduler, arguments: Arguments | None = None) -> Scheduler:
    frame.state.progress[scheduler] = Progress()
    loads = [frame.state.loads.get(o) for o in alternatives(scheduler.optimizer) if isinstance(o, Optimizer)]
    before = tuple(load for load in loads if load is not None)
    is_sure = len(before) == len(alternatives(scheduler.optimizer))
    build = SchedulerBuild(scheduler.site, scheduler, frame.visit(), before if is_sure else (), arguments)
    frame.walk.facts.scheduler_builds.append(build)
    return scheduler


def _bind(frame: Frame, signature: Signature, arguments: Arguments) -> dict[str, Value]:
    """What is passed for which parameter, also of a call that Python would refuse."""
    slots = [parameter.name for parameter in signature.parameters if not parameter.keyword_only]
    given = {**arguments.keywords, **dict(zip(slots, arguments.positional, strict=False))}
    return {name: _as_of_now(frame, value) if isinstance(value, Sequence) else value for name, value in given.items()}


def _as_of_now(frame: Frame, sequence: Sequence) -> Value:
    """A list as it is at this point, whatever is put into it later; one of constants as a constant."""
    value = as_constant(frame, sequence)
    return replace(value, items=possible_items(frame, value)) if isinstance(value, Sequence) else value


def _params_argument(call: ir.Call) -> ir.Expression:
    """The argument that gives an optimizer its parameters; the call itself if that can't be told."""
    named = [argument for argument in call.arguments if argument.keyword == "params"]
    given = named or [argument for argument in call.arguments[:1] if not argument.star and argument.keyword is None]
    return given[0].value if given else call


def _groups_beside(frame: Frame, value: Value, content: ir.Expression) -> tuple[Group, ...] | None:
    """The param groups in the place of the LR: a list of them, one alone, or parameters."""
    return (group_of(frame, value, content),) if isinstance(value, Mapping) else groups_of(frame, value, content)


def _optimizer_of_members(frame: Frame, schedulers: Value | None) -> Value | None:
    """ChainedScheduler drives the optimizer of its members."""
    members = elements(frame, schedulers) if isinstance(schedulers, Sequence) else None
    first = members[0] if members else None
    return first.optimizer if isinstance(first, Scheduler) else None
