"""Index: facts by what rules ask for, so that a question costs as much as its answer and not as all facts together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import (
    EarlyStep,
    Facts,
    GroupDict,
    MethodCall,
    OptimizerBuild,
    OptimizerStep,
    SchedulerBuild,
    SchedulerStep,
    by_call,
)
from lrlint.program.values import Opaque, Scheduler, Value
from lrlint.program.visit import Visit


class OfVisit(Protocol):
    """A fact about one visit of a call."""

    @property
    def call(self) -> ir.Call:
        """The call."""

    @property
    def visit(self) -> Visit:
        """The visit."""


class Ways:
    """The ways that the visits of some facts have gone where they were decided."""

    def __init__(self, facts: Iterable[OfVisit]) -> None:
        self.calls: set[ir.Call] = set()
        self._calls: dict[object, dict[object, set[ir.Call]]] = {}
        for fact in facts:
            self.calls.add(fact.call)
            for decision, way in (*fact.visit.branches, *fact.visit.verdicts):
                self._calls.setdefault(decision, {}).setdefault(way, set()).add(fact.call)

    def exclude(self, visit: Visit, apart_from: ir.Call | None = None) -> bool:
        """Whether one of these visits, those of one call left out, excludes another one."""
        own = {apart_from}
        return any(
            other != way and not calls <= own
            for decision, way in (*visit.branches, *visit.verdicts)
            for other, calls in self._calls.get(decision, {}).items()
        )


@dataclass(slots=True)
class Round:
    """What one round of a loop steps, in the order of the walk, inner loops included."""

    optimizers: list[OptimizerStep] = field(default_factory=list)
    schedulers: list[SchedulerStep] = field(default_factory=list)


_NO_ROUND = Round()


class Index:
    """The facts of a program, as they are when rules ask."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def round(self, entered: int) -> Round:
        """What the round steps that was entered at a time."""
        return self._rounds.get(entered, _NO_ROUND)

    @cached_property
    def _rounds(self) -> dict[int, Round]:
        rounds: dict[int, Round] = {}
        for training in self._facts.optimizer_steps:
            for activation in training.visit.activations:
                rounds.setdefault(activation.entered, Round()).optimizers.append(training)
        for step in self._facts.scheduler_steps:
            for activation in step.visit.activations:
                rounds.setdefault(activation.entered, Round()).schedulers.append(step)
        return rounds

    def sure_trainings(self, entered: int) -> list[OptimizerStep]:
        """The steps of optimizers in a round, none if any may be of an unknown one.

        Of those of the same optimizers under the same circumstances the first.
        """
        if entered not in self._sure_trainings:
            steps = self.round(entered).optimizers
            is_sure = all(one.is_certain and not any(isinstance(o, Opaque) for o in one.optimizers) for one in steps)
            firsts = {(one.optimizers, one.visit.circumstances): one for one in reversed(steps)} if is_sure else {}
            self._sure_trainings[entered] = sorted(firsts.values(), key=lambda one: one.visit.time)
        return self._sure_trainings[entered]

    @cached_property
    def _sure_trainings(self) -> dict[int, list[OptimizerStep]]:
        return {}

    def trainings_in(self, loop: ir.Loop, optimizers: Collection[Value]) -> list[OptimizerStep]:
        """The steps in a loop that are, or may be, of one of some optimizers, in the order of the walk."""
        found = {id(step): step for one in optimizers for step in self._by_loop.get(loop, {}).get(one, ())}
        return sorted(found.values(), key=lambda step: step.visit.time) if len(optimizers) > 1 else [*found.values()]

    @cached_property
    def _by_loop(self) -> dict[ir.Loop, dict[Value, list[OptimizerStep]]]:
        found: dict[ir.Loop, dict[Value, list[OptimizerStep]]] = {}
        for step in self._facts.optimizer_steps:
            for loop in dict.fromkeys(step.visit.rounds):
                for optimizer in step.optimizers:
                    found.setdefault(loop, {}).setdefault(optimizer, []).append(step)
        return found

    def last_step(self, optimizer: Value) -> int:
        """The time of the last call that may step an optimizer, 0 if there is none."""
        return max(self._last_steps.get(optimizer, 0), self._last_steps.get(None, 0))

    @cached_property
    def _last_steps(self) -> dict[Value | None, int]:
        """When each optimizer was stepped last; under None when something unknown was."""
        found: dict[Value | None, int] = {}
        for step in self._facts.optimizer_steps:
            for stepped in (*step.optimizers, *(() if step.is_certain else (None,))):
                found[stepped] = max(found.get(stepped, 0), step.visit.time)
        return found

    @cached_property
    def newest_optimizer(self) -> int:
        """The ident of the optimizer that was built last, 0 if there is none."""
        return max((build.optimizer.ident for build in self._facts.optimizer_builds), default=0)

    @cached_property
    def steps_by_schedulers(self) -> dict[frozenset[Scheduler], list[SchedulerStep]]:
        """The steps of which all schedulers that they may be of are known, by these, in the order of the walk."""
        found: dict[frozenset[Scheduler], list[SchedulerStep]] = {}
        for step in self._facts.scheduler_steps:
            if step.schedulers:
                found.setdefault(step.schedulers, []).append(step)
        return found

    @cached_property
    def scheduler_builds(self) -> dict[Value, list[SchedulerBuild]]:
        """The constructions of schedulers by what they are built on, in the order of the walk."""
        found: dict[Value, list[SchedulerBuild]] = {}
        for build in self._facts.scheduler_builds:
            found.setdefault(build.scheduler.optimizer, []).append(build)
        return found

    @cached_property
    def built_on(self) -> dict[Value, list[SchedulerBuild]]:
        """The constructions of schedulers by each value that these may be built on."""
        found: dict[Value, list[SchedulerBuild]] = {}
        for build in self._facts.scheduler_builds:
            for optimizer in alternatives(build.scheduler.optimizer):
                found.setdefault(optimizer, []).append(build)
        return found

    @cached_property
    def builds_at(self) -> dict[ir.Call, tuple[SchedulerBuild, ...]]:
        """The constructions of schedulers by their calls."""
        return by_call(self._facts.scheduler_builds)

    @cached_property
    def builds_of(self) -> dict[str, Ways]:
        """The constructions of optimizers and schedulers by the class."""
        found: dict[str, list[OptimizerBuild | SchedulerBuild]] = {}
        builds: list[OptimizerBuild | SchedulerBuild] = [*self._facts.optimizer_builds, *self._facts.scheduler_builds]
        for build in builds:
            found.setdefault(build.built.name, []).append(build)
        return {name: Ways(builds) for name, builds in found.items()}

    @cached_property
    def group_dicts(self) -> dict[ir.Expression | None, list[GroupDict]]:
        """The dicts that optimizers get, by the expressions that make them."""
        found: dict[ir.Expression | None, list[GroupDict]] = {}
        for given in self._facts.group_dicts:
            found.setdefault(given.mapping.source, []).append(given)
        return found

    @cached_property
    def stored_attributes(self) -> frozenset[str]:
        """The attributes that the program assigns to optimizers and schedulers."""
        return frozenset(use.place.attr for use in self._facts.member_uses if use.is_stored)

    @cached_property
    def early_steps(self) -> dict[ir.Call, list[EarlyStep]]:
        """The steps that come before the optimizer's, by their calls, in the order in which the walk learnt of them."""
        found: dict[ir.Call, list[EarlyStep]] = {}
        for early in self._facts.early_steps:
            found.setdefault(early.step.call, []).append(early)
        return found

    @cached_property
    def escaped_paths(self) -> dict[int, list[tuple[str, ...]]]:
        """The unknown objects that code out of view may hold: the paths under each ident."""
        found: dict[int, list[tuple[str, ...]]] = {}
        for one in self._facts.escaped:
            if isinstance(one, Opaque):
                found.setdefault(one.ident, []).append(one.path)
        return found

    @cached_property
    def calls(self) -> dict[str, list[MethodCall]]:
        """The calls of methods by their names, in the order of the walk."""
        found: dict[str, list[MethodCall]] = {}
        for call in self._facts.method_calls:
            found.setdefault(call.attr, []).append(call)
        return found
