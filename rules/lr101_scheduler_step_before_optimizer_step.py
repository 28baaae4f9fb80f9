"""A scheduler is stepped before its optimizer, so the first LR of the schedule is never used.

## What it finds

A call of `scheduler.step()` that surely comes before the first step of the scheduler's own optimizer, on the first
round of the loop, where the optimizer is stepped later. Functions and methods, those in other modules
of the project included, are followed in both directions.

    for epoch in range(90):
        scheduler.step()              # LR101
        train(model, optimizer)

    for epoch in range(90):
        train(model, optimizer)
        scheduler.step()              # right

## Why it harms

Since torch 1.1 the scheduler's constructor sets the first LR. A step before training goes on to the second one at
once: all of the schedule comes one round too early. Measured on torch 2.13, LR of each `optimizer.step()` over six
epochs:

    StepLR(2), step first     0.1   0.01  0.01  0.001  0.001  0.0001
    StepLR(2), step last      0.1   0.1   0.01  0.01   0.001  0.001

CosineAnnealingLR loses its highest LR and trains its last epoch with LR 0. OneCycleLR starts with nearly its
maximum, and its last step rebounds. torch warns once per scheduler, but not for CosineAnnealingWarmRestarts, nor in
a second run of the same optimizer; importing accelerate's scheduler module silences it for good.

## Fix and its safety

Unsafe, because the LRs change: they become those of the schedule. The statement moves to the end of the loop body
or, where the round may end early behind it, directly behind `optimizer.step()` and a `scaler.update()` that comes
next. A comment above moves along if it speaks of the schedule, or a blank line follows the step; else it heads what
follows, and stays. Not offered where the scheduler is used in between for more than reading the LR, for
steps that are not a statement of their own in a loop, and for steps with an epoch argument (LR102 repairs both at
once).

## What it cannot see

Optimizers stepped in libraries. Objects that a wrapper returned (`accelerator.prepare`) or that code out of view
constructed, subclasses of torch's schedulers with a `step` of their own. Steps that the version of torch decides
about, which are right where torch 1.0 takes them. A step under a condition that can
change from round to round is never reported, nor is a loop that only steps a scheduler, or a
`step(start_epoch)` before all loops, that brings it to the epoch of a resumed run; nor a schedule whose first LR is 0,
which the early step skips, nor an own one whose `get_lr` reads no count: a step sets the same LR again. Where the
optimizer steps only in every k-th batch and the scheduler in each, it is LR116 that speaks, or nothing, if the schedule
may count batches.

## torch versions

1.1 and later; 1.2 and later warn.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
* https://github.com/pytorch/pytorch/issues/20124
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.accumulation import accumulations
from lrlint.program.alternatives import counters
from lrlint.program.facts import EarlyStep, SchedulerStep
from lrlint.program.index import Ways
from lrlint.program.objects import find_member
from lrlint.program.rewrite import move_behind_optimizer, move_together
from lrlint.program.rounds import is_in_listed_rounds
from lrlint.program.schedules import describe, learning_rates, round_name
from lrlint.program.search import descend, targets_of
from lrlint.program.sites import built_here, schedulers_of
from lrlint.program.values import Constant, Counter, Function, Opaque, Scheduler, Value
from lrlint.program.zeros import starts_at_zero
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR101",
    name="scheduler-step-before-optimizer-step",
    summary="a scheduler is stepped before its optimizer",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "lr_scheduler|swa_utils"),
    since="1.1",
    fixes=(Applicability.UNSAFE,),
)

_Steps = tuple[tuple[ir.Loop, ...], frozenset[Scheduler]]
"""The running loops, and the schedulers that may be stepped."""

_COUNTS = frozenset(["last_epoch", "_step_count", "_last_lr", "get_last_lr", "optimizer", "super", "next"])
"""What tells how often a scheduler was stepped, or can."""

HORIZON = 1000
"""Rounds in which a first difference between the LRs is looked for."""


def check(program: Program) -> Iterator[Finding]:
    apart = accumulations(program)  # LR116 tells what is wrong with these
    in_time = _steps_in_time(program)
    found = {
        call: early
        for call, early in program.early_steps.items()
        if call not in apart
        and not _may_come_first(program, early)
        and not _is_for_old_torch(program, early.step, in_time)
    }
    movable = {call: early.step for call, early in found.items() if not _passes_epoch(early.step)}
    for call, early in found.items():
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} comes before the first step of its optimizer: {_consequence(program, early)}",
            "the scheduler steps first",
            tuple(_related(program, early)),
            _fix(program, early, movable) if call in movable else None,
        )


def _related(program: Program, early: EarlyStep) -> Iterator[Related]:
    step = early.step
    yield Related(*program.place(early.optimizer_step), "the optimizer steps here")
    schedulers = schedulers_of(program, program.scheduler_steps[step.call])
    yield Related(*built_here(program, schedulers, shown=early.scheduler))
    loop = step.rounds_of_scheduler[-1] if step.rounds_of_scheduler else None
    if loop is not None and loop not in step.loops:  # one of a caller
        head = loop.iterable if isinstance(loop, ir.For) else loop.test
        yield Related(*program.place(head), "in the first round of this loop")


def _may_come_first(program: Program, early: EarlyStep) -> bool:
    """Whether a step is right where it is.

    Plateau may stand anywhere, and so may a schedule that does not count its steps; a first LR of 0 is skipped on
    purpose, CosineAnnealingWarmRestarts takes the epoch on purpose, and outside of all loops an epoch brings a schedule
    to where a resumed run begins.
    """
    classes = {scheduler.class_name for scheduler in early.step.schedulers}
    if "ReduceLROnPlateau" in classes or all(map(starts_at_zero, early.step.schedulers)):
        return True
    if all(map(_never_counts, early.step.schedulers)):
        return True
    return _passes_epoch(early.step) and ("CosineAnnealingWarmRestarts" in classes or not _is_in_loop(program, early))


def _never_counts(scheduler: Scheduler) -> bool:
    """Whether `get_lr` of the program's own class reads just what others set: a step leaves the LR as it is."""
    klass = scheduler.klass
    member = find_member(klass, "get_lr") if klass is not None else None
    function = member.value.function if member is not None and isinstance(member.value, Function) else None
    if klass is None or function is None or not function.parameters or find_member(klass, "step") is not None:
        return False
    own = function.parameters[0].name
    elements = tuple(descend(function.body))
    read = [one for one in elements if isinstance(one, ir.Attribute) and _is_name(one.value, own)]
    calls = [one.func for one in elements if isinstance(one, ir.Call)]
    targets = [target for element in elements for target in targets_of(element)]
    return (
        function.mentions.isdisjoint(_COUNTS)
        and len(read) == sum(_is_name(one, own) for one in elements)
        and not any(_is_name(one, own) for one in descend(calls))
        and not any(isinstance(target, ir.Attribute | ir.Subscript) for target in targets)
        and all(find_member(klass, one.attr) is None for one in read)
    )


def _is_name(element: object, name: str) -> bool:
    return isinstance(element, ir.Name) and element.id == name


def _is_in_loop(program: Program, early: EarlyStep) -> bool:
    """Whether the step is taken in a loop that began after its scheduler was built, and trains with it."""
    if early.step.rounds_of_scheduler or is_in_listed_rounds(program, early.step, early.scheduler):
        return True
    again = [visit for visit in program.scheduler_steps[early.step.call] if early.scheduler in visit.possible]
    return len(again) > 1


def _is_for_old_torch(program: Program, step: SchedulerStep, in_time: Mapping[_Steps, Ways]) -> bool:
    """Whether the version of torch decides about a step, or it is taken behind the optimizer's wherever it isn't here.

    torch 1.0 and earlier wanted it first.
    """
    decisions = [program.facts.decisions.get(decision) for decision, _ in step.visit.branches]
    tests = [decision.test for decision in decisions if decision is not None]
    if any(isinstance(one, ir.Attribute) and one.attr == "__version__" for one in descend(tests)):
        return True
    others = in_time.get((step.rounds, step.possible))
    return others is not None and others.exclude(step.visit)


def _steps_in_time(program: Program) -> dict[_Steps, Ways]:
    """The steps that are not early, by the loops around them and by what they may step."""
    found: dict[_Steps, list[SchedulerStep]] = {}
    for step in program.facts.scheduler_steps if program.early_steps else ():
        if step.call not in program.early_steps:
            found.setdefault((step.rounds, step.possible), []).append(step)
    return {key: Ways(steps) for key, steps in found.items()}


def _passes_epoch(step: SchedulerStep) -> bool:
    """Whether anything but None, which torch takes for no argument, is passed."""
    return step.has_star or any(value != Constant(None) for value in (*step.positional, *step.keywords.values()))


def _consequence(program: Program, early: EarlyStep) -> str:
    if _passes_epoch(early.step):
        counts_from_0 = any(map(_counts_from_0, (*early.step.positional, *early.step.keywords.values())))
        return "torch warns" + (", and only the epoch argument keeps the LRs right" if counts_from_0 else "")
    calls = program.index.early_steps[early.step.call]
    firsts = {one.scheduler: one for one in reversed(calls)}.values()
    differences = set() if program.has_other_visits(early.step.call) else {_difference(program, one) for one in firsts}
    difference = differences.pop() if len(differences) == 1 else None
    return difference or "every LR of the schedule comes one step early"


def _difference(program: Program, early: EarlyStep) -> str | None:
    """The first round that trains with another LR than the schedule has for it; None if it is not known."""
    lrs = learning_rates(program, early.scheduler, HORIZON) or ()
    pairs = enumerate(pairwise(lrs))
    found = next((one for one in pairs if describe(one[1][0]) != describe(one[1][1])), None)
    if found is None:
        return None
    round_, (right, used) = found
    is_guarded = any(visit.is_guarded for visit in program.scheduler_steps[early.step.call])
    name = round_name(early.step, round_) if round_ == 0 or not is_guarded else None
    return f"{name} trains with {describe(used)} instead of {describe(right)}" if name is not None else None


def _counts_from_0(value: Value) -> bool:
    return isinstance(value, Counter | Opaque) and bool(counters(value)) and value.first == 0


def _fix(program: Program, early: EarlyStep, movable: Mapping[ir.Call, SchedulerStep]) -> Fix | None:
    step = early.step
    edits = move_together(program, step, movable)
    if edits is None:
        edits = move_behind_optimizer(program, step, early.optimizer_step, program.text(step.call))
    if edits is None:
        return None
    return Fix(Applicability.UNSAFE, "move the scheduler's step behind the optimizer's", edits)
