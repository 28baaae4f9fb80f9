"""A scheduler gets milestones that are no whole numbers, which its count of steps never equals.

## What it finds

Milestones of MultiStepLR and SequentialLR that are fractions, texts, or floats that are whole in some runs only: the
result of `/`, or of a computation with a fraction, that is not rounded.

    MultiStepLR(optimizer, [0.5 * epochs, 0.75 * epochs])             # LR204
    MultiStepLR(optimizer, [int(0.5 * epochs), int(0.75 * epochs)])   # right
    MultiStepLR(optimizer, args.milestones.split(","))                # LR204

## Why it harms

The scheduler looks for its count of steps among the milestones. A fraction or a text is never found: the LR does not
change there, and nothing warns. Measured on torch 2.13, LR of each epoch:

    MultiStepLR(optimizer, [2, 3])        0.1   0.1   0.01  0.001  0.001
    MultiStepLR(optimizer, [2.5, 3.75])   0.1   0.1   0.1   0.1    0.1
    MultiStepLR(optimizer, "2,3")         0.1   0.1   0.1   0.1    0.1

SequentialLR goes on to its next scheduler, but does not begin that one: with ConstantLR(factor=0.5) and StepLR(2),
the LR stays 0.05 from milestone 2.5 on, and is 0.1 from milestone 2 or 3 on. A float such as `0.29 * 100`, which is
28.999999999999996, is no whole number either.

## Fix and its safety

Unsafe, since the LRs change: milestones that are computed are wrapped in `int(…)`, or in `round(…)` if they are known
to miss a whole number by less than a millionth. Not offered for texts, for fractions that are written as such, and
where the milestones stand in another module.

## What it cannot see

Milestones out of a configuration or a function, arrays. Floats that are whole for the default of an option are left
alone, and so is whatever is rounded, by whichever function of that name.

## torch versions

All. `MultiStepLR.step(epoch)` with a number, deprecated since 1.4, does find fractions.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.MultiStepLR.html
* https://github.com/Pointcept/Pointcept/issues/379
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.fractions import Count, Kind, counts
from lrlint.program.insertions import surround
from lrlint.program.values import Constant
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR204",
    name="non-integer-milestones",
    summary="milestones of a scheduler are no whole numbers",
    severity=Severity.CORRECTNESS,
    gate=("torch", "lr_scheduler", "MultiStepLR|SequentialLR"),
    fixes=(Applicability.UNSAFE,),
)

_WRONG = frozenset([Kind.FRACTION, Kind.FLOAT, Kind.TEXT])

_CONSEQUENCES = {
    "MultiStepLR": "the LR does not change there",
    "SequentialLR": "the next scheduler does not begin with its own LR",
}

NEARLY = 1e-6
"""By how much a product with a fraction may miss the whole number that is meant."""


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program, "MultiStepLR", "SequentialLR"):
        found = [[one for one in some if one.kind in _WRONG] for some in counts(program, construction)]
        if found and all(found):
            yield _finding(program, construction, found[0])


def _finding(program: Program, construction: Construction, wrong: list[Count]) -> Finding:
    first, name = wrong[0], construction.class_name
    related = () if first.expression is None else (Related(*program.place(first.expression), "this one"),)
    return Finding(
        RULE,
        *program.place(construction.call),
        f"{_problem(program, first, name)}: {'else ' if first.kind is Kind.FLOAT else ''}{_CONSEQUENCES[name]}",
        "milestones have to be whole numbers",
        related,
        _fix(program, wrong),
    )


def _problem(program: Program, count: Count, class_name: str) -> str:
    text = "a milestone" if count.expression is None else program.quote(count.expression, 40)
    if count.kind is Kind.FLOAT:
        return f"{text} is a float, which `{class_name}` counts to only where it is whole"
    number = getattr(count.value, "value", getattr(count.value, "default", None))
    what = {Kind.TEXT: "text", Kind.FRACTION: str(number)}[count.kind]
    if text in (f"`{what}`", "a milestone"):
        what = "a fraction"
    return f"{text} is {what}, which `{class_name}` never counts to"


def _fix(program: Program, wrong: list[Count]) -> Fix | None:
    expressions = dict.fromkeys(one.expression for one in wrong)
    functions = {_rounding(one) for one in wrong}
    if len(functions) > 1 or any(not isinstance(one, ir.BinaryOperation) for one in expressions):
        return None
    function = functions.pop()
    edits: list[Edit] = []
    for expression in expressions:
        assert expression is not None
        edits += surround(program, expression, f"{function}(", ")")
    return Fix(Applicability.UNSAFE, f"round the milestones by `{function}`", tuple(edits))


def _rounding(count: Count) -> str:
    value = count.value.value if isinstance(count.value, Constant) else None
    return "round" if isinstance(value, float) and abs(value - round(value)) < NEARLY else "int"
