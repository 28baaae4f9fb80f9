"""Stale objects: schedulers that drive another optimizer than the one that is stepped beside them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.assignments import assignment_of
from lrlint.program.facts import OptimizerStep, SchedulerStep
from lrlint.program.places import class_around, function_around
from lrlint.program.rewrite import dotted_name, receiver_name
from lrlint.program.rounds import may_be_held
from lrlint.program.search import descend, targets_of
from lrlint.program.values import Optimizer, Scheduler

if TYPE_CHECKING:
    from lrlint.program import Program


@dataclass(frozen=True, slots=True)
class Replacement:
    """An `optimizer` that takes the `name` of the one that `scheduler` drives, and is stepped in its stead.

    `statement` binds the name; `training` steps the new optimizer, and `step` the scheduler, in the same round.
    """

    name: str
    optimizer: Optimizer
    statement: ir.Assign
    scheduler: Scheduler
    training: ir.Call
    step: ir.Call


@dataclass(frozen=True, slots=True)
class IdleCopy:
    """A deep copy of a scheduler, stepped in a round that steps the optimizer of the original."""

    call: ir.Call
    training: ir.Call
    step: ir.Call


def replacements(program: Program) -> Iterator[Replacement]:
    """The optimizers that surely replace one whose scheduler is still in use."""
    redirected: dict[ir.Call, bool] = {}
    for step, training in _later_trainings(program):
        (scheduler,), (new,) = step.schedulers, training.optimizers
        old = scheduler.optimizer
        if not isinstance(old, Optimizer) or not isinstance(new, Optimizer):
            continue
        before, behind = assignment_of(program, old.site), assignment_of(program, new.site)
        if before is None or behind is None or _shares_groups(new):
            continue
        name = _home_of(program, behind)
        if name is None or name != _home_of(program, before):
            continue
        if step.call not in redirected:
            redirected[step.call] = _is_redirected(program, step)
        if not redirected[step.call]:
            yield Replacement(name[0], new, behind, scheduler, training.call, step.call)


def _later_trainings(program: Program) -> Iterator[tuple[SchedulerStep, OptimizerStep]]:
    """A scheduler's step with one of an optimizer beside it that is younger, where its own is out of use.

    Of several such pairs that differ in nothing that is asked for, only the first.
    """
    seen: set[object] = set()
    for step in program.facts.scheduler_steps:
        visit = step.visit
        if len(step.schedulers) != 1 or not visit.activations:
            continue
        kind = (
            step.schedulers,
            receiver_name(step.call),
            visit.module,
            visit.activations[-1].entered,
            visit.circumstances,
        )
        if kind in seen:
            continue
        seen.add(kind)
        (scheduler,) = step.schedulers
        old = scheduler.optimizer
        if not isinstance(old, Optimizer) or may_be_held(program, scheduler):
            continue
        out_of_use = max(scheduler.ident, program.index.last_step(old))
        if program.index.newest_optimizer < out_of_use:
            continue
        for training in _trainings(program, step, since=out_of_use):
            if isinstance(next(iter(training.optimizers)), Optimizer):
                yield step, training


def idle_copies(program: Program) -> Iterator[IdleCopy]:
    """The deep copies of schedulers that are surely stepped in the place of their originals."""
    for copy in program.facts.scheduler_copies:
        if copy.copy in program.facts.escaped or may_be_held(program, copy.original):
            continue
        steps = [step for step in program.facts.scheduler_steps if step.visit.time > copy.copy.ident]
        if any(not step.schedulers or copy.original in step.schedulers for step in steps):
            continue
        for step in steps:
            if step.schedulers != {copy.copy} or not step.rounds_of_scheduler or _names_optimizer(program, step):
                continue
            for training in _trainings(program, step):
                if training.optimizers <= alternatives(copy.original.optimizer):
                    yield IdleCopy(copy.call, training.call, step.call)


def _home_of(program: Program, binding: ir.Assign) -> tuple[str, ir.Statement | None] | None:
    """The one name that a statement binds, and whose it is: a plain name its function's, an attribute its class's."""
    target = binding.targets[0]
    name = dotted_name(target)
    if name is None or len(binding.targets) > 1:
        return None
    klass = class_around(program, binding) if isinstance(target, ir.Attribute) else None
    return name, klass or function_around(program, binding)


def _trainings(program: Program, step: SchedulerStep, since: int = 0) -> list[OptimizerStep]:
    """The steps of one sure optimizer each in the round of a scheduler's step, none if any may be of another one.

    Of several under the same circumstances the first; `since` is when the optimizers were built at the earliest.
    """
    if not step.visit.activations:
        return []
    trainings = program.index.sure_trainings(step.visit.activations[-1].entered)
    young = (one for one in trainings if len(one.optimizers) == 1 and _is_since(one, since))
    return [one for one in young if not one.visit.excludes(step.visit)]


def _is_since(training: OptimizerStep, time: int) -> bool:
    """Whether the one optimizer of a step was built at a time or later, as far as it is known."""
    (optimizer,) = training.optimizers
    return not isinstance(optimizer, Optimizer) or optimizer.ident >= time


def _is_redirected(program: Program, step: SchedulerStep) -> bool:
    """Whether the program gives a scheduler another optimizer, or an optimizer the groups of another one, by hand."""
    owner = receiver_name(step.call)
    targets = [target for element in program.elements_with(step.call) for target in targets_of(element)]
    return any(
        target.attr == "param_groups" or (target.attr == "optimizer" and dotted_name(target.value) in (owner, None))
        for target in targets
        if isinstance(target, ir.Attribute)
    )


def _names_optimizer(program: Program, step: SchedulerStep) -> bool:
    """Whether the program asks the receiver of a step for its optimizer."""
    owner = receiver_name(step.call)
    return owner is None or any(
        isinstance(e, ir.Attribute) and e.attr == "optimizer" and dotted_name(e.value) == owner
        for e in program.elements_with(step.call)
    )


def _shares_groups(optimizer: Optimizer) -> bool:
    """Whether an optimizer is built from the param groups of another one, which it shares with it then."""
    return any(isinstance(e, ir.Attribute) and e.attr == "param_groups" for e in descend((optimizer.site,)))
