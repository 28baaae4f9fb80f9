"""A linter and auto-fixer for learning-rate schedulers, optimizers and param groups in PyTorch code."""

from __future__ import annotations

import os  # and no other module, before `__main__` has taken the working directory from the path

TYPE_CHECKING = False  # that of `typing`, which takes its time to import
if TYPE_CHECKING:
    from typing import Any

    from lrlint.api import (
        Applicability,
        CheckError,
        ConfigError,
        Edit,
        Finding,
        Fix,
        Place,
        Related,
        Settings,
        Severity,
        check_paths,
        check_source,
    )

__version__ = "0.1.0"

__all__ = [
    "Applicability",
    "CheckError",
    "ConfigError",
    "Edit",
    "Finding",
    "Fix",
    "Place",
    "Related",
    "Settings",
    "Severity",
    "__version__",
    "check_paths",
    "check_source",
]

# In a wheel the built-in rules lie in this package as `lrlint.rules`.  In a checkout they lie
# beside it, in `rules/`: looking there too makes `lrlint.rules` importable without installing.
_HERE = os.path.dirname(os.path.abspath(__file__))
if not os.path.isdir(os.path.join(_HERE, "rules")):
    __path__.append(os.path.dirname(_HERE))


def __getattr__(name: str) -> Any:
    """What the library offers, imported when it is asked for: the command has no use for it."""
    import importlib

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("lrlint.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
