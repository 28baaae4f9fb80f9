"""Local rules: folders and files of a project that its configuration names as rule packs.

They hold code.  A configuration that came with somebody's repository must not get it run, so that takes a word of the
user on the command line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lrlint.config.errors import Place, shown_path
from lrlint.config.options import PLUGINS
from lrlint.packs import PackError
from lrlint.registry import RegisteredRule, load_rules, united

ALLOW = "--allow-local-plugins"


@dataclass(slots=True)
class Plugins:
    """Loads local rules, each pack once; `allowed` says that the user wants their code to be run."""

    allowed: bool = False
    _loaded: dict[str, tuple[RegisteredRule, ...]] = field(default_factory=dict)

    def joined(
        self, rules: Sequence[RegisteredRule], table: Mapping[str, Any], place: Place
    ) -> tuple[RegisteredRule, ...]:
        """`rules` and those of the packs that a table of options names.

        Raises ConfigError if it may not name any, and for packs that can't be loaded.
        """
        named = table.get(PLUGINS)
        if not isinstance(named, list):
            return tuple(rules)  # what is wrong with the value is told with all other options
        for text in named:
            if isinstance(text, str):
                rules = self._with_pack(rules, text, place)
        return tuple(rules)

    def _with_pack(self, rules: Sequence[RegisteredRule], text: str, place: Place) -> tuple[RegisteredRule, ...]:
        path = os.path.realpath(os.path.join(place.folder, os.path.expanduser(text)))
        if not self.allowed:
            reason = f"lrlint runs code that a configuration names only with {ALLOW}"
            advice = "--isolated checks without the configuration"
            raise place.error(PLUGINS, f"{PLUGINS!r}: {shown_path(path)} is not loaded: {reason} ({advice})", text)
        if not os.path.exists(path):
            raise place.error(PLUGINS, f"{PLUGINS!r}: there is no file or folder {shown_path(path)}", text)
        try:
            if path not in self._loaded:
                self._loaded[path] = load_rules([path])
            known = {id(one) for one in rules}
            return united([*rules, *(one for one in self._loaded[path] if id(one) not in known)])
        except PackError as error:
            raise place.error(PLUGINS, f"{PLUGINS!r}: {error}", text) from None
