"""Loops: a first round, in which the order of steps is decided, and rounds that stand for all later ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Sequence as SequenceOf
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache

from lrlint.program import ir
from lrlint.program.collected import value_of
from lrlint.program.comprehensions import MAX_UNROLLED
from lrlint.program.evaluate import assign, evaluate
from lrlint.program.filling import filled_lists
from lrlint.program.flow import Flow, RunBlock, continue_from
from lrlint.program.iterators import may_read, parts_of, read_all
from lrlint.program.objects import look_up, new_sequence, possible_elements, possible_entries
from lrlint.program.operators import truth
from lrlint.program.presence import where_present
from lrlint.program.repeated import forget_changed, known_flags
from lrlint.program.search import descend
from lrlint.program.state import State, join, joined_progress
from lrlint.program.steps import forget_fast_forward, forget_rebuilt
from lrlint.program.values import Constant, Counter, Enumeration, Opaque, Range, Sequence, Value
from lrlint.program.visit import Activation
from lrlint.program.walk import Frame

MAX_LATER_ROUNDS = 3


def run_for(frame: Frame, loop: ir.For, flow: Flow, run_block: RunBlock) -> bool:
    """Run a `for` loop.  Whether its end is reached."""
    iterable = evaluate(frame, loop.iterable)
    if parts_of(frame, iterable):
        return _run_over_parameters(frame, loop, iterable, flow, run_block)
    items = possible_elements(frame, iterable)
    if items is None:
        items = _slots(frame, loop, iterable)
    if items is None:
        may_read(frame, iterable)
    is_known = items is not None and len(items) <= MAX_UNROLLED
    if items is not None and is_known and not (items and _are_data(loop, items)):
        return _unroll(frame, loop, items, flow, run_block)

    def enter(is_first_round: bool) -> None:
        assign(frame, loop.target, _item(frame, loop, iterable, is_first_round))

    has_rounds = bool(items) if is_known else _surely_has_items(iterable)
    return _run(frame, loop, flow, run_block, enter, may_skip=not has_rounds, over=iterable)


def _slots(frame: Frame, loop: ir.For, iterable: Value) -> tuple[Value, ...] | None:
    """The indices under which another loop has filled lists of slots that this one goes through by their indices."""
    if not isinstance(iterable, Range) or (iterable.start, iterable.pace) != (0, 1):
        return None
    found: dict[object, None] = {}
    for name in _indexed_by(loop):
        value = look_up(frame, name)
        if isinstance(value, Sequence):
            found |= dict.fromkeys(possible_entries(frame, value) or ())
    return tuple(map(value_of, found)) or None


@lru_cache(maxsize=1024)
def _indexed_by(loop: ir.For) -> tuple[str, ...]:
    """The names of what a loop takes the item of that its counter tells: `schedulers[i]`."""
    subscripts = (one for one in descend(loop.body) if isinstance(one, ir.Subscript) and _same_name(one.index, loop))
    return tuple(dict.fromkeys(one.value.id for one in subscripts if isinstance(one.value, ir.Name)))


def _same_name(index: ir.Expression | None, loop: ir.For) -> bool:
    target = loop.target
    return isinstance(index, ir.Name) and isinstance(target, ir.Name) and index.id == target.id


def _item(frame: Frame, loop: ir.For, iterable: Value, is_first_round: bool) -> Value:
    """What the target of a loop holds in a round, where the items of the iterable are not known."""
    if isinstance(iterable, Range):
        return Counter(loop, iterable.start, 0, is_first_round, iterable.pace)
    if isinstance(iterable, Enumeration):
        counter = Counter(loop, iterable.start, 0, is_first_round)
        return new_sequence(frame, "tuple", loop.iterable, (counter, frame.walk.opaque()))
    item = frame.walk.opaque()
    return Opaque(item.ident, item.born, counters=frozenset([loop]))


def _surely_has_items(iterable: Value) -> bool:
    """Whether a range, or one that is counted along, surely is not empty."""
    if isinstance(iterable, Enumeration):
        return _surely_has_items(iterable.of)
    if not isinstance(iterable, Range) or iterable.start is None or iterable.pace != 1:
        return False
    stop = iterable.stop.value if isinstance(iterable.stop, Constant) else None
    return isinstance(stop, int) and iterable.start < stop


def _are_data(loop: ir.For, items: tuple[Value, ...]) -> bool:
    """Whether nothing is known of the items of a list, and the loop asks none of them for parameters: batches, say."""
    if not all(isinstance(item, Opaque) for item in items):
        return False
    return not any(isinstance(one, ir.Attribute) and one.attr == "parameters" for one in descend(loop.body))


def _run_over_parameters(frame: Frame, loop: ir.For, iterable: Value, flow: Flow, run_block: RunBlock) -> bool:
    """A loop over parameters of a model, which may sort them into lists."""
    parts = read_all(frame, iterable, loop.iterable, is_whole=not _may_end_early(loop))
    is_simple = not loop.orelse and not _may_end_early(loop)
    filled = filled_lists(frame, loop, parts) if parts is not None and is_simple else {}

    def enter(is_first_round: bool) -> None:
        assign(frame, loop.target, _item(frame, loop, iterable, is_first_round))

    reached = _run(frame, loop, flow, run_block, enter, may_skip=True, over=iterable)
    if reached:
        frame.state.items.update(filled)
    return reached


def _may_end_early(loop: ir.For) -> bool:
    exits = [one for one in descend(loop.body) if isinstance(one, ir.Leave | ir.Return)]
    return any(isinstance(one, ir.Return) or one.kind == "break" for one in exits)


def run_while(frame: Frame, loop: ir.While, flow: Flow, run_block: RunBlock) -> bool:
    """Run a `while` loop.  Whether its end is reached."""
    known = truth(evaluate(frame, loop.test))
    if known is False:
        return run_block(frame, loop.orelse, flow)

    def enter(is_first_round: bool) -> None:
        if not is_first_round:
            evaluate(frame, loop.test)

    return _run(frame, loop, flow, run_block, enter, may_skip=known is None)


def _unroll(frame: Frame, loop: ir.For, items: tuple[Value, ...], flow: Flow, run_block: RunBlock) -> bool:
    """A loop over known items: one round for each."""
    inner = Flow()
    finished: State | None = None
    began, running = frame.walk.tick(), frame.walk.activations
    with _running(frame, Activation(loop, began, began, is_first_round=True, is_unrolled=True)):
        for item in items:
            running[-1] = replace(running[-1], entered=frame.walk.tick())
            with where_present(frame, item) as (value, without):
                assign(frame, loop.target, value)
                ends = [frame.walk.state] if run_block(frame, loop.body, inner) else []
            if not continue_from(frame, [*ends, *_taken(inner.continues), *without]):
                break
        else:
            finished = frame.walk.state
    reached = _leave(frame, loop, inner, flow, run_block, finished)
    if reached:
        forget_rebuilt(frame, began)
    return reached


def _run(
    frame: Frame,
    loop: ir.Loop,
    flow: Flow,
    run_block: RunBlock,
    enter: Callable[[bool], None],
    may_skip: bool,
    over: Value | None = None,
) -> bool:
    """A first round, and later ones until they change nothing.

    `enter` binds the target; `may_skip` says whether there may be no round at all; `over` is what a `for` loop goes
    through.
    """
    walk = frame.walk
    before, inner = walk.state.copy(), Flow()
    began = walk.tick()
    ends: list[State] = [before.copy()] if may_skip else []
    is_later = any(not activation.is_first_round for activation in walk.activations)  # then so is each round inside
    if is_later:
        forget_changed(frame, loop)
    for number in range(is_later, 1 + MAX_LATER_ROUNDS):
        is_first_round, entered, flags = number == 0, walk.state.progress.copy(), known_flags(frame)
        with _running(frame, Activation(loop, began, walk.tick(), is_first_round, over=over)):
            enter(is_first_round)
            fell = [walk.state] if run_block(frame, loop.body, inner) else []
            if not continue_from(frame, [*fell, *_taken(inner.continues)]):
                break
            ends.append(walk.state.copy())
            walk.state = _joined((before, walk.state), walk.tick()).copy()
            walk.state.used_up = ends[-1].used_up.copy()  # a later round follows another one in any case
            walk.state.progress = joined_progress(ends[may_skip:])
        if not is_first_round and walk.state.progress == entered and known_flags(frame) == flags:
            break  # another round would see nothing new
    left = _joined(ends, walk.tick()) if ends and not _is_endless(loop) else None
    with walk.guards_inside():
        if may_skip and len(ends) == 1:  # every round is left by `break`: an `else` block is for data that is empty
            walk.guard(walk.opaque(), walk.tick(), way="no round")
        reached = _leave(frame, loop, inner, flow, run_block, left)
    if reached:
        with _running(frame, Activation(loop, began, walk.tick(), is_first_round=False)):
            forget_fast_forward(frame)
        forget_rebuilt(frame, began)
    return reached


def _joined(states: SequenceOf[State], born: int) -> State:
    state = join(states, born)
    assert state is not None
    return state


@contextmanager
def _running(frame: Frame, activation: Activation) -> Iterator[None]:
    frame.loops.append(activation.loop)
    frame.walk.activations.append(activation)
    try:
        with frame.walk.guards_inside():
            yield
    finally:
        frame.walk.activations.pop()
        frame.loops.pop()


def _is_endless(loop: ir.Loop) -> bool:
    """`while True`: only `break` leads out."""
    return isinstance(loop, ir.While) and isinstance(loop.test, ir.Constant) and bool(loop.test.value)


def _taken(states: list[State]) -> list[State]:
    taken = states.copy()
    states.clear()
    return taken


def _leave(frame: Frame, loop: ir.Loop, inner: Flow, flow: Flow, run_block: RunBlock, finished: State | None) -> bool:
    """Go on behind a loop: from its `else` block where it ran to its end, and from every `break`."""
    flow.returns += inner.returns
    ends = inner.breaks
    if finished is not None:
        frame.walk.state = finished
        if run_block(frame, loop.orelse, flow):
            ends = [*ends, frame.walk.state]
    return continue_from(frame, ends)
