"""What the recorder asks of frames, and of torch's objects."""

from __future__ import annotations

from types import FrameType
from typing import Any

import torch
from torch.optim import Optimizer

from lrlint.runtime.recording.objects import Reach, SchedulerRecord

TORCH = torch.__path__[0]
"""The folder of torch."""


def class_name(scheduler: object) -> str:
    """The name of the class of torch that a scheduler is of, or derives from without a step of its own."""
    classes = type(scheduler).__mro__
    own = [one for one in classes if one.__module__.startswith("torch.optim.")]
    return own[0].__name__ if own else classes[0].__name__


def optimizer_of(scheduler: Any) -> Any:
    """The optimizer that a scheduler drives."""
    if hasattr(scheduler, "optimizer"):
        return scheduler.optimizer
    inner = getattr(scheduler, "_schedulers", None)  # a ChainedScheduler before torch 2.4
    return optimizer_of(inner[0]) if inner else None


def outside_of(built: object, frame: FrameType | None) -> FrameType | None:
    """The innermost frame that is none of the object's own constructors."""
    while frame is not None:
        code = frame.f_code
        if not code.co_argcount or frame.f_locals.get(code.co_varnames[0]) is not built:
            return frame
        frame = frame.f_back
    return None


def is_stepping(optimizer: Optimizer, frame: FrameType) -> bool:
    """Whether a step is taken within one of this optimizer, as where one wraps another."""
    hook, outer = frame.f_code, frame.f_back
    while outer is not None:
        if outer.f_code is hook and outer.f_locals.get("self") is optimizer:
            return True
        outer = outer.f_back
    return False


def reach_of(record: SchedulerRecord, scheduler: Any) -> Reach | None:
    """The length of a schedule that has one."""
    name = {"OneCycleLR": "total_steps", "CosineAnnealingLR": "T_max"}.get(record.class_name)
    length = getattr(scheduler, name, None) if name is not None else None
    return Reach(int(length)) if isinstance(length, (int, float)) else None
