"""Each round of the training loop builds its scheduler or optimizer anew, so neither gets anywhere.

## What it finds

A scheduler that is built in the loop which steps it, once a round, on an optimizer that is older than the loop. And
an optimizer with a state (Adam, momentum) that each round builds anew from the same parameters of one older model:
in a loop over epochs, or for a single step.

    for epoch in range(90):
        scheduler = StepLR(optimizer, step_size=30)     # LR112
        train(model, optimizer)
        scheduler.step()

    scheduler = StepLR(optimizer, step_size=30)         # right
    for epoch in range(90):
        train(model, optimizer)
        scheduler.step()

## Why it harms

A new scheduler counts from 0. Measured on torch 2.13, LR of each epoch:

    StepLR(2)                before the loop    0.1   0.1     0.01    0.01    0.001   0.001
                             in the loop        0.1   0.1     0.1     0.1     0.1     0.1
    CosineAnnealingLR(6)     before the loop    0.1   0.0933  0.075   0.05    0.025   0.0067
                             in the loop        0.1   0.0933  0.0871  0.0812  0.0758  0.0707
    LinearLR(0.5, 1, 4)      before the loop    0.05  0.0625  0.075   0.0875  0.1     0.1
                             in the loop        0.05  0.0312  0.0195  0.0122  0.0076  0.0048

LambdaLR, OneCycleLR, CyclicLR and CosineAnnealingWarmRestarts never leave their first LR, and ReduceLROnPlateau
forgets the best value and its patience. ExponentialLR, MultiplicativeLR and StepLR(1) come out right by accident,
and are not reported.

A new optimizer has no state. With the gradients 1, 0.1, 1, 0.1 Adam(lr=0.1) moves a weight by 0.1, 0.074, 0.086,
0.074; built anew for each step by 0.1 every time, as only the sign of the gradient is left.

## Fix and its safety

No fix: the line belongs above the loop, but what else has to move with it is up to the author.

## What it cannot see

Objects that are attributes or that are passed on, arguments that may change from round to round, optimizers that
other code holds. A new scheduler for each stage, stepped in a loop of its own, is right.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import OptimizerStep, SchedulerBuild, SchedulerStep, by_call
from lrlint.program.renewal import is_fixed, is_older, renewed_optimizers, renewing_loop
from lrlint.program.rounds import may_be_held
from lrlint.program.schedules import unit_of
from lrlint.program.uses import only_holder
from lrlint.program.values import Scheduler, integer_of
from lrlint.program.visit import Activation
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR112",
    name="built-inside-the-loop",
    summary="each round builds its scheduler or optimizer anew",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step"),
)

STAYS = frozenset(["CosineAnnealingWarmRestarts", "CyclicLR", "LambdaLR", "OneCycleLR", "ReduceLROnPlateau", "StepLR"])
"""Classes that never get to another LR than their first if each is stepped once."""

STRAYS = frozenset(["ConstantLR", "CosineAnnealingLR", "LinearLR", "MultiStepLR", "PolynomialLR"])
"""Classes that get to other LRs than those of their schedule."""


def check(program: Program) -> Iterator[Finding]:
    yield from _check_schedulers(program)
    yield from _check_optimizers(program)


def _check_schedulers(program: Program) -> Iterator[Finding]:
    for call, visits in by_call(program.facts.scheduler_builds).items():
        training = next((o for visit in visits if (o := _training_of(program, visit)) is not None), None)
        if training is None or program.writes_lr(call):
            continue
        schedulers = frozenset(visit.scheduler for visit in visits)
        step = _only_step(program, schedulers)
        if step is None or program.rivals_of(schedulers) or only_holder(program, call) is None:
            continue
        unit = unit_of(step)
        stays = "and the LR never changes" if step.built_first.class_name in STAYS else "and strays from the schedule"
        yield Finding(
            RULE,
            *program.place(call),
            f"each {unit} builds this scheduler anew: it is stepped once, {stays}",
            "belongs above the loop",
            (
                Related(*program.place(training.call), "the optimizer, older than the loop, steps here"),
                Related(*program.place(step.call), "the only step of each scheduler"),
            ),
        )


def _only_step(program: Program, schedulers: frozenset[Scheduler]) -> SchedulerStep | None:
    """The step that each of the schedulers takes once; None if that is not sure."""
    calls = {call for scheduler in schedulers for call in program.steps_of(scheduler)}
    if len(calls) != 1:
        return None
    steps = program.scheduler_steps[calls.pop()]
    for step in steps:
        takes_epoch = step.has_arguments and not step.is_plateau
        if not step.schedulers <= schedulers or len(step.schedulers) != 1 or step.rounds_of_scheduler or takes_epoch:
            return None
    return steps[0]


def _training_of(program: Program, build: SchedulerBuild) -> OptimizerStep | None:
    """The optimizer's step in the round that builds a scheduler; None if anything about that is not sure."""
    scheduler, loop = build.scheduler, renewing_loop(build.visit)
    if loop is None or not _goes_wrong(scheduler) or not is_older(scheduler.optimizer, loop):
        return None
    arguments = [value for name, value in scheduler.arguments if name != "optimizer"]
    if not all(is_fixed(value, loop) for value in arguments):
        return None
    if program.is_restored(scheduler) or may_be_held(program, scheduler):
        return None
    return next((step for step in program.facts.optimizer_steps if _trains(step, scheduler, loop)), None)


def _goes_wrong(scheduler: Scheduler) -> bool:
    """Whether new schedulers of a class, each stepped once, give other LRs than a single one."""
    if scheduler.class_name != "StepLR":
        return scheduler.class_name in STAYS | STRAYS
    return (integer_of(scheduler.argument("step_size")) or 0) > 1


def _trains(step: OptimizerStep, scheduler: Scheduler, loop: Activation) -> bool:
    is_in_round = any(activation.entered == loop.entered for activation in step.visit.activations)
    return is_in_round and step.is_certain and step.optimizers <= alternatives(scheduler.optimizer)


def _check_optimizers(program: Program) -> Iterator[Finding]:
    for one in renewed_optimizers(program):
        yield Finding(
            RULE,
            *program.place(one.build),
            "each round builds this optimizer anew, and what it has learnt of the gradients is lost",
            "belongs above the loop",
            (Related(*program.place(one.step), "it steps here"),),
        )
