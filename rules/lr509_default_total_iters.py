"""A LinearLR or ConstantLR is built without its length, which is 5 steps then.

## What it finds

`LinearLR(optimizer)` and `ConstantLR(optimizer)` without `total_iters`.

    LinearLR(optimizer, start_factor=0.1)                        # LR509: over after 5 steps
    LinearLR(optimizer, start_factor=0.1, total_iters=1000)      # right

## Why it harms

`total_iters` is 5 by default, and without a `start_factor` or `factor` the LR begins at a third. Measured on torch
2.13, LR of each step of an optimizer with an LR of 0.1:

    LinearLR(optimizer)      0.0333  0.0467  0.06    0.0733  0.0867  0.1     0.1
    ConstantLR(optimizer)    0.0333  0.0333  0.0333  0.0333  0.0333  0.1     0.1

For a warm-up that is counted in batches 5 steps are next to none.

## Fix and its safety

No fix: how long it is to be only the author knows.

## What it cannot see

Arguments behind `**kwargs`. A member of a SequentialLR whose first milestone is 5 is right as it is.

## torch versions

All that have the classes, since 1.10.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.constructions import scheduler_constructions
from lrlint.program.values import Constant, Scheduler, Sequence
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR509",
    name="default-total-iters",
    summary="a LinearLR or ConstantLR without its length is over in 5 steps",
    severity=Severity.STYLE,
    gate=("torch", "lr_scheduler", "LinearLR|ConstantLR"),
    since="1.10",
    default=False,
)

DEFAULT = 5
"""What `total_iters` is unless something is passed for it."""


def check(program: Program) -> Iterator[Finding]:
    suited = {site for build in program.facts.scheduler_builds for site in _of_five_steps(build.scheduler)}
    for one in scheduler_constructions(program, "LinearLR", "ConstantLR"):
        is_open = any(argument.star for argument in one.call.arguments)
        is_given = any(value is not None for value in one.values("total_iters"))
        if not is_open and not is_given and one.call not in suited:
            message = f"{program.quote(one.call)} has no `total_iters`: it is over after {DEFAULT} steps"
            yield Finding(RULE, *program.place(one.call), message, "it is 5 by default")


def _of_five_steps(scheduler: Scheduler) -> Iterator[ir.Call]:
    """The first member of a SequentialLR that goes on to the next one after 5 steps."""
    members, milestones = scheduler.argument("schedulers"), scheduler.argument("milestones")
    numbers = milestones.value if isinstance(milestones, Constant) else None
    first = numbers[0] if isinstance(numbers, list | tuple) and numbers else None
    items = members.items if isinstance(members, Sequence) else None
    if first == DEFAULT and items and isinstance(items[0], Scheduler):
        yield items[0].site
