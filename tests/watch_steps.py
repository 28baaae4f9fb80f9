"""What programs do with their optimizers and schedulers, step by step: for use inside of a process that watches.

`tests.step_order` has `run_all(…)` called there and sends the loops of the programs through `rounds`.  The steps are
read from Python's own profiler, so nothing of torch is replaced.  At the end the traces leave the process as the
message of a SystemExit.  Many programs share a process, as a fork of one that has torch imported takes longer than a
program does.
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import random
import runpy
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch.optim import Optimizer, lr_scheduler
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from lrlint.cases.case import MAIN

_DEFINED = [vars(one) for one in vars(lr_scheduler).values() if isinstance(one, type)]
_STEPS = {names["step"].__code__ for names in _DEFINED if "step" in names}
_CONSTRUCTORS = {
    names["__init__"].__code__ for names in _DEFINED if isinstance(names.get("__init__"), types.FunctionType)
}
_WATCHED = _STEPS | _CONSTRUCTORS
_DRAWN_ONE_BY_ONE = (types.GeneratorType, type(iter(int, 1)))

_events: list[list[Any]] = []
_rates: dict[int, list[list[float]]] = {}  # the LRs of each step of the optimizers
_alive: list[object] = []  # so that no two objects get the same id
_rounds: dict[int, int] = {}  # of the loops that are running
_loops = itertools.count()
_chance: list[random.Random] = []


def run_all(folder: str, programs: Iterable[tuple[int, bool, str | None]]) -> None:
    """Run the programs in the folders `0`, `1`, … of a folder, and leave the process with their traces.

    Each comes with the number that decides what it draws; with whether chance decides conditions on counters from the
    second round of a loop on; and with the class of schedulers, if any, whose early steps are to be postponed.
    """
    register_optimizer_step_pre_hook(_note_optimizer)
    traces = [_run(f"{folder}/{number}/", *program) for number, program in enumerate(programs)]
    raise SystemExit(json.dumps(traces))


def _run(folder: str, seed: int, is_open: bool, postponed: str | None) -> dict[str, Any]:
    for one in (_events, _rates, _alive, _rounds, _chance):
        one.clear()
    _chance.extend([random.Random(seed)] if is_open else [])
    random.seed(seed)
    torch.manual_seed(seed)
    known, path = set(sys.modules), sys.path.copy()
    sys.path[0] = folder
    importlib.invalidate_caches()
    with contextlib.ExitStack() as stack:
        if postponed is not None:
            stack.enter_context(_postponed(postponed))
        error = _execute(folder)
    sys.path[:] = path
    for name in set(sys.modules) - known:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(folder):
            del sys.modules[name]
    return {"error": error, "events": list(_events), "rates": list(_rates.values())}


def _execute(folder: str) -> list[Any] | None:
    """Run a program; the exception that ends it, if one does: type, first line of the text, line of the program."""
    sys.setprofile(lambda frame, event, _argument: _note_call(frame, folder) if event == "call" else None)
    try:
        runpy.run_path(str(Path(folder, MAIN)), run_name="__main__")
    except BaseException as error:  # noqa: BLE001  whatever ends the program is noted
        sys.setprofile(None)
        return [type(error).__name__, str(error).strip().partition("\n")[0], _line(error, folder)]
    finally:
        sys.setprofile(None)
    return None


def _line(error: BaseException, folder: str) -> int | None:
    traceback, line = error.__traceback__, None
    while traceback:
        if traceback.tb_frame.f_code.co_filename.startswith(folder):
            line = traceback.tb_lineno
        traceback = traceback.tb_next
    return line


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


@contextlib.contextmanager
def _postponed(class_name: str) -> Iterator[None]:
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
    hook = register_optimizer_step_post_hook(make_up)
    try:
        yield
    finally:
        hook.remove()
        scheduler_class.__init__, scheduler_class.step = construct, step


def _note_optimizer(optimizer: Optimizer, *_arguments: object) -> None:
    _alive.append(optimizer)
    _events.append(["optimizer", id(optimizer)])
    _rates.setdefault(id(optimizer), []).append([float(group["lr"]) for group in optimizer.param_groups])


def _note_call(frame: types.FrameType, folder: str) -> None:
    if frame.f_code not in _WATCHED:
        return
    kind = "built" if frame.f_code in _CONSTRUCTORS else "scheduler"
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
