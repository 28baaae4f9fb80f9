"""README.md, held to what it says: its commands print what it shows, and its numbers are measured."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from lrlint.cli import main
from lrlint.registry import RegisteredRule, load_rules
from lrlint.runtime.evidence import Observer
from tests.cases import ROOT, all_cases

README = (ROOT / "README.md").read_text(encoding="utf-8")

INSTALL_LINES = [
    "python3 -m pip install . && lrlint check path/to/training/code",
    "python3 -m pip install -e '.[dev]' && python3 -m pytest",
]


def blocks(language: str = r"\w+") -> list[str]:
    """The fenced blocks in a language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def table_rows(header: str) -> list[list[str]]:
    """The cells of the table under a header row."""
    body = README.split(f"{header}\n", 1)[1].split("\n\n", 1)[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body]


@dataclass(frozen=True)
class Run:
    """One command of the example: what the README shows of it, and what it prints."""

    command: str
    shown: str
    printed: str


@dataclass(frozen=True)
class Example:
    """The example of the README, played through: its program before and after, and its commands."""

    before: Path
    after: Path
    runs: list[Run]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    program = blocks("python")[0]
    folder = tmp_path_factory.mktemp("readme")
    before, after = folder / "before.py", folder / "train.py"
    for path in (before, after):
        path.write_text(program, encoding="utf-8")
    commands = re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", "".join(blocks("console")), re.MULTILINE)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        runs = [Run(command, shown, printed_by(command)) for command, shown in commands]
    return Example(before, after, runs)


def printed_by(command: str) -> str:
    program, *arguments = shlex.split(command)
    assert program == "lrlint"
    return CliRunner(env={"NO_COLOR": "1"}).invoke(main, arguments).output


def fixes(registered: RegisteredRule) -> str:
    return "/".join(applicability.value for applicability in registered.rule.fixes) or "none"


def summary(registered: RegisteredRule) -> str:
    return registered.rule.summary + ("" if registered.rule.default else " (off by default)")


def test_the_two_lines_to_begin_with_come_first() -> None:
    assert [block.rstrip("\n") for block in blocks()[:2]] == INSTALL_LINES
    assert README.index(INSTALL_LINES[1]) < README.index("\n## ")


def test_the_commands_print_what_is_shown(example: Example) -> None:
    assert [run.command.split()[:2] for run in example.runs] == [["lrlint", "check"]] * 3
    for run in example.runs:
        assert run.printed == run.shown, run.command


def test_the_lrs_are_those_that_torch_uses(example: Example, observer: Observer) -> None:
    shown = {line.split()[0]: line.split()[1:] for line in blocks("text")[0].splitlines()}
    seen = {"before": observer.observe(example.before), "after": observer.observe(example.after)}
    for name, evidence in seen.items():
        (rates,) = evidence.rates
        assert [f"{rate:.4f}" for rate in rates] == shown[name]


def test_the_table_lists_the_rules() -> None:
    rules = [[one.rule.code, summary(one), one.rule.severity.value, fixes(one)] for one in load_rules()]
    assert table_rows("| rule | what is wrong | severity | fix |") == rules


def test_most_of_the_cases_are_traps() -> None:
    traps = [case.is_trap for case in all_cases()]
    assert "More than half of the over 200 cases are traps" in README
    assert len(traps) > 200
    assert traps.count(True) > traps.count(False)


def test_the_links_lead_to_files() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).is_file()] == []
