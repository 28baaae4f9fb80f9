"""Rounds over items that some paths have not put into their list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lrlint.program.contents import may_be_absent, present
from lrlint.program.objects import settle
from lrlint.program.state import State
from lrlint.program.values import ABSENT, Choice, OneOf, Value
from lrlint.program.walk import Frame


@contextmanager
def where_present(frame: Frame, item: Value) -> Iterator[tuple[Value, tuple[State, ...]]]:
    """Walk a block with an item of a list, as it is where it is there; with it come the states of the other paths."""
    if not may_be_absent(item):
        yield item, ()
        return
    walk = frame.walk
    without, decision = walk.state.copy(), walk.tick()
    _assume(without, item, False)
    _assume(walk.state, item, True)
    choice = item.choice if isinstance(item, OneOf) else None
    with walk.guarded_by(item, decision, True):
        yield present(item if choice is None else settle(frame, choice)), (without,)


def _assume(state: State, item: Value, is_there: bool) -> None:
    """Note how the test came out that decides whether an item is there."""
    choice = item.choice if isinstance(item, OneOf) else None
    if isinstance(choice, Choice) and ABSENT in (choice.yes, choice.no):
        state.verdicts[choice.test] = (choice.no == ABSENT) is is_there
