"""Parameters are unfrozen that the optimizer did not get, since they were frozen when it was built.

## What it finds

An optimizer that gets the parameters with `requires_grad` alone, behind code that freezes a part of the model, and
`requires_grad = True` for that part further down, while no parameters are added to the optimizer.

    for p in model.backbone.parameters():
        p.requires_grad = False
    optimizer = optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=0.1)
    ...
    for p in model.backbone.parameters():
        p.requires_grad = True                # LR513: they get gradients, and nobody updates them

## Why it harms

The optimizer keeps the parameters that it was built with. Measured on torch 2.13, a weight that is unfrozen in this way
keeps its value, while its gradient is computed in each step. Right is an optimizer with all parameters, which leaves
out those without gradient by itself, or `optimizer.add_param_group`.

## Fix and its safety

No fix: which LR the unfrozen parameters are to have the code does not tell.

## What it cannot see

Parameters that are frozen or unfrozen by other functions, or one by one.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.add_param_group.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import OptimizerBuild
from lrlint.program.freezing import Freezing, freezings, is_within
from lrlint.program.places import function_around
from lrlint.program.rewrite import module_name
from lrlint.program.search import descend
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR513",
    name="unfreeze-after-filter",
    summary="parameters are unfrozen that the optimizer did not get",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", OPTIMIZERS, "requires_grad", "parameters"),
    default=False,
)


def check(program: Program) -> Iterator[Finding]:
    builds = [one for one in program.optimizer_builds.values() if _filtered(one)]
    if not builds or any(isinstance(one, ir.Attribute) and one.attr == "add_param_group" for one in program.elements):
        return
    for build in builds:
        all_builds = [one.call for one in program.optimizer_builds.values() if one.call is not build.call]
        found = [
            one for one in freezings(program.elements_around(build.call)) if _is_in_its_function(program, one, build)
        ]
        here = program.range(build.call).start
        frozen = [one for one in found if not one.is_trained and _start(program, one) < here]
        for one in found:
            start = _start(program, one)
            is_unfrozen = one.is_trained and start > here and any(is_within(f.module, one.module) for f in frozen)
            is_renewed = any(
                program.module_of(call) is program.module_of(build.call) and program.range(call).start > here
                for call in all_builds
            )
            if is_unfrozen and not is_renewed:
                yield Finding(
                    RULE,
                    *program.place(one.statement),
                    f"the optimizer was built without the parameters of `{one.module}` that were frozen then:"
                    " nothing updates them",
                    "unfrozen too late",
                    (Related(*program.place(build.call), "this gets the trainable parameters alone"),),
                )


def _start(program: Program, one: Freezing) -> int:
    return program.range(one.statement).start


def _is_in_its_function(program: Program, one: Freezing, build: OptimizerBuild) -> bool:
    """Whether a statement stands in the function of an optimizer, and is about a module that the optimizer gets."""
    if function_around(program, one.statement) is not function_around(program, build.call):
        return False
    return any(is_within(one.module, whole) or is_within(whole, one.module) for whole in _filtered(build))


def _filtered(build: OptimizerBuild) -> list[str]:
    """The modules, by their names, of which an optimizer gets the trainable parameters alone."""
    parts = [part for group in build.groups or () for part in group.parameters or ()]
    chosen = [part for part in parts if part.predicate == "requires_grad"]
    names = [module_name(one) for part in chosen for one in descend([part.source]) if isinstance(one, ir.Call)]
    return [name for name in names if name is not None] if len(chosen) == len(parts) else []
