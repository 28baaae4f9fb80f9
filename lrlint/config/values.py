"""Values of options, read from TOML: of the right type and about rules that there are."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from lrlint.config.errors import ConfigError, Place
from lrlint.config.layer import FileIgnores, Files, Given, Layer, Override
from lrlint.config.options import BY_NAME, FILES, OPTIONS, OVERRIDABLE, Kind, Option
from lrlint.config.patterns import Pattern
from lrlint.registry import RegisteredRule, UnknownRuleError, find_rules, matching_rules
from lrlint.seen import seen_rules
from lrlint.torch_api.target import UnknownReleaseError, exact_target

LIST_OF_RULES = "`lrlint rule` lists all rules"

_TYPES = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a table"}
_EXAMPLES = {option.kind: option.example.partition(" = ")[2] for option in reversed(OPTIONS)}


def layer_of(table: Mapping[str, Any], place: Place, rules: Sequence[RegisteredRule]) -> Layer:
    """What a table of TOML gives.  Raises ConfigError for the first thing in it that is wrong."""
    return Layer({key: Given(value_of(key, raw, place, rules), place.origin(key)) for key, raw in table.items()})


def value_of(key: str, raw: object, place: Place, rules: Sequence[RegisteredRule]) -> Any:
    """The value of an option: a str, a bool, or a tuple of strings, of Patterns, of FileIgnores, or of Overrides.

    Raises ConfigError.
    """
    option = BY_NAME.get(key)
    if option is None:
        raise place.error(key, f"unknown option {key!r}{_hint(key)}")
    return _Reader(option, place, rules).read(raw)


def _hint(key: str) -> str:
    if key == "tool":
        return "; outside of pyproject.toml options stand without [tool.lrlint]"
    import difflib  # for mistakes alone

    nearest = difflib.get_close_matches(key.replace("_", "-").lower(), BY_NAME, n=1, cutoff=0.5)
    return f"; did you mean {nearest[0]!r}?" if nearest else f"; known are {', '.join(BY_NAME)}"


def _is_list_of_strings(raw: object) -> TypeGuard[list[str]]:
    return isinstance(raw, list) and all(isinstance(one, str) for one in raw)


class _Reader:
    """Reads the value of one option."""

    def __init__(self, option: Option, place: Place, rules: Sequence[RegisteredRule]) -> None:
        self._option = option
        self._place = place
        self._rules = rules

    def read(self, raw: object) -> Any:
        kind = self._option.kind
        if kind is Kind.FLAG:
            return self._typed(raw, bool)
        if kind is Kind.FILE:
            return self._typed(raw, str)
        if kind in (Kind.BASELINE, Kind.FOLDER):
            return self._path(raw)
        if kind is Kind.RELEASE:
            return self._release(raw)
        if kind is Kind.PATTERNS:
            return tuple(self._pattern(text) for text in self._strings(raw))
        if kind is Kind.PATHS:
            return tuple(self._strings(raw))
        if kind is Kind.RULES:
            return self._selectors(raw)
        if kind is Kind.OVERRIDES:
            return tuple(self._override(table) for table in self._tables(raw))
        return tuple(self._file_ignores(text, inner) for text, inner in self._table(raw).items())

    def _typed(self, raw: object, wanted: type) -> Any:
        if type(raw) is not wanted:
            raise self._wrong_type(raw)
        return raw

    def _path(self, raw: object) -> str:
        """A path from the folder of the place, absolute; empty as it is."""
        path: str = self._typed(raw, str)
        return os.path.normpath(os.path.join(self._place.folder, os.path.expanduser(path))) if path else ""

    def _table(self, raw: object) -> Mapping[str, object]:
        table: Mapping[str, object] = self._typed(raw, dict)
        return table

    def _strings(self, raw: object) -> list[str]:
        if not _is_list_of_strings(raw):
            raise self._wrong_type(raw)
        return raw

    def _wrong_type(self, raw: object) -> ConfigError:
        name, kind = self._option.name, self._option.kind
        inner = "tables" if kind is Kind.OVERRIDES else "strings"
        given = f"a list with other things than {inner}" if isinstance(raw, list) else _TYPES.get(type(raw), "a time")
        return self._place.error(name, f"{name!r} must be {kind.value}, as {_EXAMPLES[kind]}, and is {given}")

    def _selectors(self, raw: object) -> tuple[str, ...]:
        return tuple(self._selector(text) for text in self._strings(raw))

    def _selector(self, text: str) -> str:
        try:
            find_rules(self._rules, text)
        except UnknownRuleError as error:
            if not matching_rules(seen_rules(), text):
                raise self._error(f"{error} ({LIST_OF_RULES})", text) from None
        return text

    def _release(self, raw: object) -> str:
        release: str = self._typed(raw, str)
        try:
            exact_target(release)
        except UnknownReleaseError as error:
            raise self._error(str(error)) from None
        return release

    def _file_ignores(self, text: str, raw: object) -> FileIgnores:
        if not _is_list_of_strings(raw):
            raise self._error(f'the rules of {text!r} must be a list, as ["LR1"]', text)
        return FileIgnores(self._files(text), self._selectors(raw))

    def _files(self, text: str) -> Files:
        return Files(self._pattern(text.removeprefix("!")), text.startswith("!"))

    def _tables(self, raw: object) -> list[Mapping[str, object]]:
        if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
            raise self._wrong_type(raw)
        return raw

    def _override(self, table: Mapping[str, object]) -> Override:
        files, options = table.get(FILES), {key: raw for key, raw in table.items() if key != FILES}
        if not _is_list_of_strings(files) or not files:
            raise self._error(f'each table needs {FILES!r}, a list of patterns, as ["examples/"]')
        wrong = next((key for key in options if key not in OVERRIDABLE), None)
        if wrong is not None:
            raise self._error(f"{wrong!r} can't differ by file; {', '.join(sorted(OVERRIDABLE))} can", wrong)
        return Override(tuple(map(self._files, files)), layer_of(options, self._place, self._rules))

    def _pattern(self, text: str) -> Pattern:
        if text.startswith("!"):
            raise self._error(f"the pattern {text!r} can't take back what others match", text)
        origin = self._place.origin(self._option.name)
        try:
            return Pattern.of(text, self._place.folder, origin)
        except ValueError as error:
            raise self._error(str(error), text) from None

    def _error(self, message: str, value: str | None = None) -> ConfigError:
        name = self._option.name
        subject = "" if self._place.shown == f"--{name}" else f"{name!r}: "
        return self._place.error(name, f"{subject}{message}", value)
