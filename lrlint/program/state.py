"""The state of the walk at one point of the program: who holds what, and which steps were taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from lrlint.program import ir
from lrlint.program.alternatives import MAX_ALTERNATIVES, alternatives
from lrlint.program.contents import Entries, Items, Merge, join_entries, join_items
from lrlint.program.facts import MethodCall
from lrlint.program.groups import Group
from lrlint.program.selection import OneShot
from lrlint.program.table import Fork, Table, either
from lrlint.program.values import Constant, Optimizer, Scheduler, Test, Value

if TYPE_CHECKING:
    from lrlint.program.project import Module

T = TypeVar("T")

UNSCALED = Constant(None)


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One activation of a function (or class body) of `module`, in which its names live."""

    function: ir.Function | None
    parent: Scope | None
    module: Module
    is_class: bool = False

    def inner(self, function: ir.Function | None, is_class: bool = False) -> Scope:
        """A scope of a function or class that is defined in this one."""
        return Scope(function, self, self.module, is_class)


class Stepped(Enum):
    """Whether a scheduler has been stepped on the paths to a point."""

    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Progress:
    """What has happened to one scheduler since it was constructed.

    `optimizer_stepped` says whether its optimizer may have been stepped, `optimizer_first` whether that may have been
    before the scheduler's own first step; `early` are the scheduler's steps that came before any step of the optimizer
    and wait for one to follow.
    """

    stepped: Stepped = Stepped.NO
    optimizer_stepped: bool = False
    optimizer_first: bool = False
    early: frozenset[ir.Call] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """The items of lists and the entries of dicts when they were made, as far as they were changed later."""

    items: dict[int, Items | None]
    entries: dict[int, Entries | None]


@dataclass(slots=True)
class State:
    """A point of the walk.

    `items` holds the items of lists that were changed since they were made, `entries` those of dicts, None where they
    are not known, and `made` what all of these were made with, on any path; `groups` the param groups of optimizers;
    `attributes` what was assigned to attributes of objects; `verdicts` how the tests on the way came out; `gradients`
    what `backward` was last called on, None where that is not known or is no scaled loss; `loads` what may have given
    an optimizer a saved state; `used_up` the iterators that were read, with the place that has surely read them to
    their end, None where that is not sure.
    """

    names: Table[Scope] = field(default_factory=Table)
    attributes: Table[Value] = field(default_factory=Table)
    items: dict[int, Items | None] = field(default_factory=dict)
    entries: dict[int, Entries | None] = field(default_factory=dict)
    groups: dict[Optimizer, tuple[Group, ...] | None] = field(default_factory=dict)
    progress: dict[Scheduler, Progress] = field(default_factory=dict)
    verdicts: dict[Test, bool] = field(default_factory=dict)
    gradients: Value = UNSCALED
    loads: dict[Optimizer, MethodCall] = field(default_factory=dict)
    used_up: dict[OneShot, ir.Expression | None] = field(default_factory=dict)
    made: Made = field(default_factory=lambda: Made({}, {}))

    def verdict(self, test: Test) -> bool | None:
        """How a test came out on the way here; None if that is not known."""
        if test in self.verdicts or test.constant is ...:
            return self.verdicts.get(test)
        for other, holds in self.verdicts.items():
            if holds and other.constant is not ... and (other.ident, other.path) == (test.ident, test.path):
                return False  # it equals another constant
        return None

    def absorb(self, other: State) -> None:
        """Add what another module knows; what is known here already stays as it is."""
        self.names.absorb(other.names)
        self.attributes.absorb(other.attributes)
        self.items = other.items | self.items
        self.entries = other.entries | self.entries
        self.groups = other.groups | self.groups
        self.progress = other.progress | self.progress
        self.used_up = other.used_up | self.used_up
        self.made.items.update(other.made.items)
        self.made.entries.update(other.made.entries)

    def copy(self) -> State:
        """A state that can go its own way."""
        return State(
            self.names.copy(),
            self.attributes.copy(),
            self.items.copy(),
            self.entries.copy(),
            self.groups.copy(),
            self.progress.copy(),
            self.verdicts.copy(),
            self.gradients,
            self.loads.copy(),
            self.used_up.copy(),
            self.made,
        )


def join(states: Iterable[State], born: int) -> State | None:
    """The state where several paths meet; None if there is no path.  `born` is the time of the meeting."""
    met = list(states)
    test = _separating_test(met)
    if test is not None:
        sides = ([state for state in met if state.verdict(test) is holds] for holds in (True, False))
        left, right = (join(side, born) for side in sides)
        assert left is not None
        assert right is not None
        return join_branches(left, right, born, test)
    joined: State | None = None
    for state in met:
        joined = state if joined is None else join_branches(joined, state, born, None)
    return joined


def _separating_test(states: SequenceOf[State]) -> Test | None:
    """A test that came out one way on some of the paths, and the other way on all the others."""
    if not 1 < len(states) <= MAX_ALTERNATIVES:
        return None
    for test in states[0].verdicts:
        if {state.verdict(test) for state in states} == {True, False}:
            return test
    return None


def join_branches(left: State, right: State, born: int, test: Test | None) -> State:
    """The state where two paths meet; `test`, if it is known, holds on the left one and does not on the right one."""
    if left is right:
        return left
    fork = None if test is None else Fork(test, _only_in(left, right, test), _only_in(right, left, test))
    merge: Merge = partial(either, born=born, fork=fork)
    return State(
        left.names.join(right.names, born, fork),
        left.attributes.join(right.attributes, born, fork),
        _join_changed(left.items, right.items, left.made.items, partial(join_items, merge=merge)),
        _join_changed(left.entries, right.entries, left.made.entries, partial(join_entries, merge=merge)),
        _join_groups(left.groups, right.groups),
        _join_progress(left.progress, right.progress),
        dict(left.verdicts.items() & right.verdicts.items()),
        left.gradients if left.gradients == right.gradients else either(left.gradients, right.gradients, born, fork),
        right.loads | left.loads,
        _join_used_up(left.used_up, right.used_up),
        left.made,
    )


def _only_in(state: State, other: State, fork: Test) -> Test | None:
    """A test, other than the one that took two paths apart, that holds on one of them but not surely on the other."""
    return next((t for t, holds in state.verdicts.items() if holds and t != fork and not other.verdict(t)), None)


def _join_changed(
    left: dict[int, T | None],
    right: dict[int, T | None],
    made: dict[int, T | None],
    join_contents: Callable[[T | None, T | None], T | None],
) -> dict[int, T | None]:
    """The contents of containers; where only one path changed one, it is on the other path as it was `made`."""
    if left == right:
        return left
    joined = left | right
    for key in joined:
        one, other = left.get(key, made.get(key)), right.get(key, made.get(key))
        if one is not other:
            joined[key] = join_contents(one, other)
    return joined


def _join_used_up(
    left: dict[OneShot, ir.Expression | None], right: dict[OneShot, ir.Expression | None]
) -> dict[OneShot, ir.Expression | None]:
    """The iterators that may have been read; used up are those that both paths have read to their end."""
    if left == right:
        return left
    return {one: left.get(one) if right.get(one) is not None else None for one in left | right}


def _join_groups(
    left: dict[Optimizer, tuple[Group, ...] | None], right: dict[Optimizer, tuple[Group, ...] | None]
) -> dict[Optimizer, tuple[Group, ...] | None]:
    joined = left | right
    for optimizer, groups in left.items():
        if right.get(optimizer, groups) != groups:
            joined[optimizer] = _common(groups, right[optimizer])
    return joined


def _common(left: tuple[Group, ...] | None, right: tuple[Group, ...] | None) -> tuple[Group, ...] | None:
    """The groups that an optimizer has on both paths."""
    if left is None or right is None:
        return None
    return tuple(group for group in left if group in right)


def _join_progress(left: dict[Scheduler, Progress], right: dict[Scheduler, Progress]) -> dict[Scheduler, Progress]:
    joined = left | right
    for key, one in left.items():
        other = right.get(key, one)
        if one is other or one == other:
            continue
        joined[key] = Progress(
            one.stepped if one.stepped is other.stepped else Stepped.MAYBE,
            one.optimizer_stepped or other.optimizer_stepped,
            one.optimizer_first or other.optimizer_first,
            one.early | other.early,
        )
    return joined


def joined_progress(states: SequenceOf[State]) -> dict[Scheduler, Progress]:
    """What has happened to each scheduler where the paths of these states, at least one, meet."""
    joined = dict(states[0].progress)
    for state in states[1:]:
        joined = _join_progress(joined, state.progress)
    return joined


def after_optimizer(progress: Progress) -> Progress:
    """The progress of a scheduler whose optimizer may have been stepped now."""
    first = progress.optimizer_first or progress.stepped is not Stepped.YES
    return replace(progress, optimizer_stepped=True, optimizer_first=first)


def forget_progress(state: State) -> None:
    """Make the order of all steps unknown: the code that follows runs at an unknown time."""
    state.gradients = UNSCALED
    state.loads = {}
    for scheduler, progress in state.progress.items():
        state.progress[scheduler] = replace(after_optimizer(progress), stepped=Stepped.MAYBE)


def driving(schedulers: Iterable[Scheduler], optimizer: Value) -> list[Scheduler]:
    """Those of some schedulers that may have been built on one of the optimizers that `optimizer` may be."""
    known = {v for v in alternatives(optimizer) if not isinstance(v, Constant)}
    idents = {getattr(v, "ident", None) for v in known} | {None}  # most are told apart by them, which takes no time
    likely = (one for one in schedulers if getattr(one.optimizer, "ident", None) in idents)
    return [one for one in likely if not known.isdisjoint(alternatives(one.optimizer))]
