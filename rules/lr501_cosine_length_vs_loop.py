"""A cosine schedule is shorter or longer than the loop that steps it.

## What it finds

CosineAnnealingLR whose `T_max`, and CosineAnnealingWarmRestarts whose cycles, do not end where the loop ends that steps
the scheduler, where both are numbers in the code. One step more or less does not matter.

    scheduler = CosineAnnealingLR(optimizer, T_max=7)                 # LR501: the LR rises again from epoch 7 on
    scheduler = CosineAnnealingWarmRestarts(optimizer, 10, 10)        # LR501: cycles end after 10 and 110 epochs
    for epoch in range(60):
        train(...)
        scheduler.step()

## Why it harms

The cosine goes on after `T_max`: the LR rises to its first value again. Where the length is longer than the loop, or a
cycle is cut, training ends with a large LR. Measured on torch 2.13, LR of the last of 60 epochs from 0.1 on: 0.061 with
`T_max=7`, and 0.052 with warm restarts of `T_0=10, T_mult=10`. With `T_max=60` it is 0.0001.

## Fix and its safety

No fix: several cycles may be meant.

## What it cannot see

Numbers that the code does not hold, and loops in loops. Lengths that count other rounds than those in which the
scheduler is stepped are found by LR108.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.facts import SchedulerStep
from lrlint.program.schedules import describe, learning_rates
from lrlint.program.values import Constant, Range, integer_of
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR501",
    name="cosine-length-vs-loop",
    summary="a cosine schedule is shorter or longer than the loop that steps it",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "CosineAnnealingLR|CosineAnnealingWarmRestarts"),
    default=False,
)


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program, "CosineAnnealingLR", "CosineAnnealingWarmRestarts"):
        steps = [s for s in program.facts.scheduler_steps if any(p.site is one.call for p in s.possible)]
        rounds = _rounds(steps)
        if rounds is None:
            continue
        scheduler = next(iter(steps[0].schedulers))
        if scheduler in program.facts.escaped or program.is_restored(scheduler):
            continue
        what = _cut(one, rounds)
        if not what:
            continue
        lrs = learning_rates(program, scheduler, rounds)
        end = f", and the last of {rounds} steps has an LR of {describe(lrs[-1])}" if lrs else ""
        loop = steps[0].visit.activations[-1].loop
        counted = loop.iterable if isinstance(loop, ir.For) else steps[0].call
        related = (Related(*program.place(counted), f"this loop has {rounds} rounds"),)
        yield Finding(RULE, *program.place(one.call), f"{what}{end}", "", related)


def _rounds(steps: list[SchedulerStep]) -> int | None:
    """How often a scheduler is stepped in all, if that is once in each round of one loop of known length."""
    if len({step.call for step in steps}) != 1:
        return None
    counts = set()
    for step in steps:
        running = [one for one in step.visit.activations if one.loop in step.rounds_of_scheduler]
        over = running[0].over if len(running) == 1 else None
        is_plain = not step.is_guarded and not step.has_arguments and step.schedulers and not step.visit.branches
        if not is_plain or not isinstance(over, Range) or over.start is None or over.pace != 1:
            return None
        stop = over.stop.value if isinstance(over.stop, Constant) else None
        counts.add(stop - over.start if isinstance(stop, int) else None)
    return counts.pop() if len(counts) == 1 else None


def _cut(one: Construction, rounds: int) -> str:
    """What is wrong with the length of a schedule for so many steps; empty if it suits."""
    if one.class_name == "CosineAnnealingLR":
        length = _number(one, "T_max", 0)
        if length <= 0 or abs(length - rounds) <= 1:
            return ""
        if length > rounds:
            return f"`T_max` is {length}, so the LR does not get to its lowest value"
        return f"`T_max` is {length}, so the LR rises again after as many steps"
    length, factor, end = _number(one, "T_0", 0), _number(one, "T_mult", 1), 0
    if length <= 0 or factor < 1:
        return ""
    while end < rounds:
        end, length = end + length, length * factor
    return "" if end - rounds <= 1 else f"the last cycle would end after {end} steps"


def _number(one: Construction, parameter: str, default: int) -> int:
    """What a parameter is, 0 where that is not known."""
    if all(value is None for value in one.values(parameter)):
        return default
    values = one.possible_values(parameter)
    value = next(iter(values)) if len(values) == 1 else None
    return integer_of(value) or 0
