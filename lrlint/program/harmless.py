"""Functions and methods of other packages that step no optimizer, whatever they are given."""

from __future__ import annotations

import sys

from lrlint.program.values import External, Value

HARMLESS_PACKAGES = sys.stdlib_module_names | frozenset(
    [
        "PIL",
        "builtins",
        "cv2",
        "matplotlib",
        "numpy",
        "pandas",
        "scipy",
        "sklearn",
        "tensorboard",
        "tensorboardX",
        "torch",
        "torchvision",
        "tqdm",
        "wandb",
        "yaml",
    ]
)
"""Packages whose functions step no optimizer that they are given."""

HARMLESS_MODULES = ("apex.amp.",)
"""Modules of other packages of which that is known: `amp.scale_loss` unscales gradients, and leaves the step to you."""

PURE_FUNCTIONS = frozenset(
    f"builtins.{name}" for name in ["abs", "bool", "float", "int", "len", "max", "min", "round", "str", "sum"]
)
"""Functions whose value is computed from their arguments alone."""

IDENTITY_FUNCTIONS = frozenset(
    f"builtins.{name}" for name in ["callable", "hasattr", "id", "isinstance", "issubclass", "type"]
)
"""Functions of which objects their arguments are, whatever these contain."""


HARMLESS_METHODS = frozenset(
    [
        "add_argument",
        "add_scalar",
        "add_scalars",
        "astype",
        "backward",
        "clone",
        "cpu",
        "cuda",
        "debug",
        "detach",
        "double",
        "error",
        "float",
        "format",
        "half",
        "info",
        "item",
        "items",
        "join",
        "keys",
        "long",
        "lower",
        "mean",
        "named_parameters",
        "numel",
        "numpy",
        "parameters",
        "parse_args",
        "replace",
        "requires_grad_",
        "scale",
        "set_description",
        "set_postfix",
        "size",
        "state_dict",
        "strip",
        "sum",
        "to",
        "tolist",
        "transpose",
        "unscale_",
        "upper",
        "values",
        "view",
        "warning",
        "zero_grad",
    ]
)
"""Methods of modules, tensors, GradScaler, loggers and progress bars, which step no optimizer."""

MODE_METHODS = frozenset(["eval", "train", "update"])
"""Methods of modules and meters, but of trainers as well."""


def is_harmless_class(base: Value) -> bool:
    """Whether the methods that a class inherits from `base` step no optimizer."""
    if not isinstance(base, External):
        return False
    return is_harmless(base.name) and not base.name.startswith("torch.optim.")


def is_harmless(name: str) -> bool:
    """Whether a function outside of the program steps no optimizer that it is given."""
    return name.partition(".")[0] in HARMLESS_PACKAGES or name.startswith(HARMLESS_MODULES)
