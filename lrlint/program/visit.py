"""Visits: under which circumstances the walk comes to a place in the code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.values import Test, Value

if TYPE_CHECKING:
    from lrlint.program.project import Module


@dataclass(frozen=True, slots=True)
class Activation:
    """A loop that is running; `born` is when it began, `entered` when the round it is in did.

    An unrolled one goes through known items, one by one.  `over` is what a `for` loop goes through.
    """

    loop: ir.Loop
    born: int
    entered: int
    is_first_round: bool
    is_unrolled: bool = False
    over: Value | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit of a place in `module`.

    `time` is the walk's clock.  `loops` are the loops around the place in its own function, outermost first;
    `activations` all loops running, those of the callers included; those over known items are in `unrolled` instead,
    each in the round of one item.  `branches` are the branches of undecided conditions that the walk is in: when it was
    decided, and which way.  `verdicts` say how the tests on the way came out that come out the same wherever they are
    asked.
    """

    module: Module
    statement: ir.Statement
    time: int
    loops: tuple[ir.Loop, ...]
    activations: tuple[Activation, ...]
    unrolled: tuple[Activation, ...]
    branches: frozenset[tuple[int, object]]
    verdicts: frozenset[tuple[Test, bool]]

    @property
    def rounds(self) -> tuple[ir.Loop, ...]:
        """The loops that are running, outermost first."""
        return tuple(activation.loop for activation in self.activations)

    @property
    def circumstances(self) -> tuple[frozenset[tuple[int, object]], frozenset[tuple[Test, bool]]]:
        """All that decides which visits this one excludes."""
        return self.branches, self.verdicts

    def rounds_since(self, time: int) -> tuple[ir.Loop, ...]:
        """Those of the running loops that began after `time`."""
        return tuple(activation.loop for activation in self.activations if activation.born > time)

    def excludes(self, other: Visit) -> bool:
        """Whether no run comes to both: they lie in different branches of one decision, or under opposite tests."""
        branches = dict(self.branches)
        if any(branches.get(decision, way) != way for decision, way in other.branches):
            return True
        verdicts = dict(self.verdicts)
        return any(verdicts.get(test, holds) is not holds for test, holds in other.verdicts)
