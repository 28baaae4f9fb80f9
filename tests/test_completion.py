"""Completion of command lines, as shells ask for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from lrlint.cli import main
from lrlint.registry import load_rules
from lrlint.report.formats import FORMATS
from lrlint.torch_api.signatures import releases
from tests.cases import ROOT


def completed(*words: str, shell: str = "bash") -> list[str]:
    """What a shell is told when Tab is pressed behind the last of some words; `""` begins a new one."""
    line = " ".join(("lrlint", *words))
    environment = {
        "_LRLINT_COMPLETE": f"{shell}_complete",
        "COMP_WORDS": line,
        "COMP_CWORD": words[-1] if shell == "fish" else str(len(words)),
    }
    result = CliRunner(env=environment).invoke(main, [], prog_name="lrlint")
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def values(*words: str) -> list[str]:
    """The values that are offered."""
    return [line.partition(",")[2] for line in completed(*words) if line]


def test_commands() -> None:
    assert values("c") == ["check", "clean", "curve", "completion"]


def test_options() -> None:
    assert values("check", "--ext") == ["--extend-select", "--extend-exclude"]
    assert "--watch" in values("check", "--")


CODES = [registered.rule.code for registered in load_rules()]


@pytest.mark.parametrize("option", ["--select", "--ignore", "--extend-select"])
def test_rules(option: str) -> None:
    assert values("check", option, '""') == [*CODES, "ALL"]
    assert values("check", option, "LR10") == [code for code in CODES if code.startswith("LR10")]
    assert values("check", option, "lr101") == ["LR101"]
    assert values("check", option, "scheduler-step-before-optimizer-s") == ["scheduler-step-before-optimizer-step"]
    assert values("check", option, "LR5,LR10") == [f"LR5,{code}" for code in CODES if code.startswith("LR10")]


def test_the_rule_to_explain() -> None:
    assert values("rule", "LR3") == [code for code in CODES if code.startswith("LR3")]
    assert values("rule", "ALL") == []


def test_formats_and_releases() -> None:
    assert values("check", "--output-format", '""') == list(FORMATS)
    assert values("check", "--output-format", "j") == ["json", "jsonl", "junit"]
    assert values("check", "--torch-version", '""') == [str(release) for release in reversed(releases())]
    assert values("completion", '""') == ["bash", "zsh", "fish"]


@pytest.mark.parametrize(
    "words", [("check",), ("check", "--config"), ("check", "--baseline"), ("check", "--output-file")]
)
def test_paths_are_left_to_the_shell(words: tuple[str, ...]) -> None:
    assert completed(*words, "src/tr") == ["file,src/tr"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_summaries_are_shown_beside_the_codes(shell: str) -> None:
    assert "a scheduler is stepped before its optimizer" in "\n".join(completed("rule", "LR101", shell=shell))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script(shell: str) -> None:
    result = CliRunner().invoke(main, ["completion", shell])
    assert result.exit_code == 0
    assert f"_LRLINT_COMPLETE={shell}_complete" in result.output
    program = shutil.which(shell)
    if program is not None:
        subprocess.run([program, "-n"], input=result.output, text=True, check=True)


def test_an_unknown_shell() -> None:
    result = CliRunner().invoke(main, ["completion", "tcsh"])
    assert result.exit_code == 2
    assert "'bash', 'zsh', 'fish'" in result.output


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_in_bash(tmp_path: Path) -> None:
    command = tmp_path / "lrlint"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m lrlint "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    program = 'eval "$(lrlint completion bash)"; COMP_WORDS=(lrlint rule LR60); COMP_CWORD=2; _lrlint_completion lrlint'
    environment = {**os.environ, "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}
    shown = subprocess.run(
        ["bash", "-c", f'{program}; echo "${{COMPREPLY[@]}}"'],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.split() == [code for code in CODES if code.startswith("LR60")]
