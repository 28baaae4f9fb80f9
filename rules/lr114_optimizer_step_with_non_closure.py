"""The loss is passed to the optimizer's step, which takes a closure.

## What it finds

`optimizer.step(loss)`, where `backward` is called on the same name, and `optimizer.step(loss.item())`, on an optimizer
that is surely torch's.

    loss.backward()
    optimizer.step(loss)      # LR114
    optimizer.step()          # right

## Why it harms

It raises in the first step, since the argument is called to compute the loss anew. Measured on torch 2.13:
`TypeError: 'Tensor' object is not callable`, and `TypeError: 'float' object is not callable` for a number.

## Fix and its safety

The argument is dropped. Safe where `loss.backward()` is a statement before it in the same block, since the code always
raises and the gradients are there; unsafe elsewhere. Not offered for LBFGS, which needs a closure.

## What it cannot see

Losses by a name on which `backward` is not called in the same function. Optimizers of other packages and of the
program's own, which may take a loss.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.step.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.expected import is_tried
from lrlint.program.facts import OptimizerStep, by_call
from lrlint.program.group_uses import is_torch
from lrlint.program.places import function_around
from lrlint.program.rewrite import drop_arguments
from lrlint.program.search import block_of, calls_of, descend
from lrlint.program.values import Optimizer
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR114",
    name="optimizer-step-with-non-closure",
    summary="the loss is passed to the optimizer's step",
    severity=Severity.ERROR,
    gate=("torch", "optim", "step", "backward", OPTIMIZERS),
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)


def check(program: Program) -> Iterator[Finding]:
    for call, visits in by_call(program.facts.optimizer_steps).items():
        loss = _loss(call)
        if loss is None or not all(map(_is_of_torch, visits)) or is_tried(program, call):
            continue
        backward, own = _backward(program, call, loss), [one for one in visits if one.through is None]
        if backward is not None and own:
            yield Finding(
                RULE,
                *program.place(call),
                f"{program.quote(call)} passes the loss for the closure: TypeError, as it can't be called",
                "",
                (Related(*program.place(backward), "this is no function"),),
                _fix(program, call, own[0], backward),
            )


def _is_of_torch(visit: OptimizerStep) -> bool:
    """Whether an optimizer of torch is asked to step; an argument counts as one that it steps."""
    if visit.through is not None:
        return is_torch(visit.through, Optimizer)
    return visit.is_certain and all(is_torch(one, Optimizer) for one in visit.optimizers)


def _loss(call: ir.Call) -> ir.Name | None:
    """The name of `step(loss)` and `step(loss.item())`."""
    is_one = isinstance(call.func, ir.Attribute) and call.func.attr == "step" and len(call.arguments) == 1
    given = call.arguments[0] if is_one else None
    if given is None or given.star or given.keyword not in (None, "closure"):
        return None
    value = given.value
    is_item = isinstance(value, ir.Call) and isinstance(value.func, ir.Attribute) and value.func.attr == "item"
    if is_item and isinstance(value, ir.Call) and isinstance(value.func, ir.Attribute):
        value = value.func.value
    return value if isinstance(value, ir.Name) else None


def _backward(program: Program, call: ir.Call, loss: ir.Name) -> ir.Call | None:
    """The call of `loss.backward()` in the same function; None if the name also stands for something else there."""
    function = function_around(program, call)
    body = program.statements_around(call) if function is None else function.function.body
    if any(isinstance(one, ir.Function | ir.DefineClass) and one.name == loss.id for one in descend(body)):
        return None
    for backward in calls_of(frozenset(["backward"]), body):
        owner = backward.func.value if isinstance(backward.func, ir.Attribute) else None
        if isinstance(owner, ir.Name) and owner.id == loss.id:
            return backward
    return None


def _fix(program: Program, call: ir.Call, step: OptimizerStep, backward: ir.Call) -> Fix | None:
    edit = drop_arguments(program, call)
    if edit is None or any(isinstance(one, Optimizer) and one.name.endswith(".LBFGS") for one in step.optimizers):
        return None
    block = block_of(program.statements_around(call), step.visit.statement) or ()
    before = block[: block.index(step.visit.statement)] if block else ()
    is_safe = any(isinstance(one, ir.Evaluate) and one.value is backward for one in before)
    return Fix(Applicability.SAFE if is_safe else Applicability.UNSAFE, "drop the argument", (edit,))
