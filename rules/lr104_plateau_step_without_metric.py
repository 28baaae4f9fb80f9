"""ReduceLROnPlateau is stepped without the metric that it needs.

## What it finds

`scheduler.step()` and `scheduler.step(None)` on an object that is surely a ReduceLROnPlateau of torch.

    scheduler = ReduceLROnPlateau(optimizer)
    scheduler.step()                  # LR104
    scheduler.step(val_loss)          # right

## Why it harms

It raises, at the end of the first epoch: `TypeError: ReduceLROnPlateau.step() missing 1 required positional argument:
'metrics'`, or for None `TypeError: float() argument must be a string or a real number, not 'NoneType'`.

## Fix and its safety

No fix: which metric is meant, only the author knows.

## What it cannot see

Objects whose class depends on an option, unless the branch that steps them tells it (`isinstance`, `type`, the name
of the class, `hasattr`, the same option); wrappers that inject the metric, schedulers that a framework steps.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
* https://github.com/pytorch/pytorch/issues/2849
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.facts import SchedulerStep
from lrlint.program.sites import built_here, schedulers_of
from lrlint.program.values import Constant
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR104",
    name="plateau-step-without-metric",
    summary="ReduceLROnPlateau is stepped without a metric",
    severity=Severity.ERROR,
    gate=("torch", "optim", "step", "ReduceLROnPlateau"),
)


def check(program: Program) -> Iterator[Finding]:
    for call, visits in program.scheduler_steps.items():
        if not all(visit.is_plateau and _lacks_metric(visit) for visit in visits):
            continue
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} passes no metric: TypeError, ReduceLROnPlateau needs the value it watches",
            "the metric is missing",
            (Related(*built_here(program, schedulers_of(program, visits), "a ReduceLROnPlateau")),),
        )


def _lacks_metric(visit: SchedulerStep) -> bool:
    if visit.has_star:
        return False
    metric = visit.positional[0] if visit.positional else visit.keywords.get("metrics")
    return metric is None or metric == Constant(None)
