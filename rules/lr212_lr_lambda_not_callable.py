"""LambdaLR or MultiplicativeLR gets a number in the place of a function.

## What it finds

A LambdaLR or MultiplicativeLR whose `lr_lambda` is a number, or a list with a number in it.

    LambdaLR(optimizer, 0.95)                         # LR212
    LambdaLR(optimizer, lambda epoch: 0.95**epoch)    # right

## Why it harms

It raises, from inside of torch: `TypeError: 'float' object is not callable`. LambdaLR does so in its constructor,
MultiplicativeLR at its first step; since torch 2.8 that one refuses it in its constructor, too:
`TypeError: lr_lambda should be a function, but got float`.

## Fix and its safety

Unsafe, since a constant factor may be meant: a literal factor becomes `lambda epoch: 0.95**epoch` for LambdaLR, which
multiplies the first LR, and `lambda epoch: 0.95` for MultiplicativeLR, which multiplies the last one. Not offered for
anything else.

## What it cannot see

Results of functions: `LambdaLR(optimizer, decay(0))`.

## torch versions

All that have these classes.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.values import Constant, Sequence, Value
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR212",
    name="lr-lambda-not-callable",
    summary="LambdaLR or MultiplicativeLR gets a number in the place of a function",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler", "LambdaLR|MultiplicativeLR"),
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program, "LambdaLR", "MultiplicativeLR"):
        values = construction.possible_values("lr_lambda")
        if not values or not all(map(_holds_number, values)) or is_attempt(program, construction.call):
            continue
        argument = construction.written("lr_lambda")
        shown = "a number" if argument is None else program.quote(argument.value)
        yield Finding(
            RULE,
            *program.place(construction.call),
            f"`{construction.class_name}` gets {shown} to call: TypeError, it needs a function of the epoch",
            "",
            (),
            _fix(program, construction, argument),
        )


def _holds_number(value: Value) -> bool:
    """Whether a value is a number, or a list with one in it."""
    if isinstance(value, Sequence):
        return any(isinstance(item, Constant) and _is_number(item.value) for item in value.items or ())
    if not isinstance(value, Constant):
        return False
    return any(map(_is_number, value.value)) if isinstance(value.value, tuple) else _is_number(value.value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _fix(program: Program, construction: Construction, argument: ir.Argument | None) -> Fix | None:
    literal = argument.value if argument is not None and isinstance(argument.value, ir.Constant) else None
    if literal is None or not isinstance(literal.value, float) or not 0 < literal.value < 1:
        return None
    power = "**epoch" if construction.class_name == "LambdaLR" else ""
    content = f"lambda epoch: {program.text(literal)}{power}"
    return Fix(Applicability.UNSAFE, f"pass `{content}`", (Edit(program.range(literal), content),))
