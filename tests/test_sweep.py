"""`python -m tests.sweep`: its table, and what counts as a crash."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.scripts import write_plain_scripts, write_scripts
from tests.cases import ROOT
from tests.checkout import run
from tests.sweep import sweep


def test_a_row_for_each_path(tmp_path: Path) -> None:
    write_scripts(tmp_path / "scripts", 5)
    write_plain_scripts(tmp_path / "plain", 3)
    (tmp_path / "scripts" / "broken.py").write_text("from torch import optim\noptim.SGD(\n")
    swept = run(sys.executable, "-m", "tests.sweep", tmp_path / "scripts", tmp_path / "plain", cwd=ROOT)
    assert swept.returncode == 0, swept.stderr
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in swept.stdout.splitlines() if row]
    assert [row[0] for row in rows] == ["code", "---", "scripts", "plain"]
    assert [(row[1], row[3], row[5]) for row in rows[2:]] == [("6", "6", "1"), ("3", "0", "0")]


def test_an_unpacked_wheel_has_its_version(tmp_path: Path) -> None:
    write_plain_scripts(tmp_path / "package", 1)
    (tmp_path / "package-1.2.dist-info").mkdir()
    assert sweep(tmp_path).name == "package 1.2"


def test_force_lets_every_file_through(tmp_path: Path) -> None:
    write_plain_scripts(tmp_path / "code", 3)
    (tmp_path / "code" / "models.py").write_text("class Model:\n    def fit(self, loss):\n        loss.step()\n")
    assert sweep(tmp_path / "code").candidates == 0
    forced = sweep(tmp_path / "code", force=True)
    assert (forced.files, forced.candidates, forced.crashes) == (4, 4, ())


def test_what_takes_too_long_is_a_crash(tmp_path: Path) -> None:
    path = write_scripts(tmp_path / "code", 1)
    assert sweep(path, timeout=0).crashes == (f"{path}: too slow",)


def test_a_traceback_is_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_scripts(tmp_path / "scripts", 1)
    monkeypatch.setattr("tests.sweep._CHECK", ("-c", "raise RuntimeError('no')"))
    assert sweep(tmp_path / "scripts").crashes == ("Traceback (most recent call last):",)
