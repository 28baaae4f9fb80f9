"""The LR of the first param group alone is set, and the others go on with the old one.

## What it finds

An assignment to `optimizer.param_groups[0]["lr"]` where the optimizer is built with several groups that differ in
nothing but their weight decay, and no code sets the LR of another group.

    optimizer = SGD([{"params": weights}, {"params": biases, "weight_decay": 0}], lr=0.1)
    optimizer.param_groups[0]["lr"] = lr     # LR134
    for group in optimizer.param_groups:     # right
        group["lr"] = lr

## Why it harms

Biases and norms are trained with another LR than the weights, and nothing tells. Measured on torch 2.13 with a decay by
half in each epoch, the LRs of the two groups:

    as written    0.1/0.1  0.05/0.1   0.025/0.1
    of all groups 0.1/0.1  0.05/0.05  0.025/0.025

## Fix and its safety

Unsafe, since training changes: a loop over all groups. Not offered where computing the value calls something, or asks
for the LR of a group, which the first round of the loop would have changed.

## What it cannot see

Groups with an LR or another setting of their own, and those of several models, are left alone: the first one may be
meant. So are optimizers that get a group later.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.every_group import set_in_every_group
from lrlint.program.facts import OptimizerBuild
from lrlint.program.group_uses import item_stores, key_of, member_uses
from lrlint.program.groups import Group
from lrlint.program.search import descend
from lrlint.program.values import Optimizer
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR134",
    name="only-first-group-updated",
    summary="the LR of the first param group alone is set",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "weight_decay", OPTIMIZERS),
    fixes=(Applicability.UNSAFE,),
)

SHARED = frozenset(["params", "weight_decay"])
"""Items of groups that are trained alike."""


def check(program: Program) -> Iterator[Finding]:
    builds = {build.optimizer: build for build in program.facts.optimizer_builds if _are_alike(build.groups)}
    grown = {addition.optimizer for addition in program.group_additions}
    if not builds:
        return
    for place, uses in member_uses(program, Optimizer).items():
        owners = {owner for use in uses for owner in use.owners if isinstance(owner, Optimizer)}
        if place.attr != "param_groups" or not owners <= builds.keys() - grown or _sets_others(program, place):
            continue
        for target, statement in item_stores((uses[0].visit.statement,)):
            if _is_first(target) and isinstance(target.value, ir.Subscript) and target.value.value is place:
                build = builds[min(owners, key=lambda one: one.ident)]
                yield _finding(program, target, statement, place.value, build)


def _finding(
    program: Program, target: ir.Subscript, statement: ir.Statement, optimizer: ir.Expression, build: OptimizerBuild
) -> Finding:
    count = len(build.groups or ())
    return Finding(
        RULE,
        *program.place(target),
        f"{program.quote(target)} sets the LR of the first of {count} param groups: the others keep theirs",
        "the first group alone",
        (Related(*program.place(build.call), f"the optimizer gets {count} groups here"),),
        _fix(program, target, statement, optimizer),
    )


def _fix(program: Program, target: ir.Subscript, statement: ir.Statement, optimizer: ir.Expression) -> Fix | None:
    value = statement.value if isinstance(statement, ir.Assign | ir.AugmentedAssign) else target
    if any(isinstance(one, ir.Subscript) and key_of(one) == "lr" for one in descend((value,))):
        return None
    edit = set_in_every_group(program, statement, target, optimizer, "lr")
    return Fix(Applicability.UNSAFE, "set the LR of every group", (edit,)) if edit is not None else None


def _are_alike(groups: tuple[Group, ...] | None) -> bool:
    """Whether there are several groups, which differ in their weight decay alone."""
    if groups is None or len(groups) < 2:
        return False
    keys = [_keys(group) for group in groups]
    return all(key <= SHARED for key in keys) and any("weight_decay" in key for key in keys)


def _keys(group: Group) -> frozenset[object]:
    """The keys of a group; None is among them if they are not all known."""
    if not isinstance(group.source, ir.Dict):
        return frozenset([None])
    return frozenset(key.value if isinstance(key, ir.Constant) else None for key, _ in group.source.items)


def _is_first(target: ir.Subscript) -> bool:
    """Whether this is `….param_groups[0]["lr"]`."""
    group = target.value
    if key_of(target) != "lr" or not isinstance(group, ir.Subscript) or not isinstance(group.index, ir.Constant):
        return False
    is_list = isinstance(group.value, ir.Attribute) and group.value.attr == "param_groups"
    return is_list and group.index.value == 0


def _sets_others(program: Program, place: ir.Expression) -> bool:
    """Whether code that runs together with a place sets the LR of anything but a first group."""
    stores = (one for one, _ in item_stores(program.statements_with(place)))
    return any(key_of(one) == "lr" and not _is_first(one) for one in stores)
