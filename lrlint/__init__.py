"""A linter and auto-fixer for learning-rate schedulers, optimizers and param groups in PyTorch code."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
if not (Path(__file__).parent / "rules").is_dir():
    __path__.append(str(Path(__file__).parent.parent))


def __getattr__(name: str) -> Any:
    """What the library offers, imported when it is asked for: the command has no use for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("lrlint.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
