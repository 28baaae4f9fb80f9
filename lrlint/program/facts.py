"""Facts: what the walk saw, for the rules to ask about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lrlint.program import ir
from lrlint.program.groups import Group
from lrlint.program.values import Optimizer, Scheduler, Value


@dataclass(frozen=True, slots=True)
class SchedulerStep:
    """One visit of a call of a scheduler's `step`.

    `schedulers` are those that the receiver may be, empty unless all of them are known.  `loops` are the loops
    around the call in its own function, outermost first; `rounds` all loops running at the visit, those of the
    callers included, and `rounds_of_scheduler` those of them that began after the schedulers were constructed.
    `is_guarded`: an unknown condition that can change from round to round decides whether the call happens.
    `is_first_round`: no loop that began after the schedulers' construction is in a later round.  `after_optimizer`:
    the optimizer may have stepped before.
    """

    call: ir.Call
    statement: ir.Statement
    schedulers: frozenset[Scheduler]
    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    has_star: bool
    loops: tuple[ir.Loop, ...]
    rounds: tuple[ir.Loop, ...]
    rounds_of_scheduler: tuple[ir.Loop, ...]
    is_guarded: bool
    is_first_round: bool
    after_optimizer: bool

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
    """One visit of a call that steps the optimizer of `scheduler`; `rounds` are the loops running then."""

    call: ir.Call
    scheduler: Scheduler
    rounds: tuple[ir.Loop, ...]


@dataclass(frozen=True, slots=True)
class OptimizerBuild:
    """A constructor call of an optimizer; `groups` is None where its param groups are not known in full.

    `positional` are the values of the positional arguments, empty if one of them is starred; `beside` the groups in the
    second one, where an iterable of parameters or groups stands in its place.
    """

    call: ir.Call
    statement: ir.Statement
    name: str
    positional: tuple[Value, ...]
    groups: tuple[Group, ...] | None
    beside: tuple[Group, ...] | None


@dataclass(frozen=True, slots=True)
class GroupAddition:
    """A call of `optimizer.add_param_group`, with the groups that the optimizer has before it."""

    call: ir.Call
    optimizer: Optimizer
    present: tuple[Group, ...]
    added: Group


@dataclass(slots=True)
class Facts:
    """Everything that the walk saw, in the order of the visits.

    `late_steps` are the schedulers' steps that the optimizer's may have come before on some path; `restored` are
    the optimizers and schedulers that got a saved state, `escaped` the objects that unknown code may hold.
    """

    scheduler_steps: list[SchedulerStep] = field(default_factory=list)
    early_steps: list[EarlyStep] = field(default_factory=list)
    late_steps: set[tuple[ir.Call, Scheduler]] = field(default_factory=set)
    optimizer_builds: list[OptimizerBuild] = field(default_factory=list)
    group_additions: list[GroupAddition] = field(default_factory=list)
    schedulers: list[Scheduler] = field(default_factory=list)
    optimizer_steps: list[OptimizerStep] = field(default_factory=list)
    restored: set[Value] = field(default_factory=set)
    escaped: set[Value] = field(default_factory=set)
