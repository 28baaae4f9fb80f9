"""The LR is logged behind the step of the scheduler, when it is that of the next round.

## What it finds

`scheduler.get_last_lr()`, or the LR of a param group, in a print or a call of a logger that comes after
`scheduler.step()` in the same round of a loop.

    for epoch in range(90):
        train(...)
        scheduler.step()
        print(epoch, scheduler.get_last_lr())      # LR511: the LR of epoch + 1

## Why it harms

The log shows each LR one round too early. Measured on torch 2.13 with ExponentialLR from 0.1 on and gamma 0.5:

    epoch 0 trains with 0.1     and logs 0.05
    epoch 1 trains with 0.05    and logs 0.025

What is trained is right.

## Fix and its safety

No fix: it may be meant as what comes next.

## What it cannot see

Logs in functions, and steps under a condition. It is silent where the round has not trained yet.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import SchedulerStep
from lrlint.program.group_uses import groups_in, key_of, member_uses
from lrlint.program.reports import is_only_reported
from lrlint.program.rewrite import receiver_name
from lrlint.program.search import descend
from lrlint.program.values import Optimizer
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR511",
    name="lr-logged-after-step",
    summary="the LR is logged behind the step of the scheduler, when it is that of the next round",
    severity=Severity.STYLE,
    gate=("torch", "optim", "step", "get_last_lr|param_groups"),
    default=False,
)


def check(program: Program) -> Iterator[Finding]:
    for call, visits in program.scheduler_steps.items():
        step = visits[0]
        body = step.loops[-1].body if step.loops else ()
        if not step.schedulers or step.statement not in body or not _follows_update(program, step):
            continue
        later = body[body.index(step.statement) + 1 :]
        for read in _reads(program, step, later):
            if is_only_reported(program, read):
                yield Finding(
                    RULE,
                    *program.place(read),
                    f"{program.quote(read)} is the LR of the next round here, behind the scheduler's step",
                    "not the LR that this round has trained with",
                    (Related(*program.place(call), "the scheduler steps here"),),
                )


def _follows_update(program: Program, step: SchedulerStep) -> bool:
    """Whether the round has trained when the scheduler steps."""
    optimizers = {one for scheduler in step.schedulers for one in alternatives(scheduler.optimizer)}
    entered = step.visit.activations[-1].entered if step.visit.activations else None
    return any(
        update.optimizers <= optimizers and update.visit.time < step.visit.time
        for update in program.facts.optimizer_steps
        if any(one.entered == entered for one in update.visit.activations)
    )


def _reads(program: Program, step: SchedulerStep, later: tuple[ir.Statement, ...]) -> Iterator[ir.Expression]:
    """The expressions that read the LR which the step has set."""
    optimizers = {one for scheduler in step.schedulers for one in alternatives(scheduler.optimizer)}
    uses = member_uses(program, Optimizer)
    lists = {
        place
        for place, visits in uses.items()
        if place.attr == "param_groups" and all(use.owners <= optimizers for use in visits)
    }
    groups = groups_in(program, lists)
    for element in descend(later):
        if isinstance(element, ir.Call) and isinstance(element.func, ir.Attribute):
            if element.func.attr == "get_last_lr" and receiver_name(element) == receiver_name(step.call):
                yield element
        elif isinstance(element, ir.Subscript) and key_of(element) == "lr" and element.value in groups:
            yield element
