"""A rule pack to be tested: its rules, and the folder of their cases."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from lrlint.cases.case import FOLDER
from lrlint.installed import BUILT_IN_PACK
from lrlint.packs import installed_packs
from lrlint.registry import RegisteredRule, load_rules


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack in a folder.  `own` are its rules, `rules` those that its cases are checked with."""

    folder: Path
    own: Sequence[RegisteredRule]
    rules: Sequence[RegisteredRule]

    @property
    def fixtures(self) -> Path:
        """The folder of its cases."""
        return fixtures_of(self.folder)


def load_pack(path: Path) -> Pack:
    """The pack at a path, by the name under which it is installed if it is.  Raises PackError."""
    name = name_at(path)
    rules = load_rules(dict.fromkeys((BUILT_IN_PACK, name)))
    return Pack(path, [one for one in rules if one.pack == name], rules)


def name_at(path: Path) -> str:
    """The name of the pack at a path: that of the installed package that lies there, else the path."""
    real = os.path.realpath(path)
    return next((pack for pack in installed_packs() if folder_of(pack) == real), real)


def folder_of(pack: str) -> str | None:
    """Where an installed pack lies; None if it has no folder."""
    try:
        spec = find_spec(pack)
    except (ImportError, ValueError):  # it is not there, whatever its metadata say
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return os.path.realpath(places[0]) if places else None


def fixtures_of(folder: Path) -> Path:
    """The folder of the cases of a pack: inside of it, unless one lies beside it alone, as it does of a module."""
    inside, beside = folder / FOLDER, Path(os.path.relpath(Path(os.path.realpath(folder)).parent / FOLDER))
    return beside if not inside.is_dir() and (beside.is_dir() or folder.is_file()) else inside
