"""Functions and classes of other packages that give a scheduler of torch, of a class that is known.

Read in the packages' sources: each returns `LambdaLR(optimizer, …)`, or is a class that derives from it and leaves
`step` and `get_lr` as they are.
"""

from __future__ import annotations

from functools import cache

from lrlint.torch_api import signatures

LAMBDA_LR = "torch.optim.lr_scheduler.LambdaLR"

_FUNCTIONS = frozenset(
    [
        "get_constant_schedule",
        "get_constant_schedule_with_warmup",
        "get_cosine_schedule_with_warmup",
        "get_cosine_with_hard_restarts_schedule_with_warmup",
        "get_linear_schedule_with_warmup",
        "get_polynomial_decay_schedule_with_warmup",
    ]
)
_CLASSES = frozenset(
    [
        "WarmupConstantSchedule",
        "WarmupCosineSchedule",
        "WarmupCosineWithHardRestartsSchedule",
        "WarmupLinearSchedule",
    ]
)
_PACKAGES = {
    "transformers": _FUNCTIONS | _CLASSES,
    "transformers.optimization": _FUNCTIONS | _CLASSES,
    "pytorch_transformers": _CLASSES,
    "pytorch_transformers.optimization": _CLASSES,
    "diffusers.optimization": _FUNCTIONS,
}
NAMES = _FUNCTIONS | _CLASSES


def scheduler_class(name: str) -> str | None:
    """The dotted name of the class in torch whose object a call of `name` gives; None if nothing is known of it."""
    package, _, function = name.rpartition(".")
    return LAMBDA_LR if function in _PACKAGES.get(package, ()) else None


@cache
def building_names() -> frozenset[str]:
    """The names of the classes and functions that an optimizer or scheduler can be built with."""
    return (signatures.class_names() - {"Optimizer"}) | NAMES
