"""The options of `lrlint check` that are about configuration, and what they ask to be shown."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click

from lrlint.cli.values import config_option
from lrlint.config.configuration import (
    CommandLine,
    Configuration,
    existing_file,
    inline_place,
    layer_of_options,
    table_of_text,
)
from lrlint.config.errors import ConfigError, shown_path, with_slash
from lrlint.config.plugins import ALLOW, Plugins
from lrlint.config.values import layer_of
from lrlint.files import Discovery
from lrlint.imports.finder import canonical
from lrlint.registry import RegisteredRule
from lrlint.report.settings import render_files, render_settings
from lrlint.report.terminal import visible

_OPTIONS = (
    config_option,
    click.option(
        "--exclude", metavar="PATTERN", multiple=True, help="Leave these out, not what is left out otherwise."
    ),
    click.option("--extend-exclude", metavar="PATTERN", multiple=True, help="Leave these files and folders out, too."),
    click.option(
        ALLOW, is_flag=True, help="Load the rules that configuration files name as `plugins`: code of the project."
    ),
    click.option("--show-settings", is_flag=True, help="Print the settings of PATHS and where they come from."),
    click.option("--show-files", is_flag=True, help="Print the files that would be checked."),
    click.option("-v", "--verbose", is_flag=True, help="With --show-files: also those left out, and why."),
)


def configuration_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def configuration_of(
    rules: Sequence[RegisteredRule],
    given: Sequence[str],
    options: Mapping[str, object],
    isolated: bool,
    plugins: Plugins,
    paths: Sequence[str],
) -> Configuration:
    """The configuration of a run.

    `given` are the values of --config, `options` those of the options that are called like options of files.  They may
    also select rules that the configuration around `paths` brings along.  Raises ConfigError for what is wrong in one
    of them.
    """
    inline = [one for one in given if "=" in one and not os.path.isfile(one)]
    files = [existing_file(one) for one in given if one not in inline]
    if len(files) > 1:
        raise ConfigError("--config takes one file alone")
    if files and isolated:
        raise ConfigError("--isolated reads no configuration file, so it can't go with --config FILE")
    file, tables, place = files[0] if files else None, [table_of_text(one) for one in inline], inline_place()
    for table in tables:
        rules = plugins.joined(rules, table, place)
    configuration = Configuration(rules, CommandLine((), file, isolated), plugins)
    known = configuration.rules_known_in(map(_folder_of, paths))
    return configuration.with_layers(
        (*(layer_of(table, place, known) for table in tables), layer_of_options(options, known))
    )


def _folder_of(path: str) -> str:
    return with_slash(os.path.realpath(path if os.path.isdir(path) else os.path.dirname(path)))


def shown_settings(configuration: Configuration, paths: Sequence[str]) -> str:
    """The settings of each of some files and folders, which need not be there."""
    return "\n".join(_settings_of(configuration, path) for path in paths)


def _settings_of(configuration: Configuration, path: str) -> str:
    if os.path.isdir(path):
        real = with_slash(os.path.realpath(path))
        settings = configuration.settings_in(real)
        return render_settings(shown_path(path), settings, settings.selected)
    real = canonical(path)
    codes = configuration.policy(real).rules or frozenset()
    settings = configuration.settings(real).within(real.replace(os.sep, "/"))
    return render_settings(shown_path(path), settings, codes)


def shown_files(configuration: Configuration, discovery: Discovery, verbose: bool) -> str:
    """The files of a run, a line each; `verbose`: with a second column, and with those that are left out."""
    if not verbose:
        return "".join(f"{visible(file.display)}\n" for file in discovery.files)
    rows = [(file.display, _remark(configuration, file.absolute)) for file in discovery.files]
    return render_files(sorted([*rows, *((one.display, one.reason) for one in discovery.left_out)]))


def _remark(configuration: Configuration, path: str) -> str:
    file = configuration.file_of(path)
    source = "the defaults" if file is None else shown_path(file)
    return f"checked with {source}" if configuration.policy(path).rules else f"no rule runs in it, with {source}"
