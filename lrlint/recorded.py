"""The rules of a pack as data, recorded in it so that no rule has to be imported before a file needs it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence

TYPE_CHECKING = False  # every run needs this module, and `typing` takes its time to import
if TYPE_CHECKING:
    from typing import Any

MODULE = "_recorded"
"""The module of a pack that has its rules as data; `python -m tests.record_rules` writes the built-in one."""


def recorded_rules(pack: str) -> Sequence[Mapping[str, Any]]:
    """The rules of a pack, in the form of their fields, with `module` and whether they are `about_suppressions`."""
    rows: Sequence[Mapping[str, Any]] = importlib.import_module(f"{pack}.{MODULE}").RULES
    return rows
