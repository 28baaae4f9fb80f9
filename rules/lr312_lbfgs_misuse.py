"""LBFGS gets several param groups, or steps without a closure.

## What it finds

    optim.LBFGS([{"params": a.parameters()}, {"params": b.parameters()}])     # LR312: one group only
    optim.LBFGS([*a.parameters(), *b.parameters()])                           # right

    loss.backward()
    optimizer.step()              # LR312, if `optimizer` is surely an LBFGS
    optimizer.step(closure)       # right: it asks for the loss several times in each step

## Why it harms

It raises: `ValueError: LBFGS doesn't support per-parameter options (parameter groups)`, and `TypeError: LBFGS.step()
missing 1 required positional argument: 'closure'`.

## Fix and its safety

No fix: the groups have settings that LBFGS has no place for, and a closure has to be written.

## What it cannot see

Optimizers of which an option decides the class, unless the branch that steps them tells it. Closures that return no
loss. Steps through a GradScaler or another library.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.LBFGS.html
* https://pytorch.org/docs/stable/optim.html#optimizer-step-closure
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.facts import OptimizerStep, by_call
from lrlint.program.sites import built_here
from lrlint.program.values import Optimizer
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR312",
    name="lbfgs-misuse",
    summary="LBFGS gets several param groups, or steps without a closure",
    severity=Severity.ERROR,
    gate=("torch", "optim", "LBFGS|step"),
)

LBFGS = "torch.optim.LBFGS"


def check(program: Program) -> Iterator[Finding]:
    for call, build in program.optimizer_builds.items():
        if build.optimizer.name == LBFGS and build.groups is not None and len(build.groups) > 1:
            message = f"LBFGS gets {len(build.groups)} param groups: ValueError, it has options for one only"
            yield Finding(RULE, *program.place(call), message)
    for call, visits in by_call(program.facts.optimizer_steps).items():
        if call.arguments or not all(_is_of_lbfgs(visit) for visit in visits):
            continue
        optimizers = {one for visit in visits for one in visit.optimizers if isinstance(one, Optimizer)}
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} passes no closure: TypeError, LBFGS asks it for the loss several times a step",
            "the closure is missing",
            (Related(*built_here(program, optimizers, "an LBFGS")),),
        )


def _is_of_lbfgs(step: OptimizerStep) -> bool:
    if step.through is not None or not step.is_certain:
        return False
    return all(isinstance(one, Optimizer) and one.name == LBFGS for one in step.optimizers)
