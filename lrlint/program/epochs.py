"""Arguments of a scheduler's step, as epochs: what they count, and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import alternatives, counters
from lrlint.program.facts import SchedulerStep
from lrlint.program.numbers import is_computed_with
from lrlint.program.rewrite import dotted_name, uses_of
from lrlint.program.search import Element, descend, leaves_loop
from lrlint.program.sites import schedulers_of
from lrlint.program.values import Constant, Counter, Opaque, Range, Scheduler, Value, integer_of

if TYPE_CHECKING:
    from lrlint.program import Program


@dataclass(frozen=True, slots=True)
class EpochArgument:
    """What is passed as the epoch of a scheduler's step.

    `schedulers` are those that it may be passed to.  `is_regular`: the calls surely pass first, first + 1, first + 2,
    …, once for each round since the scheduler was built, and nothing else steps or restores it.  `after_optimizer`:
    the optimizer may have stepped before the first call.  `rounds` is how often the loop runs that counts, None where
    the code does not tell it.  `may_resume`: the epoch comes from elsewhere, or from a loop that may begin
    anywhere.
    """

    expression: ir.Expression
    schedulers: frozenset[Scheduler]
    is_regular: bool
    first: int | None
    after_optimizer: bool
    rounds: int | None
    may_resume: bool

    @property
    def classes(self) -> frozenset[str]:
        """The class names that the scheduler may have."""
        return frozenset(scheduler.class_name for scheduler in self.schedulers)


def epoch_argument(program: Program, call: ir.Call) -> EpochArgument | None:
    """The argument of a call of a sure scheduler's `step`; None if there is none or the receiver is not sure."""
    visits = program.scheduler_steps[call]
    if call in program.mixed_steps:
        return None
    given = [_given(visit) for visit in visits]
    if not all(visit.schedulers for visit in visits) or any(v is None or v == Constant(None) for v in given):
        return None
    expression = next(a.value for a in call.arguments if a.keyword in (None, "epoch"))
    schedulers = schedulers_of(program, visits)
    begins = {(_first(visit), visit.after_optimizer) for visit in visits if visit.is_first_round}
    first, after_optimizer = begins.pop() if len(begins) == 1 else (None, True)  # each call may begin elsewhere
    is_regular = first is not None and not program.has_other_visits(call) and _is_regular(program, visits, schedulers)
    may_resume = any(map(_may_come_from_elsewhere, given))
    return EpochArgument(expression, schedulers, is_regular, first, after_optimizer, _rounds(visits[0]), may_resume)


def _may_come_from_elsewhere(value: Value | None) -> bool:
    if isinstance(value, Counter):
        return value.start is None
    return isinstance(value, Opaque) and not value.counters


def _rounds(visit: SchedulerStep) -> int | None:
    """How many rounds the loop has whose counter is passed."""
    value = _given(visit)
    loop = value.loop if isinstance(value, Counter) else None
    over = next((one.over for one in visit.visit.activations if one.loop is loop), None)
    stop = integer_of(over.stop) if isinstance(over, Range) else None
    return stop - over.start if stop is not None and isinstance(over, Range) and over.start is not None else None


def epoch_beside_metric(program: Program, call: ir.Call) -> ir.Argument | None:
    """The epoch that a sure ReduceLROnPlateau gets beside its metric; None if there is none, or it may be None."""
    visits = program.scheduler_steps[call]
    epochs = [visit.positional[1] if len(visit.positional) > 1 else visit.keywords.get("epoch") for visit in visits]
    if not all(visit.is_plateau and not visit.has_star for visit in visits) or len(call.arguments) != 2:
        return None
    argument = next((a for a in call.arguments if a.keyword == "epoch"), call.arguments[1])
    if any(epoch is None or epoch == Constant(None) for epoch in epochs):
        return None
    is_number = all(epoch is not None and _is_number(epoch) for epoch in epochs)
    return argument if is_number or is_computed_with(program, argument.value) else None


def _is_number(value: Value) -> bool:
    """Whether a value is surely a number, and not None."""
    if isinstance(value, Constant):
        return isinstance(value.value, int | float)
    return bool(counters(value))


def keeps_lrs_when_moved(program: Program, call: ir.Call) -> bool:
    """Whether a step that goes from the top to the end of its loop surely leaves every LR that is used as it is.

    The receiver must be a name that is otherwise only assigned or asked for the LR, and no step of the optimizer may
    lie outside of the loop.
    """
    receiver = call.func.value if isinstance(call.func, ir.Attribute) else call.func
    if not isinstance(receiver, ir.Name):
        return False
    visits = program.scheduler_steps[call]
    schedulers = schedulers_of(program, visits)
    loop = visits[0].rounds[-1]
    optimizers = {optimizer for scheduler in schedulers for optimizer in alternatives(scheduler.optimizer)}
    if any(step.optimizers & optimizers and loop not in step.visit.rounds for step in program.facts.optimizer_steps):
        return False
    statements = program.statements_around(call)
    if any(map(_reads_optimizer, descend(statements))) or _is_saved(program, optimizers):
        return False
    occurrences, reads = uses_of(program, receiver, statements)
    return occurrences == reads + _bindings(statements, receiver.id) + 1


def _is_saved(program: Program, optimizers: set[Value]) -> bool:
    """Whether the state of one of the optimizers, and the LR with it, is read."""
    return any(call.attr == "state_dict" and call.owners & optimizers for call in program.facts.method_calls)


def _reads_optimizer(element: Element) -> bool:
    """Whether an LR may be read off an optimizer: where a run saves its state, the LR is in it."""
    if not isinstance(element, ir.Attribute):
        return False
    return element.attr == "param_groups" or (
        element.attr == "state_dict" and "opt" in (dotted_name(element.value) or "")
    )


def may_be_changed_elsewhere(program: Program, call: ir.Call) -> bool:
    """Whether code that is not in view holds the optimizer, and so may set its LR."""
    schedulers = schedulers_of(program, program.scheduler_steps[call])
    return any(optimizer in program.facts.escaped for s in schedulers for optimizer in alternatives(s.optimizer))


def _bindings(statements: Sequence[ir.Statement], name: str) -> int:
    return sum(
        dotted_name(target) == name
        for element in descend(statements)
        if isinstance(element, ir.Assign)
        for target in element.targets
    )


def _given(visit: SchedulerStep) -> Value | None:
    if visit.has_star or len(visit.positional) > 1 or "metrics" in visit.keywords:
        return None
    return visit.positional[0] if visit.positional else visit.keywords.get("epoch")


def _first(visit: SchedulerStep) -> int | None:
    value = _given(visit)
    return value.first if isinstance(value, Counter) else None


def _is_regular(program: Program, visits: tuple[SchedulerStep, ...], schedulers: frozenset[Scheduler]) -> bool:
    if any(program.is_restored(s) or program.steps_of(s) != {visits[0].call} for s in schedulers):
        return False
    if program.writes_lr(visits[0].call) or program.rivals_of(schedulers) or schedulers & program.facts.escaped:
        return False
    first_rounds = [s for visit in visits if visit.is_first_round for s in visit.schedulers]
    return len(first_rounds) == len(set(first_rounds)) and all(map(_counts_every_round, visits))


def _counts_every_round(visit: SchedulerStep) -> bool:
    """Whether the loop whose counter is passed steps the scheduler once in every round, and nothing loops around it."""
    value = _given(visit)
    if not isinstance(value, Counter) or value.pace != 1:
        return False
    if visit.is_guarded or visit.rounds_of_scheduler != (value.loop,):
        return False
    body = value.loop.body
    if visit.statement in body:
        return not leaves_loop(body[: body.index(visit.statement)])
    return not leaves_loop(body) and not any(isinstance(one, ir.Try) and one.handlers for one in descend(body))
