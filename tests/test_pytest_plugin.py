"""`pytest --lrlint`, as a project runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from lrlint.runtime.evidence import installed_torch
from tests.cases import ROOT
from tests.checkout import run

TESTS = """
    def test_without_torch():
        import sys
        assert "torch" not in sys.modules


    def test_early():
        import torch

        weight = torch.nn.Parameter(torch.ones(2))
        optimizer = torch.optim.SGD([weight], lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
        for epoch in range(4):
            scheduler.step()
            optimizer.step()


    def test_in_order():
        import torch

        weight = torch.nn.Parameter(torch.ones(2))
        optimizer = torch.optim.SGD([weight], lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
        for epoch in range(4):
            optimizer.step()
            scheduler.step()
    """


def pytest_of(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a project, in which the plugin is installed."""
    (folder / "test_training.py").write_text(dedent(TESTS), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "lrlint.pytest_plugin", "-p", "no:cacheprovider", *options]
    only_this = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # where lrlint is installed, it would be loaded twice
    return run(*command, cwd=folder, PYTHONPATH=ROOT, PYTHONWARNINGS="ignore", **only_this)


@pytest.mark.skipif(installed_torch() is None, reason="torch is not installed")
def test_tests_with_findings_fail(tmp_path: Path) -> None:
    ran = pytest_of(tmp_path, "--lrlint")
    assert ran.returncode == 1, ran.stdout
    assert "1 failed, 2 passed" in ran.stdout
    assert "lrlint saw in this test:\ntest_training.py:14:9: LR101 `scheduler.step()` came before" in ran.stdout


@pytest.mark.skipif(installed_torch() is None, reason="torch is not installed")
def test_findings_can_be_listed_alone(tmp_path: Path) -> None:
    ran = pytest_of(tmp_path, "--lrlint-warn")
    assert ran.returncode == 0, ran.stdout
    assert "3 passed" in ran.stdout
    assert "lrlint findings" in ran.stdout
    assert "test_training.py::test_early\ntest_training.py:14:9: LR101" in ran.stdout


def test_without_the_option_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_sessionfinish():\n"
        "    loaded = {name for name in sys.modules if name.startswith(('lrlint', 'torch', 'click'))}\n"
        "    assert loaded == {'lrlint', 'lrlint.pytest_plugin'}, loaded\n"
    )
    ran = pytest_of(tmp_path, "-k", "without_torch")
    assert ran.returncode == 0, ran.stdout + ran.stderr
