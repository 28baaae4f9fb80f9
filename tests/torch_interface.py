"""What torch's optimizers and schedulers look like in the installed torch, in the form of `torch_api.signatures`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch.distributed.optim import ZeroRedundancyOptimizer
from torch.optim import lr_scheduler, swa_utils

from lrlint.torch_api.signatures import Parameter

NAMESPACES = (torch.optim, lr_scheduler, swa_utils)
HELPERS = {
    "torch.amp.GradScaler": torch.amp.GradScaler,
    "torch.cuda.amp.GradScaler": torch.cuda.amp.GradScaler,
    "torch.distributed.optim.ZeroRedundancyOptimizer": ZeroRedundancyOptimizer,
    "torch.optim.swa_utils.AveragedModel": swa_utils.AveragedModel,
}
STARS: dict[Any, int] = {inspect.Parameter.VAR_POSITIONAL: 1, inspect.Parameter.VAR_KEYWORD: 2}


def installed_classes() -> dict[str, type]:
    """The classes that should be known, by the name under which people import them."""
    found = {cls: name for name, cls in reversed([*_found(), *HELPERS.items()])}  # a class has its first name
    return {name: cls for cls, name in found.items()}


def _found() -> Iterator[tuple[str, type]]:
    for namespace in NAMESPACES:
        for name, cls in vars(namespace).items():
            if inspect.isclass(cls) and issubclass(cls, (torch.optim.Optimizer, lr_scheduler.LRScheduler)):
                yield f"{namespace.__name__}.{name}", cls


def parameters_of(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    """The parameters of a method behind `self`."""
    _self, *parameters = inspect.signature(function).parameters.values()
    return tuple(_parameter(parameter) for parameter in parameters)


def _parameter(parameter: inspect.Parameter) -> Parameter:
    default = None if parameter.default is inspect.Parameter.empty else repr(parameter.default)
    is_keyword_only = parameter.kind is inspect.Parameter.KEYWORD_ONLY
    return Parameter(parameter.name, is_keyword_only, default, STARS.get(parameter.kind, 0))
