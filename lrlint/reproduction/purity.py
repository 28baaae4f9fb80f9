"""What only computes: functions and modules that a script may use as they are."""

from __future__ import annotations

import ast

from lrlint.reproduction.scene import Scene
from lrlint.torch_api import signatures

PURE = frozenset(
    [
        "abs",
        "all",
        "any",
        "bool",
        "callable",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "getattr",
        "hasattr",
        "id",
        "int",
        "isinstance",
        "issubclass",
        "iter",
        "len",
        "list",
        "map",
        "max",
        "min",
        "next",
        "object",
        "pow",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "sorted",
        "str",
        "sum",
        "super",
        "tuple",
        "type",
        "zip",
        "True",
        "False",
        "None",
        "NotImplementedError",
        "ValueError",
        "RuntimeError",
        "TypeError",
        "KeyError",
        "Exception",
        "AttributeError",
        "StopIteration",
        "AssertionError",
        "IndexError",
        "Ellipsis",
        "property",
        "staticmethod",
        "classmethod",
    ]
)
"""Builtins that do nothing but compute."""


PURE_MODULES = frozenset(
    ["math", "functools", "itertools", "copy", "collections", "operator", "types", "dataclasses", "typing"]
)
"""Modules of the standard library that do nothing but compute."""


OF_VALUES = frozenset(
    [
        "copy",
        "count",
        "endswith",
        "format",
        "get",
        "index",
        "items",
        "join",
        "keys",
        "lower",
        "lstrip",
        "partition",
        "replace",
        "rpartition",
        "rsplit",
        "rstrip",
        "split",
        "startswith",
        "strip",
        "title",
        "union",
        "upper",
        "values",
    ]
)
"""Methods of strings and containers that change nothing."""


OF_TRACKED = frozenset(
    ["add_param_group", "base_lrs", "get_last_lr", "get_lr", "last_epoch", "param_groups", "zero_grad", "step", "state"]
)
"""What only optimizers and schedulers are asked for, mostly."""


OF_MODELS = frozenset(["parameters", "named_parameters", "children", "named_children", "modules", "named_modules"])
"""Methods of models by which parameters are found."""


OF_PARAMETERS = frozenset(["requires_grad", "ndim", "shape", "grad"])
"""What conditions ask of parameters."""


_TORCH_BUILDING = frozenset(["GradScaler", "AveragedModel", "SWALR"])


PROGRESS = frozenset(["tqdm", "trange", "track", "progress_bar", "ProgressBar", "notebook_tqdm", "log_every", "islice"])
"""What goes through an iterable and shows how far it is."""


def operands_of(node: ast.expr) -> list[ast.expr]:
    """The operands of an operation."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    if isinstance(node, ast.BoolOp):
        return node.values
    return [node.left, *node.comparators] if isinstance(node, ast.Compare) else []


def is_torch_building(dotted: str) -> bool:
    """Whether a name of torch is one of what builds optimizers, schedulers and their helpers."""
    if not dotted.startswith("torch."):
        return False
    return (
        signatures.find(dotted) is not None
        or signatures.helper(dotted) is not None
        or dotted.rpartition(".")[2] in _TORCH_BUILDING
        or dotted.startswith(("torch.optim.lr_scheduler.", "torch.optim.swa_utils."))
    )


def is_pure_name(dotted: str) -> bool:
    """Whether a name from outside of the project may stand in a script.

    Of torch those are what optimizes, what models are made of, and classes, but nothing like `torch.load`.
    """
    package, _, rest = dotted.partition(".")
    if package != "torch":
        return package in PURE_MODULES
    return dotted.startswith(_TORCH_MODULES) or rest.rpartition(".")[2][:1].isupper()


_TORCH_MODULES = ("torch.optim", "torch.nn", "torch.amp", "torch.cuda.amp")


def is_pure_function(dotted: str) -> bool:
    """Whether a function from outside of the project only computes with what it gets."""
    return dotted.partition(".")[0] in PURE_MODULES


def is_generator(function: ast.AST) -> bool:
    """Whether a function yields."""
    return any(isinstance(one, (ast.Yield, ast.YieldFrom)) for one in ast.walk(function))


def is_module(scene: Scene, klass: ast.ClassDef) -> bool:
    """Whether a class is one of models."""
    return any(base.startswith("torch.nn") or base.endswith("Module") for base in scene.outside_bases(klass))
