"""How many steps of a scheduler show what it does, for the programs of typed schedules."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

DEFAULT = 100
"""Of a schedule that never ends."""

LONGEST = 100_000
"""Of those that nobody has said a length of."""


def natural_steps(scheduler: Any, every: int) -> int:
    """The steps of the optimizer, `every` for one of the scheduler, up to the end of a schedule.

    A little more where it goes on behind it, a few rounds where it repeats itself, and at most LONGEST.
    """
    return max(1, min(LONGEST, math.ceil(_length(scheduler) or DEFAULT) * every))


def _length(scheduler: Any) -> float:
    measure = _LENGTHS.get(type(scheduler).__name__)
    return 0 if measure is None else measure(scheduler)


def _with_end(steps: float) -> float:
    """A schedule and what follows it, so that its end is seen."""
    return steps + max(1, steps // 4)


def _of_sequence(scheduler: Any) -> float:
    return max(scheduler._milestones, default=0) + (_length(scheduler._schedulers[-1]) or DEFAULT)


_LENGTHS: Mapping[str, Callable[[Any], float]] = {
    "StepLR": lambda one: 4 * one.step_size,
    "MultiStepLR": lambda one: _with_end(max(one.milestones, default=0)),
    "ConstantLR": lambda one: _with_end(one.total_iters),
    "LinearLR": lambda one: _with_end(one.total_iters),
    "PolynomialLR": lambda one: _with_end(one.total_iters),
    "CosineAnnealingLR": lambda one: one.T_max,
    "CosineAnnealingWarmRestarts": lambda one: one.T_0 * (1 + one.T_mult + one.T_mult**2),
    "CyclicLR": lambda one: 2 * one.total_size,
    "OneCycleLR": lambda one: one.total_steps,
    "SWALR": lambda one: _with_end(one.anneal_epochs),
    "SequentialLR": _of_sequence,
    "ChainedScheduler": lambda one: max(map(_length, one._schedulers)),
}
