"""The same parameters are given to an optimizer twice.

## What it finds

Two param groups of one optimizer with parameters in common: those of a model and of a part of it, or of one module
twice; the same in `add_param_group`, and within one list of parameters. Groups may be chosen by a comprehension, by
`filter` or by a loop that appends to lists: what `if "bias" in name` picks out of a model lies in a group of the whole
model, and every parameter lies in one of two groups whose tests are opposite.

    optim.SGD([
        {"params": model.parameters()},
        {"params": model.fc.parameters(), "lr": 0.1},     # LR304: model.parameters() has them already
    ], lr=0.01)

## Why it harms

Across groups it raises: `ValueError: some parameters appear in more than one parameter group`. Within one group
torch 1.7 and later warn ("in future, this will cause an error") and update the parameters twice in each step:
measured on torch 2.13 with gradient 1 and LR 0.1, a weight of 1 becomes 0.8 instead of 0.9.

## Fix and its safety

Unsafe, since there are several ways to write it: the ids of the part's parameters are collected in a statement of
its own, and the group of the whole leaves these out. Offered for a list of groups in the constructor's call, not
for `add_param_group` or one list.

## What it cannot see

Whether tests that differ have an overlap: parameters with "bias" and those with "norm" in their names. Whether anything
passes a test of something else than the name and constants. That no parameter has the name which a test asks for, so
that a group is empty. Tied weights, parameters that two names lead to.

## torch versions

All; duplicates within a group warn since 1.7.

## References

* https://github.com/pytorch/pytorch/issues/40967
* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from operator import itemgetter

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import OptimizerBuild
from lrlint.program.groups import Holdings, holders_of
from lrlint.program.regrouping import regroups
from lrlint.program.rewrite import insert_before, module_name
from lrlint.program.search import holds
from lrlint.program.selection import Parameters
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR304",
    name="overlapping-params",
    summary="the same parameters are given to an optimizer twice",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.UNSAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    reported: set[tuple[str, int, int]] = set()
    for build in program.optimizer_builds.values():
        for finding in (*_check_groups(program, build), *_check_lists(program, build)):
            place = (finding.path, finding.range.start, finding.range.end)
            if place not in reported:  # several optimizers may get the same groups
                reported.add(place)
                yield finding
    additions = list(_check_additions(program))
    if additions and not regroups(program.elements):
        yield from additions


def _check_groups(program: Program, build: OptimizerBuild) -> Iterator[Finding]:
    groups = [group.parameters or () for group in build.groups or ()]
    pairs = {other.source: (one, other) for one, other in _overlaps(groups)}
    for one, other in pairs.values():
        fix = _fix(program, build, list(pairs.values()))
        yield _finding(program, one, other, "ValueError, they are in another group too", fix)


def _check_lists(program: Program, build: OptimizerBuild) -> Iterator[Finding]:
    for group in build.groups or ():
        for one, other in _overlaps([[part] for part in group.parameters or ()]):
            yield _finding(program, one, other, "each step updates them twice", None, Severity.CORRECTNESS)
            break


def _check_additions(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for addition in program.group_additions:
        present = [one for group in addition.present for one in group.parameters or ()]
        overlap = next(_overlaps([present, addition.added.parameters or ()]), None)
        if overlap is None or addition.call in reported:
            continue
        reported.add(addition.call)
        yield Finding(
            RULE,
            *program.place(addition.call),
            f"{program.quote(addition.call)} adds parameters that the optimizer has already: ValueError",
            "added once more",
            (Related(*program.place(overlap[0].source), "they are here already"),),
        )


def _fix(program: Program, build: OptimizerBuild, pairs: Sequence[tuple[Parameters, Parameters]]) -> Fix | None:
    """Leave the parameters of all parts out of the whole, whichever of the groups comes first."""
    ordered = [(a, b) if b.lies_in(a) else (b, a) for a, b in pairs]
    whole, parts = ordered[0][0], [part for _, part in ordered]
    if any(other is not whole for other, _ in ordered):
        return None  # parts overlap among themselves
    if any(not holds(build.statement, part.source) for part in (whole, *parts)):
        return None
    name, names = module_name(whole.source), [module_name(part.source) for part in parts]
    if name is None or any(part is None or not part.startswith(f"{name}.") for part in names):
        return None
    ids = _unused_name(program, build, f"{(names[0] or '').rpartition('.')[2]}_ids" if len(names) == 1 else "part_ids")
    statement = insert_before(program, build.statement, f"{ids} = {_ids_of(program, parts)}")
    if statement is None:
        return None
    content = f"[p for p in {program.text(whole.source)} if id(p) not in {ids}]"
    edits = (statement, Edit(program.range(whole.source), content))
    return Fix(
        Applicability.UNSAFE, f"leave the parameters of {' and '.join(map(str, names))} out of the other group", edits
    )


def _ids_of(program: Program, parts: Sequence[Parameters]) -> str:
    """An expression for the set of ids of all parameters of some modules."""
    iterables = [program.text(part.source) for part in parts]
    if len(iterables) == 1:
        return f"{{id(p) for p in {iterables[0]}}}"
    return f"{{id(p) for part in ({', '.join(iterables)}) for p in part}}"


def _unused_name(program: Program, build: OptimizerBuild, name: str) -> str:
    candidate, number = name, 2
    while re.search(rf"\b{candidate}\b", program.source_of(build.call).text):
        candidate, number = f"{name}_{number}", number + 1
    return candidate


def _finding(
    program: Program,
    one: Parameters,
    other: Parameters,
    consequence: str,
    fix: Fix | None,
    severity: Severity | None = None,
) -> Finding:
    return Finding(
        RULE,
        *program.place(other.source),
        f"{program.quote(other.source)} gives the optimizer parameters twice: {consequence}",
        "the same parameters again",
        (Related(*program.place(one.source), "they are here already"),),
        fix,
        severity,
    )


def _overlaps(groups: Sequence[Sequence[Parameters]]) -> Iterator[tuple[Parameters, Parameters]]:
    """What surely holds parameters of another group: of the groups concerned, what is in the first and in the last."""
    holdings = Holdings(groups)
    for index, group in enumerate(groups):
        for part in group:
            elsewhere = holdings.elsewhere(part, index)
            holders = holders_of(part, elsewhere)
            if holders:
                places = sorted([(index, part), *((elsewhere[one], one) for one in holders)], key=itemgetter(0))
                yield places[0][1], places[-1][1]
