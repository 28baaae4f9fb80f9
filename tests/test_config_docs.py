"""The documentation of configuration, held to the table of options and to what the command takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lrlint.cli import main
from lrlint.config.options import OPTIONS, Option
from lrlint.toml import parse_toml
from tests.record_configuration import PAGE, SCHEMA, page_text, schema, schema_text

AGAIN = "run python -m tests.record_configuration"

Schema = dict[str, Any]
TYPES: dict[str, type] = {"string": str, "array": list, "object": dict, "boolean": bool}


def problems(value: object, wanted: Schema, whole: Schema) -> Iterator[str]:
    """What a schema has against a value; as much of JSON Schema as ours uses."""
    wanted = whole["definitions"][wanted["$ref"].rpartition("/")[2]] if "$ref" in wanted else wanted
    unknown = wanted.keys() - {
        *("$schema", "title", "description", "default", "definitions"),
        *("type", "pattern", "items", "properties", "additionalProperties"),
    }
    assert not unknown
    if type(value) is not TYPES[wanted["type"]]:
        yield f"{value!r} is no {wanted['type']}"
    elif isinstance(value, str) and not re.search(wanted.get("pattern", ""), value):
        yield f"{value!r} does not match"
    elif isinstance(value, list):
        for item in value:
            yield from problems(item, wanted["items"], whole)
    elif isinstance(value, dict):
        for key, item in value.items():
            inner = wanted.get("properties", {}).get(key, wanted["additionalProperties"])
            yield from problems(item, inner, whole) if inner else [f"{key!r} is unknown"]


RULE = """
from lrlint.rule import Rule, Severity

RULE = Rule("ACME001", "no-such-thing", "there is no such thing", Severity.STYLE, ("torch",))


def check(program):
    return iter(())
"""


def is_valid(text: str) -> bool:
    return not list(problems(parse_toml(text), schema(), schema()))


def is_taken(text: str) -> bool:
    """Whether the command takes a text as a configuration file."""
    Path("lrlint.toml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["check", "--allow-local-plugins"])
    assert result.exit_code in (0, 2), result.output
    return result.exit_code == 0


def test_the_schema_is_that_of_the_options() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), AGAIN
    assert json.loads(schema_text())["properties"].keys() == {option.name for option in OPTIONS}


def test_the_page_has_the_options() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(), AGAIN


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_examples_and_defaults_are_right(option: Option, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (tmp_path / "lrlint.toml").touch()
    (folder / "lrlint-baseline.json").write_text('{"version": 1, "findings": []}', encoding="utf-8")
    (folder / "my_rules").mkdir()
    (folder / "my_rules" / "acme001.py").write_text(RULE)
    monkeypatch.chdir(folder)
    assert option.example.startswith(f"{option.name} = ")
    assert is_valid(option.example)
    assert is_taken(option.example)
    if option.default is not None:
        text = f"{option.name} = {json.dumps(option.default)}"
        assert is_valid(text)
        assert is_taken(text)
    assert (option.default is None) is bool(option.unset)


@pytest.mark.parametrize(
    ("text", "is_right"),
    [
        ("", True),
        ('select = ["ALL", "LR1", "LR101", "scheduler-step-epoch-argument"]', True),
        ('select = ["lr101"]', False),
        ('select = "LR1"', False),
        ("select = [1]", False),
        ("x = 1", False),
        ("force-exclude = 1", False),
        ('torch-version = "2.13"', True),
        ('torch-version = "2.1.2"', True),
        ('torch-version = "2.99"', False),
        ("torch-version = 2.1", False),
        ('exclude = ["!a"]', False),
        ('per-file-ignores = { "!a" = ["LR1"] }', True),
        ('per-file-ignores = { "a" = "LR1" }', False),
        ("extend = []", False),
    ],
)
def test_the_schema_takes_what_the_command_takes(
    text: str, is_right: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert is_valid(text) is is_right
    assert is_taken(text) is is_right


def test_the_example_of_the_page_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example = re.findall(r"^```toml\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[0]
    Path("pyproject.toml").write_text(example, encoding="utf-8")
    shown = CliRunner().invoke(main, ["check", "--show-settings"])
    assert shown.exit_code == 0
    assert 'extend-select = ["LR5"]  # pyproject.toml:2' in shown.output


def test_the_page_tells_all_options_of_the_command_line() -> None:
    page = PAGE.read_text(encoding="utf-8")
    options = ("--select", "--ignore", "--exclude", "--config", "--isolated", "--show-settings", "--show-files")
    assert [option for option in options if f"`{option}" not in page] == []
