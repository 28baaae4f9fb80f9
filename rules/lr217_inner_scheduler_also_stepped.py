"""A scheduler inside of a SequentialLR or ChainedScheduler is stepped by the code as well.

## What it finds

A loop that steps a SequentialLR or ChainedScheduler in each round, and one of its members, too.

    warmup, decay = LinearLR(optimizer, 0.1, total_iters=4), ExponentialLR(optimizer, 0.9)
    scheduler = SequentialLR(optimizer, [warmup, decay], milestones=[4])
    for epoch in range(90):
        train(model, optimizer)
        warmup.step()                 # LR217
        scheduler.step()              # right: it steps its members

## Why it harms

The member goes through its schedule twice as fast. Measured on torch 2.13, the warm-up above, LR of each step:

    scheduler.step()            0.01   0.0325   0.055   0.0775   0.1
    warmup.step() as well       0.01   0.055    0.1     0.1      0.1

torch says nothing.

## Fix and its safety

The member's step is removed. Unsafe, because the LRs change.

## What it cannot see

Steps under a condition that changes from round to round: they may share the rounds between them.

## torch versions

1.10 and later.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import SchedulerBuild, SchedulerStep
from lrlint.program.rewrite import remove
from lrlint.program.values import Scheduler, Sequence
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR217",
    name="inner-scheduler-also-stepped",
    summary="a member of a SequentialLR or ChainedScheduler is stepped beside it",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "SequentialLR|ChainedScheduler"),
    since="1.10",
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for build in program.facts.scheduler_builds:
        for member in _members(build.scheduler):
            pair = _both_stepped(program, build, member)
            if pair is None or pair[0].call in reported:
                continue
            own, whole = pair
            reported.add(own.call)
            edit = remove(program, own.statement) if isinstance(own.statement, ir.Evaluate) else None
            yield Finding(
                RULE,
                *program.place(own.call),
                f"{program.quote(own.call)} steps a member of the {build.scheduler.class_name}, which steps it, too: "
                "its schedule runs twice as fast",
                "steps it once more",
                (
                    Related(*program.place(build.call), "it is a member of this"),
                    Related(*program.place(whole.call), "which steps here"),
                ),
                Fix(Applicability.UNSAFE, "leave the step to the scheduler around it", (edit,)) if edit else None,
            )


def _members(scheduler: Scheduler) -> tuple[Scheduler, ...]:
    """The schedulers that one of them surely steps."""
    given = scheduler.argument("schedulers")
    is_composite = scheduler.class_name in ("SequentialLR", "ChainedScheduler") and scheduler.klass is None
    if not is_composite or not isinstance(given, Sequence):
        return ()
    return tuple(item for item in given.items or () if isinstance(item, Scheduler))


def _both_stepped(
    program: Program, build: SchedulerBuild, member: Scheduler
) -> tuple[SchedulerStep, SchedulerStep] | None:
    """A step of a member and one of the whole that every round of one loop makes."""
    steps = [step for step in program.facts.scheduler_steps if _is_of_rounds(step, build)]
    for own in (step for step in steps if step.schedulers == {member}):
        for whole in (step for step in steps if step.schedulers == {build.scheduler}):
            if whole.rounds == own.rounds and not whole.visit.excludes(own.visit):
                return own, whole
    return None


def _is_of_rounds(step: SchedulerStep, build: SchedulerBuild) -> bool:
    """Whether each round of a loop that began after a scheduler was built makes a step."""
    return bool(step.visit.rounds_since(build.scheduler.ident)) and not step.is_guarded
