"""`overrides`: options that differ by file below one configuration file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_config import EARLY, EPOCH, check, found, project, write

__all__ = ["project"]

VERBOSE = EPOCH.replace("optimizer, 30", "optimizer, 30, verbose=True").replace("epoch + 1", "")


@pytest.fixture(autouse=True)
def _files(project: Path) -> None:
    for folder in ("old", "new"):
        write(f"{folder}/early.py", EARLY)
        write(f"{folder}/epoch.py", EPOCH)


ALL = ["new/early.py: LR101", "new/epoch.py: LR102", "old/early.py: LR101", "old/epoch.py: LR102"]


@pytest.mark.parametrize(
    ("table", "left"),
    [
        ('files = ["old/"]\nignore = ["LR101"]', [ALL[0], ALL[1], ALL[3]]),
        ('files = ["!old/"]\nignore = ["LR101"]', [ALL[1], ALL[2], ALL[3]]),
        ('files = ["early.py", "new/"]\nselect = ["LR102"]', [ALL[1], ALL[3]]),
        ('files = ["old/**/e*.py"]\nselect = ["LR3"]\nextend-select = ["LR102"]', [ALL[0], ALL[1], ALL[3]]),
    ],
)
def test_rules(table: str, left: list[str]) -> None:
    assert found() == ALL
    write("lrlint.toml", f"[[overrides]]\n{table}\n")
    assert found() == left


def test_a_rule_may_run_in_some_files_alone() -> None:
    write(
        "pyproject.toml",
        '[tool.lrlint]\nselect = ["LR101"]\n[[tool.lrlint.overrides]]\nfiles = ["new/"]\nselect = ["LR102"]\n',
    )
    assert found() == [ALL[1], ALL[2]]


def test_later_tables_and_the_command_line_have_the_last_say() -> None:
    write(
        "lrlint.toml",
        '[[overrides]]\nfiles = ["old/"]\nignore = ["LR1"]\n[[overrides]]\nfiles = ["epoch.py"]\nselect = ["LR102"]\n',
    )
    assert found() == [ALL[0], ALL[1], ALL[3]]
    assert found("--select=LR101") == [ALL[0], ALL[2]]
    assert found("--isolated") == ALL


def test_those_of_an_extended_file_come_first() -> None:
    write("base.toml", '[[overrides]]\nfiles = ["old/"]\nignore = ["LR101"]\n')
    write("lrlint.toml", 'extend = "base.toml"\n[[overrides]]\nfiles = ["old/early.py"]\nselect = ["LR101"]\n')
    assert found() == ALL
    write("lrlint.toml", 'extend = "base.toml"\n')
    assert found() == [ALL[0], ALL[1], ALL[3]]


def test_fixes() -> None:
    write("lrlint.toml", '[[overrides]]\nfiles = ["old/"]\nextend-safe-fixes = ["LR101"]\nunfixable = ["LR102"]\n')
    assert check("--fix").exit_code == 1
    assert found() == [ALL[0], ALL[3]]


def test_the_torch_of_some_files() -> None:
    for folder in ("old", "new"):
        write(f"{folder}/verbose.py", VERBOSE)
    write("lrlint.toml", '[[overrides]]\nfiles = ["old/"]\ntorch-version = "1.7"\n')
    assert [one for one in found() if "verbose" in one] == ["new/verbose.py: LR401"]


def test_per_file_ignores_hold_as_well() -> None:
    write(
        "lrlint.toml",
        '[per-file-ignores]\n"epoch.py" = ["LR102"]\n[[overrides]]\nfiles = ["old/"]\nignore = ["LR101"]\n',
    )
    assert found() == [ALL[0]]


def test_settings_are_shown_by_file() -> None:
    write("lrlint.toml", '[[overrides]]\nfiles = ["old/"]\nselect = ["LR101"]\n')
    assert '    { files = ["old/"], select = ["LR101"] }' in check("--show-settings").stdout.replace(
        "overrides = [{", "    {"
    )
    shown = check("--show-settings", "old/early.py").stdout
    assert 'select = ["LR101"]  # lrlint.toml:3' in shown
    assert "# rules: LR101\n" in shown
    assert "LR102" in check("--show-settings", "new/early.py").stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("overrides = 1", "'overrides' must be a list of tables"),
        ('overrides = ["old/"]', "a list with other things than tables"),
        ("[[overrides]]\nignore = []", "each table needs 'files'"),
        ("[[overrides]]\nfiles = []", "each table needs 'files'"),
        ('[[overrides]]\nfiles = ["a"]\nexclude = ["b"]', "lrlint.toml:3: 'overrides': 'exclude' can't differ by file"),
        ('[[overrides]]\nfiles = ["a"]\nignore = ["LR1x"]', "lrlint.toml:3: 'ignore': there is no rule 'LR1x'"),
        ('[[overrides]]\nfiles = ["../a"]', "leads out of the folder"),
    ],
)
def test_what_is_wrong_is_told(text: str, message: str) -> None:
    write("lrlint.toml", f"{text}\n")
    result = check()
    assert result.exit_code == 2
    assert message in result.stderr
