"""The rule packs that are installed, told as far as can be without `importlib.metadata`, which is slow to import."""

from __future__ import annotations

import os
import sys

BUILT_IN_PACK = "lrlint.rules"
ENTRY_POINT_GROUP = "lrlint.rules"

_OWN = ("lrlint-", "lrlint.")
_METADATA = (".dist-info", ".egg-info", ".egg")
_EGG = "EGG-INFO"


def may_have_other_packs() -> bool:
    """Whether an installed distribution other than lrlint itself may have rule packs."""
    return any(_may_have_packs(folder) for folder in sys.path)


def _may_have_packs(folder: str) -> bool:
    folder = folder or os.curdir
    try:
        names = os.listdir(folder)
    except OSError:
        return os.path.isfile(folder)  # an archive
    return any(_names_packs(f"{folder}/{name}") for name in names if _is_metadata(name) and not name.startswith(_OWN))


def _is_metadata(name: str) -> bool:
    return name.endswith(_METADATA) or name == _EGG


def _names_packs(folder: str) -> bool:
    if folder.endswith(".egg"):
        return os.path.isfile(folder) or _names_packs(f"{folder}/{_EGG}")
    try:
        with open(f"{folder}/entry_points.txt", "rb") as file:
            return ENTRY_POINT_GROUP.encode() in file.read()
    except OSError:
        return False
