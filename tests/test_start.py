"""What a start imports: no more than the question takes; and the shortcut says what the long way says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmarks.scripts import plain_script, training_script
from lrlint import shortcut
from lrlint.cli import check, main
from lrlint.help import TEXT
from tests.cases import ROOT
from tests.checkout import copy_checkout, run
from tests.notebooks import notebook

SLOW = {
    "click",
    "dataclasses",
    "importlib.metadata",
    "inspect",
    "libcst",
    "lrlint.program",
    "pathlib",
    "torch",
    "typing",
}


def started(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-X", "importtime", "-m", "lrlint", *arguments, cwd=project, PYTHONPATH=ROOT)


def imported(result: subprocess.CompletedProcess[str]) -> set[str]:
    return {line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")}


def imported_by_python(project: Path) -> set[str]:
    """What is imported before any code of lrlint runs, as for packages that are installed in place."""
    return imported(run(sys.executable, "-X", "importtime", "-c", "pass", cwd=project))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository without anything for the rules."""
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("*.log\n")
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    (tmp_path / "model.py").write_text(plain_script(0))
    (tmp_path / "use.py").write_text("import os\nfrom model import *\n")
    (tmp_path / "study.ipynb").write_bytes(notebook("print(1)"))
    return tmp_path


PLAIN = [["check"], ["check", "."], ["check", "use.py"], ["check", "--fix", "--force-exclude", "model.py", "use.py"]]


@pytest.mark.parametrize("arguments", [["--version"], ["-V"], ["--help"], ["-h"], *PLAIN], ids=" ".join)
def test_what_is_plain_imports_next_to_nothing(project: Path, arguments: list[str]) -> None:
    result = started(project, *arguments)
    assert result.returncode == 0
    assert imported(result) & SLOW <= imported_by_python(project)


def test_rules_are_imported_when_a_file_passes_their_gate(project: Path) -> None:
    (project / "train.py").write_text(training_script(0))
    check_all = "main(['check', '--no-cache', '--exit-zero'], standalone_mode=False)"
    program = f"import sys; from lrlint.cli import main; {check_all}; print(*sys.modules)"
    found = set(run(sys.executable, "-c", program, cwd=project, PYTHONPATH=ROOT).stdout.split())
    assert "lrlint.rules.lr101_scheduler_step_before_optimizer_step" in found
    assert "lrlint.rules.lr313_muon_non_matrix_params" not in found
    assert {"libcst", "torch", "importlib.metadata", "configparser", "difflib"} & found == set()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("train.py", training_script(1)),
        ("train.py", "import torch.optim\n(\n"),
        ("use.py", "from build import build\n"),
        ("build.py", "from torch import optim\n\n\ndef build(m):\n    return optim.SGD(m.parameters(), 1)\n"),
        ("lrlint.toml", "select = ['nothing']\n"),
        ("pyproject.toml", "[tool.lrlint\n"),
        ("study.ipynb", notebook(training_script(2)).decode()),
        ("use.py", "# coding: nonsense\n"),
        ("use.py", "\0"),
        (".gitignore", "use.py\n"),
        ("use.py", "# lrlint: ignore[LR101]\n"),
    ],
)
@pytest.mark.parametrize(
    "arguments", [[], ["."], ["use.py", "model.py"], ["--force-exclude", "use.py"], ["nowhere.py"]]
)
def test_both_ways_say_the_same(project: Path, name: str, text: str, arguments: list[str]) -> None:
    (project / name).write_text(text)
    long = "import sys; from lrlint.cli import main; main(sys.argv[1:], prog_name='lrlint')"
    short = run(sys.executable, "-m", "lrlint", "check", *arguments, cwd=project, PYTHONPATH=ROOT)
    other = run(sys.executable, "-c", long, "check", *arguments, cwd=project, PYTHONPATH=ROOT)
    assert (short.stdout, short.stderr, short.returncode) == (other.stdout, other.stderr, other.returncode)


def test_flags_of_the_shortcut_take_no_value() -> None:
    options = {name: option for option in check.command.params for name in option.opts}
    flags = [options[name] for name in shortcut.FLAGS]
    assert all(isinstance(option, click.Option) and option.is_flag for option in flags)


def test_the_help_names_every_command_as_it_names_itself() -> None:
    context = click.Context(main, info_name="lrlint")
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        assert f"  {name:<10}  {command.get_short_help_str(80)}\n" in TEXT
    assert CliRunner().invoke(main, ["--help"]).stdout == TEXT


def test_a_rule_that_is_not_recorded_yet_runs(tmp_path: Path) -> None:
    checkout = copy_checkout(tmp_path / "checkout")
    rule = (checkout / "rules" / "lr101_scheduler_step_before_optimizer_step.py").read_text()
    new = rule.replace('"LR101"', '"LR199"').replace('"scheduler-step-before-optimizer-step"', '"brand-new"')
    (checkout / "rules" / "lr199_brand_new.py").write_text(new)
    (tmp_path / "train.py").write_text(training_script(0))
    result = run(sys.executable, "-m", "lrlint", "check", "train.py", cwd=tmp_path, PYTHONPATH=checkout)
    assert "LR199" in result.stdout
