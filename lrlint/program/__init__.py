"""Programs: what a source means for training.  Rules ask a program questions and never look at the tree.

The classes are imported when they are asked for: a run whose files have nothing for the rules has no use for them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lrlint.program.program import Element, Place, Program, build_program

__all__ = ["Element", "Place", "Program", "build_program"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("lrlint.program.program"), name)
