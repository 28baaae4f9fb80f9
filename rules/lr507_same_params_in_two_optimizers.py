"""Two optimizers that step in the same round have parameters in common.

## What it finds

Parameters of a model, or of a part of it, that are given to two optimizers which are both stepped in each round of a
loop.

    encoder = optim.SGD(model.parameters(), lr=0.1)
    head = optim.SGD(model.fc.parameters(), lr=0.1)        # LR507: model.parameters() has them already
    for batch in loader:
        ...
        encoder.step()
        head.step()

## Why it harms

Both update the shared parameters, each with an LR and a state of its own. Measured on torch 2.13 with gradient 1 and
two SGD with an LR of 0.1, a weight of 1 becomes 0.8 instead of 0.9. It may be meant so, as in losses that alternate.

## Fix and its safety

No fix: which of them is to have the parameters the code does not tell.

## What it cannot see

Parameters that are chosen by other tests than those on names, and tied weights.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.facts import OptimizerBuild, OptimizerStep
from lrlint.program.groups import holders_of
from lrlint.program.selection import Parameters
from lrlint.program.values import Optimizer
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR507",
    name="same-params-in-two-optimizers",
    summary="two optimizers that step in one round have parameters in common",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", OPTIMIZERS, "parameters|named_parameters"),
    default=False,
)


def check(program: Program) -> Iterator[Finding]:
    steps: dict[Optimizer, list[OptimizerStep]] = {}
    for step in program.facts.optimizer_steps:
        for one in step.optimizers if step.is_certain and len(step.optimizers) == 1 else ():
            if isinstance(one, Optimizer):
                steps.setdefault(one, []).append(step)
    builds = {build.optimizer: build for build in program.facts.optimizer_builds}
    reported = set()
    for first, second in combinations([one for one in builds if one in steps], 2):
        shared = _shared(builds[first], builds[second])
        if shared is None or shared[1].source in reported or first.site is second.site:
            continue
        if any(_in_one_round(one, other) for one in steps[first] for other in steps[second]):
            reported.add(shared[1].source)
            yield Finding(
                RULE,
                *program.place(shared[1].source),
                f"{program.quote(shared[1].source)} gives this optimizer parameters of another one, which steps in the"
                " same round: each of them updates these",
                "the same parameters again",
                (Related(*program.place(shared[0].source), "the other optimizer has them from here"),),
            )


def _shared(first: OptimizerBuild, second: OptimizerBuild) -> tuple[Parameters, Parameters] | None:
    """What of two optimizers surely has parameters in common."""
    one, other = (_parts(build) for build in (first, second))
    for parts, others, is_swapped in ((other, one, False), (one, other, True)):
        for part in parts:
            holders = holders_of(part, others)
            if holders:
                return (part, holders[0]) if is_swapped else (holders[0], part)
    return None


def _parts(build: OptimizerBuild) -> list[Parameters]:
    return [part for group in build.groups or () for part in group.parameters or ()]


def _in_one_round(one: OptimizerStep, other: OptimizerStep) -> bool:
    """Whether the innermost loops of two steps are the same, and a run may come to both."""
    loops, others = one.visit.activations, other.visit.activations
    if not loops or not others or loops[-1].entered != others[-1].entered:
        return False
    return not one.visit.excludes(other.visit)
