"""What `--show-settings` and `--show-files` print."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from lrlint.config.exclusion import DEFAULT
from lrlint.config.layer import Given, Override
from lrlint.config.options import OPTIONS, TORCH_VERSION, Kind, Option
from lrlint.config.patterns import Pattern
from lrlint.config.settings import Settings
from lrlint.report.terminal import visible

_WIDTH = 100


def render_settings(shown: str, settings: Settings, codes: frozenset[str]) -> str:
    """The settings of a path as TOML, with comments that say where each value comes from; `codes` are its rules."""
    rules = f"rules: {', '.join(sorted(codes)) or 'none'}"
    lines = [
        f"# {visible(shown)}",
        *(line for option in OPTIONS for line in _option(option, settings)),
        *textwrap.wrap(rules, _WIDTH, initial_indent="# ", subsequent_indent="#     "),
    ]
    return "".join(f"{line}\n" for line in lines)


def render_files(rows: Sequence[tuple[str, str]]) -> str:
    """Paths in one column, and what is said of them in the other."""
    width = max((len(visible(path)) for path, _ in rows), default=0)
    return "".join(f"{visible(path):{width}}  {visible(remark)}\n" for path, remark in rows)


def _option(option: Option, settings: Settings) -> Iterator[str]:
    given = settings.given(option.name)
    if not given and option.default is None:
        is_newest = option.name == TORCH_VERSION and settings.target is not None
        yield f"# {option.name}: {'the newest known' if is_newest else option.unset}"
    elif len(given) > 1:
        yield f"{option.name} = ["
        yield from (f"    {_item(value)},  # {visible(one.origin)}" for one in given for value in one.value)
        yield "]"
    else:
        one = given[0] if given else Given(option.default, DEFAULT)
        yield f"{option.name} = {_value(option, one.value)}  # {visible(one.origin)}"


def _value(option: Option, value: Any) -> str:
    if option.kind is Kind.RULES_OF_FILES:
        pairs = ", ".join(f"{_toml(one.files.text)} = {_list(one.selectors)}" for one in value)
        return f"{{ {pairs} }}" if pairs else "{}"
    if option.kind is Kind.OVERRIDES:
        return f"[{', '.join(map(_override, value))}]"
    return _list(value) if isinstance(value, tuple) else _toml(value)


def _item(value: object) -> str:
    return _override(value) if isinstance(value, Override) else _toml(value)


def _override(override: Override) -> str:
    options = {name: given.value for name, given in override.layer.values.items()}
    shown = [f"files = {_list([one.text for one in override.files])}"]
    shown += [
        f"{name} = {_list(value) if isinstance(value, tuple) else _toml(value)}" for name, value in options.items()
    ]
    return f"{{ {', '.join(shown)} }}"


def _list(values: Sequence[object]) -> str:
    return f"[{', '.join(map(_toml, values))}]"


def _toml(value: object) -> str:
    """A string or boolean, which JSON writes as TOML does."""
    if isinstance(value, Pattern):
        value = value.text
    return json.dumps(value, ensure_ascii=False)
