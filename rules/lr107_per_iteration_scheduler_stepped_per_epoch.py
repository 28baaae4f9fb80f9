"""OneCycleLR or CyclicLR, which are made for a step per batch, is stepped once per epoch.

## What it finds

A OneCycleLR or CyclicLR whose every step stands in a loop around the one that steps its optimizer, while the length
of its schedule says that it counts batches: it contains the number of rounds of that inner loop (`epochs=…,
steps_per_epoch=len(loader)`, `total_steps=epochs * len(loader)`), or, in a loop that goes through the same data
again and again, it is at least 10 times the rounds of the outer loop, or the 2000 steps up that CyclicLR has where
nothing else is said. Functions and methods of the project are followed. Names do not matter.

    scheduler = OneCycleLR(optimizer, 0.1, epochs=epochs, steps_per_epoch=len(loader))
    for epoch in range(epochs):
        for batch in loader:
            loss_of(batch).backward()
            optimizer.step()
        scheduler.step()              # LR107: belongs behind optimizer.step()

## Why it harms

The run ends long before the schedule does: OneCycleLR warms up and never anneals, CyclicLR stays at its lowest LR.
torch says nothing. Measured on torch 2.13 with 3 epochs of 4 batches, LR of each `optimizer.step()`:

    OneCycleLR, per batch     0.004  0.035  0.0879 0.0994   0.0933 0.0812 0.0647 0.0463   0.0283 0.0133 0.0035 4e-07
    OneCycleLR, per epoch     0.004  0.004  0.004  0.004    0.035  0.035  0.035  0.035    0.0879 0.0879 0.0879 0.0879
    CyclicLR(0.001, 0.1),
    per epoch                 0.001  0.001  0.001  0.001    0.001  0.001  0.001  0.001    0.0011 0.0011 0.0011 0.0011

## Fix and its safety

Unsafe, since the LRs change: the statement moves into the inner loop, directly behind the step of the optimizer
and a `scaler.update()` that comes next, with the comments about it. Offered where both steps are statements on lines of
their own, directly in their loops, in one function.

## What it cannot see

Lengths that the code does not tell, such as `total_steps=args.total_steps`; loops of libraries; loops over lists
written out in the code; schedulers that go to code which is not in view, such as `accelerator.prepare`; members of a
SequentialLR or ChainedScheduler; schedules of other packages. Silent where any step of the scheduler is in the inner
loop, also under an option.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
* https://github.com/pytorch/pytorch/issues/65417
* https://github.com/espnet/espnet/pull/3319
* https://github.com/ageron/handson-mlp/issues/28
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.lengths import (
    MADE_FOR_BATCHES,
    Pace,
    Setting,
    goes_through_data,
    loop_inside,
    paced_schedulers,
    times_rounds,
)
from lrlint.program.rewrite import move_into_loop
from lrlint.program.values import Scheduler
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR107",
    name="per-iteration-scheduler-stepped-per-epoch",
    summary="OneCycleLR or CyclicLR is stepped once per epoch",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "OneCycleLR|CyclicLR"),
    fixes=(Applicability.UNSAFE,),
)

DEFAULT_STEP_SIZE = 2000
"""Steps from the lowest to the highest LR of CyclicLR, where the code does not say."""

FAR_LONGER = 10
"""A schedule that is this many times as long as its loop was not made for it."""


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for scheduler, setting, paces in paced_schedulers(program, MADE_FOR_BATCHES):
        if not all(_is_too_seldom(program, scheduler, setting, pace) for pace in paces):
            continue
        for pace in paces:
            if pace.step.call not in reported:
                reported.add(pace.step.call)
                yield _finding(program, scheduler, pace)


def _is_too_seldom(program: Program, scheduler: Scheduler, setting: Setting, pace: Pace) -> bool:
    """Whether one step stands for many of the optimizer's, and the schedule was surely made for these."""
    if not pace.passes:
        return False
    if loop_inside(setting, pace) is not None:
        return True
    if not goes_through_data(program, pace):
        return False
    times = times_rounds(setting, pace.loops[-1])
    if times is not None:
        return times >= FAR_LONGER
    return scheduler.class_name == "CyclicLR" and (setting.number or 0) >= DEFAULT_STEP_SIZE


def _finding(program: Program, scheduler: Scheduler, pace: Pace) -> Finding:
    update = pace.passes[0][0]
    return Finding(
        RULE,
        *program.place(pace.step.call),
        f"{program.quote(pace.step.call)} is called once for many steps of its optimizer, but {scheduler.class_name} "
        "wants one for each: its schedule takes as many epochs as it was to take batches",
        "steps too seldom",
        (
            Related(*program.place(update.call), "the optimizer steps here"),
            Related(*program.place(scheduler.site), "the scheduler is built here"),
        ),
        _fix(program, scheduler, pace),
    )


def _fix(program: Program, scheduler: Scheduler, pace: Pace) -> Fix | None:
    calls = {update.call for update, _ in pace.passes}
    is_only_one = len(calls) == 1 and program.steps_of(scheduler) == {pace.step.call}
    if not is_only_one or pace.step.call in program.early_steps:
        return None
    edits = move_into_loop(program, pace.step, pace.passes[0][0])
    return Fix(Applicability.UNSAFE, "move the step behind the optimizer's", edits) if edits else None
