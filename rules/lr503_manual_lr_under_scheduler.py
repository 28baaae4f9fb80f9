"""Code sets the LR of a param group by hand while a scheduler drives the optimizer.

## What it finds

`group["lr"] = x` for a group of an optimizer that has a scheduler, in a loop in which the scheduler is stepped, too.

    for epoch in range(90):
        if epoch == 10:
            for group in optimizer.param_groups:
                group["lr"] = 0.01            # LR503
        train(...)
        scheduler.step()

## Why it harms

LambdaLR, OneCycleLR, CyclicLR and CosineAnnealingWarmRestarts compute each LR anew, and overwrite it with their next
step. All others go on from it: their whole curve is another one. Measured on torch 2.13, an ExponentialLR with gamma
0.9 and an LR that is set to 0.01 for the third epoch:

    0.1  0.09  0.01  0.009  0.0081

It may be meant so, as in a warm-up by hand over the first batches.

## Fix and its safety

No fix: either the scheduler or the assignment can be what was meant.

## What it cannot see

Groups that are handed to other code. It is silent on ReduceLROnPlateau, which goes on from whatever LR there is, and
where the LR is set in rounds in which the scheduler does not step.

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
from lrlint.program.facts import MemberUse, SchedulerStep
from lrlint.program.group_uses import group_lists, groups_in, item_stores_in, key_of, member_uses
from lrlint.program.values import Optimizer
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR503",
    name="manual-lr-under-scheduler",
    summary="the LR is set by hand while a scheduler drives the optimizer",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "param_groups", "lr", "step"),
    default=False,
)

COMPUTING_ANEW = frozenset(["CosineAnnealingWarmRestarts", "CyclicLR", "LambdaLR", "OneCycleLR"])
"""Classes that compute each LR from the number of the step alone."""


def check(program: Program) -> Iterator[Finding]:
    known = groups_in(program, group_lists(program))
    uses = member_uses(program, Optimizer) if known else {}
    reported: set[ir.Expression] = set()
    for target, _ in item_stores_in(program, *program.modules) if known else ():
        place = known.get(target.value)
        if key_of(target) != "lr" or not isinstance(place, ir.Attribute) or place in reported:
            continue
        step = next((one for use in uses.get(place, ()) if (one := _step_beside(program, use))), None)
        if step is not None:
            reported.add(place)
            yield _finding(program, target, step)


def _finding(program: Program, target: ir.Subscript, step: SchedulerStep) -> Finding:
    name = step.built_first.class_name
    effect = "overwrites it" if name in COMPUTING_ANEW else "goes on from it, with another curve"
    return Finding(
        RULE,
        *program.place(target),
        f"{program.quote(target)} is set while a {name} drives the optimizer, which {effect}",
        "by hand",
        (Related(*program.place(step.call), "the scheduler steps here"),),
    )


def _step_beside(program: Program, use: MemberUse) -> SchedulerStep | None:
    """A step of a scheduler of the optimizer, in a round of a loop in which the groups are used, too."""
    for step in program.facts.scheduler_steps:
        if not step.schedulers or step.is_plateau or step.visit.excludes(use.visit):
            continue
        optimizers = {one for scheduler in step.schedulers for one in alternatives(scheduler.optimizer)}
        built = max(scheduler.ident for scheduler in step.schedulers)
        running = {one.loop: one for one in step.visit.activations}
        shared = [one for one in use.visit.activations if one.loop in running and one.born > built]
        is_same_round = bool(shared) and running[shared[-1].loop].entered == shared[-1].entered
        if use.owners <= optimizers and is_same_round:
            return step
    return None
