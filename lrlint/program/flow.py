"""The ways out of a block other than its end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lrlint.program import ir
from lrlint.program.state import State, join
from lrlint.program.values import Value
from lrlint.program.walk import Frame

RunBlock = Callable[[Frame, Sequence[ir.Statement], "Flow"], bool]


@dataclass(slots=True)
class Flow:
    """The states in which a block is left by `break`, `continue` and `return` (with the value)."""

    breaks: list[State] = field(default_factory=list)
    continues: list[State] = field(default_factory=list)
    returns: list[tuple[State, Value]] = field(default_factory=list)

    def take(self, other: Flow) -> None:
        """Note the ways out of a block inside."""
        self.breaks += other.breaks
        self.continues += other.continues
        self.returns += other.returns

    def run_finally(self, frame: Frame, block: Sequence[ir.Statement], run_block: RunBlock) -> None:
        """Run a `finally` block on every way out."""
        if not block:
            return
        self.breaks = [end for end in self.breaks if _runs(frame, end, block, run_block)]
        self.continues = [end for end in self.continues if _runs(frame, end, block, run_block)]
        self.returns = [(end, value) for end, value in self.returns if _runs(frame, end, block, run_block)]


def continue_from(frame: Frame, ends: Sequence[State]) -> bool:
    """Go on where these states meet; False if there is none, so that nothing goes on."""
    joined = join(ends, frame.walk.tick())
    if joined is None:
        return False
    frame.walk.state = joined
    return True


def _runs(frame: Frame, state: State, block: Sequence[ir.Statement], run_block: RunBlock) -> bool:
    frame.walk.state = state
    return run_block(frame, block, Flow())
