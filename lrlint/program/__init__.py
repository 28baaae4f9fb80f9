"""Programs: what a source means for training.  Rules ask a program questions and never look at the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.facts import EarlyStep, Facts, GroupAddition, OptimizerBuild, SchedulerStep
from lrlint.program.search import descend, targets_of
from lrlint.program.values import Scheduler, alternatives
from lrlint.source import Range, Source

if TYPE_CHECKING:
    from lrlint.tree import Tree


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a source has no program, and where the reading stopped."""

    message: str
    range: Range


@dataclass(frozen=True)
class Program:
    """One source, walked.  A source that can't be read has `unreadable` instead of statements and facts."""

    source: Source
    statements: tuple[ir.Statement, ...] = ()
    facts: Facts = field(default_factory=Facts)
    tree: Tree | None = None
    unreadable: Unreadable | None = None

    @property
    def path(self) -> str:
        """The path of the source."""
        return self.source.path

    @cached_property
    def scheduler_steps(self) -> dict[ir.Call, tuple[SchedulerStep, ...]]:
        """The calls of schedulers' `step`, each with all its visits in the order of the walk."""
        visits: dict[ir.Call, list[SchedulerStep]] = {}
        for step in self.facts.scheduler_steps:
            visits.setdefault(step.call, []).append(step)
        return {call: tuple(steps) for call, steps in visits.items()}

    @cached_property
    def early_steps(self) -> dict[ir.Call, EarlyStep]:
        """The scheduler's steps that come before the first step of their optimizer, by their call.

        Under a condition that can change from round to round, a step is early only if it is so on every path to it, and
        if no other one may be the scheduler's first.
        """
        return {
            early.step.call: early
            for early in reversed(self.facts.early_steps)
            if not early.step.is_guarded or self._is_always_early(early)
        }

    def _is_always_early(self, early: EarlyStep) -> bool:
        call, scheduler = early.step.call, early.scheduler
        return (call, scheduler) not in self.facts.late_steps and self.steps_of(scheduler) == {call}

    @cached_property
    def optimizer_builds(self) -> dict[ir.Call, OptimizerBuild]:
        """The constructor calls of optimizers, with what is passed on the first visit."""
        return {build.call: build for build in reversed(self.facts.optimizer_builds)}

    @property
    def group_additions(self) -> Sequence[GroupAddition]:
        """Every visit of `optimizer.add_param_group`."""
        return self.facts.group_additions

    def steps_of(self, scheduler: Scheduler) -> set[ir.Call]:
        """The calls that may step a scheduler built at the same place."""
        return {
            step.call
            for step in self.facts.scheduler_steps
            if not step.schedulers or any(other.site is scheduler.site for other in step.schedulers)
        }

    def is_restored(self, scheduler: Scheduler) -> bool:
        """Whether a scheduler or its optimizer gets a saved state, or begins in the middle of its schedule."""
        if scheduler.argument("last_epoch") is not None:
            return True
        return not self.facts.restored.isdisjoint({scheduler, *alternatives(scheduler.optimizer)})

    def rivals_of(self, schedulers: frozenset[Scheduler]) -> bool:
        """Whether another scheduler than these, built on different paths, drives one of their optimizers."""
        optimizers = {optimizer for scheduler in schedulers for optimizer in alternatives(scheduler.optimizer)}
        return any(
            build.scheduler not in schedulers and not optimizers.isdisjoint(alternatives(build.scheduler.optimizer))
            for build in self.facts.scheduler_builds
        )

    @cached_property
    def writes_lr(self) -> bool:
        """Whether any statement assigns to an item "lr", or to what a scheduler computes the LR from."""
        return any(_sets_lr(target) for element in descend(self.statements) for target in targets_of(element))

    def range(self, element: ir.Expression | ir.Statement | ir.Argument) -> Range:
        """Where an element stands."""
        assert self.tree is not None
        return self.tree.range(element.node)

    def text(self, element: ir.Expression | ir.Statement | ir.Argument) -> str:
        """The text of an element."""
        place = self.range(element)
        return self.source.text[place.start : place.end]


def _sets_lr(target: ir.Expression) -> bool:
    if isinstance(target, ir.Attribute):
        return target.attr in ("base_lrs", "last_epoch")
    return isinstance(target, ir.Subscript) and isinstance(target.index, ir.Constant) and target.index.value == "lr"


def build_program(source: Source) -> Program:
    """The program of a source."""
    from lrlint.tree import UnreadableError

    try:
        return _build(source)
    except UnreadableError as error:
        return Program(source, unreadable=Unreadable(str(error), _place(source, error.line, error.column)))


def _build(source: Source) -> Program:
    from lrlint.program.entries import walk_module
    from lrlint.program.lower import lower_module
    from lrlint.tree import deep_recursion, parse

    tree = parse(source)
    with deep_recursion():
        module = lower_module(tree.module)
        return Program(source, module.body.body, walk_module(module), tree)


def _place(source: Source, line: int, column: int) -> Range:
    """The character at a position that a parser reported, which may lie behind the end of the text."""
    line = min(max(line, 1), len(source.line_starts))
    start = min(source.line_starts[line - 1] + max(column, 1) - 1, len(source.text))
    return source.range(start, min(start + 1, len(source.text)))
