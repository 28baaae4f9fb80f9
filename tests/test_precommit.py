"""The pre-commit hooks, tried in a repository with mistakes."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import copy_checkout, run
from tests.notebooks import notebook

WRONG_ORDER = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in range(4):
    scheduler.step()
    optimizer.step()
"""

EPOCH_ARGUMENT = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in range(4):
    optimizer.step()
    scheduler.step(epoch + 1)
"""

CONFIG = """\
repos:
  - repo: {hooks}
    rev: {revision}
    hooks:
      - id: lrlint-fix
      - id: lrlint
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("package_index"),
    pytest.mark.skipif(not shutil.which("git"), reason="git is not installed"),
    pytest.mark.skipif(not importlib.util.find_spec("pre_commit"), reason="pre-commit is not installed"),
]


class Repository:
    """A git repository in which pre-commit keeps its environments in a place of its own."""

    def __init__(self, path: Path, cache: Path) -> None:
        self.path, self.cache = path, cache
        path.mkdir(exist_ok=True)
        self.must("git", "init", "--quiet")

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        person = {f"GIT_{role}_{what}": "someone" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        isolated = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "PRE_COMMIT_HOME": str(self.cache)}
        return run(*command, cwd=self.path, **person, **isolated)

    def must(self, *command: str | Path) -> str:
        done = self.run(*command)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def commit(self) -> subprocess.CompletedProcess[str]:
        self.must("git", "add", "--all")
        return self.run("git", "commit", "--quiet", "--message", "a change")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Repository:
    """This checkout, committed to a repository as pre-commit fetches hooks from one."""
    repository = Repository(copy_checkout(tmp_path_factory.mktemp("hooks") / "lrlint"), cache)
    assert repository.commit().returncode == 0
    return repository


@pytest.fixture
def project(tmp_path: Path, cache: Path) -> Repository:
    return Repository(tmp_path / "project", cache)


def test_the_check_fails_on_mistakes(hooks: Repository, project: Repository) -> None:
    texts = {"train.py": WRONG_ORDER, "other.ipynb": notebook(WRONG_ORDER).decode()}
    for name, text in texts.items():
        (project.path / name).write_text(text, encoding="utf-8")
    project.must("git", "add", "--all")
    tried = project.run(sys.executable, "-m", "pre_commit", "try-repo", hooks.path, "lrlint", "--all-files")
    assert tried.returncode == 1, tried.stdout + tried.stderr
    for name, text in texts.items():
        assert re.search(rf"\bLR101\b.*\n.*\b{re.escape(name)}:", tried.stdout), tried.stdout
        assert (project.path / name).read_text(encoding="utf-8") == text


def test_a_commit_with_a_mistake_is_stopped_and_repaired_and_then_passes(
    hooks: Repository, project: Repository
) -> None:
    revision = hooks.must("git", "rev-parse", "HEAD")
    (project.path / ".pre-commit-config.yaml").write_text(CONFIG.format(hooks=hooks.path, revision=revision))
    (project.path / "train.py").write_text(EPOCH_ARGUMENT)
    project.must(sys.executable, "-m", "pre_commit", "install")

    stopped = project.commit()
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "files were modified by this hook" in stopped.stdout + stopped.stderr
    assert (project.path / "train.py").read_text() == EPOCH_ARGUMENT.replace("step(epoch + 1)", "step()")

    passed = project.commit()
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert project.must("git", "status", "--porcelain") == ""


def test_the_configuration_holds_although_pre_commit_names_the_files(hooks: Repository, project: Repository) -> None:
    (project.path / "build").mkdir()
    (project.path / "build" / "train.py").write_text(WRONG_ORDER)
    (project.path / "old.py").write_text(WRONG_ORDER)
    (project.path / "train.py").write_text(WRONG_ORDER)
    (project.path / "lrlint.toml").write_text('extend-exclude = ["old.py"]\nignore = ["LR101"]\n')
    revision = hooks.must("git", "rev-parse", "HEAD")
    (project.path / ".pre-commit-config.yaml").write_text(CONFIG.format(hooks=hooks.path, revision=revision))
    project.must(sys.executable, "-m", "pre_commit", "install")
    passed = project.commit()
    assert passed.returncode == 0, passed.stdout + passed.stderr
