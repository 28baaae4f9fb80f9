"""Param groups with LRs of their own all get the same one.

## What it finds

One number as the `max_lr` of OneCycleLR or the `base_lr` of CyclicLR on an optimizer whose param groups have different
LRs, and a loop that gives each of its groups the same LR.

    optimizer = optim.SGD([{"params": backbone, "lr": 1e-4}, {"params": head, "lr": 1e-2}])
    OneCycleLR(optimizer, max_lr=0.01, total_steps=100)               # LR508
    OneCycleLR(optimizer, max_lr=[1e-4, 1e-2], total_steps=100)       # right

    for group in optimizer.param_groups:
        group["lr"] = lr                                              # LR508
        group["lr"] = lr * group["initial_lr"] / base                 # right

## Why it harms

The groups were given different LRs, and train with the same. Measured on torch 2.13: groups with 0.0001 and 0.01 both
begin with 0.0004 after `OneCycleLR(optimizer, max_lr=0.01, total_steps=100)`.

## Fix and its safety

No fix: the ratio may be meant to hold for the new LR, too, or not.

## What it cannot see

Groups that come from code which is not in view, and numbers that the code itself does not hold.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.group_lrs import has_several_lrs
from lrlint.program.group_uses import item_stores, key_of, member_uses
from lrlint.program.search import descend
from lrlint.program.sites import built_here
from lrlint.program.values import Optimizer, Value, number_of
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR508",
    name="group-lr-flattened",
    summary="param groups with LRs of their own all get the same one",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "params", "OneCycleLR|CyclicLR|param_groups"),
    default=False,
)

LRS = {"OneCycleLR": "max_lr", "CyclicLR": "base_lr"}
"""The parameter of each class that takes one LR, or one for each group."""


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program, *LRS):
        if _is_number(one) and _have_several_lrs(program, one.optimizers):
            argument = one.written(LRS[one.class_name])
            place = one.call if argument is None else argument.value
            yield _finding(program, place, f"`{LRS[one.class_name]}` is one number", one.optimizers)
    for place, uses in member_uses(program, Optimizer).items():
        owners = [owner for use in uses for owner in use.owners]
        if place.attr == "param_groups" and _have_several_lrs(program, owners):
            for target in _stores(uses[0].visit.statement, place):
                yield _finding(program, target, f"{program.quote(target)} is the same for all of them", owners)


def _finding(program: Program, place: ir.Expression, what: str, optimizers: Sequence[Value]) -> Finding:
    known = [one for one in optimizers if isinstance(one, Optimizer)]
    return Finding(
        RULE,
        *program.place(place),
        f"{what}, but the param groups have LRs of their own: these are lost",
        "one LR for all groups",
        (Related(*built_here(program, known, "the optimizer")),),
    )


def _is_number(one: Construction) -> bool:
    values = one.possible_values(LRS[one.class_name])
    return bool(values) and None not in map(number_of, values)


def _have_several_lrs(program: Program, optimizers: Sequence[Value]) -> bool:
    return bool(optimizers) and all(isinstance(one, Optimizer) and has_several_lrs(program, one) for one in optimizers)


def _stores(statement: ir.Statement, place: ir.Expression) -> Iterator[ir.Subscript]:
    """What a loop over the groups sets to an LR that has nothing to do with the group, without any condition."""
    loop = statement.statement if isinstance(statement, ir.Passable) else statement
    if not isinstance(loop, ir.For) or loop.iterable is not place or not isinstance(loop.target, ir.Name):
        return
    assigned = [one for one in loop.body if isinstance(one, ir.Assign)]
    for target, found in item_stores(loop.body):
        is_group = isinstance(target.value, ir.Name) and target.value.id == loop.target.id
        if not is_group or key_of(target) != "lr" or found not in assigned or not isinstance(found, ir.Assign):
            continue
        around = [one for element in loop.body if element is not found for one in descend([element])]
        names = {one.id for one in (*descend([found.value]), *around) if isinstance(one, ir.Name)}
        if loop.target.id not in names:
            yield target
