"""What a program does with its optimizers and schedulers, step by step: for use inside of its process.

`tests.step_order` puts a line with `start(…)` before the program and sends its loops through `rounds`.  The steps are
read from Python's own profiler, so nothing of torch is replaced.  At the end of the program the trace leaves the
process as the message of a SystemExit.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch.optim import Optimizer, lr_scheduler
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

_DEFINED = [vars(one) for one in vars(lr_scheduler).values() if isinstance(one, type)]
_STEPS = {names["step"].__code__ for names in _DEFINED if "step" in names}
_CONSTRUCTORS = {
    names["__init__"].__code__ for names in _DEFINED if isinstance(names.get("__init__"), types.FunctionType)
}
_DRAWN_ONE_BY_ONE = (types.GeneratorType, type(iter(int, 1)))

_events: list[list[Any]] = []
_alive: list[object] = []  # so that no two objects get the same id
_rounds: dict[int, int] = {}  # of the loops that are running
_loops = itertools.count()
_chance: list[random.Random] = []


def start(folder: str, seed: int, is_open: bool) -> None:
    """Watch the steps from here on; `folder` has the program, `seed` decides what it draws.

    `is_open`: chance decides conditions on counters from the second round of a loop on.
    """
    _chance.extend([random.Random(seed)] if is_open else [])
    random.seed(seed)
    torch.manual_seed(seed)
    register_optimizer_step_pre_hook(_note_optimizer)
    sys.setprofile(lambda frame, event, _argument: _note_call(frame, folder) if event == "call" else None)


def end() -> None:
    """Leave the process with the trace."""
    sys.setprofile(None)
    raise SystemExit(json.dumps(_events))


def rounds(items: Iterable[Any]) -> Iterator[Any]:
    """The items of a loop; each of them is noted as one of its rounds, unless the loop goes through given objects."""
    if not isinstance(items, _DRAWN_ONE_BY_ONE):
        items = list(items)
        if len(items) == 1 or any(map(_holds_steps, items)):
            yield from items
            return
    loop = next(_loops)
    try:
        for item in items:
            _rounds[loop] = _rounds.get(loop, 0) + 1
            _events.append(["round", loop])
            yield item
    finally:
        _rounds.pop(loop, None)
        _events.append(["end", loop])


def decided(condition: object) -> object:
    """A condition on a counter, or what chance makes of it."""
    if _chance and any(count > 1 for count in _rounds.values()):
        return _chance[0].random() < 0.5
    return condition


def _holds_steps(item: object) -> bool:
    parts = item if isinstance(item, tuple) else (item,)
    return any(isinstance(part, Optimizer) or hasattr(part, "step") for part in parts)


def postpone(class_name: str) -> None:
    """Let the steps of a class of schedulers that come too early happen behind the optimizer's first one."""
    scheduler_class = getattr(lr_scheduler, class_name)
    step: Callable[..., None] = scheduler_class.step
    construct: Callable[..., None] = scheduler_class.__init__
    stepped: list[int] = []
    built: list[int] = []
    waiting: list[tuple[int, Any]] = []

    def construct_and_note(self: Any, *args: Any, **kwargs: Any) -> None:
        construct(self, *args, **kwargs)
        stepped[:] = [ident for ident in stepped if ident != id(self.optimizer)]
        built.append(id(self))

    def step_or_wait(self: Any, *args: Any, **kwargs: Any) -> None:
        if id(self) in built and id(self.optimizer) not in stepped:
            waiting.append((id(self.optimizer), lambda: step(self, *args, **kwargs)))
        else:
            step(self, *args, **kwargs)

    def make_up(optimizer: Optimizer, *_arguments: object) -> None:
        stepped.append(id(optimizer))
        due = [act for ident, act in waiting if ident == id(optimizer)]
        waiting[:] = [one for one in waiting if one[0] != id(optimizer)]
        for act in due:
            act()

    scheduler_class.__init__ = construct_and_note
    scheduler_class.step = step_or_wait
    register_optimizer_step_post_hook(make_up)


def _note_optimizer(optimizer: Optimizer, *_arguments: object) -> None:
    _alive.append(optimizer)
    _events.append(["optimizer", id(optimizer)])


def _note_call(frame: types.FrameType, folder: str) -> None:
    if frame.f_code in _CONSTRUCTORS:
        kind = "built"
    elif frame.f_code in _STEPS:
        kind = "scheduler"
    else:
        return
    scheduler = frame.f_locals["self"]
    if _is_inside(frame.f_back):
        return
    _alive.append(scheduler)
    place = _place(frame, folder)
    if kind == "built":
        _events.append([kind, id(scheduler)])
    elif place is not None:
        name, has_epoch = type(scheduler).__name__, frame.f_locals.get("epoch") is not None
        _events.append([kind, id(scheduler), id(_optimizer_of(scheduler)), name, has_epoch, *place])


def _optimizer_of(scheduler: Any) -> object:
    return scheduler.optimizer if hasattr(scheduler, "optimizer") else scheduler._schedulers[0].optimizer


def _is_inside(frame: types.FrameType | None) -> bool:
    """Whether a scheduler's code, which builds and steps on its own behalf, calls here."""
    while frame:
        if frame.f_code in _CONSTRUCTORS or frame.f_code in _STEPS:
            return True
        frame = frame.f_back
    return False


def _place(frame: types.FrameType | None, folder: str) -> tuple[str, int] | None:
    while frame:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix(), frame.f_lineno
        frame = frame.f_back
    return None
