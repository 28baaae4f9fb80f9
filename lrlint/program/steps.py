"""Steps of optimizers and schedulers, and which of them came first."""

from __future__ import annotations

from dataclasses import replace

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.arguments import Arguments
from lrlint.program.facts import EarlyStep, OptimizerStep, SchedulerStep
from lrlint.program.objects import settle
from lrlint.program.state import Progress, Stepped, after_optimizer, driving
from lrlint.program.values import Constant, Opaque, Optimizer, Scheduler, Value
from lrlint.program.walk import Frame


def call_step(frame: Frame, receiver: Value, call: ir.Call, arguments: Arguments) -> Value:
    """`receiver.step(…)`: of a scheduler, of an optimizer, or of something that steps an optimizer given to it."""
    schedulers = frozenset(v for v in alternatives(receiver) if isinstance(v, Scheduler))
    if schedulers:
        is_certain = schedulers == alternatives(receiver) and not all(one.is_guess for one in schedulers)
        _step_schedulers(frame, _possible(schedulers, arguments), is_certain, call, arguments)
    step_optimizer(frame, receiver, call)
    if not schedulers:
        for value in arguments.positional[:1]:
            step_optimizer(frame, value, call, receiver)  # GradScaler.step(optimizer)
        for value in (*arguments.positional[1:], *arguments.keywords.values()):
            escape_to_unknown(frame, value)  # an architect's or agent's own step may do anything to them
    return frame.walk.opaque()


def _possible(schedulers: frozenset[Scheduler], arguments: Arguments) -> frozenset[Scheduler]:
    """Those of the schedulers that a call means: `step()` is for no ReduceLROnPlateau where any class may stand."""
    sure = frozenset(scheduler for scheduler in schedulers if not scheduler.is_guess)
    return sure if sure and not arguments.values else schedulers


def step_optimizer(frame: Frame, optimizer: Value, call: ir.Call, through: Value | None = None) -> None:
    """Note a step of an optimizer, by itself or `through` something else.

    The early steps of its schedulers are now known to be too early.
    """
    stepped = frozenset(v for v in alternatives(optimizer) if isinstance(v, Optimizer | Opaque))
    if not stepped:
        return
    is_certain = stepped == alternatives(optimizer)
    progress = frame.state.progress
    schedulers = driving(progress, optimizer)
    gradients = settle(frame, frame.state.gradients)
    step = OptimizerStep(call, frame.visit(), stepped, is_certain, frozenset(schedulers), through, gradients)
    frame.walk.facts.optimizer_steps.append(step)
    for scheduler in schedulers:
        known = progress[scheduler]
        if not _may_be_replaced(frame, scheduler, stepped):
            frame.walk.facts.early_steps += [
                EarlyStep(frame.walk.early[early, scheduler], scheduler, call) for early in known.early
            ]
        progress[scheduler] = replace(after_optimizer(known), early=frozenset())


def _may_be_replaced(frame: Frame, scheduler: Scheduler, stepped: frozenset[Optimizer | Opaque]) -> bool:
    """Whether what is stepped may be an optimizer that a loop has put in the place of the scheduler's own."""
    born = [activation.born for activation in frame.walk.activations if activation.born > scheduler.ident]
    others = stepped.difference(alternatives(scheduler.optimizer))
    return bool(born) and any(isinstance(one, Optimizer) and one.ident > min(born) for one in others)


def forget_rebuilt(frame: Frame, began: int) -> None:
    """Make the order unknown for schedulers that some round of a loop, which `began` then and ends here, has built.

    Where a condition decides about that, it may have been any of the rounds, and those behind it stepped the optimizer.
    """
    progress, facts = frame.state.progress, frame.walk.facts
    built = {one for one, known in progress.items() if one.ident > began and not known.optimizer_stepped}
    if not built or not any(step.visit.time > began for step in facts.optimizer_steps):
        return
    for build in facts.scheduler_builds:
        if build.scheduler in built and any(decision > began for decision, _ in build.visit.branches):
            progress[build.scheduler] = after_optimizer(progress[build.scheduler])


def forget_fast_forward(frame: Frame) -> None:
    """Drop the early steps of the innermost loop, where it or its round ends without a step of the optimizer.

    `for _ in range(start_epoch): scheduler.step()` brings a schedule to where a run was stopped, on purpose.
    """
    if not frame.loops or frame.walk.activations[-1].is_unrolled:
        return
    activation = frame.walk.activations[-1]
    for scheduler, known in frame.state.progress.items():
        if not known.early or scheduler.ident > activation.born:
            continue
        kept = frozenset(c for c in known.early if activation.loop not in frame.walk.early[c, scheduler].rounds)
        frame.state.progress[scheduler] = replace(known, early=kept)


def _step_schedulers(
    frame: Frame, schedulers: frozenset[Scheduler], is_certain: bool, call: ir.Call, arguments: Arguments
) -> None:
    walk = frame.walk
    states = [walk.state.progress.get(s, Progress()) for s in schedulers]
    visit = frame.visit()
    step = SchedulerStep(
        call=call,
        visit=visit,
        schedulers=schedulers if is_certain else frozenset(),
        possible=schedulers,
        positional=arguments.positional,
        keywords=arguments.keywords,
        has_star=arguments.has_star,
        rounds_of_scheduler=visit.rounds_since(max(s.ident for s in schedulers)),
        is_guarded=any(walk.is_guarded(s) for s in schedulers),
        is_first_round=all(walk.is_in_first_round_of(s) for s in schedulers),
        after_optimizer=any(known.optimizer_stepped for known in states),
        after_scheduler=all(known.stepped is Stepped.YES for known in states),
        functions=frozenset(walk.stack),
    )
    walk.facts.scheduler_steps.append(step)
    for scheduler, known in zip(schedulers, states, strict=True):
        early = known.early
        if is_certain and walk.is_in_first_round_of(scheduler) and _is_early(known):
            walk.early[call, scheduler] = step
            early |= {call}
        if known.optimizer_first:
            walk.facts.late_steps.add((call, scheduler))
        walk.state.progress[scheduler] = replace(known, stepped=Stepped.YES, early=early)


def _is_early(progress: Progress) -> bool:
    return not progress.optimizer_stepped and progress.stepped is not Stepped.YES


def escape_to_unknown(frame: Frame, value: Value) -> None:
    """Unknown code holds `value` from now on and may have stepped it already."""
    progress, facts = frame.state.progress, frame.walk.facts
    open_ones = [s for s, known in progress.items() if not (known.optimizer_stepped and known.optimizer_first)]
    for one in alternatives(value):
        if isinstance(one, Constant):
            continue
        facts.escaped.add(one)
        if isinstance(one, Optimizer | Scheduler):
            facts.oldest_escaped = min(one.ident, facts.oldest_escaped or one.ident)
        for scheduler in open_ones:
            if one == scheduler or _reaches(one, scheduler.optimizer):
                progress[scheduler] = after_optimizer(progress[scheduler])


def may_be_stepped(frame: Frame, optimizers: frozenset[Optimizer]) -> None:
    """One of some optimizers, nobody knows which, is taken to be stepped."""
    progress = frame.state.progress
    for scheduler, known in progress.items():
        if not optimizers.isdisjoint(alternatives(scheduler.optimizer)):
            progress[scheduler] = after_optimizer(known)


def run_unknown_code(frame: Frame) -> None:
    """Unknown code runs: it may step every optimizer that it holds."""
    for scheduler, known in frame.state.progress.items():
        if known.optimizer_stepped:
            continue
        if any(_is_held(frame, optimizer) for optimizer in alternatives(scheduler.optimizer)):
            frame.state.progress[scheduler] = after_optimizer(known)


def _is_held(frame: Frame, optimizer: Value) -> bool:
    """Whether unknown code holds an optimizer, or the object whose attribute it is."""
    if not isinstance(optimizer, Opaque):
        return optimizer in frame.walk.facts.escaped
    paths = (optimizer.path[:length] for length in range(len(optimizer.path) + 1))
    escaped = frame.walk.facts.escaped
    return any(Opaque(optimizer.ident, optimizer.born, path, optimizer.version) in escaped for path in paths)


def _reaches(held: Value, optimizer: Value) -> bool:
    """Whether who holds `held` can get at one of the optimizers that `optimizer` may be."""
    for one in alternatives(optimizer):
        if held == one:
            return True
        if isinstance(held, Opaque) and isinstance(one, Opaque) and held.ident == one.ident:
            return one.path[: len(held.path)] == held.path
    return False
