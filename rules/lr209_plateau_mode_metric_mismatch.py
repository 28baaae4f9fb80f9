"""ReduceLROnPlateau waits for its metric to fall, and gets one that should rise, or the other way round.

## What it finds

A ReduceLROnPlateau in mode "min", which is the default, that is stepped with an accuracy, and one in mode "max" that
is stepped with a loss. What a metric is, its name says: `val_loss`, `meters["mse"]`, `ppl.avg`; `acc`, `f1`, `dice`.

    scheduler = ReduceLROnPlateau(optimizer, patience=1)
    scheduler.step(val_acc)                                            # LR209
    scheduler = ReduceLROnPlateau(optimizer, mode="max", patience=1)
    scheduler.step(val_acc)                                            # right

## Why it harms

The better the training goes, the less the scheduler believes it: the LR falls while the metric improves, and stays
while it gets worse. Measured on torch 2.13 with patience 1 and an accuracy that rises in each epoch, LR of each step:

    mode="min"    0.1   0.1   0.1   0.01   0.01   0.001
    mode="max"    0.1   0.1   0.1   0.1    0.1    0.1

torch says nothing.

## Fix and its safety

The other mode. Unsafe, because the LRs change. Offered where the call that builds the scheduler names no mode or a
literal one, and all that steps the scheduler passes a metric that goes the same way.

## What it cannot see

Metrics whose name does not tell, such as `score` or `metric`; those with both words (`acc_loss`), a word that
turns them round (`neg_loss`), or a minus sign anywhere in what they are computed from; parameters of functions.
A mode that an option decides.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.directions import Direction, direction_of
from lrlint.program.facts import SchedulerStep
from lrlint.program.rewrite import append_argument
from lrlint.program.sites import built_here, schedulers_of
from lrlint.program.values import Constant, Scheduler
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR209",
    name="plateau-mode-metric-mismatch",
    summary="the mode of a ReduceLROnPlateau does not suit its metric",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "step", "ReduceLROnPlateau"),
    fixes=(Applicability.UNSAFE,),
)

WANTED: dict[str, Direction] = {"min": "falls", "max": "rises"}


def check(program: Program) -> Iterator[Finding]:
    for call, visits in program.scheduler_steps.items():
        mode, direction = _mode_of(program, visits), _direction(program, call)
        if mode is None or direction is None or WANTED[mode] == direction:
            continue
        schedulers = schedulers_of(program, visits)
        yield Finding(
            RULE,
            *program.place(call),
            f'{program.quote(call)} passes a metric that {direction} to mode "{mode}": the LR drops while it improves',
            f"{direction} as training goes well",
            (Related(*built_here(program, schedulers, f'a ReduceLROnPlateau in mode "{mode}"')),),
            _fix(program, schedulers, direction),
        )


def _mode_of(program: Program, visits: tuple[SchedulerStep, ...]) -> str | None:
    """The mode of all schedulers that a call may step; None where they differ or it is not known."""
    if not all(visit.is_plateau for visit in visits):
        return None
    modes = {_mode(scheduler) for scheduler in schedulers_of(program, visits)}
    return modes.pop() if len(modes) == 1 else None


def _mode(scheduler: Scheduler) -> str | None:
    given = scheduler.argument("mode")
    if given is not None:
        mode = given.value if isinstance(given, Constant) else None
        return mode if isinstance(mode, str) and mode in WANTED else None
    is_open = any(argument.star for argument in scheduler.site.arguments)
    is_plain = scheduler.klass is None and scheduler.argument("last_epoch") is None
    return "min" if is_plain and not is_open else None


def _direction(program: Program, call: ir.Call) -> Direction | None:
    """Which way the metric goes that is passed in a call, the first argument."""
    metric = next((a for a in call.arguments if a.keyword in (None, "metrics")), None)
    if metric is None or metric.star:
        return None
    return direction_of(metric.value, program.statements_with(call))


def _fix(program: Program, schedulers: frozenset[Scheduler], direction: Direction) -> Fix | None:
    """The other mode, where one call builds the scheduler and all its metrics go that way."""
    sites = {scheduler.site for scheduler in schedulers}
    steps = {call for scheduler in schedulers for call in program.steps_of(scheduler)}
    if len(sites) > 1 or any(_direction(program, step) != direction for step in steps):
        return None
    site, mode = sites.pop(), "max" if direction == "rises" else "min"
    literals = [a.value for a in site.arguments if isinstance(a.value, ir.Constant) and a.value.value in WANTED]
    if literals:
        quote = program.text(literals[0])[-1]
        edit: Edit | None = Edit(program.range(literals[0]), f"{quote}{mode}{quote}")
    elif any(scheduler.argument("mode") for scheduler in schedulers):
        return None
    else:
        edit = append_argument(program, site, f'mode="{mode}"')
    return Fix(Applicability.UNSAFE, f'set mode="{mode}"', (edit,)) if edit else None
