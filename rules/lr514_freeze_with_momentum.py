"""Parameters are frozen during training while the gradients are set to zero and not to None, so they go on moving.

## What it finds

`requires_grad = False` for the parameters of a module in a loop that steps an optimizer, and in the same loop its
`zero_grad(set_to_none=False)`, where the optimizer has a momentum, a weight decay or running averages.

    for epoch in range(90):
        if epoch == 10:
            for p in model.backbone.parameters():
                p.requires_grad = False               # LR514
        optimizer.zero_grad(set_to_none=False)        # zero_grad() is right, since torch 2.0
        ...
        optimizer.step()

## Why it harms

An optimizer leaves out parameters whose gradient is None. One of zeros is a gradient: the momentum of earlier steps
goes on to move the weights, and so does the weight decay. Measured on torch 2.13 with SGD, an LR of 0.1 and a momentum
of 0.9, a weight of 1.0 with gradient 1, which is frozen after two steps: 0.9, 0.71, 0.539, 0.3851.

## Fix and its safety

No fix: `zero_grad()` would do, but also leave out other parameters that have no gradient in a step.

## What it cannot see

Parameters that are frozen by other functions, or one by one.

## torch versions

All; before 2.0, `zero_grad()` itself sets zeros.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.zero_grad.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import MethodCall, OptimizerStep
from lrlint.program.freezing import freezings
from lrlint.program.search import descend, holds
from lrlint.program.values import Constant, Optimizer
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR514",
    name="freeze-with-momentum",
    summary="parameters that are frozen during training go on moving",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "requires_grad|requires_grad_", "zero_grad", "False"),
    default=False,
)

PLAIN = frozenset(["SGD"])
"""Optimizers that do nothing where the gradient is 0, unless they are given a momentum or a weight decay."""


def check(program: Program) -> Iterator[Finding]:
    zeroed = [one for one in program.facts.method_calls if _sets_zeros(one) and all(map(_moves_on, one.owners))]
    for one in {call.call: call for call in zeroed}.values():
        loops = [loop for loop in one.visit.loops if any(loop in s.visit.loops for s in _steps(program, one))]
        if not loops:
            continue
        inside = descend(loops[0].body)
        for freezing in freezings(inside):
            is_renewed = any(holds(statement, call) for statement in loops[0].body for call in program.optimizer_builds)
            if not freezing.is_trained and not is_renewed:
                yield Finding(
                    RULE,
                    *program.place(freezing.statement),
                    f"the parameters of `{freezing.module}` go on moving: their gradients are 0 and not None",
                    "frozen here",
                    (Related(*program.place(one.call), "this sets the gradients to 0"),),
                )


def _steps(program: Program, one: MethodCall) -> list[OptimizerStep]:
    return [step for step in program.facts.optimizer_steps if step.optimizers <= one.owners]


def _sets_zeros(one: MethodCall) -> bool:
    given = [a.value for a in one.call.arguments if a.keyword in ("set_to_none", None)]
    is_false = len(given) == 1 and isinstance(given[0], ir.Constant) and given[0].value is False
    return one.attr == "zero_grad" and is_false


def _moves_on(optimizer: object) -> bool:
    """Whether an optimizer surely changes parameters whose gradient is 0."""
    if not isinstance(optimizer, Optimizer):
        return False
    if optimizer.name.rpartition(".")[2] not in PLAIN:
        return optimizer.name.rpartition(".")[2] in ("Adam", "AdamW", "NAdam", "RAdam")
    settings = [optimizer.argument(name) for name in ("momentum", "weight_decay")]
    return any(isinstance(one, Constant) and bool(one.value) for one in settings)
