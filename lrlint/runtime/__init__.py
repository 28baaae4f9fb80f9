"""Running programs on real torch, and watching those that run.  Only this package imports torch, where it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrlint.runtime.monitoring import Monitor, monitor

__all__ = ["Monitor", "monitor"]


def __getattr__(name: str) -> Any:
    """What a training script uses, imported when it is asked for: it takes torch."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module("lrlint.runtime.monitoring"), name)
