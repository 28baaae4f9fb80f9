"""One round steps the same scheduler twice, so the schedule runs ahead of the training.

## What it finds

Two steps of one scheduler in one round of a loop, with no step of its optimizer in between, where every round that
comes to the first comes to the second as well: one call in the loop over the batches and one in the loop over the
epochs, two calls in one loop, or one call in a loop that runs for training and once more for validation.

    for epoch in range(90):
        for batch in loader:
            train(model, batch, optimizer)
            scheduler.step()
        scheduler.step()              # LR115

    for epoch in range(90):
        for batch in loader:
            train(model, batch, optimizer)
        scheduler.step()              # right, for a schedule that counts epochs

## Why it harms

A scheduler counts its own steps. Whatever its arguments count, epochs or batches, is over too soon. Measured on
torch 2.13, LR of each epoch:

    StepLR(2), one step an epoch          0.1   0.1    0.01   0.01  0.001  0.001
    StepLR(2), two steps an epoch         0.1   0.01   0.001  1e-4  1e-5   1e-6
    CosineAnnealingLR(6), two an epoch    0.1   0.075  0.025  0     0.025  0.075

ReduceLROnPlateau counts every bad epoch twice against its patience. torch says nothing.

## Fix and its safety

No fix: which of the two steps is meant depends on what the scheduler's arguments count.

## What it cannot see

Schedulers or optimizers that unknown code holds. Steps under a condition of their own that can change from round to
round, behind which `continue` or `return` may lead past them, or that pass an epoch. Two loops beside each other,
each with steps of its own.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.rounds import DoubleStep, double_steps
from lrlint.program.sites import built_here
from lrlint.rule import Proof, Rule, Severity

RULE = Rule(
    code="LR115",
    name="scheduler-stepped-twice",
    summary="a scheduler is stepped twice in one round",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "lr_scheduler|swa_utils"),
    proof=Proof.DROPPED,
)


def check(program: Program) -> Iterator[Finding]:
    reported: set[frozenset[ir.Call]] = set()
    for double in double_steps(program):
        calls = frozenset([double.first.call, double.second.call])
        if calls in reported:
            continue
        reported.add(calls)
        other, step = sorted((double.first, double.second), key=lambda one: program.place(one.call))
        places = {other.call: "it is stepped here, too", double.optimizer_step: "the optimizer steps here"}
        yield Finding(
            RULE,
            *program.place(step.call),
            f"{program.quote(step.call)} steps the scheduler once more in the same round: {_consequence(double)}",
            "one step too many" if len(calls) == 2 else "comes more often than the optimizer's step",
            (
                *(Related(*program.place(call), label) for call, label in places.items() if call is not step.call),
                Related(*built_here(program, step.schedulers)),
            ),
        )


def _consequence(double: DoubleStep) -> str:
    if double.first.is_plateau:
        return "a bad epoch counts twice against its patience"
    if len(double.first.rounds) == len(double.second.rounds):
        return "the schedule runs too fast"
    return "the schedule runs ahead of the training"
