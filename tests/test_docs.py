"""docs/, held to what the command has."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from lrlint.cli import main
from tests.cases import ROOT

DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))


def test_the_table_of_contents_names_every_page() -> None:
    linked = re.findall(r"^\| \[([\w.]+)\]\(\1\) \|", (DOCS / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted([*linked, "README.md"]) == [page.name for page in PAGES]


def test_the_table_of_options_has_each_option_once() -> None:
    page = (DOCS / "usage.md").read_text(encoding="utf-8")
    table = page.partition("| options | where |")[2].partition("\n\n")[0]
    command = main.get_command(click.Context(main), "check")
    assert command is not None
    options = [max(one.opts, key=len) for one in command.params if isinstance(one, click.Option)]
    assert sorted(re.findall(r"`(--[\w-]+)`", table)) == sorted(options)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_links_lead_to_files_and_headings(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = []
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)", text):
        file = page.parent / target if target else page
        if not file.exists() or (anchor and anchor not in anchors_of(file.read_text(encoding="utf-8"))):
            broken.append(f"{target}#{anchor}")
    assert broken == []


def anchors_of(text: str) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
