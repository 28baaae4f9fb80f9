"""A list with one item for each param group has another length than the optimizer has groups.

## What it finds

A list in the place of the functions of LambdaLR and MultiplicativeLR, of the LRs and momenta of OneCycleLR and
CyclicLR, of `swa_lr` of SWALR or of `min_lr` of ReduceLROnPlateau, whose length is not the number of param groups.

    optimizer = SGD(model.parameters(), lr=0.1)
    LambdaLR(optimizer, [warmup, decay])             # LR214: there is one group
    LambdaLR(optimizer, lambda e: warmup(e) * decay(e))

## Why it harms

It raises: `ValueError: Expected 1 lr_lambdas, but got 2`, `ValueError: max_lr must have the same length as
optimizer.param_groups. max_lr has 2 values, param_groups has 1.`, `ValueError: expected 1 min_lrs, got 2`.

## Fix and its safety

No fix: whether a group is missing or an item too many, only the author knows.

## What it cannot see

Groups and lists that are filled by loops, groups that `add_param_group` adds or other code changes: then it is silent.

## torch versions

All that have these classes.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.regrouping import group_count, regroups
from lrlint.program.selection import Several
from lrlint.program.sites import built_here
from lrlint.program.values import Constant, Sequence, Value
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR214",
    name="per-group-list-length",
    summary="a list for the param groups is longer or shorter than they are many",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler|swa_utils"),
)

LISTS = {
    "CyclicLR": ("base_lr", "max_lr", "base_momentum", "max_momentum"),
    "LambdaLR": ("lr_lambda",),
    "MultiplicativeLR": ("lr_lambda",),
    "OneCycleLR": ("max_lr", "base_momentum", "max_momentum"),
    "ReduceLROnPlateau": ("min_lr",),
    "SWALR": ("swa_lr",),
}
"""The parameters of each class that take a list with an item for each group."""

MOMENTA = frozenset(["base_momentum", "max_momentum"])
"""Those that are not looked at unless the momentum is cycled, which it is by default."""


def check(program: Program) -> Iterator[Finding]:
    findings = list(_findings(program))
    if findings and not regroups(program.elements):
        yield from findings


def _findings(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program, *LISTS):
        optimizers = construction.optimizers
        groups = group_count(program, optimizers)
        if groups is None or is_attempt(program, construction.call):
            continue
        for name in LISTS[construction.class_name]:
            length = _length(construction, name)
            if length is None or length == groups:
                continue
            have = "1 param group" if groups == 1 else f"{groups} param groups"
            given = "1 value" if length == 1 else f"{length} values"
            yield Finding(
                RULE,
                *program.place(construction.call),
                f"`{construction.class_name}` gets {given} for `{name}`, not one for {have}: ValueError",
                "",
                (Related(*built_here(program, optimizers, "the optimizer")),),
            )
            break


def _length(construction: Construction, name: str) -> int | None:
    """How long the list for a parameter is on each visit; None where that is not known, or none is passed."""
    if name in MOMENTA and construction.possible_values("cycle_momentum") - {Constant(True)}:
        return None
    lengths = {_length_of(value) for value in construction.possible_values(name)}
    return lengths.pop() if len(lengths) == 1 else None


def _length_of(value: Value) -> int | None:
    if isinstance(value, Constant):
        return len(value.value) if isinstance(value.value, tuple) else None
    if not isinstance(value, Sequence) or value.items is None:
        return None
    return None if any(isinstance(item, Several) for item in value.items) else len(value.items)
