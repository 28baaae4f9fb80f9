"""What the commands share that reproduce programs of files: the settings of the files, and their checker."""

from __future__ import annotations

import os
from collections.abc import Sequence

from lrlint.checker import Checker
from lrlint.cli.configured import configuration_of
from lrlint.cli.rules import load_rules
from lrlint.config.configuration import Configuration
from lrlint.config.plugins import Plugins
from lrlint.configured import folders_in, rules_of
from lrlint.files import DiscoveredFile
from lrlint.run import checker_of


def configured(paths: Sequence[str], select: Sequence[str] = ()) -> Configuration:
    """The configuration around some paths, with the rules of `select` besides.  Raises ConfigError."""
    given = {"extend-select": tuple(select)} if select else {}
    return configuration_of(load_rules(), (), given, False, Plugins(False), paths)


def checker_for(files: Sequence[DiscoveredFile], configuration: Configuration, paths: Sequence[str]) -> Checker:
    """The checker of the files that `paths` mean."""
    named = frozenset(map(os.path.normpath, paths))
    return checker_of(files, rules_of(files, configuration), named, configuration.policy, folders_in(paths))
