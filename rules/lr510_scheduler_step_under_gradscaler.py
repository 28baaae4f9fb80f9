"""A scheduler is stepped in each batch, also in those whose update its GradScaler skips.

## What it finds

`scheduler.step()` in the same round of a loop as `scaler.step(optimizer)`, without a condition.

    scaler.step(optimizer)
    scaler.update()
    scheduler.step()                      # LR510

    scale = scaler.get_scale()
    scaler.update()
    if scaler.get_scale() >= scale:       # right: the scale falls when an update was skipped
        scheduler.step()

## Why it harms

A GradScaler skips the updates whose gradients overflow, those of the first batches above all, while it looks for its
scale. The scheduler goes on: the first values of the schedule are lost, and where the very first update is skipped
torch warns, measured on torch 2.13: "Detected call of `lr_scheduler.step()` before `optimizer.step()`".

## Fix and its safety

No fix: a few lost steps do not matter to most people, and all other code that counts steps would have to know, too.

## What it cannot see

Whether any update is skipped. It is silent where code asks for the scale, and on ReduceLROnPlateau.

## torch versions

All that have a GradScaler, since 1.6.

## References

* https://github.com/pytorch/pytorch/issues/44511
* https://github.com/pytorch/pytorch/issues/67590
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import OptimizerStep, SchedulerStep
from lrlint.program.values import Constant, GradScaler
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR510",
    name="scheduler-step-under-gradscaler",
    summary="a scheduler is stepped also where its GradScaler skips the update",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "GradScaler"),
    since="1.6",
    default=False,
)

ASKING = frozenset(["get_scale", "_found_inf_per_device", "found_inf"])
"""What code asks for that wants to know whether an update was skipped."""


def check(program: Program) -> Iterator[Finding]:
    scaled = [step for step in program.facts.optimizer_steps if _is_scaled(step)]
    if not scaled or any(isinstance(one, ir.Attribute) and one.attr in ASKING for one in program.elements):
        return
    for call, visits in program.scheduler_steps.items():
        updates = [_update(step, scaled) for step in visits]
        if updates[0] is None or None in updates or any(step.is_plateau for step in visits):
            continue
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} runs also in a round whose update the GradScaler skips: the schedule goes on",
            "without a look at the scale",
            (Related(*program.place(updates[0].call), "this skips updates with gradients that overflow"),),
        )


def _is_scaled(step: OptimizerStep) -> bool:
    scaler = step.through
    return isinstance(scaler, GradScaler) and scaler.enabled != Constant(False) and step.is_certain


def _update(step: SchedulerStep, scaled: list[OptimizerStep]) -> OptimizerStep | None:
    """The update of a scheduler's optimizer in the same round, None if there is none or conditions are around."""
    if not step.schedulers or step.is_guarded or not step.visit.activations:
        return None
    optimizers = {one for scheduler in step.schedulers for one in alternatives(scheduler.optimizer)}
    for update in scaled:
        loops = update.visit.activations
        is_same = bool(loops) and loops[-1].entered == step.visit.activations[-1].entered
        if is_same and update.optimizers <= optimizers and update.visit.branches >= step.visit.branches:
            return update
    return None
