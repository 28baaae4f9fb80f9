"""ReduceLROnPlateau is stepped with the epoch, which it takes for the metric.

## What it finds

`scheduler.step(epoch)` with the counter of a loop around it, on an object that is surely a ReduceLROnPlateau of
torch.

    scheduler = ReduceLROnPlateau(optimizer)
    for epoch in range(90):
        val_loss = train_and_validate(model, optimizer)
        scheduler.step(epoch)         # LR105
        scheduler.step(val_loss)      # right

## Why it harms

The epoch only grows, so to a scheduler that waits for a falling metric nothing ever improves: whatever the training
does, the LR drops every `patience + 1` epochs. Measured on torch 2.13 with patience 2: 0.1 for four epochs, then
0.01 for three, and so on. With mode "max" everything improves for ever, and the LR never drops. torch says nothing.

## Fix and its safety

No fix: which metric is meant, only the author knows.

## What it cannot see

Counters that are no target of a `for` loop over a range; objects whose class depends on an option, unless the
branch that steps them tells it.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.facts import SchedulerStep
from lrlint.program.sites import built_here, schedulers_of
from lrlint.program.values import Counter
from lrlint.rule import Proof, Rule, Severity

RULE = Rule(
    code="LR105",
    name="plateau-step-with-epoch",
    summary="ReduceLROnPlateau is stepped with the epoch as its metric",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "ReduceLROnPlateau"),
    proof=Proof.FALLING,
)


def check(program: Program) -> Iterator[Finding]:
    for call, visits in program.scheduler_steps.items():
        if not all(visit.is_plateau and _passes_counter(visit) for visit in visits):
            continue
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} passes the epoch as the metric: the LR follows the clock, not the training",
            "a metric belongs here",
            (Related(*built_here(program, schedulers_of(program, visits), "a ReduceLROnPlateau")),),
        )


def _passes_counter(visit: SchedulerStep) -> bool:
    metric = visit.positional[0] if visit.positional else visit.keywords.get("metrics")
    return isinstance(metric, Counter) and not visit.has_star
