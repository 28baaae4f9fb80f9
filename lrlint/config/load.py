"""Configuration files: found around a path, read, and with those that they extend."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lrlint import disk
from lrlint.config.errors import ConfigError, Place, shown_path, with_slash
from lrlint.config.layer import Layer
from lrlint.config.nearest import FILE_NAMES, OWN_WORD, PYPROJECT
from lrlint.config.options import EXTEND
from lrlint.config.plugins import Plugins
from lrlint.config.values import layer_of, value_of
from lrlint.registry import RegisteredRule
from lrlint.toml import BrokenTomlError, parse_toml

SECTION = "tool.lrlint"


@dataclass(frozen=True, slots=True)
class _File:
    """A file that configures lrlint: its options, and the place that they stand at."""

    table: Mapping[str, Any]
    place: Place


def file_in(folder: str) -> str | None:
    """The path of the file that configures lrlint in a folder (absolute, with a `/` at its end).

    Raises ConfigError for a `pyproject.toml` that speaks of lrlint and can't be read.
    """
    for name in FILE_NAMES:
        path = folder + name
        if disk.is_file(path) and (name != PYPROJECT or _read(path) is not None):
            return path
    return None


def layers_of(
    path: str, rules: Sequence[RegisteredRule], plugins: Plugins
) -> tuple[tuple[Layer, ...], tuple[RegisteredRule, ...]]:
    """What a file says, behind what those say that it extends; and `rules` with those that any of them brings along.

    Raises ConfigError for what is wrong in any of them.
    """
    files = _chain(path)
    for file in files:
        rules = plugins.joined(rules, file.table, file.place)
    return tuple(layer_of(file.table, file.place, rules) for file in files), tuple(rules)


def _chain(path: str, later: tuple[str, ...] = ()) -> tuple[_File, ...]:
    """A file behind those that it extends; `later` are those that have led to it."""
    file = _read(path)
    if file is None:
        raise ConfigError(f"{shown_path(path)}: there is no [{SECTION}] in it")
    if EXTEND not in file.table:
        return (file,)
    extended = value_of(EXTEND, file.table[EXTEND], file.place, ())
    before = os.path.realpath(os.path.join(file.place.folder, os.path.expanduser(extended)))
    links = (*later, os.path.realpath(path))
    if before in links:
        circle = " -> ".join(shown_path(link) for link in (*links[links.index(before) :], before))
        raise file.place.error(EXTEND, f"files extend each other in a circle: {circle}", extended)
    if not disk.is_file(before):
        raise file.place.error(EXTEND, f"{EXTEND!r}: there is no file {shown_path(before)}", extended)
    return (*_chain(before, links), file)


def _read(path: str) -> _File | None:
    """The options of a file at an absolute path; None for a `pyproject.toml` without any.

    Raises ConfigError for one that is broken.
    """
    shown = shown_path(path)
    is_pyproject = os.path.basename(path) == PYPROJECT
    try:
        data = disk.read(path)
        if is_pyproject and OWN_WORD not in data:
            return None  # most projects' ends here, before TOML is read
        text = data.decode("utf-8-sig")
        document = parse_toml(text)
    except OSError as error:
        raise ConfigError(f"{shown}: can't be read: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{shown}: it is not UTF-8, as TOML has to be") from None
    except BrokenTomlError as error:
        places = [str(number) for number in (error.line, error.column) if number is not None]
        raise ConfigError(f"{':'.join([shown, *places])}: this is not TOML: {error}") from None
    folder = with_slash(os.path.dirname(path))
    if not is_pyproject:
        return _File(document, Place(shown, folder, text))
    place = Place(shown, folder, text, SECTION)
    tools = document.get("tool")
    table = tools.get("lrlint") if isinstance(tools, dict) else None
    if table is not None and not isinstance(table, dict):
        raise place.error("lrlint", f"{SECTION!r} must be a table")
    return None if table is None else _File(table, place)
