"""A scheduler gets one number in the place of a list of milestones.

## What it finds

MultiStepLR and SequentialLR whose `milestones` are a single number.

    MultiStepLR(optimizer, 30)          # LR205
    MultiStepLR(optimizer, [30])        # right
    MultiStepLR(optimizer, 30, 60)      # LR205: 60 is gamma

## Why it harms

It raises: MultiStepLR `TypeError: 'int' object is not iterable`, and SequentialLR `TypeError: object of type 'int' has
no len()`.

## Fix and its safety

Safe, since the code always raises and only one repair makes sense: a single int is put into a list. Not offered where
`gamma` is above 1, since that is one more milestone then, for floats (LR204 says what becomes of them), and for a
parameter, an attribute or an import, which may be a list for others.

## What it cannot see

Numbers that only the caller or the command line knows, and code that expects the exception.

## torch versions

All; SequentialLR since 1.10.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.assignments import is_told_here
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.insertions import surround
from lrlint.program.values import Constant, integer_of, number_of
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR205",
    name="milestones-not-a-list",
    summary="a scheduler gets one number in the place of a list of milestones",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler", "MultiStepLR|SequentialLR"),
    fixes=(Applicability.SAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program, "MultiStepLR", "SequentialLR"):
        values = construction.possible_values("milestones")
        if not values or None in map(number_of, values) or is_attempt(program, construction.call):
            continue
        argument = construction.written("milestones")
        shown = "a number" if argument is None else program.quote(argument.value)
        yield Finding(
            RULE,
            *program.place(construction.call),
            f"`{construction.class_name}` gets {shown} as its milestones: TypeError, they have to be a list",
            "",
            (),
            _fix(program, construction, argument),
        )


def _fix(program: Program, construction: Construction, argument: ir.Argument | None) -> Fix | None:
    if argument is None or not is_told_here(program, argument.value):
        return None
    if None in map(integer_of, construction.possible_values("milestones")):
        return None
    gammas = construction.possible_values("gamma")
    if not all(isinstance(gamma, Constant) and isinstance(gamma.value, float) for gamma in gammas):
        return None  # one more milestone, perhaps
    return Fix(Applicability.SAFE, "put the milestone into a list", surround(program, argument.value, "[", "]"))
