"""The LRs that a scheduler of the program gives, where its arguments are known."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.values import (
    Constant,
    Enumeration,
    Mapping,
    Optimizer,
    Range,
    Scheduler,
    Sequence,
    Value,
    number_of,
)
from lrlint.torch_api import schedule, signatures
from lrlint.torch_api.schedule import describe

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.facts import SchedulerStep

__all__ = ["describe", "initial_lr", "learning_rates", "round_name", "unit_of"]


def learning_rates(program: Program, scheduler: Scheduler, steps: int) -> tuple[float, ...] | None:
    """The LRs of the first `steps` calls of `optimizer.step()`, each followed by `scheduler.step()`.

    None where the LR of the optimizer, an argument of the scheduler or its formula is not known, for optimizers
    whose param groups may have LRs of their own, and where anything else changes the LR.
    """
    if program.writes_lr(scheduler.site) or program.is_restored(scheduler) or program.rivals_of(frozenset([scheduler])):
        return None
    lr = initial_lr(program, scheduler.optimizer)
    arguments = {name: value for name, value in scheduler.arguments if name != "optimizer"}
    plain = {name: _plain(value) for name, value in arguments.items()}
    if lr is None or Ellipsis in plain.values():
        return None
    return schedule.learning_rates(scheduler.class_name, plain, lr, steps)


def initial_lr(program: Program, optimizer: Value) -> float | None:
    """The LR that an optimizer is built with, None if it is not known, or has several param groups."""
    if not isinstance(optimizer, Optimizer):
        return None
    build = program.optimizer_builds.get(optimizer.site)
    if build is None or build.groups is None or len(build.groups) != 1 or build.groups[0].parameters is None:
        return None
    params = optimizer.argument("params")
    if isinstance(params, Sequence) and any(isinstance(one, Mapping) for one in params.items or ()):
        return None  # the group may have an LR of its own
    given = optimizer.argument("lr")
    if given is not None:
        number = number_of(given)
        return None if number is None else float(number)
    signature = signatures.optimizer(optimizer.name)
    defaults = [p.default for p in signature.parameters if p.name == "lr"] if signature else []
    return float(ast.literal_eval(defaults[0])) if defaults and defaults[0] is not None else None


def unit_of(step: SchedulerStep) -> str:
    """What people would call one round of the loop around a step: "epoch", "step" or "round"."""
    target = step.rounds[-1].target if step.rounds and isinstance(step.rounds[-1], ir.For) else None
    name = target.id.lower() if isinstance(target, ir.Name) else ""
    if "epoch" in name:
        return "epoch"
    return "step" if any(word in name for word in ("iter", "step", "batch")) else "round"


def round_name(step: SchedulerStep, number: int) -> str | None:
    """What people would call a round of the loop around a step: "epoch 3"; None if the loop has no such round.

    The rounds are numbered from 0, and the names as the loop counts, from 0 where the code does not tell it.  A step
    that is in no loop since its scheduler was built comes before "round 0".
    """
    if not step.rounds_of_scheduler:
        return f"round {number}"
    over = step.visit.activations[-1].over
    if not isinstance(over, Range | Enumeration):
        return f"{unit_of(step)} {number}"
    first, pace = over.start or 0, over.pace if isinstance(over, Range) else 1
    if pace is None:
        return None
    end = over.stop.value if isinstance(over, Range) and isinstance(over.stop, Constant) else None
    is_alone = len(step.rounds_of_scheduler) == 1  # else the loop runs again and again
    if isinstance(end, int) and is_alone and first + number >= end:
        return None
    return f"{unit_of(step)} {first + number * pace}"


def _plain(value: Value) -> object:
    """The value as Python knows it, or Ellipsis if it is not known."""
    return value.value if isinstance(value, Constant) else ...
