"""The page about editors: its settings can be read, and name what there is."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from lrlint.cli import main
from lrlint.toml import parse_toml
from tests.cases import ROOT

PAGE = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("text", blocks("json"))
def test_settings_in_json_can_be_read(text: str) -> None:
    assert json.loads(text)


@pytest.mark.parametrize("text", blocks("toml"))
def test_settings_in_toml_can_be_read(text: str) -> None:
    assert parse_toml(text)


@pytest.mark.parametrize("editor", ["VS Code", "Neovim", "Helix", "Zed", "PyCharm"])
def test_each_editor_starts_the_command(editor: str) -> None:
    section = PAGE.partition(f"\n## {editor}\n")[2].partition("\n## ")[0]
    assert "lrlint" in section
    assert "server" in section
    assert f"](#{editor.lower().replace(' ', '-')})" in PAGE


def test_there_is_such_a_command() -> None:
    shown = CliRunner().invoke(main, ["server", "--help"])
    assert shown.exit_code == 0
    assert "Language Server Protocol" in shown.output
