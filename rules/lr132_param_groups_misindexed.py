"""An optimizer, its list of param groups or one of them is asked for an LR that does not lie there.

## What it finds

`param_groups["lr"]`, as if the list were one group; `param_group`, a name that no optimizer has; `group.lr`, as if the
dict had attributes; and `optimizer.lr`, `optimizer.get_lr()` and `scheduler.param_groups`.

    print(optimizer.param_groups["lr"])        # LR132
    print(optimizer.param_group[0]["lr"])      # LR132
    print(optimizer.param_groups[0]["lr"])     # right

## Why it harms

It raises, often on a line that only logs the LR or writes a checkpoint after hours. Measured on torch 2.13:

    optimizer.param_groups["lr"]       TypeError: list indices must be integers or slices, not str
    optimizer.param_group[0]           AttributeError: 'SGD' object has no attribute 'param_group'
    optimizer.param_groups[0].lr       AttributeError: 'dict' object has no attribute 'lr'
    optimizer.lr, optimizer.get_lr()   AttributeError: 'SGD' object has no attribute 'lr'
    scheduler.param_groups             AttributeError: 'StepLR' object has no attribute 'param_groups'

## Fix and its safety

Safe, as the code always raises: the name is corrected, the attribute of a group becomes an item, and
`param_groups["lr"]` is read from the only group. With several groups, or where the number is not known, that is
unsafe, as the first one may not be meant; so is a loop over all groups in place of an assignment to
`param_groups["lr"]`. No fix is offered for `optimizer.lr` and the methods.

## What it cannot see

Objects that are not surely of a class of torch itself: what a function gets from who knows where, wrappers, classes
that derive from an optimizer. Code in a `try`, and that asks `hasattr` for the name, is left alone.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#per-parameter-options
* https://github.com/easezyc/deep-transfer-learning/issues/26
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.every_group import quoted_key, set_in_every_group
from lrlint.program.expected import is_expected_to_lack, is_given
from lrlint.program.group_uses import group_lists, groups_in, is_torch, item_stores_in, key_of, member_uses
from lrlint.program.values import Optimizer, Scheduler
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR132",
    name="param-groups-misindexed",
    summary="param groups are asked for what they do not have",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

KEYS = frozenset(["betas", "eps", "initial_lr", "lr", "momentum", "params", "weight_decay"])
"""Items of groups that people take for attributes."""

METHODS = frozenset(["get_last_lr", "get_lr"])


def check(program: Program) -> Iterator[Finding]:
    lists = group_lists(program)
    if lists:
        yield from _check_lists(program, lists)
        yield from _check_groups(program, lists)
    yield from _check_names(program)
    yield from _check_methods(program)


def _check_lists(program: Program, lists: frozenset[ir.Expression]) -> Iterator[Finding]:
    """`optimizer.param_groups["lr"]`."""
    stored = dict(item_stores_in(program, *program.modules))
    for one in program.of_kind(ir.Subscript):
        if one.value in lists and key_of(one) is not None:
            statement = stored.get(one)
            fix = _first_group(program, one) if statement is None else _all_groups(program, one, statement)
            yield from _finding(program, one, "is a list of dicts: TypeError, its indices are numbers", fix)


def _check_groups(program: Program, lists: frozenset[ir.Expression]) -> Iterator[Finding]:
    """`group.lr`."""
    known = groups_in(program, lists)
    for one in program.of_kind(ir.Attribute):
        if one.value in known and one.attr in KEYS:
            key = quoted_key(program, one.value, one.attr)
            place = program.source_of(one).range(program.range(one.value).end, program.range(one).end)
            fix = None if key is None else Fix(Applicability.SAFE, "take the item", (Edit(place, key),))
            yield from _finding(
                program, one, f"asks a dict for an attribute: AttributeError, `{one.attr}` is an item", fix
            )


def _check_names(program: Program) -> Iterator[Finding]:
    """`optimizer.param_group`, `optimizer.lr` and `scheduler.param_groups`."""
    for place, uses in chain(member_uses(program, Optimizer).items(), member_uses(program, Scheduler).items()):
        on_optimizer = any(isinstance(owner, Optimizer) for owner in uses[0].owners)
        if uses[0].is_stored or is_given(program, place.attr):
            continue
        if on_optimizer and place.attr in ("param_group", "lr"):
            fix = _rename(program, place, "param_groups") if place.attr == "param_group" else None
            yield from _finding(program, place, "asks an optimizer for what it does not have: AttributeError", fix)
        elif not on_optimizer and place.attr == "param_groups":
            fix = _rename(program, place, "optimizer.param_groups")
            yield from _finding(program, place, "asks a scheduler for the optimizer's groups: AttributeError", fix)


def _check_methods(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for one in program.facts.method_calls:
        if one.attr not in METHODS or one.call in reported or is_given(program, one.attr):
            continue
        if all(is_torch(owner, Optimizer) for owner in one.owners):
            reported.add(one.call)
            yield from _finding(program, one.call, "asks an optimizer for a scheduler's method: AttributeError", None)


def _finding(program: Program, place: ir.Expression, problem: str, fix: Fix | None) -> Iterator[Finding]:
    function = place.func if isinstance(place, ir.Call) else place
    attr = function.attr if isinstance(function, ir.Attribute) else ""
    if not is_expected_to_lack(program, place, attr):
        yield Finding(RULE, *program.place(place), f"{program.quote(place)} {problem}", "raises here", (), fix)


def _first_group(program: Program, one: ir.Subscript) -> Fix:
    owners = {owner for use in program.facts.member_uses if use.place is one.value for owner in use.owners}
    builds = [build for build in program.facts.optimizer_builds if build.optimizer in owners]
    is_only = all(build.groups is not None and len(build.groups) == 1 for build in builds)
    is_safe = is_only and bool(builds) and not program.group_additions
    at = program.range(one.value).end
    edit = Edit(program.source_of(one).range(at, at), "[0]")
    return Fix(Applicability.SAFE if is_safe else Applicability.UNSAFE, "ask the first group", (edit,))


def _all_groups(program: Program, one: ir.Subscript, statement: ir.Statement) -> Fix | None:
    key = key_of(one)
    if not isinstance(one.value, ir.Attribute) or key is None:
        return None
    edit = set_in_every_group(program, statement, one, one.value.value, key)
    return Fix(Applicability.UNSAFE, "set it in every group", (edit,)) if edit is not None else None


def _rename(program: Program, place: ir.Attribute, name: str) -> Fix:
    end = program.range(place).end
    edit = Edit(program.source_of(place).range(end - len(place.attr), end), name)
    return Fix(Applicability.SAFE, f"ask for `{name}`", (edit,))
