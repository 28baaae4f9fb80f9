"""Lengths of schedules: what they count, and how often the scheduler is stepped.

for epoch in range(epochs):             # CosineAnnealingLR(optimizer, T_max=epochs) counts rounds of this loop,
    for batch in loader:                # T_max=epochs * len(loader) those of this one
        optimizer.step()
        scheduler.step()
"""

from __future__ import annotations

import ast
import math
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.amounts import amount_of, ratio, rounds_of, times, without
from lrlint.program.facts import OptimizerStep, SchedulerStep
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import targets_of
from lrlint.program.selection import Several
from lrlint.program.values import (
    ALWAYS,
    Amount,
    Constant,
    Enumeration,
    External,
    Factor,
    Instance,
    Opaque,
    Range,
    Scheduler,
    Value,
    integer_of,
    number_of,
)
from lrlint.program.values import Sequence as Items
from lrlint.program.visit import Activation, Visit
from lrlint.torch_api import signatures
from lrlint.torch_api.signatures import Signature

if TYPE_CHECKING:
    from lrlint.program import Program

Loops = tuple[Activation, ...]
Fact = TypeVar("Fact")

LENGTHS = {
    "ConstantLR": "total_iters",
    "CosineAnnealingLR": "T_max",
    "CosineAnnealingWarmRestarts": "T_0",
    "CyclicLR": "step_size_up",
    "LinearLR": "total_iters",
    "MultiStepLR": "milestones",
    "OneCycleLR": "total_steps",
    "PolynomialLR": "total_iters",
    "StepLR": "step_size",
}
"""The parameter of each class that says how many steps its schedule, or one period of it, is long."""

MADE_FOR_BATCHES = frozenset(["CyclicLR", "OneCycleLR"])
"""Classes that torch documents to be stepped after each batch."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The length that `parameter` of a scheduler's constructor sets at `expression`.

    `amounts` are how it is computed, several for a list, empty if that is not known; `number` is it, where the code
    tells.
    """

    parameter: str
    expression: ir.Expression
    amounts: tuple[Amount, ...]
    number: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """One visit of a scheduler's step.

    `loops` are those that run since the scheduler was built, outermost first.  `updates` are the steps of its
    optimizer in the same round of the innermost of them, each with the loops that run inside of that round.
    """

    step: SchedulerStep
    loops: Loops
    updates: tuple[tuple[OptimizerStep, Loops], ...]

    @property
    def passes(self) -> tuple[tuple[OptimizerStep, Loops], ...]:
        """The updates, if all of them are made in loops inside of the round: the scheduler steps once for many."""
        return self.updates if self.loops and all(inner for _, inner in self.updates) else ()


def setting_of(scheduler: Scheduler) -> Setting | None:
    """How long a scheduler's schedule is set; None if it is not, or if the call does not show it."""
    if scheduler.class_name not in LENGTHS or any(argument.star for argument in scheduler.site.arguments):
        return None
    setting = _setting(scheduler, LENGTHS[scheduler.class_name])
    if setting is not None or scheduler.class_name != "OneCycleLR":
        return setting
    epochs, per_epoch = _setting(scheduler, "epochs"), _setting(scheduler, "steps_per_epoch")
    return _product(epochs, per_epoch) if epochs and per_epoch else None


def paced_schedulers(
    program: Program, classes: Collection[str]
) -> Iterator[tuple[Scheduler, Setting, tuple[Pace, ...]]]:
    """The schedulers of these classes whose length is set, each with all visits of its steps.

    Left out are schedulers that anything else may step, or whose steps are told where they are; those whose length is
    set anew; and those not made for batches whose length has nothing to do with any loop around optimizers' steps.
    """
    if not all(step.schedulers for step in program.facts.scheduler_steps):
        return  # any of them may be stepped there
    steps = _by_object((s, step) for step in program.facts.scheduler_steps for s in step.schedulers)
    updates = _by_object((o, update) for update in program.facts.optimizer_steps for o in update.optimizers)
    counted = _counted(program)
    for scheduler in [build.scheduler for build in program.facts.scheduler_builds]:
        setting = setting_of(scheduler) if scheduler.class_name in classes and scheduler in steps else None
        if setting is None or not (scheduler.class_name in MADE_FOR_BATCHES or _may_count(setting, counted)):
            continue
        own_steps = steps[scheduler]
        if scheduler in program.facts.escaped or any(step.has_arguments for step in own_steps):
            continue
        if not any(_sets_length(program, call) for call in {step.call for step in own_steps}):
            own_updates = [update for o in alternatives(scheduler.optimizer) for update in updates.get(o, ())]
            yield scheduler, setting, tuple(_pace(scheduler, step, own_updates) for step in own_steps)


def loop_inside(setting: Setting, pace: Pace) -> ir.For | None:
    """A loop whose rounds a length counts, and in which the optimizer is stepped, but the scheduler is not."""
    rest = [_without_rounds(length, pace.loops) for length in setting.amounts]
    inside = [loop for _, loops in pace.passes for loop in loops if any(_is_multiple(one, loop) for one in rest)]
    return next((loop.loop for loop in inside if isinstance(loop.loop, ir.For)), None)


def loop_outside(program: Program, setting: Setting, pace: Pace) -> ir.For | None:
    """The loop that all lengths count the rounds of, if the scheduler is stepped in each round of a loop inside of it.

    None where that loop may always have but one round, or where a condition decides in which of them it steps, and
    where the optimizer is stepped elsewhere.
    """
    lengths = setting.amounts
    if not lengths or len(pace.loops) < 2 or not pace.updates or pace.step.is_guarded:
        return None
    *outer, own = pace.loops
    if not isinstance(own.loop, ir.For) or any(_counts(length, own) for length in lengths):
        return None
    if not _goes_round((step.visit for step in program.scheduler_steps[pace.step.call]), own.loop):
        return None
    counted = [loop.loop for loop in outer if all(_counts(length, loop) for length in lengths)]
    return next((loop for loop in counted if isinstance(loop, ir.For)), None)


def goes_through_data(program: Program, pace: Pace) -> bool:
    """Whether each round goes through the same objects and steps the optimizer for each, as an epoch does.

    The loop around must count its rounds or run while something holds, the objects must be older than it, and there
    must not always be only one of them.
    """
    own = pace.loops[-1]
    if isinstance(own.loop, ir.For) and not isinstance(own.over, Range):
        return False
    visits = [step.visit for step in program.facts.optimizer_steps]
    return any(
        isinstance(loop.loop, ir.For) and _age(loop.over) < own.born and _goes_round(visits, loop.loop)
        for _, loops in pace.passes
        for loop in loops
    )


def times_rounds(setting: Setting, loop: Activation) -> float | None:
    """How many times the rounds of a loop a length is; None where the code does not tell."""
    ratios = [ratio(length, rounds) for length in setting.amounts for rounds in rounds_of(loop.over)]
    known = [one for one in ratios if one is not None]
    rounds = _rounds_in_numbers(loop.over)
    if not known and setting.number is not None and rounds:
        return setting.number / rounds
    return min(known, default=None)


def _setting(scheduler: Scheduler, parameter: str) -> Setting | None:
    signature = signatures.scheduler(scheduler.name)
    if signature is None or scheduler.argument("optimizer") is None:
        return None  # a class of the program, with parameters of its own
    default = next(one.default for one in signature.parameters if one.name == parameter)
    value = scheduler.argument(parameter) or Constant(ast.literal_eval(default or "None"))
    if value == Constant(None):
        return None
    expression = _expression(scheduler.site, signature, parameter)
    return Setting(parameter, expression, _amounts_of(value), number_of(value))


def _expression(site: ir.Call, signature: Signature, parameter: str) -> ir.Expression:
    """What is passed for a parameter, or the call itself if nothing is."""
    slots = [one.name for one in signature.parameters if not one.keyword_only]
    positional = [argument for argument in site.arguments if argument.keyword is None]
    given = dict(zip(slots, positional, strict=False))
    given |= {argument.keyword: argument for argument in site.arguments if argument.keyword is not None}
    return given[parameter].value if parameter in given else site


def _product(epochs: Setting, per_epoch: Setting) -> Setting:
    amounts = tuple(times(one, other) for one in epochs.amounts for other in per_epoch.amounts)
    is_known = epochs.number is not None and per_epoch.number is not None
    number = (epochs.number or 0) * (per_epoch.number or 0) if is_known else None
    return Setting(per_epoch.parameter, per_epoch.expression, amounts, number)


def _amounts_of(value: Value) -> tuple[Amount, ...]:
    items = value.items or () if isinstance(value, Items) else (value,)
    amounts = [None if isinstance(item, Several) else amount_of(item) for item in items]
    return tuple(amount for amount in amounts if amount) if all(amounts) else ()


def _rounds_in_numbers(over: Value | None) -> int | None:
    if not isinstance(over, Range) or over.start is None:
        return None
    stop = integer_of(over.stop)
    return None if stop is None else stop - over.start


def _by_object(pairs: Iterable[tuple[Value, Fact]]) -> dict[Value, list[Fact]]:
    """The facts about each object."""
    found: dict[Value, list[Fact]] = {}
    for value, fact in pairs:
        found.setdefault(value, []).append(fact)
    return found


def _counted(program: Program) -> frozenset[Factor]:
    """The factors of the numbers of rounds of all loops around steps of optimizers."""
    loops = {id(loop.over): loop.over for update in program.facts.optimizer_steps for loop in update.visit.activations}
    return frozenset(factor for over in loops.values() for rounds in rounds_of(over) for factor in rounds.factors)


def _may_count(setting: Setting, counted: frozenset[Factor]) -> bool:
    """Whether a length is computed from anything that a number of rounds is computed from."""
    return any(not counted.isdisjoint(amount.factors) for amount in setting.amounts)


def _pace(scheduler: Scheduler, step: SchedulerStep, updates: Sequence[OptimizerStep]) -> Pace:
    loops = _loops_since(scheduler, step.visit)
    runs = [_run_of(loop) for loop in loops]
    same_round = []
    for update in updates:
        around = _loops_since(scheduler, update.visit)
        if [_run_of(loop) for loop in around[: len(loops)]] == runs and not update.visit.excludes(step.visit):
            same_round.append((update, around[len(loops) :]))
    return Pace(step, loops, tuple(same_round))


def _loops_since(scheduler: Scheduler, visit: Visit) -> Loops:
    return tuple(activation for activation in visit.activations if activation.born > scheduler.ident)


def _run_of(activation: Activation) -> tuple[ir.Loop, int]:
    """What is the same in all rounds of a loop, until it begins anew."""
    return activation.loop, activation.born


def _sets_length(program: Program, step: ir.Call) -> bool:
    """Whether any statement assigns a length to an attribute of what is stepped."""
    receiver = step.func.value if isinstance(step.func, ir.Attribute) else step.func
    return any(
        isinstance(target, ir.Attribute)
        and target.attr in (*LENGTHS.values(), "T_i", "total_size")
        and dotted_name(target.value) == dotted_name(receiver)
        for element in program.elements_with(step)
        for target in targets_of(element)
    )


def _counts(length: Amount, loop: Activation) -> bool:
    """Whether a length is the number of rounds of a loop, or a part of it."""
    ratios = [ratio(length, rounds) for rounds in rounds_of(loop.over)]
    return any(one is not None and one <= 1 for one in ratios)


def _is_multiple(length: Amount, loop: Activation) -> bool:
    """Whether the rounds of a loop are a factor of a length."""
    return any(without(length, rounds) is not None for rounds in rounds_of(loop.over))


def _without_rounds(length: Amount, loops: Loops) -> Amount:
    """The length divided by the rounds of those loops that it is a multiple of."""
    for loop in loops:
        rests = [without(length, rounds) for rounds in rounds_of(loop.over)]
        length = next((rest for rest in rests if rest is not None), length)
    return length


def _goes_round(visits: Iterable[Visit], loop: ir.Loop) -> bool:
    """Whether a loop comes to a second round in the first one of the loop around it."""
    return any(
        inner.loop is loop and outer.is_first_round and not inner.is_first_round
        for visit in visits
        for outer, inner in pairwise(visit.activations)
    )


def _age(value: Value | None) -> float:
    """When the objects came to be that a loop goes through."""
    if isinstance(value, Enumeration):
        return _age(value.of)
    if isinstance(value, Opaque):
        return max(map(_age, value.through)) if value.through else value.born
    if isinstance(value, External):
        return ALWAYS
    return value.ident if isinstance(value, Instance | Items) else math.inf
