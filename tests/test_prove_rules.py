"""`lrlint prove LR101`: what the rules claim, shown on the installed torch."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lrlint.cases.claims import Said, lacks
from lrlint.cli import main, prove_rules
from lrlint.runtime.evidence import Observer, installed_torch
from lrlint.runtime.records import Record
from tests.cases import FIXTURES, ROOT
from tests.checkout import run

NAMES = ["top_of_epoch_loop.py", "top_of_epoch_loop.fixed.py", "guarded_first_epoch.ok.py"]
"""A mistake, its repair and a trap of LR101."""

WARNING = "Detected call of `lr_scheduler.step()` before `optimizer.step()`."

Prove = Callable[..., Result]
Rewrite = Callable[[str], str]


@pytest.fixture
def prove(observer: Observer, monkeypatch: pytest.MonkeyPatch) -> Prove:
    """Runs the command; programs run on the torch that all tests share."""
    monkeypatch.setattr(prove_rules, "Observer", lambda: nullcontext(observer))

    def prove(*arguments: str | Path) -> Result:
        return CliRunner().invoke(main, ["prove", *map(str, arguments)])

    return prove


def stock(folder: Path, rewrite: Rewrite = lambda text: text, code: str = "LR101", names: list[str] = NAMES) -> Path:
    """A folder with some of the cases of a rule, and their evidence as `rewrite` makes it."""
    target = folder / code
    target.mkdir(parents=True)
    for name in names:
        shutil.copy(FIXTURES / code / name, target)
    tables = (FIXTURES / code / "evidence.toml").read_text(encoding="utf-8").split("\n\n")
    kept = [table for table in tables if any(f'"{name}"' in table for name in names)]
    (target / "evidence.toml").write_text(rewrite("\n\n".join([tables[0], *kept])) + "\n", encoding="utf-8")
    return folder


def replaced(before: str, after: str) -> Rewrite:
    def rewrite(text: str) -> str:
        assert before in text
        return text.replace(before, after)

    return rewrite


def of_newer_torch(text: str) -> str:
    """Evidence as if this torch were older than the one that it was recorded on."""
    newer = re.sub(r'^torch = ".*"$', 'torch = "2.99.0"', text, flags=re.MULTILINE)
    assert newer != text
    return newer


# What is shown


def test_a_rule_is_proven_by_a_real_run(tmp_path: Path, observer: Observer) -> None:
    command = (sys.executable, "-m", "lrlint", "prove", "LR101", "--cases", stock(tmp_path))
    shown = run(*command, cwd=ROOT, NO_COLOR="1", COLUMNS="80")
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = [line.rstrip() for line in shown.stdout.splitlines()]
    assert lines[0] == f"torch {installed_torch()}"
    assert "  ok      LR101/top_of_epoch_loop.py" in lines
    assert "  before  warns UserWarning: Detected call of `lr_scheduler.step()` before" in lines
    assert "  after   silent" in lines
    assert "  before  0.1     0.1     0.01    0.01    0.01    0.01    0.001   0.001" in lines
    assert "  after   0.1     0.1     0.1     0.1     0.01    0.01    0.01    0.01" in lines
    assert any("│██" in line or "|##" in line for line in lines)
    assert "  ok      LR101/guarded_first_epoch.ok.py, torch is silent" in lines
    assert lines[-1] == "1 rule, 2 cases: torch does what the rules claim."


def test_several_rules_in_brief(prove: Prove) -> None:
    result = prove("LR407", "LR408", "--brief")
    assert result.exit_code == 0, result.output
    head, first, second, empty, verdict = result.stdout.splitlines()
    assert re.fullmatch(r"LR407 deprecated-scalar-first-overload +\d+ cases ok", first)
    assert re.fullmatch(r"LR408 cuda-amp-gradscaler +\d+ cases ok", second)
    assert (head, empty) == (f"torch {installed_torch()}", "")
    assert re.fullmatch(r"2 rules, \d+ cases: torch does what the rules claim\.", verdict)


def test_what_has_no_fix_is_shown_as_a_person_repairs_it(prove: Prove, tmp_path: Path) -> None:
    names = ["step_after_warmup.py", "step_after_warmup.ok.py"]
    result = prove("LR109", "--cases", stock(tmp_path, code="LR109", names=names))
    assert result.exit_code == 0, result.output
    assert "Repaired by hand, as no fix is offered." in result.stdout


def test_rules_by_the_examples_on_their_pages(prove: Prove, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where lrlint is installed, without the cases."""
    monkeypatch.setattr(prove_rules, "folder_of", lambda pack: None)
    result = prove("LR4", "LR6", "--brief")
    assert result.exit_code == 0, result.output
    rules = re.findall(r"^(LR\d{3}) .* (?:1 case ok|1 skipped)$", result.stdout, re.MULTILINE)
    assert rules == [folder.name for folder in sorted(FIXTURES.glob("LR[46]*"))]
    assert "Skipped: 2 cases; it needs what is no part of torch." in result.stdout


def test_every_rule_is_asked_for_by_all(prove: Prove, tmp_path: Path) -> None:
    result = prove("--all", "--cases", stock(tmp_path))
    assert result.exit_code == 0, result.output
    assert re.findall(r"^(LR\d{3}) ", result.stdout, re.MULTILINE) == [
        folder.name for folder in sorted(FIXTURES.iterdir()) if folder.is_dir()
    ]
    assert result.stdout.count("skipped: it has no cases") == result.stdout.count("LR") - 1
    assert "2 cases ok" in result.stdout


# What is judged


@pytest.mark.parametrize(
    "rewrite",
    [
        replaced(WARNING, "The scheduler came first!"),
        replaced("(line 12, 1x)", "(line 12, 7x)"),
        replaced('outcome = "warns"', 'outcome = "silent"'),  # told by the warnings
    ],
    ids=["words", "count", "outcome"],
)
def test_words_are_no_claim(prove: Prove, tmp_path: Path, rewrite: Rewrite) -> None:
    result = prove("LR101", "--brief", "--cases", stock(tmp_path, rewrite))
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("rewrite", "said"),
    [
        (replaced("0.0001", "0.0002"), "the LRs are others:\n      - claimed [0.1, 0.1, 0.01, 0.01"),
        (replaced("(line 12, 1x)", "(line 13, 1x)"), f"torch does not warn: UserWarning: {WARNING} (line 13, 1x)"),
        (replaced("UserWarning: ", "FutureWarning: "), "torch does not warn: FutureWarning: "),
        (
            replaced('outcome = "warns"', 'error = "TypeError: no (line 12)"\noutcome = "raises"'),
            "torch does not raise: TypeError: no (line 12)",
        ),
    ],
    ids=["rates", "line", "category", "error"],
)
def test_another_torch_is_told(prove: Prove, tmp_path: Path, rewrite: Rewrite, said: str) -> None:
    result = prove("LR101", "--brief", "--cases", stock(tmp_path, rewrite))
    assert result.exit_code == 1
    assert "  FAILED  LR101/top_of_epoch_loop.py, torch warns\n" in result.stdout
    assert said in result.stdout
    assert result.stdout.endswith("torch does not do what the rules claim in 1 case of LR101.\n")


def test_an_error_that_is_gone(prove: Prove, tmp_path: Path) -> None:
    folder = stock(tmp_path, code="LR104", names=["no_metric.py"])
    path = folder / "LR104" / "no_metric.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("scheduler.step()", "scheduler.step() if __name__ == 'other' else None"))
    result = prove("LR104", "--brief", "--cases", folder)
    assert result.exit_code == 1, result.output
    assert "a finding says that torch raises, and it does not" in result.stdout


def test_other_numbers_of_an_older_torch_are_no_contradiction(prove: Prove, tmp_path: Path) -> None:
    """What counts is that the repair changes the LRs, as it did when they were recorded."""

    rewrite = replaced("0.0001, 0.0001", "0.0002, 0.0002")
    result = prove("LR101", "--brief", "--cases", stock(tmp_path, lambda text: of_newer_torch(rewrite(text))))
    assert result.exit_code == 0, result.output
    assert "  ok      LR101/top_of_epoch_loop.py, torch warns\n    the LRs are others:" in result.stdout


def using_what_is_not_there(folder: Path) -> Path:
    path = folder / "LR101" / "top_of_epoch_loop.py"
    path.write_text(path.read_text(encoding="utf-8") + "torch.optim.OptimizerOfTomorrow\n", encoding="utf-8")
    return folder


def test_what_an_older_torch_lacks_is_skipped(prove: Prove, tmp_path: Path) -> None:
    result = prove("LR101", "--cases", using_what_is_not_there(stock(tmp_path, of_newer_torch)))
    assert result.exit_code == 0, result.output
    assert "it needs a newer torch: AttributeError: module 'torch.optim' has no attribute" in result.stdout
    assert "Skipped: 1 case; it needs a newer torch." in result.stdout


def test_what_a_newer_torch_has_no_more_is_told(prove: Prove, tmp_path: Path) -> None:
    result = prove("LR101", "--brief", "--cases", using_what_is_not_there(stock(tmp_path)))
    assert result.exit_code == 1
    assert "torch raises: AttributeError: module 'torch.optim' has no attribute" in result.stdout


def test_what_needs_other_packages_proves_nothing(prove: Prove) -> None:
    result = prove("LR601", "--brief")
    assert result.exit_code == 2
    assert "nothing could be proven: no case of these rules can be run on this torch" in result.stderr


@pytest.mark.parametrize(
    ("expected", "seen", "is_lacking"),
    [
        (None, "AttributeError: module 'torch.optim' has no attribute 'Muon' (line 3)", True),
        (None, "TypeError: SGD.__init__() got an unexpected keyword argument 'fused' (line 3)", True),
        (None, "ValueError: no (line 3)", False),
        ("TypeError: an unexpected keyword argument (line 3)", "TypeError: no attribute 'x' (line 3)", False),
        ("ValueError: no (line 9)", "ImportError: cannot import name 'Muon' from 'torch' (train.py line 3)", True),
        (None, None, False),
    ],
)  # fmt: skip
def test_what_a_torch_lacks(expected: str | None, seen: str | None, is_lacking: bool) -> None:
    records = [Record("raises" if error else "silent", (), error, ()) for error in (expected, seen)]
    assert (lacks(*records) is not None) is is_lacking


def test_texts_of_evidence_are_read_back() -> None:
    assert Said.of("UserWarning: a (b): c. (line 12, 3x)") == Said("UserWarning", "a (b): c.", "line 12")
    assert Said.of("TypeError: no (engine.py line 5)") == Said("TypeError", "no", "engine.py line 5")
    assert Said.of("KeyError: 'x' (no line)") == Said("KeyError", "'x'", "no line")


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_an_interrupted_run_ends_without_a_word(observer: Observer) -> None:
    command = [sys.executable, "-m", "lrlint", "prove", "--all"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True, **pipes) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == f"torch {installed_torch()}\n"
        os.killpg(running.pid, signal.SIGINT)  # as Ctrl-C does
        _, problems = running.communicate(timeout=60)
    assert (running.returncode, problems) == (130, "")


# What can't be run


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = CliRunner().invoke(main, ["prove", "LR101"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: torch is not installed; install it with: pip install 'lrlint[torch]'\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name rules or paths, as in `lrlint prove LR101` or `lrlint prove train.py`, or give --all"),
        (["--all", "LR101"], "--all means every rule: leave out the others"),
        (["LR9999"], "there is no rule 'LR9999'"),
        (["LR101", "--cases", "nowhere"], "nowhere: there is no such folder"),
    ],
)
def test_what_the_command_line_lacks(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["prove", *arguments])
    assert result.exit_code == 2
    assert said in result.stderr


def test_a_folder_without_cases_of_the_rule(prove: Prove, tmp_path: Path) -> None:
    result = prove("LR101", "--cases", tmp_path)
    assert result.exit_code == 2
    assert "skipped: it has no cases" in result.stdout


def test_help_tells_the_exit_codes() -> None:
    result = CliRunner().invoke(main, ["prove", "--help"])
    assert "Exits with 0 if torch does what the rules claim, 1 if it does not" in " ".join(result.stdout.split())
