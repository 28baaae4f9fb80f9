"""Programs: what a source means for training.  Rules ask a program questions and never look at the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.facts import EarlyStep, Facts, GroupAddition, OptimizerBuild, SchedulerStep
from lrlint.source import Range, Source

if TYPE_CHECKING:
    from lrlint.tree import Tree


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a source has no program, and where the reading stopped."""

    message: str
    range: Range


class Program:
    """One source, walked."""

    def __init__(self, source: Source, tree: Tree | None, facts: Facts, unreadable: Unreadable | None = None) -> None:
        self.source = source
        self.unreadable = unreadable
        self._tree = tree
        self._facts = facts

    @property
    def path(self) -> str:
        """The path of the source."""
        return self.source.path

    @property
    def scheduler_steps(self) -> Sequence[SchedulerStep]:
        """Every visit of a scheduler's step, in the order of the walk."""
        return self._facts.scheduler_steps

    @property
    def early_steps(self) -> Sequence[EarlyStep]:
        """Every scheduler's step that comes before the first step of its optimizer."""
        return self._facts.early_steps

    @property
    def optimizer_builds(self) -> Sequence[OptimizerBuild]:
        """Every visit of a constructor call of an optimizer."""
        return self._facts.optimizer_builds

    @property
    def group_additions(self) -> Sequence[GroupAddition]:
        """Every visit of `optimizer.add_param_group`."""
        return self._facts.group_additions

    @cached_property
    def visits(self) -> dict[ir.Call, tuple[SchedulerStep, ...]]:
        """All visits of each call of a scheduler's step."""
        visits: dict[ir.Call, list[SchedulerStep]] = {}
        for step in self._facts.scheduler_steps:
            visits.setdefault(step.call, []).append(step)
        return {call: tuple(steps) for call, steps in visits.items()}

    def range(self, element: ir.Expression | ir.Statement | ir.Argument) -> Range:
        """Where an element stands."""
        assert self._tree is not None
        return self._tree.range(element.node)

    def text(self, element: ir.Expression | ir.Statement | ir.Argument) -> str:
        """The text of an element."""
        place = self.range(element)
        return self.source.text[place.start : place.end]


def build_program(source: Source) -> Program:
    """The program of a source.  A source that can't be read has an empty one, which says why."""
    from lrlint.tree import UnreadableError, parse

    try:
        tree = parse(source)
    except UnreadableError as error:
        return Program(source, None, Facts(), Unreadable(str(error), _place(source, error.line, error.column)))
    from lrlint.program.entries import walk_module
    from lrlint.program.lower import lower_module

    return Program(source, tree, walk_module(lower_module(tree.module)))


def _place(source: Source, line: int, column: int) -> Range:
    """The character at a position that a parser reported, which may lie behind the end of the text."""
    line = min(max(line, 1), len(source.line_starts))
    start = min(source.line_starts[line - 1] + max(column, 1) - 1, len(source.text))
    return source.range(start, min(start + 1, len(source.text)))
