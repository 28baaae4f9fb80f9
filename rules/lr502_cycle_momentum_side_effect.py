"""OneCycleLR or CyclicLR switches on a momentum that the optimizer is built without, or replaces its own.

## What it finds

OneCycleLR or CyclicLR without `cycle_momentum` on an SGD or RMSprop without momentum, or on an optimizer whose
`momentum` or `betas` are passed, while the scheduler gets neither `base_momentum` nor `max_momentum`.

    optimizer = optim.SGD(model.parameters(), lr=0.1)
    OneCycleLR(optimizer, max_lr=0.1, total_steps=100)                           # LR502: momentum 0.95 to 0.85
    OneCycleLR(optimizer, max_lr=0.1, total_steps=100, cycle_momentum=False)     # says what is meant
    OneCycleLR(optimizer, max_lr=0.1, total_steps=100, max_momentum=0.9)         # so does this

## Why it harms

Both cycle the momentum unless they are told otherwise, and torch says nothing. Measured on torch 2.13: an SGD without
momentum has one of 0.95 after `OneCycleLR(…)` and of 0.9 after `CyclicLR(…)`, and an Adam with betas of (0.5, 0.9) has
(0.95, 0.9). The `lr` of the optimizer is ignored by both, too.

## Fix and its safety

Unsafe, since the updates change: `cycle_momentum=False`.

## What it cannot see

Optimizers whose arguments or param groups are not all known.

## torch versions

All. CyclicLR cycles the first beta of the Adam family since 2.3; before, it raised.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.rewrite import append_argument
from lrlint.program.sites import built_here
from lrlint.program.values import Constant, Optimizer
from lrlint.rule import Rule, Severity
from lrlint.torch_api import signatures

RULE = Rule(
    code="LR502",
    name="cycle-momentum-side-effect",
    summary="OneCycleLR or CyclicLR cycles a momentum that the optimizer has otherwise",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "OneCycleLR|CyclicLR"),
    default=False,
    fixes=(Applicability.UNSAFE,),
)

MAXIMUM = {"OneCycleLR": 0.95, "CyclicLR": 0.9}
"""The momentum with which each class begins."""

SWITCHES = ("cycle_momentum", "base_momentum", "max_momentum")


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program, *MAXIMUM):
        is_asked = any(value is not None for name in SWITCHES for value in one.values(name))
        if is_asked or any(argument.star for argument in one.call.arguments):
            continue
        known = [optimizer for optimizer in one.optimizers if _is_open_book(program, optimizer)]
        effects = {_effect(optimizer, one.class_name) for optimizer in known}
        if len(known) < len(one.optimizers) or len(effects) != 1 or None in effects:
            continue
        yield Finding(
            RULE,
            *program.place(one.call),
            f"{one.class_name} {next(iter(effects))}",
            "it cycles the momentum, too",
            (Related(*built_here(program, known, "the optimizer")),),
            _fix(program, one),
        )


def _is_open_book(program: Program, optimizer: Optimizer) -> bool:
    """Whether all that its constructor gets is known, and no param group has a momentum of its own."""
    build = program.optimizer_builds.get(optimizer.site)
    if build is None or build.arguments.has_star:
        return False
    given = [one.entries for one in program.facts.group_dicts if one.optimizer == optimizer]
    return not any(entries is None or {"momentum", "betas"} & dict(entries).keys() for entries in given)


def _effect(optimizer: Optimizer, class_name: str) -> str | None:
    """What happens to the momentum of an optimizer; None where the code does not say that it is to have another one."""
    signature, first = signatures.optimizer(optimizer.name), MAXIMUM[class_name]
    name = next((one for one in ("momentum", "betas") if signature is not None and signature.parameter(one)), None)
    if name is None:
        return None
    given = optimizer.argument(name)
    if name == "momentum" and (given is None or given == Constant(0)):
        return f"switches on a momentum of {first}, which the optimizer is built without"
    if given is None or given == Constant(first):
        return None
    what = "momentum" if name == "momentum" else "first beta"
    return f"puts {first} in the place of the {what} that the optimizer is built with"


def _fix(program: Program, one: Construction) -> Fix | None:
    positional = sum(argument.keyword is None for argument in one.call.arguments)
    edit = append_argument(program, one.call, "cycle_momentum=False") if positional < 7 else None
    return Fix(Applicability.UNSAFE, "switch cycle_momentum off", (edit,)) if edit is not None else None
