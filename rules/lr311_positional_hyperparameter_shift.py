"""An optimizer gets a hyperparameter by position in the place of another one.

## What it finds

A positional argument of one of torch's optimizers that is called like another parameter of the class than the one in
whose place it stands.

    optim.SGD(model.parameters(), lr, momentum, weight_decay)               # LR311: the fourth one is dampening
    optim.SGD(model.parameters(), lr, momentum, weight_decay=weight_decay)  # right

    optim.Adam(model.parameters(), lr, args.wd)                             # LR311: the third one is betas
    optim.Adam(model.parameters(), lr, weight_decay=args.wd)                # right

## Why it harms

The hyperparameter keeps its default, and another one changes. Nothing says so: `SGD(params, lr, momentum,
weight_decay)` trains without weight decay and with dampening, as measured on torch 2.13. In place of `betas` a number
raises `TypeError: 'float' object is not subscriptable`.

## Fix and its safety

The argument and those behind it get the names that they are called by. Unsafe, since the training changes; safe where
the code always raises. Not offered where one of them has no such name.

## What it cannot see

Which parameter a literal was meant for. Names that say nothing, such as `x` or `args.decay`.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.SGD.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, optimizer_constructions
from lrlint.program.hyperparameters import misplaced, written_name
from lrlint.program.insertions import name_arguments
from lrlint.program.values import number_of
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR311",
    name="positional-hyperparameter-shift",
    summary="an optimizer gets a hyperparameter in the place of another one",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

PAIRS = frozenset(["betas", "etas", "step_sizes"])
"""The parameters that take two numbers."""


def check(program: Program) -> Iterator[Finding]:
    for one in optimizer_constructions(program):
        if one.surplus or one.unknown or one.doubled:
            continue
        shifted = misplaced(one)
        if shifted is not None:
            yield from _findings(program, one, *shifted)


def _findings(program: Program, one: Construction, index: int, name: str) -> Iterator[Finding]:
    slot, passed = one.slots[index], one.positional[index]
    raises = slot in PAIRS and name not in PAIRS and _is_number(one, slot)
    if passed.written is None or (raises and is_attempt(program, one.call)):
        return
    what = program.quote(passed.written.value, 30)
    consequence = "TypeError" if raises else f"`{name}` keeps its default"
    yield Finding(
        RULE,
        *program.place(passed.written),
        f"`{one.class_name}` gets {what} as `{slot}`, not as `{name}`: {consequence}",
        "",
        (),
        _fix(program, one, index, raises),
        Severity.ERROR if raises else None,
    )


def _is_number(one: Construction, slot: str) -> bool:
    return None not in map(number_of, one.values(slot))


def _fix(program: Program, one: Construction, index: int, raises: bool) -> Fix | None:
    shifted = one.positional[index:]
    names = [written_name(passed.written) for passed in shifted]
    if one.is_open or len(set(names)) < len(names) or not set(names) <= set(one.slots[index:]) - one.keywords.keys():
        return None
    edits = name_arguments(program, (passed.written for passed in shifted), names)
    applicability = Applicability.SAFE if raises else Applicability.UNSAFE
    title = f"pass {', '.join(f'`{name}`' for name in names)} by name"
    return Fix(applicability, title, edits) if edits else None
