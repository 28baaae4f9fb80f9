"""A scheduler gets a gamma above 1, with which the LR grows.

## What it finds

A number above 1 as the `gamma` of StepLR, MultiStepLR or ExponentialLR.

    MultiStepLR(optimizer, [30, 60], 2)          # LR505: the LR doubles twice
    MultiStepLR(optimizer, [30, 60], 0.5)        # right
    ExponentialLR(optimizer, gamma=1.1)          # LR505

## Why it harms

The LR is multiplied by gamma, so it rises at each step of the schedule. Measured on torch 2.13, LR of each epoch with
`ExponentialLR(optimizer, gamma=1.5)`:

    0.1  0.15  0.225  0.3375  0.50625  0.759375

## Fix and its safety

No fix: only the author knows by how much it was to fall.

## What it cannot see

Values that the code itself does not hold. It is silent in code that looks for a good LR, where an LR that grows is the
purpose: a file, class or function whose name says "find", "range" or "warm", and one that leaves a loop by `break`.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ExponentialLR.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.constructions import scheduler_constructions
from lrlint.program.places import definitions_around
from lrlint.program.search import descend
from lrlint.program.values import Value, number_of
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR505",
    name="growing-gamma",
    summary="a scheduler gets a gamma above 1, with which the LR grows",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "StepLR|MultiStepLR|ExponentialLR"),
    default=False,
)

_PURPOSE = re.compile("find|range|warm", re.IGNORECASE)
"""What the code is called that wants the LR to grow."""


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program, "StepLR", "MultiStepLR", "ExponentialLR"):
        values = one.possible_values("gamma")
        if not values or not all(_is_above_one(value) for value in values) or _is_wanted(program, one.call):
            continue
        argument = one.written("gamma")
        place = one.call if argument is None else argument.value
        message = f"a gamma of {program.quote(place)} makes the LR grow at each step of the schedule"
        yield Finding(RULE, *program.place(place), message, "above 1")


def _is_above_one(value: Value | None) -> bool:
    return (number_of(value) or 0) > 1


def _is_wanted(program: Program, call: ir.Call) -> bool:
    definitions = definitions_around(program, call)
    names = [one.function.name if isinstance(one, ir.Define) else one.name for one in definitions]
    if any(_PURPOSE.search(name) for name in (*names, PurePath(program.source_of(call).path).stem)):
        return True
    body = program.statements_around(call) if not definitions else (definitions[-1],)
    return any(isinstance(one, ir.Leave) and one.kind == "break" for one in descend(body))
