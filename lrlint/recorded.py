"""The rules of a pack as data, recorded in it so that no rule has to be imported before a file needs it."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping, Sequence

TYPE_CHECKING = False  # every run needs this module, and `typing` takes its time to import
if TYPE_CHECKING:
    from typing import Any

MODULE = "_recorded"
"""The module of a pack that has its rules as data; `python -m tests.record_rules` writes the built-in one."""


def recorded_rules(pack: str) -> Sequence[Mapping[str, Any]] | None:
    """The rules of a pack, in the form of their fields, with `module` and whether they are `about_suppressions`.

    None if other modules are there than were recorded: somebody is at work on a rule.
    """
    recorded = importlib.import_module(f"{pack}.{MODULE}")
    rows: Sequence[Mapping[str, Any]] = recorded.RULES
    names = os.listdir(os.path.dirname(str(recorded.__file__)))
    modules = {name.removesuffix(".py") for name in names if name.endswith(".py") and not name.startswith("_")}
    return rows if modules == {row["module"] for row in rows} else None
