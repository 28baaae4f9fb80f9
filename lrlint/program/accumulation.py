"""Accumulated gradients: loops that run backward in every round and step the optimizer only in every k-th.

for i, batch in enumerate(loader):
    loss(batch).backward()
    if (i + 1) % k == 0:
        optimizer.step()
        optimizer.zero_grad()
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import OptimizerStep, SchedulerStep
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import assigned_to, calls_of, continues, descend
from lrlint.program.values import Scheduler

if TYPE_CHECKING:
    from lrlint.program import Program


@dataclass(frozen=True, slots=True)
class Accumulation:
    """A scheduler is stepped in every round of a loop, its optimizer only in `branch`, in every round number k.

    `divisor` is the k.
    """

    step: SchedulerStep
    optimizer_step: OptimizerStep
    branch: ir.If
    divisor: ir.Expression


def accumulations(program: Program) -> dict[ir.Call, Accumulation]:
    """The steps of schedulers that are taken in every round of a loop whose optimizer accumulates gradients."""
    judged: dict[tuple[frozenset[Scheduler], ir.Loop], _Branch | None] = {}
    found = {}
    for call, visits in program.scheduler_steps.items():
        seen = [_accumulation(program, step, judged) for step in visits]
        if seen[0] is not None and None not in seen:
            found[call] = seen[0]
    return found


@dataclass(frozen=True, slots=True)
class _Branch:
    """What an Accumulation tells of a loop and the schedulers of a step in it."""

    optimizer_step: OptimizerStep
    branch: ir.If
    divisor: ir.Expression


def _accumulation(
    program: Program, step: SchedulerStep, judged: dict[tuple[frozenset[Scheduler], ir.Loop], _Branch | None]
) -> Accumulation | None:
    loop = _loop_of_every_step(step)
    if loop is None or not step.schedulers or step.has_arguments:
        return None
    key = step.schedulers, loop
    if key not in judged:
        judged[key] = _branch_of_trainings(program, *key)
    found = judged[key]
    return None if found is None else Accumulation(step, found.optimizer_step, found.branch, found.divisor)


def _branch_of_trainings(program: Program, schedulers: frozenset[Scheduler], loop: ir.Loop) -> _Branch | None:
    """The branch in which a loop that accumulates gradients steps the optimizers of some schedulers."""
    optimizers = {optimizer for scheduler in schedulers for optimizer in alternatives(scheduler.optimizer)}
    steps = program.index.trainings_in(loop, optimizers)
    if not all(s.is_certain and s.visit.rounds[-1] is loop for s in steps):
        return None
    branch = _only_branch(program, (s for s in steps if not _is_in_first_round(s, loop)), loop)
    if branch is None or continues(loop.body):
        return None
    inside = set(descend(branch[0].body + branch[0].orelse))
    if any(s.call not in inside for s in steps) or not _accumulates(program, loop, branch[0], steps[-1].call):
        return None
    return _Branch(steps[-1], *branch)


def _only_branch(program: Program, steps: Iterable[OptimizerStep], loop: ir.Loop) -> tuple[ir.If, ir.Expression] | None:
    """The branch around all of some steps that is taken in every k-th round of the loop, and the k."""
    found: tuple[ir.If, ir.Expression] | None = None
    for step in steps:
        branch = _branch(program, step, loop)
        if branch is None or (found is not None and branch != found):
            return None
        found = branch
    return found


def _loop_of_every_step(step: SchedulerStep) -> ir.Loop | None:
    """The innermost loop around a step that no branch in the loop can leave out."""
    visit = step.visit
    if not visit.loops or not visit.activations or visit.loops[-1] is not visit.activations[-1].loop:
        return None
    is_in_branch = any(decision > visit.activations[-1].born for decision, _ in visit.branches)
    return None if is_in_branch else visit.loops[-1]


def _is_in_first_round(step: OptimizerStep, loop: ir.Loop) -> bool:
    """Whether a visit is in the first round of a loop, where the counter is known and so no branch may be noted."""
    return any(a.loop is loop and a.is_first_round for a in step.visit.activations)


def _branch(program: Program, step: OptimizerStep, loop: ir.Loop) -> tuple[ir.If, ir.Expression] | None:
    """The branch around a step that is taken in every k-th round of the loop, and the k."""
    began = max(activation.born for activation in step.visit.activations if activation.loop is loop)
    for decision, way in step.visit.branches:
        statement = program.facts.decisions.get(decision)
        if statement is None or decision < began:
            continue
        divisor = _divisor(statement.test, way is True, loop)
        if divisor is not None:
            return statement, divisor
    return None


def _divisor(test: ir.Expression, holds: bool, loop: ir.Loop) -> ir.Expression | None:
    """The k of a test that comes out as `holds` in every k-th round of a loop; None if it is no such test."""
    if isinstance(test, ir.Name):
        values = assigned_to(test.id, loop.body)
        return _divisor(values[0], holds, loop) if len(values) == 1 else None
    if isinstance(test, ir.UnaryOperation):
        return _divisor(test.operand, not holds, loop) if test.operator == "Not" else None
    if isinstance(test, ir.BoolOperation):
        return _divisor(test.left, holds, loop) or _divisor(test.right, holds, loop)
    if not isinstance(test, ir.BinaryOperation):
        return None
    if test.operator == "Modulo":
        return None if holds or not _counts_rounds(test.left, loop) else test.right
    if test.operator != ("Equal" if holds else "NotEqual"):
        return None
    remainder = test.left
    is_modulo = isinstance(remainder, ir.BinaryOperation) and remainder.operator == "Modulo"
    return _divisor(remainder, False, loop) if is_modulo else None


def _counts_rounds(number: ir.Expression, loop: ir.Loop) -> bool:
    """Whether a number is the counter of a loop, plus or minus something."""
    if isinstance(number, ir.BinaryOperation):
        return number.operator in ("Add", "Subtract") and any(
            _counts_rounds(side, loop) for side in (number.left, number.right)
        )
    name = dotted_name(number)
    return name is not None and name in _counters(loop)


def _counters(loop: ir.Loop) -> Iterator[str | None]:
    """The names of what a loop counts with."""
    target = loop.target if isinstance(loop, ir.For) else None
    yield dotted_name(target.items[0] if isinstance(target, ir.Collection) else target) if target else None
    for element in descend(loop.body):
        if isinstance(element, ir.AugmentedAssign):
            yield dotted_name(element.target)


def _accumulates(program: Program, loop: ir.Loop, branch: ir.If, optimizer_step: ir.Call) -> bool:
    """Whether every round adds to gradients that only the branch uses up, rather than the branch making its own."""
    inside = set(descend((branch,)))
    backward = list(calls_of(frozenset(["backward"]), loop.body))
    zero = list(calls_of(frozenset(["zero_grad"]), loop.body))
    if not backward or not zero or any(call in inside for call in backward):
        return False
    begins = program.range(optimizer_step).start
    return all(call in inside and program.range(call).start > begins for call in zero)
