"""The state of the walk at one point of the program: who holds what, and which steps were taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TypeVar

from lrlint.program import ir
from lrlint.program.groups import Group
from lrlint.program.values import Constant, OneOf, Opaque, Optimizer, Scheduler, Value, alternatives

MAX_ALTERNATIVES = 8

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One activation of a function (or class body), in which its names live."""

    function: ir.Function | None
    parent: Scope | None
    is_class: bool = False


class Stepped(Enum):
    """Whether a scheduler has been stepped on the paths to a point."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Progress:
    """What has happened to one scheduler since it was constructed.

    `optimizer_stepped` says whether its optimizer may have been stepped; `early` are the scheduler's steps that
    surely came before any step of the optimizer and wait for one to follow.
    """

    stepped: Stepped = Stepped.NO
    optimizer_stepped: bool = False
    early: frozenset[ir.Call] = frozenset()


@dataclass(slots=True)
class State:
    """A point of the walk.

    `items` holds the items of lists and tuples, None where they are not known; `entries` those of dicts; `groups`
    the param groups of optimizers; `attributes` the attributes that were assigned on objects; `versions` how often an unknown call may have changed an object;
    `escaped` the objects that unknown code may hold.
    """

    names: dict[tuple[Scope, str], Value] = field(default_factory=dict)
    attributes: dict[tuple[Value, str], Value] = field(default_factory=dict)
    items: dict[int, tuple[Value, ...] | None] = field(default_factory=dict)
    entries: dict[int, dict[object, Value] | None] = field(default_factory=dict)
    groups: dict[Optimizer, tuple[Group, ...] | None] = field(default_factory=dict)
    versions: dict[int, int] = field(default_factory=dict)
    progress: dict[Scheduler, Progress] = field(default_factory=dict)
    escaped: frozenset[Value] = frozenset()

    def copy(self) -> State:
        """A state that can go its own way."""
        return State(
            self.names.copy(),
            self.attributes.copy(),
            self.items.copy(),
            self.entries.copy(),
            self.groups.copy(),
            self.versions.copy(),
            self.progress.copy(),
            self.escaped,
        )


def join(states: Iterable[State], born: int) -> State | None:
    """The state where several paths meet; None if there is no path.  `born` is the time of the meeting."""
    joined: State | None = None
    for state in states:
        joined = state if joined is None else _join_two(joined, state, born)
    return joined


def _join_two(left: State, right: State, born: int) -> State:
    if left is right:
        return left
    return State(
        _join_values(left.names, right.names, born),
        _join_values(left.attributes, right.attributes, born),
        _join_known(left.items, right.items),
        _join_known(left.entries, right.entries),
        _join_known(left.groups, right.groups),
        {key: max(left.versions.get(key, 0), right.versions.get(key, 0)) for key in left.versions | right.versions},
        _join_progress(left.progress, right.progress),
        left.escaped | right.escaped,
    )


def _join_values(left: dict[K, Value], right: dict[K, Value], born: int) -> dict[K, Value]:
    joined = left | right
    for key, value in left.items():
        other = right.get(key, value)
        if other is not value and other != value:
            joined[key] = one_of((value, other), born)
    return joined


def _join_known(left: dict[K, T | None], right: dict[K, T | None]) -> dict[K, T | None]:
    joined = left | right
    for key, value in left.items():
        if right.get(key, value) != value:
            joined[key] = None
    return joined


def _join_progress(
    left: dict[Scheduler, Progress], right: dict[Scheduler, Progress]
) -> dict[Scheduler, Progress]:
    joined = left | right
    for key, one in left.items():
        other = right.get(key, one)
        if one == other:
            continue
        joined[key] = Progress(
            one.stepped if one.stepped is other.stepped else Stepped.MAYBE,
            one.optimizer_stepped or other.optimizer_stepped,
            one.early | other.early,
        )
    return joined


def one_of(values: Iterable[Value], born: int) -> Value:
    """Any of several values, as one value."""
    flat: set[Value] = set()
    for value in values:
        flat |= value.values if isinstance(value, OneOf) else {value}
    if len(flat) == 1:
        return flat.pop()
    numbers = sum(isinstance(v, Constant) and isinstance(v.value, int | float) and v.value not in (0, 1) for v in flat)
    if len(flat) > MAX_ALTERNATIVES or numbers > 1:
        return Opaque(born, born)
    return OneOf(frozenset(flat), born)


def forget_progress(state: State) -> None:
    """Make the order of all steps unknown: the code that follows runs at an unknown time."""
    for scheduler, progress in state.progress.items():
        state.progress[scheduler] = replace(progress, stepped=Stepped.MAYBE, optimizer_stepped=True)


def drives(scheduler: Scheduler, optimizer: Value) -> bool:
    """Whether a scheduler may have been built on one of the optimizers that `optimizer` may be."""
    known = {v for v in alternatives(optimizer) if not isinstance(v, Constant)}
    return not known.isdisjoint(alternatives(scheduler.optimizer))
