"""The comments that silence findings: where they are put."""

from __future__ import annotations

import pytest

from lrlint.edit import apply_edits
from lrlint.ignore import ignoring_edit
from lrlint.linter import lint_source
from lrlint.notebook import read_source
from lrlint.registry import load_rules
from lrlint.source import Source
from tests.notebooks import SCHEDULER, SETUP, WRONG_ORDER, notebook

EARLY = f"{SETUP}\n{SCHEDULER}\n{WRONG_ORDER}\n"


def silenced(text: str) -> str:
    """A program with a comment for its one finding."""
    source = Source("train.py", text)
    (finding,) = lint_source(source, load_rules())
    edit = ignoring_edit(source, finding)
    assert edit is not None
    return apply_edits(text, [edit])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("scheduler.step()", "scheduler.step()  # lrlint: ignore[LR101]"),
        ("scheduler.step()  ", "scheduler.step()  # lrlint: ignore[LR101]  "),
        ("scheduler.step()  # why not", "scheduler.step()  # why not  # lrlint: ignore[LR101]"),
        ("scheduler.step()  # noqa: E501", "scheduler.step()  # noqa: E501  # lrlint: ignore[LR101]"),
        ("scheduler.step()  # lrlint: ignore[LR102] so", "scheduler.step()  # lrlint: ignore[LR102, LR101] so"),
        ("scheduler.step()  # lrlint: ignore[]", "scheduler.step()  # lrlint: ignore[LR101]"),
        ("scheduler.step(  # 1\n    )", "scheduler.step(  # 1  # lrlint: ignore[LR101]\n    )"),
        ("scheduler.step \\\n    (\\\n    )", "scheduler.step \\\n    (\\\n    )  # lrlint: ignore[LR101]"),
        ("scheduler.step(); x = '''\n'''", "scheduler.step(); x = '''\n'''  # lrlint: ignore[LR101]"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_where_the_comment_goes(before: str, after: str, newline: str) -> None:
    text = EARLY.replace("scheduler.step()", before).replace("\n", newline)
    expected = EARLY.replace("scheduler.step()", after).replace("\n", newline)
    assert silenced(text) == expected
    assert lint_source(Source("train.py", expected), load_rules()) == ()


def test_in_a_notebook() -> None:
    source = read_source("train.ipynb", notebook(SETUP, SCHEDULER, WRONG_ORDER))
    (finding,) = lint_source(source, load_rules())
    edit = ignoring_edit(source, finding)
    assert edit is not None
    assert source.is_editable(edit.range)
    assert source.shown(edit.range).cell == 4


def test_a_text_that_cannot_be_parsed_takes_no_comment() -> None:
    source = Source("train.py", "import torch\ntorch.optim.lr_scheduler.StepLR(\n")
    (finding,) = lint_source(source, load_rules())
    assert ignoring_edit(source, finding) is None
