"""The length of a schedule counts epochs and the scheduler is stepped per batch, or the other way round.

## What it finds

A length that is the number of rounds of an outer loop, or a part of it (`T_max=epochs`, `T_0=epochs // 2`), while
each step of the scheduler stands in a loop inside of that one, beside the optimizer's; and a length that contains the
number of rounds of the inner loop (`T_max=epochs * len(loader)`), while each step stands around that loop. Looked at
are T_max, T_0, total_iters, total_steps, step_size, step_size_up and milestones.

    scheduler = CosineAnnealingLR(optimizer, T_max=epochs)     # LR108
    for epoch in range(epochs):
        for batch in loader:
            loss_of(batch).backward()
            optimizer.step()
            scheduler.step()          # once per batch: T_max=epochs * len(loader), or one step per epoch

Names do not matter: the number must come from the same literal, option, attribute or `len` as that of the loop, also
through other names, parameters and arithmetic. Functions and methods of the project are followed.

## Why it harms

torch only counts steps and says nothing. Measured on torch 2.13 with 3 epochs of 4 batches, LR of each
`optimizer.step()` from 0.1 on:

    cosine, T_max=3, per batch     0.1  0.075 0.025 0       0.025 0.075 0.1   0.075   0.025 0     0.025 0.075
    cosine, T_max=12, per epoch    0.1  0.1   0.1   0.1     0.098 0.098 0.098 0.098   0.093 0.093 0.093 0.093
    cosine, T_max=12, per batch    0.1  0.098 0.093 0.085   0.075 0.063 0.05  0.037   0.025 0.015 0.007 0.002

Too short, a periodic schedule goes up and down all the time, and any other one is over in the first epochs:
PolynomialLR trains 9 of the 12 batches with LR 0. OneCycleLR raises: `ValueError: Tried to step 4 times. The specified
number of total steps is 3`. Too long, the run ends before the LR has changed much. (OneCycleLR and CyclicLR stepped
per epoch are found by LR107.)

## Fix and its safety

None: either the length or the place of the step can be what was meant.

## What it cannot see

Numbers that are equal without coming from one place (`T_max=100` and `range(100)`); lengths that the file does not
tell; batches counted as `len(dataset) // batch_size`; steps in libraries, or under a condition that can change
from round to round; members of a SequentialLR or ChainedScheduler; schedulers that go to code which is not in view,
such as `accelerator.prepare`; LambdaLR, whose length is in a function. Steps that are told the epoch, as in
`CosineAnnealingWarmRestarts.step(epoch + i / n)`, are right. One step too many or too few is not reported.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
* https://github.com/sthalles/SimCLR/issues/8
* https://github.com/ivadomed/ivadomed/issues/57
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.lengths import LENGTHS, MADE_FOR_BATCHES, Pace, Setting, loop_inside, loop_outside, paced_schedulers
from lrlint.program.values import Scheduler
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR108",
    name="schedule-length-unit-mismatch",
    summary="the length of a schedule counts epochs and its steps batches, or the other way round",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "|".join(sorted(LENGTHS))),
)

PERIODIC = frozenset(["CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR"])


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for scheduler, setting, paces in paced_schedulers(program, LENGTHS):
        finding = _check_scheduler(program, scheduler, setting, paces)
        if finding is not None and scheduler.site not in reported:
            reported.add(scheduler.site)
            yield finding


def _check_scheduler(
    program: Program, scheduler: Scheduler, setting: Setting, paces: tuple[Pace, ...]
) -> Finding | None:
    outer = [loop_outside(program, setting, pace) for pace in paces]
    if None not in outer:
        return _finding(program, scheduler, setting, paces[0].step.call, outer[0])
    inner = [loop_inside(setting, pace) for pace in paces]
    if None not in inner and scheduler.class_name not in MADE_FOR_BATCHES:
        return _finding(program, scheduler, setting, paces[0].step.call, inner[0], is_too_long=True)
    return None


def _finding(
    program: Program,
    scheduler: Scheduler,
    setting: Setting,
    step: ir.Call,
    counted: ir.For | None,
    is_too_long: bool = False,
) -> Finding:
    assert counted is not None
    counts, steps = ("inner", "once per round of the outer") if is_too_long else ("outer", "in each round of the inner")
    consequence = (
        "the schedule takes as many epochs as it was to take batches" if is_too_long else _too_short(scheduler)
    )
    raises = not is_too_long and scheduler.class_name == "OneCycleLR"
    return Finding(
        RULE,
        *program.place(setting.expression),
        f"`{setting.parameter}` counts rounds of the {counts} loop, but {program.quote(step)} runs {steps} one: "
        f"{consequence}",
        f"counts rounds of the {counts} loop",
        (
            Related(*program.place(counted.iterable), "the loop whose rounds are counted"),
            Related(*program.place(step), "the scheduler steps here"),
        ),
        own_severity=Severity.ERROR if raises else None,
    )


def _too_short(scheduler: Scheduler) -> str:
    if scheduler.class_name == "OneCycleLR":
        return "ValueError, once it is called more often than that"
    if scheduler.class_name in PERIODIC:
        return "the LR goes up and down many times instead of once"
    return "the schedule is over within the first rounds"
