"""The program: what modules that call each other mean for training."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from lrlint.profile import timed
from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.elements import Elements
from lrlint.program.era import bounded
from lrlint.program.facts import EarlyStep, Facts, GroupAddition, OptimizerBuild, SchedulerStep, by_call
from lrlint.program.index import Index
from lrlint.program.nesting import Nesting
from lrlint.program.project import Module, Project, TargetOf, Unreadable, unreadable_at
from lrlint.program.search import Element as AnyElement
from lrlint.program.search import targets_of
from lrlint.program.values import Scheduler
from lrlint.program.visit import Visit
from lrlint.source import Range, Source
from lrlint.torch_api.target import Target, newest_target

if TYPE_CHECKING:
    from lrlint.program.names import Named


Element = ir.Expression | ir.Statement | ir.Argument

_Kind = TypeVar("_Kind", bound=AnyElement)

MAX_QUOTE = 60
"""Characters of code that a message quotes at most."""


class Place(NamedTuple):
    """Where something stands: the path that reports show, and the range in that file."""

    path: str
    range: Range


@dataclass(frozen=True)
class Program:
    """Modules that call each other, walked.

    `modules` are those in which a walk began, and all that it got to; `unreadable` are sources in which one should have
    begun, but which can't be read; `outdated` those that are read though Python 3.7 and newer refuse them.  `targets`
    gives the releases of torch that a file is meant for; `parties` are the modules of each walk, which run together;
    `unfinished` are the places at which walks were given up, as they had become too long; `taken_whole` gives the
    modules of the project that a module imports all names from.
    """

    modules: tuple[Module, ...] = ()
    facts: Facts = field(default_factory=Facts)
    unreadable: tuple[Unreadable, ...] = ()
    targets: TargetOf = lambda path: newest_target()
    parties: tuple[frozenset[Module], ...] = ()
    outdated: tuple[Unreadable, ...] = ()
    unfinished: tuple[Place, ...] = ()
    taken_whole: Callable[[Module], tuple[Module, ...]] = lambda module: ()

    @cached_property
    def index(self) -> Index:
        """The facts by what rules ask for."""
        return Index(self.facts)

    @cached_property
    def scheduler_steps(self) -> dict[ir.Call, tuple[SchedulerStep, ...]]:
        """The calls of schedulers' `step`, each with all its visits in the order of the walk."""
        return by_call(self.facts.scheduler_steps)

    @cached_property
    def early_steps(self) -> dict[ir.Call, EarlyStep]:
        """The scheduler's steps that come before the first step of their optimizer, by their call.

        Under a condition that can change from round to round, a step is early only if it is so on every path to it, and
        if no other one may be the scheduler's first.  Nor is a call early that comes in time wherever an option is set
        otherwise.
        """
        return {
            early.step.call: early
            for early in reversed(self.facts.early_steps)
            if (not self._is_guarded(early) or self._is_always_early(early)) and not self._is_right_otherwise(early)
        }

    def _is_guarded(self, early: EarlyStep) -> bool:
        """Whether a condition that can change decides about a step: between rounds, or until loops come to the call."""
        step, scheduler = early.step, early.scheduler
        is_decided = any(decision > scheduler.ident for decision, _ in step.visit.branches)
        is_before_loops = is_decided and not step.rounds_of_scheduler
        visits = self.scheduler_steps[step.call] if is_before_loops else (step,)
        return any(visit.is_guarded for visit in visits if scheduler in visit.possible)

    def _is_right_otherwise(self, early: EarlyStep) -> bool:
        """Whether the call comes behind the optimizer's step with options with which it does not come before it."""
        visits = [visit for visit in self.scheduler_steps[early.step.call] if early.scheduler in visit.possible]
        first = [visit for visit in visits if not visit.after_optimizer or visit is early.step]
        needed = {visit.visit.verdicts for visit in first}
        return any(not any(options <= visit.visit.verdicts for options in needed) for visit in visits)

    def _is_always_early(self, early: EarlyStep) -> bool:
        call, scheduler = early.step.call, early.scheduler
        if (call, scheduler) in self.facts.late_steps:
            return False
        others = {step.call for step in self.facts.scheduler_steps if not step.schedulers or scheduler in step.possible}
        return all(visit.after_scheduler for other in others - {call} for visit in self.scheduler_steps[other])

    @cached_property
    def optimizer_builds(self) -> dict[ir.Call, OptimizerBuild]:
        """The constructor calls of optimizers, with what is passed on the first visit."""
        return {build.call: build for build in reversed(self.facts.optimizer_builds)}

    @cached_property
    def visits_of_builds(self) -> dict[Scheduler, tuple[Visit, ...]]:
        """The visits of the calls that build the schedulers."""
        found: dict[Scheduler, tuple[Visit, ...]] = {}
        for build in self.facts.scheduler_builds:
            found[build.scheduler] = (*found.get(build.scheduler, ()), build.visit)
        return found

    @property
    def group_additions(self) -> Sequence[GroupAddition]:
        """Every visit of `optimizer.add_param_group`."""
        return self.facts.group_additions

    @cached_property
    def mixed_steps(self) -> frozenset[ir.Call]:
        """The calls of `step` of what may be a scheduler, but also an object of a class of the program."""
        mixed = frozenset(one.call for one in self.facts.method_calls if one.attr == "step")
        return mixed | (self.facts.foreign_calls & self.scheduler_steps.keys())

    def steps_of(self, scheduler: Scheduler) -> set[ir.Call]:
        """The calls that may step a scheduler built at the same place."""
        return {
            step.call
            for step in self.facts.scheduler_steps
            if not step.schedulers or any(other.site is scheduler.site for other in step.schedulers)
        }

    def has_other_visits(self, call: ir.Call) -> bool:
        """Whether a run may come to a call of a scheduler's `step` by ways that were not walked, as by recursion."""
        passed = self.facts.passed_calls
        return any(not visit.functions.isdisjoint(passed) for visit in self.scheduler_steps[call])

    def is_restored(self, scheduler: Scheduler) -> bool:
        """Whether a scheduler or its optimizer gets a saved state, or begins in the middle of its schedule."""
        if scheduler.argument("last_epoch") is not None:
            return True
        return not self.facts.restored.isdisjoint({scheduler, *alternatives(scheduler.optimizer)})

    def rivals_of(self, schedulers: frozenset[Scheduler]) -> bool:
        """Whether another scheduler than these, built on different paths, drives one of their optimizers."""
        optimizers = {optimizer for scheduler in schedulers for optimizer in alternatives(scheduler.optimizer)}
        built = (build.scheduler for one in optimizers for build in self.index.built_on.get(one, ()))
        return any(scheduler not in schedulers for scheduler in built)

    def writes_lr(self, element: Element) -> bool:
        """Whether a module that runs with an element's sets an item "lr", or what a scheduler computes the LR from."""
        company = self.company_of(element)
        return any(module in company for module in self._writers_of_lr)

    @cached_property
    def _writers_of_lr(self) -> tuple[Module, ...]:
        return tuple(
            module
            for module in self.modules
            if _LR_WORDS.search(module.source.text)
            and any(
                _sets_lr(target)
                for one in self.of_kind_in(module, ir.Assign, ir.AugmentedAssign)
                for target in targets_of(one)
            )
        )

    def company_of(self, element: Element) -> frozenset[Module]:
        """The modules that run together with the one that an element stands in, and that one."""
        module = self.module_of(element)
        return frozenset([module]).union(*(party for party in self.parties if module in party))

    @property
    def statements(self) -> tuple[ir.Statement, ...]:
        """The statements of all modules."""
        return tuple(statement for module in self.modules for statement in module.lowered.body.body)

    def module_of(self, element: Element) -> Module:
        """The module that an element stands in.  Raises KeyError if it is none of the program's."""
        home = self._homes.get(element)
        if home is not None:
            return home
        for module in self._searched:
            if element in self._elements_of(module).members:
                return module
        for module in self._searched:  # it may have been made for a node by the walk
            if module.tree.holds(element.node):
                return module
        raise KeyError(element)

    @cached_property
    def elements(self) -> tuple[AnyElement, ...]:
        """All statements and expressions, with all that they hold; not in the order of the text."""
        return tuple(one for module in self.modules for one in self.elements_in(module))

    def elements_in(self, module: Module) -> tuple[AnyElement, ...]:
        """Those of one module."""
        return self._elements_of(module).all

    def of_kind(self, *kinds: type[_Kind]) -> Iterator[_Kind]:
        """The elements of some kinds in all modules."""
        return (one for module in self.modules for one in self.of_kind_in(module, *kinds))

    def of_kind_in(self, module: Module, *kinds: type[_Kind]) -> Iterator[_Kind]:
        """Those of one module."""
        return self._elements_of(module).of_kind(*kinds)

    def elements_around(self, element: Element) -> tuple[AnyElement, ...]:
        """Those of the module that an element stands in."""
        return self.elements_in(self.module_of(element))

    def elements_with(self, element: Element) -> Iterator[AnyElement]:
        """Those of the modules that run together with the one that an element stands in, and of that one."""
        company = self.company_of(element)
        return (one for module in self.modules if module in company for one in self.elements_in(module))

    def statements_with(self, element: Element) -> tuple[ir.Statement, ...]:
        """The statements of these modules."""
        company = self.company_of(element)
        return tuple(one for module in self.modules if module in company for one in module.lowered.body.body)

    def _elements_of(self, module: Module) -> Elements:
        if module not in self._elements:
            self._elements[module] = Elements(module.lowered.body.body)
        return self._elements[module]

    @cached_property
    def _elements(self) -> dict[Module, Elements]:
        """The elements of those modules of which a rule has asked for them."""
        return {}

    @cached_property
    def _homes(self) -> dict[Element, Module]:
        """The modules of the calls that facts are about."""
        facts = self.facts
        return {
            fact.call: fact.visit.module
            for visits in (
                facts.scheduler_builds,
                facts.optimizer_builds,
                facts.scheduler_steps,
                facts.optimizer_steps,
                facts.method_calls,
            )
            for fact in visits
        }

    @cached_property
    def _searched(self) -> tuple[Module, ...]:
        """The modules in which an element is looked for: first those that facts are about."""
        return tuple(dict.fromkeys((*self._homes.values(), *self.modules)))

    def nesting(self, element: Element) -> Nesting:
        """What stands inside of what in the module that an element stands in."""
        return self._elements_of(self.module_of(element)).nesting

    def path_to(self, element: Element) -> tuple[AnyElement, ...]:
        """What an element stands in, outermost first, and itself at the end; nothing if the walk has made it."""
        return self.nesting(element).path(element)

    def statements_around(self, element: Element) -> tuple[ir.Statement, ...]:
        """The statements of the module that an element stands in."""
        return self.module_of(element).lowered.body.body

    def source_of(self, element: Element) -> Source:
        """The source that an element stands in."""
        return self.module_of(element).source

    def place(self, element: Element) -> Place:
        """Where an element stands."""
        module = self.module_of(element)
        return Place(module.source.path, module.tree.range(element.node))

    def range(self, element: Element) -> Range:
        """Where an element stands in its source."""
        return self.place(element).range

    def target(self, element: Element) -> Target:
        """The releases of torch that the file is meant for that an element stands in."""
        return self._target_of(self.module_of(element))

    def target_at(self, path: str) -> Target:
        """The same for a file by the path that reports show.  Raises KeyError if it is none of the program's."""
        return self._target_of(self._by_path[path])

    def _target_of(self, module: Module) -> Target:
        if module not in self._known_targets:
            together = (module, *self.taken_whole(module))
            self._known_targets[module] = bounded(self.targets(module.path), together)
        return self._known_targets[module]

    @cached_property
    def _known_targets(self) -> dict[Module, Target]:
        return {}

    @property
    def gaps(self) -> Iterator[Unreadable]:
        """The parts of the modules that could not be read."""
        for module in self.modules:
            yield from (Unreadable(module.source, gap.message, gap.range) for gap in module.source.gaps)

    @cached_property
    def _by_path(self) -> dict[str, Module]:
        return {module.source.path: module for module in self.modules}

    def names_of(self, module: Module, dotted: str) -> tuple[Named, ...] | None:
        """The places where a module names a class: `torch.optim.SGD`.

        None if its identifier also stands for anything else there.
        """
        from lrlint.program import names  # few rules ask

        return names.names_of(module, dotted)

    def mentions(self, module: Module, identifier: str) -> bool:
        """Whether an identifier stands anywhere in a module."""
        from lrlint.program import names

        return names.mentions(module, identifier)

    def text(self, element: Element) -> str:
        """The text of an element."""
        place = self.range(element)
        return self.source_of(element).text[place.start : place.end]

    def quote(self, element: Element, length: int = MAX_QUOTE) -> str:
        """The text of an element as messages quote it: on one line, at most `length` characters of it."""
        line = " ".join(self.text(element).split())
        return f"`{line}`" if len(line) <= length else f"`{line[: length - 1]}…`"


_LR_WORDS = re.compile(r"base_lrs|last_epoch|[\"']lr[\"']")


def _sets_lr(target: ir.Expression) -> bool:
    if isinstance(target, ir.Attribute):
        return target.attr in ("base_lrs", "last_epoch")
    return isinstance(target, ir.Subscript) and isinstance(target.index, ir.Constant) and target.index.value == "lr"


@timed("walk")
def build_program(project: Project, paths: Iterable[str]) -> Program:
    """The program that the modules at these absolute paths make up, with all that they call.

    A walk begins in each of them, in the order given: callers should come before what they call.
    """
    from lrlint.program.entries import Walks, walk_module
    from lrlint.tree import UnreadableError, deep_recursion

    walks = Walks(project)
    modules: list[Module] = []
    unreadable: list[Unreadable] = []
    for path in paths:
        reading = project.reading(path)
        if isinstance(reading, Unreadable):
            unreadable.append(reading)
        if not isinstance(reading, Module):
            continue
        modules.append(reading)
        try:
            with deep_recursion():
                walk_module(reading, walks)
        except UnreadableError as error:
            unreadable.append(unreadable_at(reading.source, error))
    walked = tuple(dict.fromkeys((*modules, *walks.loaded)))
    parties, outdated = tuple(walks.parties), tuple(_outdated(walked))
    unfinished = tuple(Place(one.source.path, one.tree.range(at.node)) for one, at in walks.unfinished.items())
    return Program(
        walked, walks.facts, tuple(unreadable), project.target, parties, outdated, unfinished, project.taken_whole
    )


def _outdated(modules: Iterable[Module]) -> Iterator[Unreadable]:
    for module in modules:
        if module.tree.refusal is not None:
            yield unreadable_at(module.source, module.tree.refusal)
