"""A PolynomialLR is built without its length, which is 5 steps then.

## What it finds

`PolynomialLR(optimizer)` without `total_iters`, unless its steps are known to be 5 at most.

    PolynomialLR(optimizer, power=0.9)                       # LR222
    PolynomialLR(optimizer, total_iters=90, power=0.9)       # right

## Why it harms

`total_iters` is 5 by default, and after as many steps the LR is 0 for ever: from then on the model learns nothing.
Measured on torch 2.13, LR of each epoch:

    PolynomialLR(optimizer)                   0.1   0.08   0.06   0.04   0.02   0.0     0.0     0.0
    PolynomialLR(optimizer, total_iters=8)    0.1   0.0875 0.075  0.0625 0.05   0.0375  0.025   0.0125

## Fix and its safety

No fix: how long the training is, only the author knows.

## What it cannot see

Arguments behind `**kwargs`. It is silent where code sets a `total_iters` later.

## torch versions

All that have the class, since 1.13.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.PolynomialLR.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.facts import SchedulerStep
from lrlint.program.search import targets_of
from lrlint.program.values import Constant, Range, Value
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR222",
    name="polynomial-default-total-iters",
    summary="a PolynomialLR without its length gets to an LR of 0 in 5 steps",
    severity=Severity.CORRECTNESS,
    gate=("torch", "lr_scheduler", "PolynomialLR"),
    since="1.13",
)

DEFAULT = 5
"""What `total_iters` is unless something is passed for it."""


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program, "PolynomialLR"):
        is_given = any(value is not None for value in construction.values("total_iters"))
        if construction.is_open or is_given or _is_set_later(program, construction) or _is_short(program, construction):
            continue
        yield Finding(
            RULE,
            *program.place(construction.call),
            f"{program.quote(construction.call)} has no `total_iters`: the LR is 0 after {DEFAULT} steps",
            "it is 5 by default",
        )


def _is_set_later(program: Program, construction: Construction) -> bool:
    """Whether any code that runs with the call assigns an attribute of this name."""
    targets = (target for one in program.elements_with(construction.call) for target in targets_of(one))
    return any(isinstance(target, ir.Attribute) and target.attr == "total_iters" for target in targets)


def _is_short(program: Program, construction: Construction) -> bool:
    """Whether the steps of the scheduler are all in view, and not more than its length."""
    sites = {construction.call}
    steps = [step for step in program.facts.scheduler_steps if any(s.site in sites for s in step.possible)]
    return bool(steps) and sum({step.call: _rounds(step) for step in steps}.values()) <= DEFAULT


def _rounds(step: SchedulerStep) -> float:
    """How often a step runs at most, in the loops that began after the scheduler was built."""
    running = [one for one in step.visit.activations if one.loop in step.rounds_of_scheduler]
    return math.prod(_length(one.over) for one in running)


def _length(over: Value | None) -> float:
    """How many items a loop goes through, infinity if that is not known."""
    if not isinstance(over, Range) or over.start is None or not isinstance(over.stop, Constant):
        return math.inf
    stop = over.stop.value
    return max(stop - over.start, 0) if isinstance(stop, int) else math.inf
