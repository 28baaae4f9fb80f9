"""The function of a LambdaLR returns an LR, but LambdaLR multiplies the LR of the optimizer by it.

## What it finds

A LambdaLR whose function returns a product with the LR that its optimizer was built with, as the code names it or
reads it from the optimizer: both stand in one function, and the optimizer has one LR for all parameters.

    optimizer = SGD(model.parameters(), lr=args.lr)
    LambdaLR(optimizer, lambda epoch: args.lr * 0.95**epoch)     # LR213
    LambdaLR(optimizer, lambda epoch: 0.95**epoch)               # right

## Why it harms

The LR is squared. Measured on torch 2.13 with `lr = 0.1`, LR of each step:

    lambda epoch: lr * 0.5**epoch    0.01   0.005   0.0025   0.0013
    lambda epoch: 0.5**epoch         0.1    0.05    0.025    0.0125

torch says nothing: the training is merely slow. With an LR of 0.001 it is a thousand times too slow.

## Fix and its safety

The factor is dropped. Unsafe, because the LRs change.

## What it cannot see

Functions with several returns; LRs that an option sets to 1, where the schedule is right to be absolute; one that is
built in another function than its optimizer. It is silent where param groups may have LRs of their own, where
the code sets the LR of a group itself, and where the product is divided by something that does not change.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LambdaLR.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import SchedulerBuild
from lrlint.program.places import function_around
from lrlint.program.products import factors_of, mentions_name
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import descend, targets_of
from lrlint.program.values import Constant, Function, Opaque, Optimizer, Value
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR213",
    name="lambda-lr-returns-absolute-lr",
    summary="the function of a LambdaLR returns an LR in place of a factor",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "LambdaLR"),
    fixes=(Applicability.UNSAFE,),
)

READS = re.compile(r"\.(defaults|param_groups\[0\])\[['\"](initial_)?lr['\"]\]")


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Expression] = set()
    for build in program.facts.scheduler_builds:
        optimizer, choose = build.scheduler.optimizer, build.scheduler.argument("lr_lambda")
        if build.scheduler.class_name != "LambdaLR" or build.scheduler.klass is not None:
            continue
        if not isinstance(optimizer, Optimizer) or not isinstance(choose, Function):
            continue
        if not _has_one_lr(program, optimizer) or program.writes_lr(build.call):
            continue
        factor = _absolute(program, build, optimizer, choose.function)
        if factor is None or factor in reported:
            continue
        reported.add(factor)
        yield Finding(
            RULE,
            *program.place(factor),
            f"LambdaLR multiplies the LR of the optimizer by what its function returns: with {program.quote(factor)} "
            "in it the LR is squared",
            "the LR of the optimizer, once more",
            (Related(*program.place(optimizer.site), "the optimizer has it already"),),
            _fix(program, factor),
        )


def _has_one_lr(program: Program, optimizer: Optimizer) -> bool:
    """Whether all parameters of an optimizer have the LR of its constructor, and that is not 1."""
    build = program.optimizer_builds.get(optimizer.site)
    if build is None or build.groups is None or len(build.groups) != 1 or build.groups[0].parameters is None:
        return False
    is_dict = isinstance(build.groups[0].source, ir.Dict)
    is_added = any(one.optimizer == optimizer for one in program.group_additions)
    return not is_dict and not is_added and not _may_be_one(optimizer.argument("lr"))


def _may_be_one(lr: Value | None) -> bool:
    if isinstance(lr, Constant):
        return lr.value == 1
    return not isinstance(lr, Opaque) or lr.default == 1


def _absolute(
    program: Program, build: SchedulerBuild, optimizer: Optimizer, function: ir.Function
) -> ir.Expression | None:
    """The factor in what a function returns that is the LR of the optimizer."""
    returns = [element for element in descend(function.body) if isinstance(element, ir.Return)]
    if (
        len(returns) != 1
        or returns[0].value is None
        or function_around(program, build.call) is not function_around(program, optimizer.site)
    ):
        return None
    own = frozenset(parameter.name for parameter in function.parameters) | function.assigned
    factors, divisors = factors_of(returns[0].value)
    if any(not isinstance(one, ir.Constant) and not mentions_name(one, own) for one in divisors):
        return None
    given = _lr_argument(optimizer)
    name = dotted_name(given) if given is not None else None
    if name is not None and name.split(".")[0] not in own and _is_set_once(program, build, name):
        found = next((one for one in factors if dotted_name(one) == name), None)
        if found is not None:
            return found
    holder = build.call.arguments[0].value
    read = re.compile(re.escape(program.text(holder)) + READS.pattern)
    return next((one for one in factors if read.fullmatch(program.text(one))), None)


def _lr_argument(optimizer: Optimizer) -> ir.Expression | None:
    arguments = optimizer.site.arguments
    named = [argument.value for argument in arguments if argument.keyword == "lr"]
    second = [argument.value for argument in arguments[1:2] if not argument.keyword and not argument.star]
    return next(iter([*named, *second]), None)


def _is_set_once(program: Program, build: SchedulerBuild, name: str) -> bool:
    """Whether a name stands for one number all the time, as far as its function or, for attributes, its module says."""
    around = function_around(program, build.call)
    is_local = around is not None and "." not in name
    statements = around.function.body if around is not None and is_local else program.statements_around(build.call)
    targets = [dotted_name(target) for element in descend(statements) for target in targets_of(element)]
    return targets.count(name) <= 1


def _fix(program: Program, factor: ir.Expression) -> Fix:
    """Leave the factor out of its product."""
    source, place = program.source_of(factor), program.range(factor)
    behind = re.compile(r"[ \t]*\*(?!\*)[ \t]*").match(source.text, place.end)
    before = re.search(r"(?<!\*)[ \t]*\*[ \t]*$", source.text[: place.start])
    if behind:
        edit = Edit(source.range(place.start, behind.end()), "")
    elif before:
        edit = Edit(source.range(before.start(), place.end), "")
    else:
        edit = Edit(place, "1")
    return Fix(Applicability.UNSAFE, "leave the LR of the optimizer out", (edit,))
