"""The cache, through the command line: whatever happens to a project, a run prints what one without a cache prints."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scripts import training_script
from tests.cases import ROOT
from tests.checkout import run
from tests.notebooks import notebook

FOLDER = ".lrlint_cache"

BUILD = """\
import torch
from torch import optim


def build(model):
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    return optimizer, optim.lr_scheduler.StepLR(optimizer, 30)
"""
TRAIN = """\
from build import build

optimizer, scheduler = build(model)
for epoch in range(100):
    scheduler.step()
    for batch in batches:
        optimizer.step()
"""
RIGHT = TRAIN.replace("    scheduler.step()\n", "") + "    scheduler.step()\n"


def lrlint(
    project: Path, *arguments: str | Path, command: str = "check", **variables: Any
) -> subprocess.CompletedProcess[str]:
    start = (sys.executable, "-m", "lrlint", command)
    return run(*start, *arguments, cwd=project, PYTHONPATH=ROOT, PYTHONDONTWRITEBYTECODE="1", **variables)


def shown(result: subprocess.CompletedProcess[str]) -> tuple[str, str, int]:
    return result.stdout, result.stderr, result.returncode


def entries(project: Path) -> list[Path]:
    return sorted((project / FOLDER).glob("*.json"))


def imports(project: Path, *arguments: str) -> set[str]:
    result = run(sys.executable, "-X", "importtime", "-m", "lrlint", "check", *arguments, cwd=project, PYTHONPATH=ROOT)
    return {line.rpartition("|")[2].strip() for line in result.stderr.splitlines() if line.startswith("import time:")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Two modules, one of which calls the other, below the top of a repository."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "build.py").write_text(BUILD)
    (tmp_path / "train.py").write_text(TRAIN)
    return tmp_path


def test_a_second_run_says_the_same_without_the_linter(project: Path) -> None:
    first = lrlint(project)
    assert "LR101" in first.stdout
    assert len(entries(project)) == 1
    assert shown(lrlint(project)) == shown(first)
    assert {"click", "dataclasses", "lrlint.cli", "lrlint.checker", "lrlint.program"} & imports(project) == set()


def test_a_change_of_what_a_call_reaches_is_seen(project: Path) -> None:
    assert "LR101" in lrlint(project, "train.py").stdout
    (project / "build.py").write_text(BUILD.replace("StepLR(optimizer, 30)", "ReduceLROnPlateau(optimizer)"))
    assert shown(lrlint(project, "train.py")) == shown(lrlint(project, "train.py", "--no-cache"))
    (project / "build.py").unlink()
    assert lrlint(project, "train.py").stdout == "No findings in 1 file.\n"


def test_a_module_that_was_not_there_is_seen(project: Path) -> None:
    (project / "build.py").rename(project / "later.py")
    assert lrlint(project, "train.py").stdout == "No findings in 1 file.\n"
    (project / "other.py").write_text(training_script(0))
    lrlint(project)
    (project / "later.py").rename(project / "build.py")
    assert "train.py:5" in lrlint(project).stdout


def test_every_command_line_has_its_own_answer(project: Path) -> None:
    for arguments in ([], ["--output-format=concise"], ["--exit-zero"], ["--ignore=LR101"], ["--statistics"]):
        assert shown(lrlint(project, *arguments)) == shown(lrlint(project, *arguments, "--no-cache"))
        assert shown(lrlint(project, *arguments)) == shown(lrlint(project, *arguments, "--no-cache"))


@pytest.mark.parametrize(
    "arguments", [["--no-cache"], ["--fix"], ["--diff"], ["--show-files"], ["--output-file", "report.txt"], ["nowhere"]]
)
def test_what_does_more_than_look_is_not_remembered(project: Path, arguments: list[str]) -> None:
    lrlint(project, *arguments)
    assert not (project / FOLDER).exists()


def test_problems_are_not_remembered(project: Path) -> None:
    (project / "train.py").write_bytes(TRAIN.encode() + b"# torch optim \xff\n")
    assert lrlint(project).returncode == 2
    assert not (project / FOLDER).exists()


def test_the_folder_is_where_people_say(project: Path, tmp_path: Path) -> None:
    lrlint(project, "--cache-dir", "here")
    lrlint(project, LRLINT_CACHE_DIR=tmp_path / "there")
    (project / "lrlint.toml").write_text('cache-dir = "configured"\n')
    for _ in range(2):
        assert "LR101" in lrlint(project).stdout
    (project / "lrlint.toml").write_text('cache-dir = "configured"\nignore = ["LR101"]\n')
    assert "LR101" not in lrlint(project).stdout
    assert lrlint(project, command="clean").stdout == "Removed configured.\n"
    for folder in (project / "here", tmp_path / "there"):
        assert {"CACHEDIR.TAG", ".gitignore"} < {path.name for path in folder.iterdir()}
    assert not (project / FOLDER).exists()
    assert shown(lrlint(project, "--cache-dir", "here")) == shown(lrlint(project, "--no-cache"))


def test_rule_packs_that_are_installed_later_are_seen(project: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    metadata = site / "acme-1.0.dist-info"
    paths = os.pathsep.join([str(ROOT), str(site)])
    run(sys.executable, "-m", "lrlint", "check", cwd=project, PYTHONPATH=paths)
    assert len(entries(project)) == 1
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[lrlint.rules]\nacme = acme_rules\n")
    result = run(sys.executable, "-m", "lrlint", "check", cwd=project, PYTHONPATH=paths)
    assert "acme_rules" in result.stderr


def test_git_does_not_see_the_cache(project: Path) -> None:
    shutil.rmtree(project / ".git")
    subprocess.run(["git", "init", "--quiet", project], check=True)
    lrlint(project)
    status = run("git", "status", "--porcelain", "--untracked-files=all", cwd=project)
    assert FOLDER not in status.stdout


def test_clean_removes_what_the_cache_wrote(project: Path) -> None:
    lrlint(project)
    assert shown(lrlint(project, command="clean")) == (f"Removed {FOLDER}.\n", "", 0)
    assert not (project / FOLDER).exists()
    assert shown(lrlint(project, command="clean")) == (f"There is no cache in {FOLDER}.\n", "", 0)
    assert lrlint(project, "--cache-dir", ".", command="clean").returncode == 0
    assert (project / "train.py").exists()


# What can be wrong with it


def damaged(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def damage(entry: Path) -> None:
        entry.write_bytes(change(entry.read_bytes()))

    return damage


def edited(**fields: object) -> Callable[[Path], None]:
    def damage(entry: Path) -> None:
        entry.write_text(json.dumps({**json.loads(entry.read_bytes()), **fields}))

    return damage


@pytest.mark.parametrize(
    "damage",
    [
        damaged(lambda data: b""),
        damaged(lambda data: data[: len(data) // 2]),
        damaged(lambda data: b"\xff" + data),
        damaged(lambda data: b"[" * 100_000),
        damaged(lambda data: b"[]"),
        edited(form=2),
        edited(code=0.5),
        edited(code=3),
        edited(text=3),
        edited(text="\x1b]0;owned\x07"),
        edited(answers=None),
        edited(answers=[["read", "train.py", "0"]]),
        edited(answers=[["remove", "train.py", None]]),
        edited(answers=[[[], "train.py", None]]),
        edited(answers=[["read", 0, None]]),
        lambda entry: (entry.unlink(), entry.mkdir()),
    ],
)
def test_an_entry_that_is_none_is_passed_over(project: Path, damage: Callable[[Path], object]) -> None:
    first = lrlint(project)
    damage(entries(project)[0])
    assert shown(lrlint(project)) == shown(first)


@pytest.mark.skipif(os.name == "nt", reason="modes are those of POSIX")
def test_a_folder_that_cannot_be_written_is_no_problem(project: Path) -> None:
    (project / FOLDER).write_text("a file in its place")
    first = lrlint(project)
    assert (first.returncode, first.stderr) == (1, "")
    assert shown(lrlint(project, "--cache-dir", "/dev/full/cache")) == shown(first)


def test_runs_at_the_same_time_do_not_disturb_each_other(project: Path) -> None:
    with ThreadPoolExecutor(4) as executor:
        results = list(executor.map(lambda _: shown(lrlint(project)), range(8)))
    assert len(set(results)) == 1
    assert not list((project / FOLDER).glob("*.tmp"))
    assert shown(lrlint(project)) == results[0]


def test_old_entries_are_removed(project: Path) -> None:
    lrlint(project)
    for number in range(60):
        old = project / FOLDER / f"{number}.json"
        old.write_text("{}")
        os.utime(old, (number, number))
    lrlint(project, "--exit-zero")
    assert len(entries(project)) == 50


# Whatever is done to a project

CHOICES = {
    "build.py": [
        BUILD,
        BUILD.replace("StepLR(optimizer, 30)", "ReduceLROnPlateau(optimizer)"),
        "def build(model): ...\n",
    ],
    "train.py": [TRAIN, RIGHT, TRAIN.replace("from build", "from package.build"), "print('nothing')\n"],
    "other.py": [training_script(1), training_script(2), "import train\n"],
    "package/build.py": [BUILD, RIGHT],
    "package/__init__.py": ["", "from build import build\n"],
    "study.ipynb": [notebook(BUILD, TRAIN).decode(), notebook("print(1)").decode()],
    "lrlint.toml": ['ignore = ["LR101"]\n', 'torch-version = "1.0"\n', 'exclude = ["train.py"]\n', ""],
    "requirements.txt": ["torch==1.0\n", "torch>=2.0\n"],
    ".gitignore": ["other.py\n", "package/\n", ""],
    "notes.txt": ["nothing", "else"],
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_runs_with_and_without_a_cache_print_the_same(tmp_path: Path, seed: int) -> None:
    random_ = random.Random(seed)
    (tmp_path / ".git").mkdir()
    outputs = set()
    for _ in range(18):
        for name in random_.sample(sorted(CHOICES), random_.choice([0, 1, 1, 2])):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            if path.exists() and random_.random() < 0.3:
                path.unlink()
            else:
                path.write_text(random_.choice(CHOICES[name]))
        for arguments in ([], ["train.py", "other.py"]):
            if all((tmp_path / name).exists() for name in arguments):
                outputs.add(cached := shown(lrlint(tmp_path, *arguments)))
                assert cached == shown(lrlint(tmp_path, *arguments, "--no-cache"))
    assert len(outputs) > 3
