"""A scheduler lacks an argument without which it cannot be built.

## What it finds

A constructor of one of torch's schedulers without a required argument; `OneCycleLR` without a length; and
`OneCycleLR` whose numbers of epochs and of steps per epoch begin in the place of `total_steps`.

    CosineAnnealingLR(optimizer)                                                # LR202: T_max
    OneCycleLR(optimizer, max_lr=0.1, epochs=10)                                # LR202: steps_per_epoch
    OneCycleLR(optimizer, 0.1, epochs, len(loader))                             # LR202
    OneCycleLR(optimizer, 0.1, epochs=epochs, steps_per_epoch=len(loader))      # right

## Why it harms

It raises: `TypeError: CosineAnnealingLR.__init__() missing 1 required positional argument: 'T_max'`, or `ValueError:
You must define either total_steps OR (epochs AND steps_per_epoch)`. The third argument of `OneCycleLR` by position is
`total_steps`, and then the other numbers are ignored: measured on torch 2.13, 3 epochs of 4 batches have their whole
cycle in the first 3 steps, and the fourth `scheduler.step()` raises `ValueError: Tried to step 4 times. The specified
number of total steps is 3`.

## Fix and its safety

The names `epochs` and `steps_per_epoch` are written to the numbers that stand in the wrong places: unsafe, since the
LRs change. Nothing is offered for what is missing.

## What it cannot see

Calls with `*` or `**`, and of one of several classes. Calls in a `try` that catches errors are left alone.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.insertions import name_arguments
from lrlint.program.values import Constant
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR202",
    name="missing-scheduler-argument",
    summary="a scheduler lacks an argument without which it cannot be built",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler|swa_utils"),
    fixes=(Applicability.UNSAFE,),
)

LENGTHS = ("total_steps", "epochs", "steps_per_epoch")
"""What tells OneCycleLR how long its cycle is: the first, or both of the others."""


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program):
        if one.is_open or set(one.unknown) - {"verbose"} or one.doubled:
            continue
        lacking = _lacking(one)
        if lacking and not is_attempt(program, one.call):
            yield Finding(RULE, *program.place(one.call), lacking)
        elif not lacking and _is_shifted(one):
            yield _shift(program, one)


def _lacking(one: Construction) -> str:
    """The message about what is missing, empty if nothing is."""
    if one.missing:
        names = ", ".join(f"`{name}`" for name in one.missing)
        return f"`{one.class_name}` is built without {names}: TypeError"
    if one.class_name != "OneCycleLR":
        return ""
    absent = [name for name in LENGTHS if all(value in (None, Constant(None)) for value in one.values(name))]
    if "total_steps" not in absent or len(absent) == 1:
        return ""
    wanted = "`total_steps`, or `epochs` and `steps_per_epoch`" if len(absent) == len(LENGTHS) else f"`{absent[1]}`"
    return f"`OneCycleLR` is built without {wanted}: ValueError"


def _is_shifted(one: Construction) -> bool:
    """Whether epochs stand where `total_steps` belongs."""
    if one.class_name != "OneCycleLR" or "total_steps" in one.keywords or "total_steps" not in one.bound:
        return False
    is_none = Constant(None) in one.values("total_steps")
    others = ("epochs" in one.bound, "steps_per_epoch" in one.bound)
    return not is_none and len(one.positional) in (3, 4) and others.count(True) == 1


def _shift(program: Program, one: Construction) -> Finding:
    total = one.bound["total_steps"].written
    message = "the third argument of `OneCycleLR` is `total_steps`: what comes behind it is ignored"
    return Finding(
        RULE,
        *program.place(total or one.call),
        message,
        "",
        (),
        _fix(program, one),
        Severity.CORRECTNESS,
    )


def _fix(program: Program, one: Construction) -> Fix | None:
    if "epochs" in one.keywords:
        return None
    edits = name_arguments(program, (passed.written for passed in one.positional[2:]), LENGTHS[1:])
    return Fix(Applicability.UNSAFE, "name the numbers `epochs` and `steps_per_epoch`", edits) if edits else None
