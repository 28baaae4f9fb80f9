"""The configuration of a run: the settings of each file, from the nearest configuration file and the command line."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lrlint.config.errors import ConfigError, Place, shown_path, with_slash, working_folder
from lrlint.config.exclusion import Exclusion
from lrlint.config.layer import Given, Layer
from lrlint.config.load import file_in, layers_of
from lrlint.config.nearest import Nearest
from lrlint.config.options import EXTEND
from lrlint.config.plugins import Plugins
from lrlint.config.policy import Policy
from lrlint.config.settings import Settings
from lrlint.config.values import value_of
from lrlint.imports.finder import canonical
from lrlint.packs import PackError
from lrlint.registry import RegisteredRule, united
from lrlint.toml import BrokenTomlError, parse_toml
from lrlint.torch_api.target import newest_target

INLINE = "--config"


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What the command line says of the configuration.

    `file` is read in place of those around the checked files; `is_isolated`: no file is.  `layers` have their say after
    files, in this order.
    """

    layers: tuple[Layer, ...] = ()
    file: str | None = None
    is_isolated: bool = False


@dataclass(slots=True)
class Configuration:
    """Gives the settings of files and folders.  Each folder is looked into, and each configuration file read, once.

    `rules` are those that all files know; `plugins` loads those that configuration files bring along.
    """

    rules: Sequence[RegisteredRule]
    command_line: CommandLine = CommandLine()
    plugins: Plugins = field(default_factory=Plugins)
    _nearest: Nearest = field(default_factory=lambda: Nearest(file_in))
    _settings: dict[str | None, Settings] = field(default_factory=dict)
    _policies: dict[str, Policy] = field(default_factory=dict)

    def with_layers(self, layers: tuple[Layer, ...]) -> Configuration:
        """The same with these layers of the command line."""
        return Configuration(self.rules, replace(self.command_line, layers=layers), self.plugins, self._nearest)

    def settings(self, path: str) -> Settings:
        """The settings of a file, by its absolute path.  Raises ConfigError, as all that asks for settings does."""
        return self.settings_in(with_slash(os.path.dirname(path)))

    def settings_in(self, folder: str) -> Settings:
        """The settings in a folder: absolute, with a `/` at its end."""
        file = self._file_around(folder)
        if file not in self._settings:
            self._settings[file] = self._settings_by(file)
        return self._settings[file]

    def exclusion(self, folder: str) -> Exclusion:
        """What is left out in a folder."""
        return self.settings_in(folder).exclusion

    def policy(self, path: str) -> Policy:
        """What counts of that which is found in a file, by its absolute path."""
        if path not in self._policies:
            self._policies[path] = self.settings(path).policy(path.replace(os.sep, "/"))
        return self._policies[path]

    def rules_in(self, folders: Iterable[str]) -> tuple[RegisteredRule, ...]:
        """The rules that run in any file of some folders: absolute, with a `/` at their ends."""
        found = {id(settings): settings for settings in map(self.settings_in, folders)}.values()
        chosen = {id(one): one for settings in found for one in settings.rules if one.rule.code in settings.possible}
        return _united(chosen.values())

    def rules_known_in(self, folders: Iterable[str]) -> tuple[RegisteredRule, ...]:
        """The rules that some folders know, whether they run there or not."""
        return _united({id(one): one for folder in folders for one in self.settings_in(folder).rules}.values())

    @property
    def rules_so_far(self) -> tuple[RegisteredRule, ...]:
        """The rules that all files know, and those that the files of the run, as far as it got, brought along."""
        brought = {id(one): one for settings in self._settings.values() for one in settings.rules}
        return tuple({**{id(one): one for one in self.rules}, **brought}.values())

    def file_of(self, path: str) -> str | None:
        """The configuration file that is in force for a file, if there is one."""
        return self._file_around(with_slash(os.path.dirname(path)))

    def _settings_by(self, file: str | None) -> Settings:
        layers, rules = ((), self.rules) if file is None else layers_of(file, self.rules, self.plugins)
        is_around = file is not None and self.command_line.file is None
        root = with_slash(os.path.dirname(file)) if file is not None and is_around else working_folder()
        target = newest_target() if self.command_line.is_isolated else None
        return Settings((*layers, *self.command_line.layers), root, rules, target)

    def _file_around(self, folder: str) -> str | None:
        if self.command_line.is_isolated:
            return None
        if self.command_line.file is not None:
            return self.command_line.file
        return self._nearest.around(folder)


def layer_of_options(options: Mapping[str, object], rules: Sequence[RegisteredRule]) -> Layer:
    """What options of the command line say, by name; values that are empty, false or None were not given."""
    folder = working_folder()
    given = {name: list(raw) if isinstance(raw, tuple) else raw for name, raw in options.items() if raw}
    return Layer(
        {
            name: Given(value_of(name, raw, Place(f"--{name}", folder), rules), f"--{name}")
            for name, raw in given.items()
        }
    )


def _united(rules: Iterable[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """Rules that several configuration files bring along, by code.  Raises ConfigError if they don't go together."""
    try:
        return united(rules)
    except PackError as error:
        raise ConfigError(f"the files of one run can't have different rules of one name: {error}") from None


def table_of_text(text: str) -> Mapping[str, Any]:
    """The TOML that `--config KEY=VALUE` says.  Raises ConfigError."""
    try:
        table = parse_toml(text)
    except BrokenTomlError as error:
        hint = "it takes KEY=VALUE with a value as in TOML, such as 'select=[\"LR1\"]', or the path of a file"
        raise ConfigError(f"{INLINE} {text}: {error}; {hint}") from None
    if EXTEND in table:
        raise ConfigError(f"{INLINE} can't {EXTEND} a file, but name one: {INLINE} {table[EXTEND]}")
    return table


def inline_place() -> Place:
    """The place that values of `--config` stand at."""
    return Place(INLINE, working_folder())


def existing_file(path: str) -> str:
    """The absolute path of a file that `--config` names.  Raises ConfigError."""
    if not os.path.isfile(path):
        hint = "it takes the path of a file, or KEY=VALUE"
        raise ConfigError(f"{INLINE} {shown_path(path)}: there is no such file; {hint}")
    return canonical(path)
