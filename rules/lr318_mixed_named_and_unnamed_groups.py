"""An optimizer gets some of its parameters with their names and some without.

## What it finds

`named_parameters()` in one param group and `parameters()` in another one of the same optimizer, or both in one list.

    optim.SGD([
        {"params": model.body.named_parameters()},
        {"params": model.fc.parameters(), "lr": 0.1},           # LR318
    ], lr=0.01)
    optim.SGD([
        {"params": model.body.named_parameters()},
        {"params": model.fc.named_parameters(), "lr": 0.1},     # right
    ], lr=0.01)

    optimizer = optim.SGD(model.body.parameters(), lr=0.01)
    optimizer.add_param_group({"params": model.fc.named_parameters()})     # LR318

## Why it harms

It raises: `ValueError: all optimizer param groups should be with/without names. cannot add param group without names to
the optimizer`, and within one group "all optimizer params should be with/without names. Some param names are missing".

## Fix and its safety

No fix: whether the names are wanted, which end up in the state of the optimizer, only the author knows.

## What it cannot see

Groups with names that do not come from `named_parameters`, and groups of which it is not known what is in them.

## torch versions

2.6 and later. Before that no optimizer takes names at all: TypeError.

## References

* https://pytorch.org/docs/stable/optim.html#named-parameters
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.groups import Group
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR318",
    name="mixed-named-and-unnamed-groups",
    summary="an optimizer gets some of its parameters with their names and some without",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS, "named_parameters"),
    since="2.6",
)


def check(program: Program) -> Iterator[Finding]:
    gets = [(build.call, build.groups or ()) for build in program.optimizer_builds.values()]
    gets += [(addition.call, (*addition.present, addition.added)) for addition in program.group_additions]
    reported: set[ir.Expression] = set()
    for call, groups in gets:
        mixed = _mixed(program, groups)
        place = None if mixed is None else mixed[1].content
        if mixed is None or place is None or place in reported or is_attempt(program, call):
            continue
        reported.add(place)
        yield _finding(program, *mixed, place)


def _finding(program: Program, before: Group, group: Group, place: ir.Expression) -> Finding:
    if before is group:
        message = f"{program.quote(place)} holds parameters with and without their names: ValueError"
        return Finding(RULE, *program.place(place), message, "names are missing")
    has, other = ("names", "none") if _has_names(group) else ("no names", "some")
    earlier = () if before.content is None else (Related(*program.place(before.content), f"this group has {other}"),)
    message = f"{program.quote(place)} has {has}, the group before has {other}: ValueError"
    return Finding(RULE, *program.place(place), message, has, earlier)


def _mixed(program: Program, groups: Iterable[Group]) -> tuple[Group, Group] | None:
    """The first group that differs from the one before it, with that; one that is mixed itself is both."""
    before: Group | None = None
    for group in groups:
        kinds = {part.item for part in group.parameters or ()}
        if not kinds or _gives_names(program, group):
            continue
        if len(kinds) > 1:
            return group, group
        if before is not None and _has_names(before) is not _has_names(group):
            return before, group
        before = group
    return None


def _has_names(group: Group) -> bool:
    return any(part.item == "pair" for part in group.parameters or ())


def _gives_names(program: Program, group: Group) -> bool:
    """Whether the dict may hold the names beside the parameters."""
    given = [one.entries for one in program.index.group_dicts.get(group.source, ())]
    return any(entries is None or "param_names" in dict(entries) for entries in given)
