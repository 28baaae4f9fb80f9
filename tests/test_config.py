"""Configuration, through the command line: which files of it are found, what each option does, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrlint.cli import main
from lrlint.config import configuration, load
from lrlint.config.options import OPTIONS
from lrlint.toml import parse_toml
from tests.cases import ROOT
from tests.checkout import run
from tests.notebooks import notebook

# LR101, whose fix is unsafe, and LR102, whose fix is safe here.
TRAIN = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
warm_up = torch.optim.lr_scheduler.StepLR(optimizer, 30)
for epoch in range(90):
    {first}
    optimizer.step()
    {last}
"""
EARLY = TRAIN.format(first="warm_up.step()", last="pass")
EPOCH = TRAIN.format(first="pass", last="warm_up.step(epoch + 1)")
FIXED_EPOCH = EPOCH.replace("epoch + 1", "")


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty repository, in which the command runs."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    return tmp_path


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def check(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=stdin, prog_name="lrlint")


def found(*arguments: str, stdin: str | None = None) -> list[str]:
    """`path: code` for each finding."""
    result = check("--output-format=concise", *arguments, stdin=stdin)
    assert result.exit_code in (0, 1), result.output
    rows = [line.split(":", 3) for line in result.stdout.splitlines() if line.count(":") >= 3]
    return [f"{row[0]}: {row[3].split()[0]}" for row in rows]


def refused(*arguments: str) -> str:
    """What the command says instead of checking anything."""
    result = check(*arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("error: ")
    return result.stderr.removeprefix("error: ").removesuffix("\n")


# Which file counts


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lrlint.toml", 'ignore = ["LR102"]'),
        (".lrlint.toml", 'ignore = ["scheduler-step-epoch-argument"]'),
        ("pyproject.toml", '[project]\nname = "x"\n[tool.lrlint]\nignore = ["LR1"]'),
        ("pyproject.toml", '\ufefftool.lrlint.select = ["LR2"]'),
    ],
)
def test_each_kind_of_file_is_read(project: Path, name: str, text: str) -> None:
    write("src/train.py", EPOCH)
    assert found() == ["src/train.py: LR102"]
    write(name, text)
    assert found() == []


def test_the_nearest_file_counts_for_each_file(project: Path) -> None:
    for folder in ("", "a/", "a/inner/", "b/"):
        write(f"{folder}train.py", EPOCH)
    write("pyproject.toml", '[tool.lrlint]\nignore = ["LR102"]')
    write("a/lrlint.toml", "")
    write("b/pyproject.toml", '[project]\nname = "lrlint-user"')  # says nothing to lrlint
    assert found() == ["a/inner/train.py: LR102", "a/train.py: LR102"]
    assert found("b", "a/train.py") == ["a/train.py: LR102"]


def test_the_first_of_the_files_in_one_folder_counts(project: Path) -> None:
    write("train.py", EPOCH)
    write("pyproject.toml", '[tool.lrlint]\nignore = ["LR102"]')
    assert found() == []
    write("lrlint.toml", "")
    assert found() == ["train.py: LR102"]
    write(".lrlint.toml", 'ignore = ["LR102"]')
    assert found() == []


def test_files_around_a_repository_do_not_count(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("lrlint.toml", 'ignore = ["LR102"]')
    write("inner/train.py", EPOCH)
    monkeypatch.chdir("inner")
    assert found() == []
    Path(".git").mkdir()
    assert found() == ["train.py: LR102"]


def test_a_folder_is_looked_into_once(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        write(f"a/b/train{number}.py", EPOCH)
    write("lrlint.toml", 'ignore = ["LR102"]')
    asked: list[str] = []

    def file_in(folder: str) -> str | None:
        asked.append(folder)
        return load.file_in(folder)

    monkeypatch.setattr(configuration, "file_in", file_in)
    assert found() == []
    assert [Path(folder).name for folder in asked] == [project.name, "a", "b"]


def test_findings_that_a_call_leads_to_follow_the_file_they_are_in(project: Path) -> None:
    write("train.py", "import torch\nfrom engine.loop import fit\n\n" + EPOCH.split("\n\n")[1].split("for ")[0])
    with open("train.py", "a", encoding="utf-8") as file:
        file.write("fit(optimizer, warm_up)\n")
    write(
        "engine/loop.py",
        "def fit(optimizer, scheduler):\n"
        "    for epoch in range(9):\n        optimizer.step()\n        scheduler.step(epoch)\n",
    )
    assert found() == ["engine/loop.py: LR102"]
    write("lrlint.toml", 'select = ["LR2"]')
    write("engine/lrlint.toml", 'select = ["LR102"]')
    assert found() == ["engine/loop.py: LR102"]
    write("engine/lrlint.toml", 'select = ["LR2"]')
    write("lrlint.toml", 'select = ["LR102"]')
    assert found() == []


def test_standard_input_has_the_configuration_of_its_name(project: Path) -> None:
    write("a/lrlint.toml", 'ignore = ["LR102"]\nextend-exclude = ["gen"]')
    write("a/gen/train.py", EPOCH)
    assert found("-", stdin=EPOCH) == ["<stdin>: LR102"]
    assert found("--stdin-filename=a/new.py", stdin=EPOCH) == []
    assert found("--stdin-filename=b/new.py", stdin=EPOCH) == ["b/new.py: LR102"]
    write("a/lrlint.toml", 'extend-exclude = ["gen"]')
    assert found("--stdin-filename=a/gen/train.py", stdin=EPOCH) == ["a/gen/train.py: LR102"]
    assert found("--stdin-filename=a/gen/train.py", "--force-exclude", stdin=EPOCH) == []


def test_a_notebook_is_configured_as_other_files_are(project: Path) -> None:
    Path("train.ipynb").write_bytes(notebook(EPOCH))
    assert check().exit_code == 1
    write("lrlint.toml", 'per-file-ignores = { "*.ipynb" = ["LR102"] }')
    assert check().exit_code == 0


# extend


def test_a_file_extends_another_one(project: Path) -> None:
    write("shared/base.toml", 'select = ["LR1"]\nignore = ["LR101"]\nextend-exclude = ["gen/", "/local.py"]')
    write("app/lrlint.toml", 'extend = "../shared/base.toml"\nignore = ["LR103"]\nextend-exclude = ["old"]')
    for name in ("early.py", "gen/epoch.py", "old/epoch.py", "local.py"):
        write(f"app/{name}", EARLY if name == "early.py" else EPOCH)
    write("shared/local.py", EPOCH)
    assert found("app") == ["app/local.py: LR102"]  # the path /local.py starts at the folder of base.toml


def test_a_pyproject_is_extended_and_extends(project: Path) -> None:
    write("train.py", EPOCH)
    write("early.py", EARLY)
    write("pyproject.toml", '[tool.lrlint]\nextend = "a/pyproject.toml"')
    write("a/pyproject.toml", '[tool.lrlint]\nextend = "../b/any.toml"\nignore = ["LR101"]')
    write("b/any.toml", 'ignore = ["LR102"]')
    assert found() == []
    write("pyproject.toml", '[tool.lrlint]\nextend = "a/pyproject.toml"\nselect = ["LR1"]')
    assert found() == ["early.py: LR101", "train.py: LR102"]  # who selects anew forgets what was ignored


def test_files_that_extend_each_other_are_an_error(project: Path) -> None:
    write("train.py", EPOCH)
    write("lrlint.toml", '\nextend = "a/b.toml"')
    write("a/b.toml", 'extend = "../lrlint.toml"')
    assert refused() == "a/b.toml:1: files extend each other in a circle: lrlint.toml -> a/b.toml -> lrlint.toml"


@pytest.mark.parametrize(
    ("extended", "answer"),
    [
        ("none.toml", "lrlint.toml:1: 'extend': there is no file none.toml"),
        ("pyproject.toml", "pyproject.toml: there is no [tool.lrlint] in it"),
        ("wrong.toml", "wrong.toml:1: unknown option 'x'; known are extend, select, "),
    ],
)
def test_a_file_that_can_not_be_extended(project: Path, extended: str, answer: str) -> None:
    write("lrlint.toml", f'extend = "{extended}"')
    write("pyproject.toml", "")
    write("wrong.toml", "x = 1")
    assert refused().startswith(answer)


# Selection


def test_rules_are_selected(project: Path) -> None:
    write("early.py", EARLY)
    write("epoch.py", EPOCH)
    everything = ["early.py: LR101", "epoch.py: LR102"]
    for text, left in {
        'select = ["LR102"]': everything[1:],
        'select = ["scheduler-step-epoch-argument"]': everything[1:],
        'select = ["ALL"]\nignore = ["LR1"]\nextend-select = ["LR101"]': everything[:1],
        "select = []": [],
        'select = ["LR1"]\nignore = ["LR102"]': everything[:1],
        'ignore = ["ALL"]': [],
    }.items():
        write("lrlint.toml", text)
        assert found() == left, text


def test_the_command_line_wins_over_files(project: Path) -> None:
    write("early.py", EARLY)
    write("epoch.py", EPOCH)
    write("lrlint.toml", 'ignore = ["LR102"]')
    assert found() == ["early.py: LR101"]
    assert found("--select=LR1") == ["early.py: LR101", "epoch.py: LR102"]
    assert found("--extend-select=LR102") == ["early.py: LR101", "epoch.py: LR102"]
    assert found("--ignore=LR101") == []
    assert found("--config", 'select = ["LR102"]') == ["epoch.py: LR102"]
    assert found("--config", 'select = ["LR102"]', "--ignore=LR1") == []
    assert found("--config", 'select = ["LR102"]', "--select=LR101") == ["early.py: LR101"]


def test_rules_are_ignored_by_file(project: Path) -> None:
    names = ["a/deep/train.py", "a/train.py", "b/train.py", "b/train_old.py"]
    for name in names:
        write(name, EPOCH)
    for pattern, left in {
        "a": names[2:],
        "a/": names[2:],
        "a/*.py": [names[0], *names[2:]],
        "a/**/train.py": names[2:],
        "train.py": names[3:],
        "*_old.py": names[:3],
        "./b/train.py": [*names[:2], names[3]],
        "!a/": names[:2],
        "!*_old.py": names[3:],
        "!**/deep/*": names[:1],
        "#a": names,
    }.items():
        write("lrlint.toml", f'[per-file-ignores]\n"{pattern}" = ["LR102"]')
        assert found() == [f"{name}: LR102" for name in left], pattern
    write("lrlint.toml", 'per-file-ignores = { "a" = ["LR102"], "train_*" = ["ALL"], "b" = ["LR2"] }')
    assert found() == ["b/train.py: LR102"]
    assert found("--config", "per-file-ignores = {}") == [f"{name}: LR102" for name in names]


def test_patterns_of_an_extended_file_start_at_its_folder(project: Path) -> None:
    write("app/train.py", EPOCH)
    write("app/lrlint.toml", 'extend = "../lrlint.toml"')
    for pattern, left in {"/app/": [], "app/*.py": [], "/train.py": ["train.py"], "app": ["train.py"]}.items():
        write("lrlint.toml", f'per-file-ignores = {{ "{pattern}" = ["LR102"] }}')
        assert found("app") == [f"app/{name}: LR102" for name in left], pattern


# Files


def test_files_are_excluded(project: Path) -> None:
    names = ["build/a.py", "gen/a.py", "src/a.py", "src/x_pb2.py"]
    for name in names:
        write(name, EPOCH)
    for text, left in {
        "": names[1:],
        'extend-exclude = ["gen", "*_pb2.py"]': names[2:3],
        'exclude = ["gen/"]': [names[0], *names[2:]],
        'exclude = []\nextend-exclude = ["src/a.py"]': [*names[:2], names[3]],
    }.items():
        write("lrlint.toml", text)
        assert found() == [f"{name}: LR102" for name in left], text
    write("lrlint.toml", "")
    assert found("--exclude=gen", "--exclude=src/") == ["build/a.py: LR102"]
    assert found("--extend-exclude=gen", "--extend-exclude=a.py") == ["src/x_pb2.py: LR102"]


def test_what_is_named_is_checked_unless_exclusion_is_forced(project: Path) -> None:
    write("gen/a.py", EPOCH)
    write("lrlint.toml", 'extend-exclude = ["gen"]')
    assert found("gen/a.py") == found("gen") == ["gen/a.py: LR102"]
    assert found("gen/a.py", "--force-exclude") == found("gen", "--force-exclude") == []
    write("lrlint.toml", 'extend-exclude = ["gen"]\nforce-exclude = true')
    assert found("gen/a.py") == []
    assert found("gen/a.py", "--config=force-exclude=false") == ["gen/a.py: LR102"]


# Fixes


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("", True),
        ('fixable = ["LR101"]', False),
        ("fixable = []", False),
        ('fixable = ["LR1"]', True),
        ('unfixable = ["LR102"]', False),
        ('fixable = ["LR102"]\nunfixable = ["LR1"]', True),
        ('extend-unsafe-fixes = ["LR1"]', False),
        ('extend-unsafe-fixes = ["LR1"]\nextend-safe-fixes = ["LR102"]', True),
        ('extend-unsafe-fixes = ["LR102"]\nextend-safe-fixes = ["LR102"]', False),
    ],
)
def test_safe_fixes(project: Path, text: str, fixed: bool) -> None:
    train = write("train.py", EPOCH)
    write("lrlint.toml", text)
    assert check("--fix").exit_code == (0 if fixed else 1)
    assert train.read_text() == (FIXED_EPOCH if fixed else EPOCH)


def test_a_fix_that_is_made_unsafe_can_still_be_made(project: Path) -> None:
    train = write("train.py", EPOCH)
    write("lrlint.toml", 'extend-unsafe-fixes = ["LR102"]')
    shown = check().stdout
    assert "= unsafe fix: " in shown
    assert "1 hidden fix can be enabled" in shown
    assert check("--fix", "--unsafe-fixes").exit_code == 0
    assert train.read_text() == FIXED_EPOCH


def test_an_unsafe_fix_can_count_as_safe(project: Path) -> None:
    train = write("train.py", EARLY)
    assert check("--fix").exit_code == 1
    write("lrlint.toml", 'extend-safe-fixes = ["LR101"]')
    assert check("--fix").exit_code == 0
    assert train.read_text() != EARLY


def test_an_unfixable_finding_shows_no_fix(project: Path) -> None:
    write("train.py", EPOCH)
    write("lrlint.toml", 'unfixable = ["LR102"]')
    assert "fix" not in check().stdout


# torch


def test_the_torch_of_a_file(project: Path) -> None:
    write("train.py", EPOCH)
    write("old/train.py", EPOCH)
    write("old/lrlint.toml", 'torch-version = "1.3"')  # whose step() takes an epoch without a warning
    assert found() == ["train.py: LR102"]
    assert found("--torch-version=2.1") == ["old/train.py: LR102", "train.py: LR102"]
    write("requirements.txt", "torch==1.3\n")
    write("old/lrlint.toml", 'torch-version = "1.4"')
    assert found() == ["old/train.py: LR102"]


# The command line


def test_isolated_reads_no_file(project: Path) -> None:
    write("train.py", EPOCH)
    write("lrlint.toml", 'slect = ["LR101"]')
    assert found("--isolated") == ["train.py: LR102"]
    assert found("--isolated", "--config", 'ignore=["LR102"]') == []
    assert "can't go with --config FILE" in refused("--isolated", "--config=lrlint.toml")


def test_a_named_file_is_read_and_no_other(project: Path) -> None:
    write("a/train.py", EPOCH)
    write("b/train.py", EPOCH)
    write("a/lrlint.toml", "slect = 1")
    write("ci/strict.toml", 'per-file-ignores = { "b" = ["LR102"] }')
    assert found("--config=ci/strict.toml") == ["a/train.py: LR102"]
    assert "takes one file alone" in refused("--config=ci/strict.toml", "--config=a/lrlint.toml")


def test_a_named_file_behind_a_link(project: Path) -> None:
    write("real/gen/train.py", EPOCH)
    write("real/ci.toml", 'extend-exclude = ["/gen/*.py"]')
    Path("link").symlink_to("real")
    assert found("--config=link/ci.toml", "link") == []
    assert found("link") == ["link/gen/train.py: LR102"]


def test_a_working_directory_that_is_gone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = project / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert refused() == "the working directory is gone; change to one that exists"


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        ("nowhere.toml", "--config nowhere.toml: there is no such file; it takes the path of a file, or KEY=VALUE"),
        ("select=LR1", "--config select=LR1: invalid value; it takes KEY=VALUE with a value as in TOML"),
        ('slect=["LR1"]', "--config: unknown option 'slect'; did you mean 'select'?"),
        ('select=["LR99"]', "--config: 'select': there is no rule 'LR99'; did you mean "),
        ('extend="a.toml"', "--config can't extend a file, but name one: --config a.toml"),
    ],
)
def test_wrong_values_of_the_option(project: Path, given: str, answer: str) -> None:
    assert refused("--config", given).startswith(answer)


def test_settings_are_shown(project: Path) -> None:
    write("train.py", EPOCH)
    write("base.toml", 'ignore = ["LR1"]')
    write("pyproject.toml", '[tool.lrlint]\n\nextend = "base.toml"\nignore = [\n  "LR2",\n]\ntorch-version = "2.1"\n')
    result = check("--show-settings", "train.py", "--ignore=LR3", "--config", 'per-file-ignores={"!a" = ["LR401"]}')
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "# train.py"
    assert 'extend = "base.toml"  # pyproject.toml:3' in lines
    assert "# select: the rules that are on by default" in lines
    start = lines.index("ignore = [")
    assert lines[start + 1 : start + 5] == [
        '    "LR1",  # base.toml:1',
        '    "LR2",  # pyproject.toml:4',
        '    "LR3",  # --ignore',
        "]",
    ]
    assert 'per-file-ignores = { "!a" = ["LR401"] }  # --config' in lines
    assert "unfixable = []  # the defaults" in lines
    assert 'torch-version = "2.1"  # pyproject.toml:7' in lines
    assert "# rules: LR000, LR001, LR402, LR403" in result.stdout
    assert {option.name for option in OPTIONS} - parse_toml(result.stdout).keys() == {"select", "cache-dir"}


def test_settings_of_several_paths(project: Path) -> None:
    write("a/lrlint.toml", "")
    shown = check("--show-settings", "a", "b/new.py", "--isolated").stdout
    assert [block.splitlines()[0] for block in shown.split("\n\n")] == ["# a", "# b/new.py"]
    assert shown.count("# torch-version: the newest known\n") == 2
    assert check("--show-settings", "-").stdout == check("--show-settings", ".").stdout


def test_files_are_shown(project: Path) -> None:
    for name in ("a.py", "gen/a.py", "build/a.py", "tmp.py", "sub/a.py", "sub/b.py", "sub/c.txt"):
        write(name, "")
    write(".gitignore", "tmp.*\n")
    write("lrlint.toml", 'ignore = []\nextend-exclude = ["gen/"]')
    write("sub/lrlint.toml", 'extend-exclude = ["b.*"]\nselect = []')
    result = check("--show-files")
    assert (result.exit_code, result.stdout) == (0, "a.py\nsub/a.py\n")
    assert (
        check("--show-files", "-v").stdout
        == """\
.git/     excluded by '.git' of the defaults
a.py      checked with lrlint.toml
build/    excluded by 'build' of the defaults
gen/      excluded by 'gen/' of lrlint.toml:2
sub/a.py  no rule runs in it, with sub/lrlint.toml
sub/b.py  excluded by 'b.*' of sub/lrlint.toml:1
tmp.py    ignored by 'tmp.*' of .gitignore
"""
    )
    forced = check("--show-files", "-v", "--force-exclude", "gen/a.py").stdout
    assert forced == "gen/a.py  it, or a folder around it, is excluded or ignored, and exclusion is forced\n"
    assert check("--show-files", "nowhere").exit_code == 2
    assert "says nothing without it" in check("-v").stderr


# What is refused


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('\nslect = ["LR1"]', ":2: unknown option 'slect'; did you mean 'select'?"),
        ("extend_select = []", ":1: unknown option 'extend_select'; did you mean 'extend-select'?"),
        ("[tool.lrlint]", ":1: unknown option 'tool'; outside of pyproject.toml options stand without [tool.lrlint]"),
        (
            'select = "LR1"',
            """:1: 'select' must be a list of rules, as ["LR1", "LR201"], and is a string""",
        ),
        ("ignore = [1]", ":1: 'ignore' must be a list of rules, as "),
        ("exclude = {}", ":1: 'exclude' must be a list of patterns, as "),
        ("force-exclude = 1", ":1: 'force-exclude' must be true or false, as true, and is a number"),
        ("torch-version = 2.1", """:1: 'torch-version' must be a version of torch, as "2.1", and is a number"""),
        ('torch-version = "3.0"', ":1: 'torch-version': 3.0 is not a torch version; known are 1.1 to "),
        ("per-file-ignores = []", ":1: 'per-file-ignores' must be a table of lists of rules, by pattern, as "),
        (
            '[per-file-ignores]\n"a" = []\n"b" = "LR1"',
            """:3: 'per-file-ignores': the rules of 'b' must be a list, as ["LR1"]""",
        ),
        ('[per-file-ignores]\n"b" = ["LR99"]', ":2: 'per-file-ignores': there is no rule 'LR99'; did you mean "),
        ('select = [\n  "LR1",\n  "LR99",\n]', ":3: 'select': there is no rule 'LR99'; did you mean "),
        ('unfixable = ["step-without-optimizer"]', ":1: 'unfixable': there is no rule 'step-without-optimizer'"),
        ('exclude = ["!a"]', ":1: 'exclude': the pattern '!a' can't take back what others match"),
        ('exclude = ["../a"]', ":1: 'exclude': the pattern '../a' leads out of the folder of its file"),
        ('exclude = ["/"]', ":1: 'exclude': the pattern '/' matches nothing"),
        ("select = []\nselect = []", ":2: this is not TOML: cannot overwrite a value"),
        ("select = [\n\n", ":1: this is not TOML: "),
    ],
)
def test_what_is_wrong_is_told(project: Path, text: str, answer: str) -> None:
    write("train.py", EPOCH)
    write("lrlint.toml", text)
    assert refused().startswith(f"lrlint.toml{answer}")


def test_lines_in_a_pyproject(project: Path) -> None:
    write("pyproject.toml", '[tool.other]\nselect = ["X"]\n\n[tool.lrlint]\nselect = ["X"]\n')
    assert refused().startswith("pyproject.toml:5: 'select': there is no rule 'X'")
    write("pyproject.toml", "[tool]\nlrlint = 1")
    assert refused() == "pyproject.toml:2: 'tool.lrlint' must be a table"


def test_a_broken_pyproject_matters_only_if_it_is_about_lrlint(project: Path) -> None:
    write("train.py", EPOCH)
    write("pyproject.toml", "[tool.other\n")
    assert found() == ["train.py: LR102"]
    write("pyproject.toml", "[tool.lrlint\n")
    assert refused().startswith("pyproject.toml:1:13: this is not TOML: expected ']'")


def test_files_that_are_no_text(project: Path) -> None:
    Path("lrlint.toml").write_bytes(b'ignore = ["\xff"]')
    assert refused() == "lrlint.toml: it is not UTF-8, as TOML has to be"


def test_a_configuration_of_a_deeper_folder_is_checked_too(project: Path) -> None:
    write("train.py", EPOCH)
    write("a/b/lrlint.toml", "x = 1")
    write("a/b/train.py", EPOCH)
    assert refused().startswith("a/b/lrlint.toml:1: unknown option 'x'")
    assert found("train.py") == ["train.py: LR102"]


# Cost


@pytest.mark.parametrize(
    ("arrange", "is_read"),
    [
        (lambda: None, False),
        (lambda: write("pyproject.toml", '[project]\nname = "x"\n'), False),
        (lambda: write("lrlint.toml", ""), True),
    ],
    ids=["nothing", "a pyproject.toml for others", "a file"],
)
def test_toml_is_read_only_where_something_is_configured(
    project: Path, arrange: Callable[[], object], is_read: bool
) -> None:
    write("plain.py", "print()\n")
    arrange()
    program = "import sys; from lrlint.cli import main; main(['check'], standalone_mode=False); "
    program += "print(bool({'tomllib', 'tomli'} & set(sys.modules)), 'libcst' in sys.modules)"
    done = run(sys.executable, "-c", program, cwd=project, PYTHONPATH=ROOT)
    assert done.stdout.splitlines()[-1:] == [f"{is_read} False"], done.stderr
