"""The function of a LambdaLR gives 0 for the first step.

## What it finds

A function that is surely 0 where its argument is: a warm-up that divides the step by the length.

    LambdaLR(optimizer, lambda step: min(1.0, step / 100))                # LR512
    LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 100))          # right

## Why it harms

A LambdaLR asks its function for step 0 before anything is trained, and multiplies the LR with it. So the first step,
or the first epoch where it is stepped per epoch, changes no parameter. Measured on torch 2.13 with `lambda e: e / 3`
and an LR of 0.1:

    0.0  0.0333  0.0667  0.1

## Fix and its safety

No fix: `step + 1` is what most people want, but the schedules of some papers begin at 0.

## What it cannot see

Functions of other files, and such that have more than one `if` before they return. A comparison of the argument with
something that is not known, `step < warmup`, counts as true for step 0.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.constructions import scheduler_constructions
from lrlint.program.values import Function, Value
from lrlint.program.values import Sequence as Items
from lrlint.program.zeros import zero_at_first
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR512",
    name="lambda-first-lr-zero",
    summary="the function of a LambdaLR gives 0 for the first step",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "LambdaLR"),
    default=False,
)


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Expression] = set()
    for one in scheduler_constructions(program, "LambdaLR"):
        for value in one.possible_values("lr_lambda"):
            for function in _functions(value):
                zero = zero_at_first(function)
                if zero is not None and zero not in reported:
                    reported.add(zero)
                    yield Finding(
                        RULE,
                        *program.place(zero),
                        f"{program.quote(zero)} is 0 for the first step, which is made with an LR of 0",
                        "0 at first",
                        (Related(*program.place(one.call), "the LambdaLR that asks for it"),),
                    )


def _functions(value: Value) -> Iterator[ir.Function]:
    values = value.items or () if isinstance(value, Items) else (value,)
    yield from (one.function for one in values if isinstance(one, Function) and one.owner is None)
