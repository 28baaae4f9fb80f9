"""StepLR gets a step size that is no whole number, such as its gamma.

## What it finds

A StepLR whose `step_size` is known to have a fraction.

    StepLR(optimizer, 0.1, 30)            # LR203
    StepLR(optimizer, 30, 0.1)            # right
    StepLR(optimizer, 0.1, gamma=0.95)    # LR203: it has no step size at all

## Why it harms

The LR falls where the number of steps divided by `step_size` leaves no rest. With 0.1 it always leaves one, so the LR
never falls, and nothing warns. Measured on torch 2.13, LR of each epoch:

    StepLR(optimizer, 2, 0.1)      0.1   0.1   0.01   0.01    0.001
    StepLR(optimizer, 0.1, 2)      0.1   0.1   0.1    0.1     0.1
    StepLR(optimizer, 1.5)         0.1   0.1   0.1    0.01    0.01
    StepLR(optimizer, 0.5)         0.1   0.01  0.001  0.0001  0.00001

## Fix and its safety

Unsafe, since the LRs change: two literals change places where `step_size` lies between 0 and 1 and `gamma` is an int
above 1. Not offered for anything else.

## What it cannot see

Numbers that only the caller or the command line knows. `2.0` is a whole number and left alone, as is the StepLR of
SAM and other classes of that name, whose arguments have another order.

## torch versions

All. `StepLR.step(epoch)` with a number, deprecated since 1.4, does find fractions.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.StepLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.values import Constant, Value
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR203",
    name="swapped-step-size-and-gamma",
    summary="the step size of StepLR is no whole number, as its gamma would be",
    severity=Severity.CORRECTNESS,
    gate=("torch", "lr_scheduler", "StepLR"),
    fixes=(Applicability.UNSAFE,),
)

STEPS = 1000
"""How many steps are looked at to tell when the LR first falls."""


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program, "StepLR"):
        sizes = [_fraction(value) for value in construction.possible_values("step_size")]
        if not sizes or sizes[0] is None or None in sizes:
            continue
        fix = _fix(program, construction)
        reading = "gamma in its place, and " if fix is not None else ""
        yield Finding(
            RULE,
            *program.place(construction.call),
            f"`StepLR` gets a step size of {sizes[0]}: {reading}{_consequence(sizes[0])}",
            "step_size has to be a whole number",
            (),
            fix,
        )


def _fraction(value: Value) -> float | None:
    """The number that a value is, if that has a fraction."""
    number = value.value if isinstance(value, Constant) else None
    return number if isinstance(number, float) and number > 0 and not number.is_integer() else None


def _consequence(size: float) -> str:
    falls = [step for step in range(1, STEPS) if step % size == 0]
    if not falls:
        return "the LR never falls"
    return "the LR falls with every step" if falls[0] == 1 else f"the LR first falls after {falls[0]} steps"


def _fix(program: Program, construction: Construction) -> Fix | None:
    """`StepLR(optimizer, 0.1, 30)` -> `StepLR(optimizer, 30, 0.1)`."""
    places = [construction.written("step_size"), construction.written("gamma")]
    values = [one.value.value for one in places if one is not None and isinstance(one.value, ir.Constant)]
    if len(values) < 2 or not isinstance(values[0], float) or not isinstance(values[1], int):
        return None
    if values[0] >= 1 or values[1] <= 1:
        return None
    size, gamma = (one.value for one in places if one is not None)
    edits = (Edit(program.range(size), program.text(gamma)), Edit(program.range(gamma), program.text(size)))
    return Fix(Applicability.UNSAFE, "swap `step_size` and `gamma`", edits)
