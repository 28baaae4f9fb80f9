"""Taps: where a recording hears what torch does.

Steps of optimizers come from torch's own global hook; `optimizer.step` is left alone, as schedulers wrap it and warn of
one that was replaced.  For the rest, methods of torch's own classes are wrapped: the construction of optimizers and
schedulers, `add_param_group`, and `step` of schedulers and of GradScaler.  A wrapper calls the method with what it was
given, once, and gives back what that gives; nothing is set on any object.

torch's warnings name the line that called it.  With a wrapper in between that would be one of this file, so the
modules that warn count their frames without the wrappers (`_Warnings`).
"""

from __future__ import annotations

import functools
import importlib
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, ModuleType
from typing import Any, Protocol

import torch
from torch.optim import Optimizer, lr_scheduler, swa_utils
from torch.optim import optimizer as optimizer_module
from torch.optim.optimizer import register_optimizer_step_pre_hook

try:
    grad_scaler = importlib.import_module("torch.amp.grad_scaler")
except ImportError:  # torch 2.2 and older
    grad_scaler = importlib.import_module("torch.cuda.amp.grad_scaler")


class Listener(Protocol):
    """What a recording is told.  `frame` is the one that called torch; `optimizer_steps` is a hook that torch calls
    itself."""

    def optimizer_steps(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None: ...

    def optimizer_is_built(self, optimizer: Optimizer, frame: FrameType) -> None: ...

    def step_is_asked_for(self, optimizer: Optimizer) -> None: ...

    def group_is_added(self, optimizer: Optimizer, frame: FrameType, error: Exception | None) -> None: ...

    def scheduler_is_built(self, scheduler: Any, frame: FrameType) -> None: ...

    def steps_as_before(self, scheduler: Any, frame: FrameType) -> bool: ...

    def scheduler_steps(
        self, scheduler: Any, frame: FrameType, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None: ...

    def scheduler_has_refused(self, scheduler: Any, frame: FrameType, error: Exception) -> None: ...

    def module_gets_part(self, module: torch.nn.Module) -> None: ...


class _Thread(threading.local):
    """Whether a thread is in a constructor or a step of a scheduler: what these call is torch's own business."""

    is_inside = False


_thread = _Thread()
_listeners: tuple[Listener, ...] = ()
_undo: list[Callable[[], object]] = []
_lock = threading.Lock()
_wrappers: set[CodeType] = set()
_COMPOSITES = ("SequentialLR.", "ChainedScheduler.")
"""The classes whose steps are steps of others."""


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell a listener of all that happens within the block, in any thread."""
    with _lock:
        if not _listeners:
            _install()
        _tell((*_listeners, listener))
        hook = register_optimizer_step_pre_hook(listener.optimizer_steps)
    try:
        yield
    finally:
        with _lock:
            hook.remove()
            _tell(tuple(one for one in _listeners if one is not listener))
            if not _listeners:
                while _undo:
                    _undo.pop()()


def _never(scheduler: object, frame: FrameType) -> bool:
    """Where several listen, all have to be told."""
    return False


_steps_as_before: Callable[[Any, FrameType], bool] = _never


def _tell(listeners: tuple[Listener, ...]) -> None:
    """Have these listeners told of all; a single one is asked first whether a step of a scheduler is as before."""
    global _listeners, _steps_as_before  # noqa: PLW0603 - what wrappers read at every step
    _listeners = listeners
    _steps_as_before = listeners[0].steps_as_before if len(listeners) == 1 else _never


def is_scheduler(value: object) -> bool:
    """Whether a value is a scheduler of torch or derives from one."""
    return isinstance(value, _SCHEDULERS)


def is_step_of_torch(scheduler: object) -> bool:
    """Whether the `step` of a scheduler is one that torch has, and not that of a class of the user's."""
    step = getattr(type(scheduler), "step", None)
    return getattr(step, "__module__", "").startswith("torch.optim.")


def _scheduler_classes() -> tuple[type, ...]:
    found = [*vars(lr_scheduler).values(), *vars(swa_utils).values()]
    base = (lr_scheduler._LRScheduler, lr_scheduler.ReduceLROnPlateau, getattr(lr_scheduler, "LRScheduler", object))
    roots = tuple(one for one in base if one is not object)
    return tuple({one: None for one in found if isinstance(one, type) and issubclass(one, roots)})


_CLASSES = _scheduler_classes()
_SCHEDULERS = tuple(one for one in _CLASSES if one.__base__ is object) or _CLASSES


def _install() -> None:
    _wrap(Optimizer, "__init__", _building_optimizer)
    _wrap(Optimizer, "add_param_group", _adding_group)
    _wrap(grad_scaler.GradScaler, "step", _scaling)
    for one in _CLASSES:
        if "__init__" in vars(one):
            _wrap(one, "__init__", _building_scheduler)
        if "step" in vars(one):
            _wrap(one, "step", _stepping)
    for module in (lr_scheduler, swa_utils, optimizer_module, grad_scaler):
        if hasattr(module, "warnings"):
            _set(module, "warnings", _Warnings("warnings"))
    for kind in ("parameter", "module"):
        register = getattr(torch.nn.modules.module, f"register_module_{kind}_registration_hook", None)
        if register is not None:  # since torch 2.0
            _undo.append(register(_on_part).remove)


def _wrap(owner: type, name: str, wrapping: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = vars(owner)[name]
    wrapper: Any = wrapping(original)
    functools.update_wrapper(wrapper, original)
    _wrappers.add(wrapper.__code__)
    _set(owner, name, wrapper)


def _set(owner: Any, name: str, value: Any) -> None:
    """Set an attribute until the last recording ends, unless somebody else has set it by then."""
    original = vars(owner)[name]
    setattr(owner, name, value)

    def undo() -> None:
        if vars(owner).get(name) is value:
            setattr(owner, name, original)

    _undo.append(undo)


def _building_optimizer(original: Callable[..., Any]) -> Callable[..., Any]:
    def construct(self: Optimizer, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        for listener in _listeners:
            listener.optimizer_is_built(self, sys._getframe(1))

    return construct


def _adding_group(original: Callable[..., Any]) -> Callable[..., Any]:
    def add(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        try:
            result = original(self, *args, **kwargs)
        except Exception as error:
            for listener in _listeners:
                listener.group_is_added(self, sys._getframe(1), error)
            raise
        for listener in _listeners:
            listener.group_is_added(self, sys._getframe(1), None)
        return result

    return add


def _scaling(original: Callable[..., Any]) -> Callable[..., Any]:
    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        optimizer = args[0] if args else kwargs.get("optimizer")
        if isinstance(optimizer, Optimizer):
            for listener in _listeners:
                listener.step_is_asked_for(optimizer)
        return original(self, *args, **kwargs)

    return step


def _building_scheduler(original: Callable[..., Any]) -> Callable[..., Any]:
    def construct(self: Any, *args: Any, **kwargs: Any) -> None:
        if _thread.is_inside:
            original(self, *args, **kwargs)
            return
        _thread.is_inside = True
        try:
            original(self, *args, **kwargs)
        finally:
            _thread.is_inside = False
        for listener in _listeners:
            listener.scheduler_is_built(self, sys._getframe(1))

    return construct


def _stepping(original: Callable[..., Any]) -> Callable[..., Any]:
    steps_others = original.__qualname__.startswith(_COMPOSITES)

    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        frame = sys._getframe(1)
        if not (args or kwargs or steps_others) and _steps_as_before(self, frame):
            try:
                return original(self)
            except Exception as error:
                for listener in _listeners:
                    listener.scheduler_has_refused(self, frame, error)
                raise
        thread = _thread
        if thread.is_inside:
            return original(self, *args, **kwargs)
        for listener in _listeners:
            listener.scheduler_steps(self, frame, args, kwargs)
        thread.is_inside = True
        try:
            return original(self, *args, **kwargs)
        except Exception as error:
            for listener in _listeners:
                listener.scheduler_has_refused(self, frame, error)
            raise
        finally:
            thread.is_inside = False

    return step


def _on_part(module: torch.nn.Module, name: str, part: object) -> None:
    for listener in _listeners:
        listener.module_gets_part(module)


class _Warnings(ModuleType):
    """`warnings` as torch's modules have it, with levels of the stack that leave the wrappers out."""

    def warn(
        self, message: Any, category: type[Warning] | None = None, stacklevel: int = 1, *args: Any, **kwargs: Any
    ) -> None:
        """As `warnings.warn`."""
        level, left, frame = 1, stacklevel, sys._getframe(1)
        while left > 1 and frame.f_back is not None:
            frame = frame.f_back
            level += 1
            left -= frame.f_code not in _wrappers
        warnings.warn(message, category, level + 1, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(warnings, name)
