"""Trees: what can't be read is refused with a reason, never by a crash; positions are those of Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lrlint.program import build_program
from lrlint.program.project import project_of
from lrlint.source import Source
from lrlint.tree import MAX_LINES, MAX_OPERANDS, UnreadableError, parse
from tests.cases import ROOT

HEADER = "import torch\nfrom torch import optim\noptim.SGD\n"

MONSTERS = {
    "brackets nested 1,500 deep": "x = " + "(" * 1500 + "1" + ")" * 1500,
    "lists nested 3,000 deep": "x = " + "[" * 3000 + "]" * 3000,
    "a chain of 1,000 methods": "x = a" + ".b()" * 1000,
    "a sum of 3,000 terms": "x = " + " + ".join("a" * 3000),
    "20,000 operands of and": "x = " + " and ".join(["a"] * 20_000),
    "30,000 strings side by side": "x = " + " ".join(['"a"'] * 30_000),
    "30,000 f-strings side by side": "x = " + " ".join(['f"a"'] * 30_000),
    "a module name of 20,000 parts": "import " + ".".join(["a"] * 20_000),
    "3,000 lambdas in each other": "x = " + "lambda: " * 3000 + "1",
    "3,000 conditional expressions": "x = " + "a if b else " * 3000 + "c",
    "an elif chain of 1,000": "if a: pass\n" + "elif a: pass\n" * 1000,
    "Python 2 and brackets 1,500 deep": "print 'x'\nx = " + "(" * 1500 + "1" + ")" * 1500,
    "50,000 lines": "x = 1\n" * 50_000,
}


@pytest.mark.parametrize("name", MONSTERS)
def test_a_monster_is_refused_in_words(name: str, tmp_path: Path) -> None:
    path = tmp_path / "monster.py"
    path.write_text(HEADER + MONSTERS[name] + "\n")
    command = [sys.executable, "-m", "lrlint", "check", "--output-format", "concise", path.name]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert run.returncode == 1, run.stderr
    assert "LR000 this file was not checked" in run.stdout


@pytest.mark.parametrize(
    "expression",
    [
        " and ".join(["a"] * MAX_OPERANDS),
        " ".join(['"a"'] * 1000),
        " < ".join(["a"] * 2000),
        "a" + ".b()" * 95,
        "f(" * 95 + "1" + ")" * 95,
        "[" + ", ".join(["1"] * 5000) + "]",
    ],
    ids=lambda expression: expression[:12],
)
def test_what_is_only_large_is_read(expression: str) -> None:
    project, path = project_of(Source("x.py", f"{HEADER}x = {expression}\n"))
    program = build_program(project, [path])
    assert program.unreadable == ()
    assert program.text(program.modules[0].lowered.body.body[-1]).startswith("x = ")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("import torch\nprint 'hello'\n", 2, "Missing parentheses in call to 'print'"),
        ("import torch\nx = (1,\n", 2, "'(' was never closed"),
        ("def f():\nreturn 1\n", 2, "expected an indented block"),
        ("x.cuda(async=True)\nprint 'x'\n", 1, "`async` is a keyword since Python 3.7"),
        ("x = 1\n" * (MAX_LINES + 1), 1, "lrlint reads up to 20,000"),
        ("x = '\ud800'\n", 1, "characters that are no text"),
    ],
)
def test_the_reason_says_what_and_where(text: str, line: int, message: str) -> None:
    with pytest.raises(UnreadableError) as raised:
        parse(Source("x.py", text))
    assert message in str(raised.value)
    assert raised.value.line == line
