"""The program that runs a typed schedule on torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lrlint.curve.typed import OPTIMIZER, Schedule
from lrlint.runtime.lengths import DEFAULT

_HEAD = """\
import math
from math import inf, nan

import torch
import torch.optim.swa_utils
from lrlint.runtime.lengths import natural_steps


def parameter():
    return torch.nn.Parameter(torch.zeros(1, 1))


"""
_FIRST_LINE = _HEAD.count("\n") + 1


@dataclass(frozen=True, slots=True)
class Pace:
    """How many steps the optimizer makes, None for those of the schedule; and after how many the scheduler does."""

    steps: int | None = None
    every: int = 1


def program_of(schedule: Schedule, pace: Pace, metrics: Sequence[float]) -> str:
    """The text of the program.  ReduceLROnPlateau gets the metrics, one after the other, and then always the last."""
    lines = [*schedule.lines, f"steps = {_steps(schedule, pace, len(metrics))}", "for step in range(1, steps + 1):"]
    lines.append(f"    {OPTIMIZER}.step(lambda: torch.zeros(()))")
    if schedule.scheduler is not None:
        lines.append(f"    if step % {pace.every} == 0 and step < steps:")
        metric = f"{list(metrics)!r}[min(step // {pace.every}, {len(metrics)}) - 1]" if schedule.takes_metric else ""
        lines.append(f"        {schedule.scheduler}.step({metric})")
    return _HEAD + "\n".join(lines) + "\n"


def line_in_schedule(line: int | None) -> int | None:
    """The line of a schedule, counted from 0, that a line of the program is; it may be behind the last one."""
    return None if line is None else line - _FIRST_LINE


def _steps(schedule: Schedule, pace: Pace, metrics: int) -> str:
    """The expression for the number of steps of the optimizer."""
    if pace.steps is not None:
        return str(pace.steps)
    if schedule.takes_metric and metrics > 1:
        return str(metrics * pace.every)
    if schedule.scheduler is None:
        return str(DEFAULT * pace.every)
    return f"natural_steps({schedule.scheduler}, {pace.every})"
