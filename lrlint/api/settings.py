"""Settings that a caller of the library gives: what the command line would say of the configuration."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from lrlint.config.configuration import CommandLine, Configuration
from lrlint.config.errors import ConfigError, Place, shown_path, working_folder
from lrlint.config.layer import Layer
from lrlint.config.options import BY_NAME
from lrlint.config.plugins import Plugins
from lrlint.config.values import layer_of
from lrlint.imports.finder import canonical
from lrlint.registry import RegisteredRule, load_rules

_ORIGIN = "lrlint.Settings"

Strings = Sequence[str] | None


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The options of configuration files, by their names there, and where configuration comes from.

    None: the option is not given.  Options have their say after configuration files, as those of the command line do.
    `config` is read in place of the files around the checked ones, and `isolated` reads none; nor does it look at what
    the metadata of the project say of its torch.  Patterns start at the working directory.  The `plugins` of a
    configuration file are code: with `allow_local_plugins` they are loaded, without it checks raise ConfigError for
    them.  Its `baseline` is the command's alone.

    Raises ConfigError for what is wrong, with the words that configuration files get.
    """

    select: Strings = None
    extend_select: Strings = None
    ignore: Strings = None
    per_file_ignores: Mapping[str, Sequence[str]] | None = None
    overrides: Sequence[Mapping[str, str | Sequence[str]]] | None = None
    exclude: Strings = None
    extend_exclude: Strings = None
    force_exclude: bool | None = None
    fixable: Strings = None
    unfixable: Strings = None
    extend_safe_fixes: Strings = None
    extend_unsafe_fixes: Strings = None
    torch_version: str | None = None
    config: str | os.PathLike[str] | None = None
    isolated: bool = False
    allow_local_plugins: bool = False

    def __post_init__(self) -> None:
        configuration_of(self)


def configuration_of(settings: Settings) -> Configuration:
    """The configuration that some settings ask for.  Raises ConfigError."""
    rules = all_rules()
    command_line = CommandLine((_layer(settings, rules),), _file(settings), settings.isolated)
    return Configuration(rules, command_line, plugins=Plugins(settings.allow_local_plugins))


@cache
def all_rules() -> tuple[RegisteredRule, ...]:
    """Every rule there is, loaded once."""
    return load_rules()


def _layer(settings: Settings, rules: Sequence[RegisteredRule]) -> Layer:
    given = {field.name.replace("_", "-"): getattr(settings, field.name) for field in fields(settings)}
    table = {name: _as_read(raw) for name, raw in given.items() if name in BY_NAME and raw is not None}
    return layer_of(table, Place(_ORIGIN, working_folder()), rules)


def _as_read(raw: Any) -> Any:
    """A value as TOML would give it."""
    if isinstance(raw, Mapping):
        return {key: _as_read(value) for key, value in raw.items()}
    if isinstance(raw, Sequence | set | frozenset) and not isinstance(raw, str):
        return [_as_read(one) for one in raw]
    return raw


def _file(settings: Settings) -> str | None:
    if settings.config is None:
        return None
    if settings.isolated:
        raise ConfigError(f"{_ORIGIN}: isolated settings read no configuration file")
    if not os.path.isfile(settings.config):
        raise ConfigError(f"{_ORIGIN}: there is no configuration file {shown_path(os.fspath(settings.config))}")
    return canonical(settings.config)
