"""The plugin of flake8, in runs of the real one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from lrlint.toml import parse_toml
from tests.cases import ROOT
from tests.checkout import run
from tests.notebooks import EPOCH_ARGUMENT, LOOP, SCHEDULER, SETUP, WRONG_ORDER

pytestmark = pytest.mark.skipif(not importlib.util.find_spec("flake8"), reason="flake8 is not installed")

EARLY = f"{SETUP}\n{SCHEDULER}\n{WRONG_ORDER}\n"
EPOCH = f"{SETUP}\n{SCHEDULER}\n{EPOCH_ARGUMENT}\n"


@pytest.fixture(autouse=True)
def _project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty repository, beside what an installation of lrlint leaves for flake8 to find."""
    installed = tmp_path / "site" / "lrlint-0.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: lrlint\nVersion: 0\n")
    groups = parse_toml((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    points = groups["flake8.extension"].items()
    (installed / "entry_points.txt").write_text("[flake8.extension]\n" + "".join(f"{k} = {v}\n" for k, v in points))
    (tmp_path / "project" / ".git").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")


def flake8(*arguments: str, stdin: str | None = None) -> CompletedProcess[str]:
    paths = f"{ROOT}:{Path.cwd().parent / 'site'}".replace(":", ";" if sys.platform == "win32" else ":")
    return run(sys.executable, "-m", "flake8", *arguments, cwd=Path.cwd(), stdin=stdin, PYTHONPATH=paths)


def found(*arguments: str, stdin: str | None = None) -> list[str]:
    """`path:line:column: code` of each finding."""
    result = flake8(*arguments, stdin=stdin)
    assert result.stderr == ""
    lines = result.stdout.splitlines()
    assert result.returncode == bool(lines)
    return [" ".join(line.removeprefix("./").split()[:2]) for line in lines]


def write(name: str, text: str) -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(text, encoding="utf-8")


def test_it_is_a_plugin_by_name() -> None:
    assert "lrlint: " in flake8("--version").stdout


def test_findings_are_reported_beside_those_of_flake8() -> None:
    write("train.py", f"import os\n{EARLY}")
    assert found("train.py") == ["train.py:1:1: F401", "train.py:9:5: LR101"]
    assert found("--select=LR", "train.py") == ["train.py:9:5: LR101"]
    assert found("--ignore=LR101", "--select=LR", "train.py") == []
    (line,) = flake8("--select=LR1", "train.py").stdout.splitlines()
    assert line.startswith("train.py:9:5: LR101 `scheduler.step()` comes before the first step of its optimizer")


def test_columns_count_characters() -> None:
    write("train.py", f"{SETUP}\n{SCHEDULER}\né = '😀'; optimizer.step(); scheduler.step(7)\n")
    assert found("--select=LR", "train.py") == ["train.py:7:28: LR102"]


def test_standard_input() -> None:
    assert found("--select=LR", "-", stdin=EARLY) == ["stdin:8:5: LR101"]
    write("inner/lrlint.toml", 'ignore = ["LR101"]')
    assert found("--select=LR", "--stdin-display-name=inner/train.py", "-", stdin=EARLY) == []


def test_noqa_is_that_of_flake8() -> None:
    write("train.py", EARLY.replace("scheduler.step()", "scheduler.step()  # noqa: LR101"))
    assert found("--select=LR", "train.py") == []
    assert found("--select=LR", "--disable-noqa", "train.py") == ["train.py:8:5: LR101"]
    write("train.py", EARLY.replace("scheduler.step()", "scheduler.step()  # lrlint: ignore[LR101]"))
    assert found("--select=LR", "--disable-noqa", "train.py") == []


def test_imports_are_followed() -> None:
    write("lib/engine.py", "def run(optimizer, scheduler):\n    for _ in range(9):\n        optimizer.step()\n")
    write(
        "lib/train.py", f"from engine import run\n{SETUP}\n{SCHEDULER}\nscheduler.step()\nrun(optimizer, scheduler)\n"
    )
    assert found("--select=LR", "lib") == ["lib/train.py:8:1: LR101"]


def test_the_configuration_around_the_file_holds() -> None:
    write("train.py", EPOCH)
    write("old/train.py", EPOCH)
    write("old/lrlint.toml", 'torch-version = "1.1"')
    assert found("--select=LR") == ["train.py:9:5: LR102"]
    write("pyproject.toml", '[tool.lrlint.per-file-ignores]\n"train.py" = ["LR102"]')
    assert found("--select=LR") == []


def test_rules_that_are_off_by_default() -> None:
    write("train.py", f"{SETUP}\nscheduler = StepLR(optimizer, 30, gamma=10)\n{LOOP}\n")
    assert found("--select=LR", "train.py") == []
    write("lrlint.toml", 'extend-select = ["LR505"]')
    assert found("--select=LR", "train.py") == ["train.py:6:41: LR505"]


def test_a_broken_configuration_is_told() -> None:
    write("train.py", EARLY)
    write("lrlint.toml", "\nselct = []")
    result = flake8("--select=LR", "-j1", "train.py")
    assert result.returncode == 1
    assert "lrlint.toml:2: unknown option 'selct'; did you mean 'select'?" in result.stdout + result.stderr


def test_a_file_that_cannot_be_parsed_is_for_flake8() -> None:
    write("train.py", f"{EARLY}(\n")
    assert found("train.py") == ["train.py:10:2: E999"]


def test_the_page_shows_what_flake8_prints() -> None:
    page, readme = ((ROOT / name).read_text(encoding="utf-8") for name in ("docs/flake8.md", "README.md"))
    write("train.py", readme.partition("```python\n")[2].partition("```")[0])
    printed = flake8("--select=LR", "train.py").stdout.removeprefix("./")
    assert f"```text\n{printed}```" in page
