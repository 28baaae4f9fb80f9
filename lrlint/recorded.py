"""The built-in rules as data, recorded beside them so that no rule has to be imported before a file needs it."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping, Sequence

TYPE_CHECKING = False  # every run needs this module, and `typing` takes its time to import
if TYPE_CHECKING:
    from typing import Any

FILE = "recorded.json"
"""The file in a pack that has its rules as data; `python -m tests.record_rules` writes the built-in one."""


def recorded_rules(pack: str) -> Sequence[Mapping[str, Any]] | None:
    """The rules of a pack, in the form of their fields, with `module` and whether they are `about_suppressions`.

    None if other modules are there than were recorded: somebody is at work on a rule.
    """
    folder = os.path.dirname(str(importlib.import_module(pack).__file__))
    with open(os.path.join(folder, FILE), encoding="utf-8") as file:
        rows = [{**row, "gate": tuple(row["gate"]), "fixes": tuple(row["fixes"])} for row in json.load(file)]
    modules = {name.removesuffix(".py") for name in os.listdir(folder) if name.endswith(".py") and name[0] != "_"}
    return rows if modules == {row["module"] for row in rows} else None
