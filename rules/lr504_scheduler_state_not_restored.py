"""An optimizer gets its saved state back, its scheduler does not.

## What it finds

`optimizer.load_state_dict(…)` in a program that builds a scheduler on that optimizer and steps it, and that neither
loads the state of any scheduler nor brings it to its epoch in another way.

    optimizer.load_state_dict(checkpoint["optimizer"])                # LR504
    scheduler.load_state_dict(checkpoint["scheduler"])                # with this it is right

## Why it harms

The scheduler begins to count at 0 again, from the LR that the optimizer was saved with. Measured on torch 2.13, a
StepLR of 2 epochs that was saved after 3 goes on with 0.01, 0.01, 0.001, 0.001 in place of 0.01, 0.001, 0.001, 0.0001.

## Fix and its safety

No fix: what the checkpoint holds the code does not tell.

## What it cannot see

States that are loaded by other code. It is silent where a scheduler gets `last_epoch`, is stepped with an epoch, or is
stepped in a loop without its optimizer; and on ReduceLROnPlateau, which forgets its best metric but keeps the LR.

## torch versions

All.

## References

* https://pytorch.org/tutorials/beginner/saving_loading_models.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import MethodCall, SchedulerBuild
from lrlint.program.group_uses import is_torch
from lrlint.program.values import Optimizer, Scheduler
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR504",
    name="scheduler-state-not-restored",
    summary="an optimizer gets its saved state back, its scheduler does not",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "load_state_dict", "step", "lr_scheduler|swa_utils"),
    default=False,
)

RESTORING = frozenset(["last_epoch", "_step_count"])
"""Attributes of a scheduler that code sets which brings it to its epoch."""


def check(program: Program) -> Iterator[Finding]:
    facts = program.facts
    if any(isinstance(one, Scheduler) for one in facts.restored) or _brings_forward(program):
        return
    reported: set[ir.Call] = set()
    for load in facts.method_calls:
        if load.attr != "load_state_dict" or load.call in reported:
            continue
        build = next((one for one in facts.scheduler_builds if _is_left_behind(program, load, one)), None)
        if build is not None:
            reported.add(load.call)
            yield Finding(
                RULE,
                *program.place(load.call),
                f"{program.quote(load.call)} restores the optimizer, but its scheduler begins anew",
                "the scheduler has a state, too",
                (Related(*program.place(build.call), "the scheduler is built here"),),
            )


def _is_left_behind(program: Program, load: MethodCall, build: SchedulerBuild) -> bool:
    scheduler, optimizers = build.scheduler, alternatives(build.scheduler.optimizer)
    if not load.owners <= optimizers or not all(is_torch(one, Optimizer) for one in load.owners):
        return False
    is_known = scheduler.klass is None and scheduler not in program.facts.escaped and not scheduler.is_guess
    if scheduler.class_name == "ReduceLROnPlateau":
        return False
    return is_known and bool(program.steps_of(scheduler)) and not load.visit.excludes(build.visit)


def _brings_forward(program: Program) -> bool:
    """Whether any code gives a scheduler an epoch, sets its counter, or steps it in a loop without its optimizer."""
    facts = program.facts
    if any(build.scheduler.argument("last_epoch") is not None for build in facts.scheduler_builds):
        return True
    if any(isinstance(one, ir.Attribute) and one.attr in RESTORING for one in program.elements):
        return True
    trained = {loop for step in facts.optimizer_steps for loop in step.visit.rounds}
    return any(
        (step.has_arguments and not step.is_plateau) or (step.loops and step.loops[-1] not in trained)
        for step in facts.scheduler_steps
    )
