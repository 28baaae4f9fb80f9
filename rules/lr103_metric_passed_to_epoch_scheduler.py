"""A metric is passed to a scheduler that takes it for an epoch.

## What it finds

`scheduler.step(val_loss)` where the scheduler is surely one of torch's and not ReduceLROnPlateau, the only one that
takes a metric. A value is a metric by its name (`val_loss`, `meters["acc"]`, `np.mean(losses)`), by the name of the
function that it comes from (`evaluate(model)`), or by the keyword `metrics=`. An epoch may stand behind it.

    scheduler = StepLR(optimizer, 30)
    scheduler.step(val_loss)          # LR103
    scheduler.step()                  # right

## Why it harms

The value becomes the epoch. Measured on torch 2.13, StepLR(2) stepped with a loss that falls from 2.3 to 0.6 in six
epochs leaves these LRs: 0.01, then 0.1 for the rest: the LR goes up as the loss falls. ExponentialLR stepped with
an accuracy of 93.1 trains with 5.5e-6. torch warns of a deprecated epoch argument; CosineAnnealingWarmRestarts says
nothing. The keyword raises: `TypeError: LRScheduler.step() got an unexpected keyword argument 'metrics'`. So does
`step(val_loss, epoch)`: `TypeError: LRScheduler.step() takes from 1 to 2 positional arguments but 3 were given`.

## Fix and its safety

The argument is dropped. Unsafe, because the LRs change: they become those of the schedule. Safe for `metrics=`
and for two arguments, which always raise.

## What it cannot see

Metrics with names that do not tell. Where the class of the scheduler depends on an option and may be
ReduceLROnPlateau, a step is reported if its branch excludes that: by `isinstance`, `type`, the name of the class,
`hasattr`, or the option that chose it. Or else if an `if` has built either one or the other, and this unconditional
call is all that steps both: it is wrong for one of them.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
* https://github.com/KevinMusgrave/pytorch-metric-learning/issues/358
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.alternatives import counters
from lrlint.program.facts import SchedulerStep
from lrlint.program.metrics import is_called_metric, is_metric
from lrlint.program.reach import steps_every_choice
from lrlint.program.rewrite import drop_arguments
from lrlint.program.sites import built_here, schedulers_of
from lrlint.program.values import Constant, Counter
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR103",
    name="metric-passed-to-epoch-scheduler",
    summary="a metric is passed to a scheduler that takes it for an epoch",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "lr_scheduler|swa_utils"),
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)


def check(program: Program) -> Iterator[Finding]:
    for call, visits in program.scheduler_steps.items():
        if any(_may_take_metrics(visit) for visit in visits):
            yield from _check_choice(program, call, visits)
            continue
        refusal = _refusal(call)
        if refusal is None and len(call.arguments) != 1:
            continue
        if not _has_keyword(call) and not _passes_metric(program, call, visits):
            continue
        scheduler = visits[0].built_first
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} passes a metric: {_consequence(scheduler.class_name, refusal)}",
            "takes no metric" if refusal else "the metric is taken for an epoch",
            (Related(*built_here(program, schedulers_of(program, visits), f"a {scheduler.class_name}", scheduler)),),
            _fix(program, call, refusal),
            Severity.ERROR if refusal else None,
        )


def _check_choice(program: Program, call: ir.Call, visits: tuple[SchedulerStep, ...]) -> Iterator[Finding]:
    """A step with a metric of whatever an `if` has chosen, a ReduceLROnPlateau or another scheduler."""
    others = {s for visit in visits for s in visit.schedulers if s.class_name != "ReduceLROnPlateau"}
    if len(call.arguments) != 1 or _has_keyword(call) or not others or not steps_every_choice(program, call):
        return
    if _passes_metric(program, call, visits):
        scheduler = min(others, key=lambda one: one.ident)
        name = scheduler.class_name
        yield Finding(
            RULE,
            *program.place(call),
            f"`{program.text(call)}` passes a metric also where a {name} was built: {_consequence(name, None)}",
            "only a ReduceLROnPlateau takes a metric",
            (Related(*program.place(scheduler.site), f"a {name} may be built here"),),
        )


def _may_take_metrics(visit: SchedulerStep) -> bool:
    return not visit.schedulers or any(s.class_name == "ReduceLROnPlateau" for s in visit.schedulers)


def _has_keyword(call: ir.Call) -> bool:
    return any(argument.keyword == "metrics" for argument in call.arguments)


def _refusal(call: ir.Call) -> str | None:
    """Why Python refuses the call; None if it does not."""
    if _has_keyword(call):
        return "no parameter `metrics`"
    is_pair = len(call.arguments) == 2 and not any(a.star or a.keyword for a in call.arguments)
    return "no second parameter" if is_pair else None


def _passes_metric(program: Program, call: ir.Call, visits: tuple[SchedulerStep, ...]) -> bool:
    argument = call.arguments[0]
    if argument.star or argument.keyword not in (None, "epoch"):
        return False
    values = [value for visit in visits for value in (*visit.positional[:1], *visit.keywords.values())]
    if any(isinstance(value, Counter) or value == Constant(None) for value in values):
        return False
    if any(map(counters, values)) and not is_called_metric(argument.value):
        return False
    return is_metric(argument.value, program.statements_around(call))


def _consequence(class_name: str, refusal: str | None) -> str:
    if refusal:
        return f"TypeError, {class_name}.step() has {refusal}"
    return f"{class_name} takes it for the epoch and sets the LR of that epoch"


def _fix(program: Program, call: ir.Call, refusal: str | None) -> Fix | None:
    edit = drop_arguments(program, call)
    applicability = Applicability.SAFE if refusal else Applicability.UNSAFE
    return Fix(applicability, "drop the metric", (edit,)) if edit else None
