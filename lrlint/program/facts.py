"""Facts: what the walk saw, for the rules to ask about."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from lrlint.program import ir
from lrlint.program.arguments import Arguments
from lrlint.program.groups import Group
from lrlint.program.selection import OneShot, Parameters, Several
from lrlint.program.values import Class, Mapping, Optimizer, Scheduler, Value
from lrlint.program.visit import Visit


@dataclass(frozen=True, slots=True)
class MethodCall:
    """One visit of a call of a method other than `step` of an optimizer, scheduler or GradScaler.

    `owners` are all values that the receiver may be; `klass` is the class of the program whose method makes the call.
    """

    call: ir.Call
    visit: Visit
    attr: str
    owners: frozenset[Value]
    positional: tuple[Value, ...]
    klass: Class | None = None


@dataclass(frozen=True, slots=True)
class MemberUse:
    """One visit of `place`, which reads or assigns an attribute of an optimizer or scheduler, without calling it.

    `owners` are all values that the object may be.
    """

    place: ir.Attribute
    visit: Visit
    owners: frozenset[Value]
    is_stored: bool


@dataclass(frozen=True, slots=True)
class SchedulerBuild:
    """One visit of a constructor call of a scheduler.

    `loads` are the calls of `load_state_dict` on its optimizer that may have come before, empty unless every optimizer
    that it may be on has got one.  `arguments` are those that torch's constructor gets, None if the call is of
    something else that builds one.
    """

    call: ir.Call
    scheduler: Scheduler
    visit: Visit
    loads: tuple[MethodCall, ...]
    arguments: Arguments | None = None

    @property
    def built(self) -> Scheduler:
        """The object."""
        return self.scheduler


@dataclass(frozen=True, slots=True)
class OwnSchedulerBuild:
    """A new object of a class of the program that derives from torch's schedulers and has a `step` of its own.

    `attributes` are those that its constructor set.  `is_in_view`: a call in the program made it.
    """

    klass: Class
    attributes: MappingOf[str, Value]
    is_in_view: bool


@dataclass(frozen=True, slots=True)
class SchedulerCopy:
    """One visit of `copy.deepcopy(original)`; the `copy` drives an optimizer of its own."""

    call: ir.Call
    original: Scheduler
    copy: Scheduler
    visit: Visit


@dataclass(frozen=True, slots=True)
class SchedulerStep:
    """One visit of a call of a scheduler's `step`.

    `schedulers` are those that the receiver may be, empty unless all that it may be are known; `possible` are those of
    them that are.  `rounds_of_scheduler` are the
    running loops that began after the schedulers were constructed.  `is_guarded`: an unknown condition that can change
    from round to round decides whether the call happens.  `is_first_round`: no loop that began after the schedulers'
    construction is in a later round.  `after_optimizer`: the optimizer may have stepped before;
    `after_scheduler`: the schedulers surely have.  `functions` are those that are running.
    """

    call: ir.Call
    visit: Visit
    schedulers: frozenset[Scheduler]
    possible: frozenset[Scheduler]
    positional: tuple[Value, ...]
    keywords: MappingOf[str, Value]
    has_star: bool
    rounds_of_scheduler: tuple[ir.Loop, ...]
    is_guarded: bool
    is_first_round: bool
    after_optimizer: bool
    after_scheduler: bool
    functions: frozenset[ir.Function]

    @property
    def statement(self) -> ir.Statement:
        """The statement that the call stands in."""
        return self.visit.statement

    @property
    def loops(self) -> tuple[ir.Loop, ...]:
        """The loops around the call in its own function, outermost first."""
        return self.visit.loops

    @property
    def rounds(self) -> tuple[ir.Loop, ...]:
        """All loops running, those of the callers included."""
        return self.visit.rounds

    @property
    def has_arguments(self) -> bool:
        """Whether anything is passed."""
        return bool(self.positional or self.keywords or self.has_star)

    @property
    def built_first(self) -> Scheduler:
        """That one of the schedulers which the walk saw built first.  Raises ValueError if they are not known."""
        return min(self.schedulers, key=lambda scheduler: scheduler.ident)

    @property
    def is_plateau(self) -> bool:
        """Whether the receiver is surely a ReduceLROnPlateau."""
        return bool(self.schedulers) and all(s.class_name == "ReduceLROnPlateau" for s in self.schedulers)


@dataclass(frozen=True, slots=True)
class EarlyStep:
    """A scheduler's step that comes before every step of its optimizer, which is stepped by `optimizer_step` later."""

    step: SchedulerStep
    scheduler: Scheduler
    optimizer_step: ir.Call


@dataclass(frozen=True, slots=True)
class OptimizerStep:
    """One visit of a call that steps an optimizer: one of `optimizers`, or, unless `is_certain`, something else.

    `schedulers` are those built on one of them on some path to this visit.  `through` is what steps it, such as a
    GradScaler, None for the optimizer itself; `gradients` is what `backward` was last called on, if that is a scaled
    loss.
    """

    call: ir.Call
    visit: Visit
    optimizers: frozenset[Value]
    is_certain: bool
    schedulers: frozenset[Scheduler]
    through: Value | None
    gradients: Value


@dataclass(frozen=True, slots=True)
class Uncalled:
    """One visit of a statement that only names an attribute; `values` are all that the attribute may be."""

    statement: ir.Evaluate
    values: frozenset[Value]


@dataclass(frozen=True, slots=True)
class OptimizerBuild:
    """A constructor call of an optimizer; `groups` is None where its param groups are not known in full.

    `positional` are the values of the positional arguments, empty if one of them is starred; `beside` the groups in the
    second one, where an iterable of parameters or groups stands in its place.
    """

    call: ir.Call
    visit: Visit
    optimizer: Optimizer
    positional: tuple[Value, ...]
    groups: tuple[Group, ...] | None
    beside: tuple[Group, ...] | None
    arguments: Arguments

    @property
    def built(self) -> Optimizer:
        """The object."""
        return self.optimizer

    @property
    def statement(self) -> ir.Statement:
        """The statement that the call stands in."""
        return self.visit.statement


@dataclass(frozen=True, slots=True)
class GroupAddition:
    """A call of `optimizer.add_param_group`, with the groups that the optimizer has before it."""

    call: ir.Call
    optimizer: Optimizer
    present: tuple[Group, ...]
    added: Group


@dataclass(frozen=True, slots=True)
class GroupDict:
    """One visit of a `call` that gives an optimizer a dict as a param group: its constructor or `add_param_group`.

    `entries` are those that it has then, None where they are not known.
    """

    call: ir.Call
    visit: Visit
    optimizer: Optimizer
    mapping: Mapping
    entries: tuple[tuple[object, Value], ...] | None


@dataclass(frozen=True, slots=True)
class ParamsGiven:
    """One visit of a `call` that gives an optimizer the value of `place` as parameters.

    `receiver` says what gets it: the "optimizer", a "group", whose "params" it is, or "add_param_group".  `items` are
    those of a list or tuple, None where they are not known.
    """

    call: ir.Call
    visit: Visit
    optimizer: Optimizer
    receiver: str
    place: ir.Expression
    value: Value
    items: tuple[Value | Several, ...] | None


@dataclass(frozen=True, slots=True)
class EmptyRead:
    """One visit of a place that reads `parameters` through an iterator that has surely been used up, at `earlier`.

    `reader` says what reads it: an "optimizer" that gets nothing else, a "group", a "search", "clip_grad_value_", which
    raises then, or any other "code".
    """

    place: ir.Expression
    visit: Visit
    parameters: Parameters
    iterator: OneShot
    earlier: ir.Expression
    reader: str


@dataclass(frozen=True, slots=True)
class Search:
    """One visit of a place that asks, for one parameter after the other, whether the items of an iterator have it."""

    place: ir.Expression
    visit: Visit
    parameters: Parameters
    iterator: OneShot


@dataclass(frozen=True, slots=True)
class Membership:
    """One visit of a `place` that asks a list, tuple or iterator of parameters whether one parameter is in it.

    `holder` is the expression that gives these; `parameters` are what it holds.
    """

    place: ir.BinaryOperation
    visit: Visit
    holder: ir.Expression
    parameters: tuple[Parameters, ...]


@dataclass(slots=True)
class Facts:
    """Everything that the walk saw, in the order of the visits.

    `late_steps` are the schedulers' steps that the optimizer's may have come before on some path; `restored` are
    the optimizers and schedulers that got a saved state, `escaped` the objects that unknown code may hold,
    `oldest_escaped` when the oldest optimizer or scheduler among them was built;
    `foreign_calls` the calls of a method that schedulers have, made on something else at least once;
    `scaled_backwards` the calls of `backward` on what a GradScaler has scaled, `decisions` the statements at which it
    was decided for the branches of visits; `passed_calls` the functions of which the walk has passed over a call,
    such as one that a function makes of itself; `callees` the functions and classes of the program that calls are of.
    """

    scheduler_steps: list[SchedulerStep] = field(default_factory=list)
    early_steps: list[EarlyStep] = field(default_factory=list)
    late_steps: set[tuple[ir.Call, Scheduler]] = field(default_factory=set)
    optimizer_builds: list[OptimizerBuild] = field(default_factory=list)
    group_additions: list[GroupAddition] = field(default_factory=list)
    group_dicts: list[GroupDict] = field(default_factory=list)
    params_given: list[ParamsGiven] = field(default_factory=list)
    scheduler_builds: list[SchedulerBuild] = field(default_factory=list)
    own_scheduler_builds: list[OwnSchedulerBuild] = field(default_factory=list)
    scheduler_copies: list[SchedulerCopy] = field(default_factory=list)
    optimizer_steps: list[OptimizerStep] = field(default_factory=list)
    method_calls: list[MethodCall] = field(default_factory=list)
    member_uses: list[MemberUse] = field(default_factory=list)
    foreign_calls: set[ir.Call] = field(default_factory=set)
    uncalled: list[Uncalled] = field(default_factory=list)
    empty_reads: list[EmptyRead] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    restored: set[Value] = field(default_factory=set)
    escaped: set[Value] = field(default_factory=set)
    oldest_escaped: int | None = None
    scaled_backwards: set[ir.Call] = field(default_factory=set)
    decisions: dict[int, ir.If] = field(default_factory=dict)
    passed_calls: set[ir.Function] = field(default_factory=set)
    callees: dict[ir.Call, set[ir.Function | ir.DefineClass]] = field(default_factory=dict)

    def note_callee(self, call: ir.Call, callee: ir.Function | ir.DefineClass) -> None:
        """Keep what a call is of."""
        self.callees.setdefault(call, set()).add(callee)


class OfCall(Protocol):
    """A fact about a call."""

    @property
    def call(self) -> ir.Call:
        """The call."""


Fact = TypeVar("Fact", bound=OfCall)


def by_call(facts: Iterable[Fact]) -> dict[ir.Call, tuple[Fact, ...]]:
    """The facts about each call, in the order of the walk."""
    found: dict[ir.Call, list[Fact]] = {}
    for fact in facts:
        found.setdefault(fact.call, []).append(fact)
    return {call: tuple(visits) for call, visits in found.items()}
