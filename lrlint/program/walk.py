"""The walk: one run of the abstract interpreter over a module, and the frames of the functions it is in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import alternatives, counters
from lrlint.program.carrying import Names
from lrlint.program.facts import Facts, SchedulerStep
from lrlint.program.options import Options
from lrlint.program.state import Scope, State
from lrlint.program.values import ALWAYS, Class, Constant, Counter, External, Function, OneOf, Opaque, Scheduler, Value
from lrlint.program.visit import Activation, Visit

if TYPE_CHECKING:
    from lrlint.program.project import Module, Project

MAX_VISITS = 40_000
"""Statements and calls that one walk visits at most; a module that needs more is given up where it stands."""

MAX_CALL_DEPTH = 12

MAX_CALLS = 16
"""How often a walk goes into one function.  Programs whose objects are one of many classes get there; those that people
write by hand call a function that has to do with optimizers from a few places."""


class WalkLimitError(Exception):
    """The walk has visited as much as it may."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition of unknown outcome that the walk went into, made of values as old as `born`.

    It was decided at the time `decision`, and `way` is the branch taken.  Where the other branch leaves a loop that
    began at the time `leaves`, the condition matters to the rounds of the loops around that one alone.
    """

    born: int
    counters: frozenset[ir.Loop]
    decision: int
    way: object
    leaves: int | None = None

    def can_change_in(self, activation: Activation) -> bool:
        """Whether the condition can come out otherwise in another round of a loop."""
        if self.leaves is not None and activation.born >= self.leaves:
            return False
        return activation.loop in self.counters or self.born > activation.born


@dataclass(frozen=True, slots=True)
class _Guards:
    """A block at whose end only the first guards are left: those `around` it."""

    guards: list[Guard]
    around: int

    def __enter__(self) -> None:
        pass

    def __exit__(self, *raised: object) -> None:
        del self.guards[self.around :]


@dataclass(slots=True)
class LoadedModule:
    """A module whose body was run: its names are in `scope`, and `state` is what it left behind.

    `stars` are the modules that it takes all names from; `ident` stands for the module where it is an object.
    """

    scope: Scope
    ident: int
    state: State
    stars: list[str] = field(default_factory=list)

    @property
    def is_inert(self) -> bool:
        """Whether the body has made no optimizer, scheduler or iterator, so that other walks may take it as it is."""
        state = self.state
        return not (state.groups or state.progress or state.loads or state.used_up)


@dataclass(slots=True)
class Walk:
    """What all frames share.

    `state` is the state at the point where the walk is now; `early` the steps that `Progress.early` speaks of;
    `run` executes the body of a function and returns its value.  `loaded` are the modules whose bodies were run, by
    path, and `shared` those that earlier walks have run; `varying` are the attributes that loops of these modules
    change, `untracked` those that functions set which the walk passes over.  `carriers` are the names of objects that
    hold an optimizer or scheduler in an attribute.  `entry` is the definition in which the walk goes on
    once the module's body is at its end.  `changed` says when an object may last have been changed by code
    that is not in view, `followed` which methods of a class handle what is relevant when certain attributes hold such
    things.
    """

    run: Callable[[Frame, ir.Function], Value]
    project: Project
    facts: Facts
    visited: set[ir.Function]
    clock: int
    state: State = field(default_factory=State)
    shared: dict[str, LoadedModule] = field(default_factory=dict)
    loaded: dict[str, LoadedModule] = field(default_factory=dict)
    varying: set[str] = field(default_factory=set)
    untracked: set[str] = field(default_factory=set)
    activations: list[Activation] = field(default_factory=list)
    guards: list[Guard] = field(default_factory=list)
    stack: list[ir.Function] = field(default_factory=list)
    calls: dict[ir.Function, int] = field(default_factory=dict)
    early: dict[tuple[ir.Call, Scheduler], SchedulerStep] = field(default_factory=dict)
    changed: dict[int, int] = field(default_factory=dict)
    followed: dict[tuple[Class, frozenset[str]], Names] = field(default_factory=dict)
    carriers: set[str] = field(default_factory=set)
    entry: ir.Function | ir.DefineClass | None = None
    limit: int = field(init=False)

    def __post_init__(self) -> None:
        self.limit = self.clock + MAX_VISITS

    def tick(self) -> int:
        """A new ident.  Raises WalkLimitError when the walk has become too long."""
        self.clock += 1
        if self.clock > self.limit:
            raise WalkLimitError
        return self.clock

    def start_over(self) -> None:
        """Let the walk go into each function as often as one that has just begun."""
        self.calls.clear()

    def opaque(self) -> Opaque:
        """A value that nothing is known of, made now."""
        ident = self.tick()
        return Opaque(ident, ident)

    def may_enter(self, function: ir.Function) -> bool:
        """Whether the walk goes into a function once more; not without end, and not into one that it is in."""
        self.calls[function] = self.calls.get(function, 0) + 1
        is_deep = function in self.stack or len(self.stack) >= MAX_CALL_DEPTH
        if is_deep or self.calls[function] > MAX_CALLS:
            self.facts.passed_calls.add(function)
            return False
        return True

    def result_of(self, name: str, options: Options) -> Opaque:
        """What a function that the walk does not go into returns: nothing is known of it but that it may be options."""
        value = self.opaque()
        return replace(value, default=options.defaults) if options.are_parsed_by(name) else value

    def age(self, value: Value) -> int:
        """When a value came to be what it is: a condition on it can change in every loop that began before."""
        if isinstance(value, (Opaque, OneOf)):
            return value.born
        if isinstance(value, (Constant, Counter, External, Function, Class)):
            return ALWAYS
        return self.clock  # an object whose contents can change at any time

    def version(self, ident: int) -> int:
        """A number that changes whenever the object `ident` may have been changed."""
        return self.changed.get(ident, 0)

    def derived(self, *operands: Value) -> Opaque:
        """A value that nothing is known of but that it is computed from `operands` alone."""
        loops = frozenset(loop for operand in operands for loop in counters(operand))
        return Opaque(self.tick(), max(map(self.age, operands), default=ALWAYS), counters=loops)

    def identified(self, *operands: Value) -> Opaque:
        """A value that depends on which objects `operands` are, but not on what they contain."""
        idents = [getattr(o, "born", getattr(o, "ident", ALWAYS)) for v in operands for o in alternatives(v)]
        return replace(self.derived(), born=max(idents, default=ALWAYS))

    def guarded_by(self, test: Value, decision: int, way: object) -> _Guards:
        """Walk into the branch `way`, which is taken if `test`, an unknown value, says so at the time `decision`."""
        inside = self.guards_inside()
        self.guard(test, decision, way)
        return inside

    def guard(self, test: Value, decision: int, way: object, leaves: int | None = None) -> None:
        """Go on in the branch `way`, to the end of the block."""
        self.guards.append(Guard(self.age(test), counters(test), decision, way, leaves))

    def guards_inside(self) -> _Guards:
        """A block at whose end all guards are over that begin from now on."""
        return _Guards(self.guards, len(self.guards))

    def rounds(self) -> list[Activation]:
        """The running loops, those over known items excepted."""
        return [activation for activation in self.activations if not activation.is_unrolled]

    def is_guarded(self, scheduler: Scheduler) -> bool:
        """Whether a guard around this point may change in a loop that began after `scheduler` was constructed."""
        loops = [activation for activation in self.activations if activation.born > scheduler.ident]
        return any(guard.can_change_in(activation) for guard in self.guards for activation in loops)

    def is_in_first_round_of(self, scheduler: Scheduler) -> bool:
        """Whether every loop that began after `scheduler` was constructed is in its first round."""
        return all(a.is_first_round for a in self.activations if a.born > scheduler.ident)


@dataclass(slots=True)
class Frame:
    """One activation of a function: where it is, and the loops of its own that are running.

    `relevant` are the names in it that may stand for something relevant, None if any may; `owner` and `klass` the
    object and the class of a method.
    """

    walk: Walk
    scope: Scope
    statement: ir.Statement
    relevant: frozenset[str] | None
    owner: Value | None = None
    klass: Class | None = None
    loops: list[ir.Loop] = field(default_factory=list)

    def passes_over(self, mentions: ir.Mentions) -> bool:
        """Whether code that mentions just these names has nothing to do with optimizers."""
        if self.relevant is None:
            return False
        return mentions.names.isdisjoint(self.relevant) and mentions.names.isdisjoint(self.walk.carriers)

    def result_of(self, name: str) -> Opaque:
        """What a function of this module returns that the walk does not go into."""
        return self.walk.result_of(name, self.module.options)

    @property
    def module(self) -> Module:
        """The module that the code stands in."""
        return self.scope.module

    def visit(self) -> Visit:
        """This point, as one that the walk comes to now."""
        walk = self.walk
        return Visit(
            self.module,
            self.statement,
            walk.clock,
            tuple(self.loops),
            tuple(walk.rounds()),
            tuple(activation for activation in walk.activations if activation.is_unrolled),
            frozenset((guard.decision, guard.way) for guard in walk.guards if guard.leaves is None),
            frozenset(walk.state.verdicts.items()),
        )

    @property
    def state(self) -> State:
        """The state at this point."""
        return self.walk.state
