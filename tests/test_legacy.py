"""Code of Python 3.6, where `async` was a name: it is read and repaired, and LR000 says that Python 3.7 refuses it."""

from __future__ import annotations

import pytest

from lrlint.fix import fix_source
from lrlint.legacy import modern_text
from lrlint.linter import lint_source
from lrlint.registry import load_rules, select_rules
from lrlint.source import Source
from lrlint.tree import UnreadableError, parse

TRAINING = """\
import torch

model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
for epoch in range(4):
    scheduler.step()  # asyna, not async
    targets = torch.ones(8, 1).cuda(async=True)
    model(torch.ones(8, 4)).mean().backward()
    optimizer.step()
"""

FIXED = """\
import torch

model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
for epoch in range(4):
    targets = torch.ones(8, 1).cuda(async=True)
    model(torch.ones(8, 4)).mean().backward()
    optimizer.step()
    scheduler.step()  # asyna, not async
"""


def test_another_name_stands_for_async_and_all_else_stays() -> None:
    text = "async = f(async=1, b=x.async)  # async\nasync def g(): 'async'\n"
    assert modern_text(Source("x.py", text)) == text.replace("async", "asyna", 3)


def test_the_other_name_is_none_of_the_text() -> None:
    assert modern_text(Source("x.py", "asyna = async")) == "asyna = asynb"


@pytest.mark.parametrize(
    "text", ["async def f():\n    async with a:\n        pass\n", "x = 'async='\n", "x = (async\n"]
)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert modern_text(Source("x.py", text)) == text


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
def test_the_first_name_is_where_the_refusal_stands(newline: str) -> None:
    tree = parse(Source("x.py", f"\fx = 1{newline}y.cuda(async=True){newline}z(async=2){newline}"))
    assert tree.refusal is not None
    assert (tree.refusal.line, tree.refusal.column) == (2, 8)
    assert tree.range(tree.module.body[1]).line == 2


@pytest.mark.parametrize("broken", ["print 'x'", "x = ) (", "x = f(1, async=1, async)"])
def test_what_has_more_against_it_is_not_read(broken: str) -> None:
    with pytest.raises(UnreadableError):
        parse(Source("x.py", f"x.cuda(async=True)\n{broken}\n"))


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_fix_leaves_async_where_it_was(newline: str) -> None:
    rules = select_rules(load_rules())
    source = Source("train.py", TRAINING.replace("\n", newline))
    assert [finding.rule.code for finding in lint_source(source, rules)] == ["LR101", "LR000"]
    result = fix_source(source, lambda one: lint_source(one, rules), unsafe=True)
    assert result.problem is None
    assert result.source.text == FIXED.replace("\n", newline)
    assert [finding.rule.code for finding in result.findings] == ["LR000"]
