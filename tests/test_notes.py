"""Notes: a file that was not followed to its end is told of, in every format, and is no error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrlint.cli import main
from lrlint.program import walk
from lrlint.report.formats import FORMATS

SCRIPT = """\
import torch
from torch.optim.lr_scheduler import StepLR

optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1)
scheduler = StepLR(optimizer, 30)
scheduler.step(epoch=3)
"""
STEPS = "optimizer.step()\n" * 100
NOTE = "train.py: too much to follow, given up at line 9: findings may be missing"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a script that is too long to be walked to its end, with a mistake on either side of that."""
    monkeypatch.setattr(walk, "MAX_VISITS", 20)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text(f"{SCRIPT}{STEPS}scheduler.step(epoch=4)\n")
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--isolated", *arguments])


def test_people_read_it_below_the_findings(project: Path) -> None:
    result = check("train.py", "--output-format=concise", "--no-cache")
    assert result.stdout.count("LR102") == 1
    assert result.stdout.splitlines()[-1] == f"Note: {NOTE}"
    assert (result.exit_code, result.stderr) == (1, "")


def test_it_is_no_error(project: Path) -> None:
    (project / "train.py").write_text(SCRIPT.replace("scheduler.step(epoch=3)\n", STEPS))
    result = check("train.py", "--no-cache")
    assert "Note: train.py: too much to follow" in result.stdout
    assert result.exit_code == 0


def test_a_function_that_nobody_calls_counts(project: Path) -> None:
    body = "".join(f"    {line}\n" for line in (SCRIPT + STEPS).splitlines())
    (project / "train.py").write_text(f"{SCRIPT.splitlines()[0]}\n\n\ndef train():\n{body}")
    assert "given up at line 4: findings may be missing" in check("train.py", "--no-cache").stdout


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_tells_it_once(name: str, project: Path) -> None:
    result = check("train.py", f"--output-format={name}", "--no-cache")
    assert result.output.count("findings may be missing") == 1
    assert result.exit_code == 1


def test_json_and_sarif_have_a_place_for_it(project: Path) -> None:
    assert json.loads(check("train.py", "--output-format=json").stdout)["notes"] == [NOTE]
    (run,) = json.loads(check("train.py", "--output-format=sarif").stdout)["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["toolExecutionNotifications"] == [{"level": "note", "message": {"text": NOTE}}]


@pytest.mark.parametrize("arguments", [(), ("--output-format=jsonl",), ("--output-format=json",)])
def test_the_cache_does_not_lose_it(arguments: tuple[str, ...], project: Path) -> None:
    first, second = (check("train.py", "--cache-dir=cache", *arguments) for _ in range(2))
    assert (second.stdout, second.stderr) == (first.stdout, first.stderr)
    assert NOTE in second.output


def test_fixes_tell_it_too(project: Path) -> None:
    assert f"note: {NOTE}" in check("train.py", "--diff").stderr
    assert f"Note: {NOTE}" in check("train.py", "--fix").stdout


def test_files_that_are_walked_to_their_end_have_none(project: Path) -> None:
    (project / "train.py").write_text(SCRIPT)
    assert "notes" not in json.loads(check("train.py", "--output-format=json").stdout)
