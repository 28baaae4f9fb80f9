"""`optimizer.step` stands there without parentheses, so nothing happens.

## What it finds

A statement that only names `step` or `zero_grad` of an object that is surely an optimizer or scheduler of torch.

    loss.backward()
    optimizer.step                    # LR113
    optimizer.step()                  # right

## Why it harms

The statement looks the method up and drops it. Measured on torch 2.13 over four epochs with gradient 1 and LR 0.1,
a weight of 1:

    optimizer.step          stays 1.0, and the model never learns
    optimizer.zero_grad     becomes 0.0 where 0.6 is right, since the gradients add up: 1, 2, 3, 4
    scheduler.step          the LR stays 0.1 where StepLR(2) ends with 0.01

torch says nothing, but for a scheduler that is stepped while the optimizer is not: it warns about their order.

## Fix and its safety

Unsafe, since from then on the code trains otherwise: the parentheses are added. Not offered for ReduceLROnPlateau,
whose `step` needs a metric, nor for LBFGS, whose `step` needs a closure.

## What it cannot see

Objects whose class the file does not tell.

## torch versions

All.

## References

* https://docs.pytorch.org/docs/stable/optim.html#taking-an-optimization-step
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import Uncalled
from lrlint.program.insertions import put_behind
from lrlint.program.sites import built_here
from lrlint.program.values import Bound, Optimizer, Scheduler, Value
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR113",
    name="step-not-called",
    summary="`step` or `zero_grad` is named but not called",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step|zero_grad", f"{OPTIMIZERS}|lr_scheduler|swa_utils"),
    fixes=(Applicability.UNSAFE,),
)

METHODS = frozenset(["step", "zero_grad"])
NEED_ARGUMENTS = frozenset([("ReduceLROnPlateau", "step"), ("LBFGS", "step")])


def check(program: Program) -> Iterator[Finding]:
    visits: dict[ir.Evaluate, list[Uncalled]] = {}
    for uncalled in program.facts.uncalled:
        visits.setdefault(uncalled.statement, []).append(uncalled)
    for statement, all_uncalled in visits.items():
        methods = frozenset(method for uncalled in all_uncalled for method in uncalled.values)
        owners = _owners(methods)
        if owners and _is_alone(program, statement) and not _asks_for_existence(program, statement):
            yield _finding(program, statement, owners)


def _finding(program: Program, statement: ir.Evaluate, owners: tuple[Optimizer | Scheduler, ...]) -> Finding:
    assert isinstance(statement.value, ir.Attribute)
    attr = statement.value.attr
    kind = "optimizer" if isinstance(owners[0], Optimizer) else "scheduler"
    needs_arguments = any((owner.name.rpartition(".")[2], attr) in NEED_ARGUMENTS for owner in owners)
    return Finding(
        RULE,
        *program.place(statement),
        f"{program.quote(statement.value)} is not called: {_consequence(kind, attr)}",
        "nothing happens here",
        (Related(*built_here(program, owners, f"the {kind}")),),
        None if needs_arguments else _fix(program, statement),
    )


def _owners(methods: frozenset[Value]) -> tuple[Optimizer | Scheduler, ...]:
    """The objects whose methods these are, first built first; nothing unless all are `step` or `zero_grad` of torch."""
    owners = [
        method.owner
        for method in methods
        if isinstance(method, Bound) and method.attr in METHODS and isinstance(method.owner, Optimizer | Scheduler)
    ]
    return tuple(sorted(owners, key=lambda owner: owner.ident)) if len(owners) == len(methods) else ()


def _is_alone(program: Program, statement: ir.Evaluate) -> bool:
    """Whether the statement is nothing but the expression: `del` and `assert` do something with it."""
    return program.range(statement) == program.range(statement.value)


def _asks_for_existence(program: Program, statement: ir.Evaluate) -> bool:
    """Whether the statement is there to raise AttributeError, which is caught."""
    return any(
        isinstance(element, ir.Try) and element.handlers and statement in element.body
        for element in program.elements_around(statement)
    )


def _consequence(kind: str, attr: str) -> str:
    if attr == "zero_grad":
        return "the gradients of all rounds add up"
    return "no parameter is ever updated" if kind == "optimizer" else "the LR stays what it is"


def _fix(program: Program, statement: ir.Evaluate) -> Fix:
    return Fix(Applicability.UNSAFE, "call it", (put_behind(program, statement, "()"),))
