"""Rounds: the order in which one round of a loop steps a scheduler and its optimizer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import OptimizerStep, SchedulerStep
from lrlint.program.places import contains, function_around
from lrlint.program.values import Opaque, Scheduler
from lrlint.program.visit import Activation

if TYPE_CHECKING:
    from lrlint.program import Program


@dataclass(frozen=True, slots=True)
class DoubleStep:
    """Two steps of one scheduler, in the order in which they come, without one of its optimizer in between.

    Every round of `loop` that comes to `first` comes to `second` as well, and trains with `optimizer_step`.
    """

    first: SchedulerStep
    second: SchedulerStep
    loop: ir.Loop
    optimizer_step: ir.Call


@dataclass(frozen=True, slots=True)
class _Round:
    """One later round of a loop: what it steps, in order.

    `trainings` are the sure steps of the optimizer, `trained` when the rounds around these were entered.
    """

    activation: Activation
    events: Sequence[SchedulerStep | OptimizerStep]
    trainings: Sequence[OptimizerStep]
    trained: frozenset[int]


def double_steps(program: Program) -> Iterator[DoubleStep]:
    """The pairs of steps of one scheduler between which its optimizer is surely not stepped."""
    for schedulers in program.index.steps_by_schedulers:
        if any(may_be_held(program, scheduler) for scheduler in schedulers):
            continue
        for round_ in _rounds(program, schedulers):
            if round_.trainings and not _is_restored(program, schedulers, round_.activation):
                yield from _pairs(program, round_)


def is_in_listed_rounds(program: Program, step: SchedulerStep, scheduler: Scheduler) -> bool:
    """Whether a step stands in a loop over known items that steps the optimizer of its scheduler for several of them.

    The loop began after the scheduler was built: its items are the epochs of the schedule, and not schedulers, say.
    """
    running = {one.born for one in step.visit.unrolled if one.born > scheduler.ident}
    trainings = (one.visit for one in program.facts.optimizer_steps if running and scheduler in one.schedulers)
    rounds = {(one.born, one.entered) for visit in trainings for one in visit.unrolled if one.born in running}
    return len({born for born, _ in rounds}) < len(rounds)


def may_be_held(program: Program, scheduler: Scheduler) -> bool:
    """Whether code that is not in view has got a scheduler or its optimizer, and may step them whenever it runs."""
    escaped = program.facts.escaped
    if scheduler in escaped:
        return True
    for optimizer in alternatives(scheduler.optimizer):
        if optimizer in escaped:
            return True
        if isinstance(optimizer, Opaque):
            held = program.index.escaped_paths.get(optimizer.ident, ())
            if any(optimizer.path[: len(path)] == path for path in held):
                return True
    return False


def _rounds(program: Program, schedulers: frozenset[Scheduler]) -> Iterator[_Round]:
    """The later rounds of all loops since the schedulers were built."""
    built = max(scheduler.ident for scheduler in schedulers)
    counted: dict[int, list[SchedulerStep]] = {}
    activations: dict[int, Activation] = {}
    for step in program.index.steps_by_schedulers[schedulers]:
        activations |= {activation.entered: activation for activation in _later(step, built)}
        for activation in step.visit.activations:
            counted.setdefault(activation.entered, []).append(step)
    for entered, activation in activations.items():
        steps = counted[entered]
        if len(steps) < 2:
            continue
        others = [step for step in program.index.round(entered).optimizers if _may_train(step, schedulers)]
        events: list[SchedulerStep | OptimizerStep] = [*others, *steps]
        events.sort(key=lambda event: event.visit.time)
        trainings = [o for o in others if o.is_certain and schedulers <= o.schedulers]
        trained = frozenset(one.entered for training in trainings for one in training.visit.activations)
        yield _Round(activation, events, trainings, trained)


def _may_train(step: OptimizerStep, schedulers: frozenset[Scheduler]) -> bool:
    is_known = step.is_certain and not any(isinstance(optimizer, Opaque) for optimizer in step.optimizers)
    return not is_known or not schedulers.isdisjoint(step.schedulers)


def _later(step: SchedulerStep, built: int) -> list[Activation]:
    """The loops that run at a step since the scheduler was built, none if one of them is in its first round."""
    loops = [activation for activation in step.visit.activations if activation.born > built]
    return [] if any(activation.is_first_round for activation in loops) else loops


def _is_restored(program: Program, schedulers: frozenset[Scheduler], activation: Activation) -> bool:
    """Whether a round sets a scheduler back to a saved state."""
    return any(
        not schedulers.isdisjoint(call.owners) and activation.loop in call.visit.rounds
        for call in program.index.calls.get("load_state_dict", ())
    )


def _pairs(program: Program, round_: _Round) -> Iterator[DoubleStep]:
    for index, second in enumerate(round_.events):
        if not isinstance(second, SchedulerStep):
            continue
        previous = _last_possible(round_.events, index, second)
        # Of the first one: the last, as it comes right before the next round.
        first = previous or _last_possible(round_.events, len(round_.events), second) or second
        if not isinstance(first, SchedulerStep) or first is second or _has_epoch(first) or _has_epoch(second):
            continue
        follows = previous is not None
        training = _training_of(round_, first, second)
        if training is None or not _belong_together(round_, first, second):
            continue
        if _may_be_skipped(program, round_, first, second, training, follows):
            continue
        yield DoubleStep(first, second, round_.activation.loop, training.call)


def _last_possible(
    events: Sequence[SchedulerStep | OptimizerStep], end: int, other: SchedulerStep
) -> SchedulerStep | OptimizerStep | None:
    """The last one before a position that a run may come to which comes to `other`."""
    possible = (number for number in range(end - 1, -1, -1) if not events[number].visit.excludes(other.visit))
    return next((events[number] for number in possible), None)


def _has_epoch(step: SchedulerStep) -> bool:
    """Whether a step goes to the epoch that it is told, however often it is called."""
    return step.has_arguments and not step.is_plateau


def _training_of(round_: _Round, first: SchedulerStep, second: SchedulerStep) -> OptimizerStep | None:
    """A step of the optimizer with which both surely come; None if an unknown condition decides about one of them."""
    if not second.visit.branches <= first.visit.branches:
        return None
    same = first.visit.branches == second.visit.branches
    possible = (o for o in round_.trainings if not o.visit.excludes(second.visit))
    return next((o for o in possible if same or first.visit.branches <= o.visit.branches), None)


def _belong_together(round_: _Round, first: SchedulerStep, second: SchedulerStep) -> bool:
    """Whether one of the steps stands directly in the round, and a loop around the other one trains.

    Or both are the same call, in one loop that the round runs twice: for training and for validation.
    """
    if first.call is second.call:
        is_again = first.rounds == second.rounds and first.visit.activations[-1] is not second.visit.activations[-1]
        began = [step.visit.activations[-1].born for step in (first, second)]
        is_direct = _is_direct(round_, first) and _is_direct(round_, second)
        return (is_direct or (is_again and began[0] != began[1])) and _is_trained(round_, first)
    if not (_is_direct(round_, first) or _is_direct(round_, second)):
        return False
    return _is_trained(round_, first) and _is_trained(round_, second)


def _is_direct(round_: _Round, step: SchedulerStep) -> bool:
    return step.visit.activations[-1].entered == round_.activation.entered


def _is_trained(round_: _Round, step: SchedulerStep) -> bool:
    """Whether the optimizer is stepped in the same round of the loop around a step."""
    return step.visit.activations[-1].entered in round_.trained


def _may_be_skipped(
    program: Program,
    round_: _Round,
    first: SchedulerStep,
    second: SchedulerStep,
    training: OptimizerStep,
    follows: bool,
) -> bool:
    """Whether `continue` or `return` may keep a round that trains from one of the two steps."""
    loop = round_.activation.loop
    if not _is_direct(round_, first) and _is_skipped(program, first, training.call, loop):
        return True
    return _is_skipped(program, second, first.call if follows else None, loop)


def _is_skipped(program: Program, step: SchedulerStep, since: ir.Call | None, loop: ir.Loop) -> bool:
    """Whether something between `since` and a step may lead past it, to the next round or out of its function."""
    function = function_around(program, step.call)
    place = program.range(step.call).start
    is_near = since is not None and program.module_of(since) is program.module_of(step.call)
    is_inside = since is not None and is_near and function_around(program, since) is function
    start = program.range(since).end if since is not None and is_inside else 0
    body = function.function.body if function else program.statements_around(step.call)
    for statement, of in program.nesting(step.call).exits(body):
        if not start <= program.range(statement).start < place:
            continue
        if isinstance(statement, ir.Return):
            ends_loop = function is not None and contains(program, function, loop)
            leads_past = not ends_loop
        else:
            is_around = of is not None and contains(program, of, step.call)
            leads_past = statement.kind == "continue" and is_around and (since is not None or of is not loop)
        if leads_past:
            return True
    return False
