"""Code that is newer than the running Python: it is read and repaired all the same, and nothing in it moves."""

from __future__ import annotations

import sys

import pytest

from lrlint.fix import fix_source
from lrlint.linter import lint_source
from lrlint.newer import older_text
from lrlint.registry import load_rules, select_rules
from lrlint.source import Source
from lrlint.tree import UnreadableError, parse

needs_older_python = pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads the text")

TRAINING = """\
import torch

type Pair[
    T
] = tuple[T, T]


def train[T: int = 3](loader: T, *rest: *T) -> None:
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for epoch in range(4):
        print(f"ö{loader["é"]}" f'{epoch}'); scheduler.step()  # LR101
        try:
            optimizer.step()
        except* ValueError as error:
            print(t"{error}", f'{
                error  # "
            }')
"""

MOVABLE = TRAINING.replace("; scheduler.step()  # LR101", "\n        scheduler.step()  # é")

MOVED = """\
            }')
        scheduler.step()  # é
"""


@pytest.mark.parametrize(
    ("text", "older"),
    [
        ("type X = int\n", "X      = int\n"),
        ("type  X[T]  = int\n", "X           = int\n"),
        ("def f[T: (int, str)](a): pass\n", "def f               (a): pass\n"),
        ("class A[\n  T,\r\n  *U\n](B): pass\n", "class A\\\n   \\\r\n   \\\n (B): pass\n"),
        ("try: pass\nexcept* A: pass\nexcept *B: pass\n", "try: pass\nexcept  A: pass\nexcept  B: pass\n"),
        ("try: pass\nexcept A, B: pass\n", "try: pass\nexcept A| B: pass\n"),
        ("x[*a, b]; y: int\n", "x[ a, b]; y: int\n"),
        ("def f(*a: *T): pass\n", "def f(*a:  T): pass\n"),
        ("\ftype X = 'é'\n", "\fX      = 'é'\n"),
        ("x = 1\n", "x = 1\n"),
    ],
)
def test_something_older_stands_for_it(text: str, older: str) -> None:
    assert older_text(text) == older


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="this Python reads the text")
def test_template_strings_are_empty() -> None:
    assert older_text("x = t'{a}', rt'''\n{b}'''\n") == 'x = "    ", """  \n   """\n'


@needs_older_python
@pytest.mark.parametrize(
    ("text", "older"),
    [
        ("x = f'{a['é']}', f'{b}'\n", "x = \"         \", f'{b}'\n"),
        ("x = f'{\na # b\r\n}é'\n", 'x = """\n     \r\n"""\n'),
        ("x = 'a' f'{f'{b}'}'\n", "x = 'a' \"         \"\n"),
    ],
)
def test_strings_with_newer_expressions_are_empty(text: str, older: str) -> None:
    assert older_text(text) == older


@pytest.mark.parametrize("text", ["print 'x'\n", "type X = \n", "x = f'{a['\n"])
def test_what_no_python_reads_is_not_read(text: str) -> None:
    assert older_text(text) is None
    with pytest.raises(UnreadableError):
        parse(Source("x.py", text))


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_findings_stand_where_they_should(newline: str) -> None:
    source = Source("train.py", TRAINING.replace("\n", newline))
    (finding,) = lint_source(source, select_rules(load_rules()))
    line = source.line_text(finding.range.line)
    assert line[finding.range.column - 1 : finding.range.end_column - 1] == "scheduler.step()"
    assert line.endswith(f"# {finding.rule.code}")


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_fix_leaves_what_is_newer_as_it_was(newline: str) -> None:
    rules = select_rules(load_rules())
    source = Source("train.py", MOVABLE.replace("\n", newline))
    result = fix_source(source, lambda one: lint_source(one, rules), unsafe=True)
    assert result.problem is None
    lines = [line for line in MOVABLE.splitlines() if not line.startswith("        scheduler.step")]
    fixed = "\n".join(lines).replace("            }')", MOVED.rstrip()) + "\n"
    assert result.source.text == fixed.replace("\n", newline)
