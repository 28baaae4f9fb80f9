"""A scheduler takes the name of another one that has never been used, but has changed the LR when it was built.

## What it finds

A name that gets a OneCycleLR, CyclicLR, LinearLR or ConstantLR, and then, further down in the same block, another
scheduler on the same optimizer, with nothing in between that mentions the name.

    scheduler = LinearLR(optimizer, start_factor=0.1, total_iters=5)     # LR220
    scheduler = CosineAnnealingLR(optimizer, T_max=90)
    for epoch in range(90):
        train(model, optimizer)
        scheduler.step()

## Why it harms

These four set the LR of the first step when they are built, and the scheduler that takes over begins there. Measured on
torch 2.13 on an optimizer with LR 0.1, LR of each step with `StepLR(optimizer, 2)` as the second one:

    alone                               0.1     0.1     0.01     0.01
    after LinearLR(optimizer, 0.1)      0.01    0.01    0.001    0.001
    after OneCycleLR(max_lr=0.1)        0.004   0.004   0.0004   0.0004
    after CyclicLR(base_lr=0.001)       0.001   0.001   0.0001   0.0001

The warm-up that was meant never comes. torch says nothing.

## Fix and its safety

The first construction is removed. Unsafe, because the LRs change, and because both may have been meant, one after the
other: that is what SequentialLR is for.

## What it cannot see

Schedulers that change nothing when they are built are left alone, as are those whose successor sets the LR itself: a
OneCycleLR or CyclicLR, and, after LinearLR and ConstantLR, a LambdaLR or CosineAnnealingWarmRestarts.

## torch versions

All that have these classes.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import SchedulerBuild
from lrlint.program.rewrite import dotted_name, remove
from lrlint.program.search import block_of, descend
from lrlint.program.values import Optimizer
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR220",
    name="scheduler-overwritten-before-use",
    summary="a scheduler that has changed the LR is replaced before its first step",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "OneCycleLR|CyclicLR|LinearLR|ConstantLR"),
    fixes=(Applicability.UNSAFE,),
)

CYCLES = frozenset(["OneCycleLR", "CyclicLR"])
FACTORS = frozenset(["LinearLR", "ConstantLR"])
FROM_BASE = frozenset(["LambdaLR", "CosineAnnealingWarmRestarts"])


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    builds = program.facts.scheduler_builds
    for first in builds:
        if not _changes_lr(first) or first.call in reported or first.scheduler in program.facts.escaped:
            continue
        second = next((build for build in builds if _replaces(program, first, build)), None)
        if second is None:
            continue
        reported.add(first.call)
        one, other = first.scheduler.class_name, second.scheduler.class_name
        yield Finding(
            RULE,
            *program.place(first.call),
            f"this {one} is never used, but it has changed the LR: the {other} that takes its name goes on from there",
            "changes the LR when it is built",
            (Related(*program.place(second.call), "its name is given to another scheduler"),),
            _fix(program, first.visit.statement),
        )


def _changes_lr(build: SchedulerBuild) -> bool:
    scheduler = build.scheduler
    is_known = scheduler.klass is None and isinstance(scheduler.optimizer, Optimizer)
    return is_known and scheduler.class_name in CYCLES | FACTORS


def _replaces(program: Program, first: SchedulerBuild, second: SchedulerBuild) -> bool:
    """Whether a scheduler takes the name of the first one, with nothing in between, and begins with its LR."""
    name = second.scheduler.class_name
    sets_lr = name in CYCLES or (first.scheduler.class_name in FACTORS and name in FROM_BASE)
    if sets_lr or second.visit.time <= first.visit.time or first.scheduler.optimizer != second.scheduler.optimizer:
        return False
    one, other = first.visit.statement, second.visit.statement
    if not (isinstance(one, ir.Assign) and isinstance(other, ir.Assign)) or one is other:
        return False
    targets = {dotted_name(target) for target in (*one.targets, *other.targets)}
    if one.value is not first.call or other.value is not second.call or len(targets) != 1 or None in targets:
        return False
    block = block_of(program.statements_around(first.call), one) or ()
    if other not in block:
        return False
    passed = block[block.index(one) + 1 : block.index(other)]
    mentioned = {dotted_name(e) for e in descend([*passed, other.value]) if isinstance(e, ir.Name | ir.Attribute)}
    return not targets & mentioned


def _fix(program: Program, statement: ir.Statement) -> Fix | None:
    edit = remove(program, statement)
    return Fix(Applicability.UNSAFE, "remove the scheduler that is not used", (edit,)) if edit else None
