"""Which comments silence a finding.  In each program the finding is the call `bad(...)`."""

from __future__ import annotations

import pytest

from lrlint.finding import Finding
from lrlint.rule import Rule, Severity
from lrlint.source import Source
from lrlint.suppress import is_suppressed

RULE = Rule("LR101", "scheduler-step-before-optimizer-step", "", Severity.CORRECTNESS, gate=())


def suppressed(text: str) -> bool:
    source = Source("train.py", text)
    start = text.index("bad(")
    return is_suppressed(
        source, Finding(RULE, source.path, source.range(start, text.index(")", start) + 1), "it is bad")
    )


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "#noqa",
        "# NoQA",
        "# noqa: LR101",
        "# noqa:lr101",
        "# noqa: E501, LR101",
        "# noqa: E501 LR101",
        "# noqa: LR101 the warm-up wants it",
        "# type: ignore[misc]  # noqa: LR101",
        "# lrlint: ignore[LR101]",
        "# lrlint:ignore[LR101]",
        "# lrlint: ignore[LR304, LR101]: the warm-up wants it",
        "# lrlint: ignore[scheduler-step-before-optimizer-step]",
        "# the old order  # lrlint: ignore[LR101]",
    ],
)
def test_comment_at_the_end_of_the_line(comment: str) -> None:
    assert suppressed(f"bad(1)  {comment}\n")


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: E501",
        "# noqa: LR1",
        "# noqa: LR1010",
        "# noqa: whatever",
        "# noqa: E501 as for LR101",
        "# noqa-verify",
        "# is this noqa?",
        "# lrlint: ignore",
        "# lrlint: ignore[]",
        "# lrlint: ignore[LR102]",
        "# lrlint: ignore LR101",
    ],
)
def test_comment_that_means_something_else(comment: str) -> None:
    assert not suppressed(f"bad(1)  {comment}\n")


def test_ignore_alone_on_the_line_above() -> None:
    assert suppressed("for x in y:\n    # lrlint: ignore[LR101]: warm-up\n    bad(1)\n")


@pytest.mark.parametrize(
    "above",
    [
        "# lrlint: ignore[LR102]\n",
        "# lrlint: ignore[LR101]\n\n",
        "good()  # lrlint: ignore[LR101]\n",
        "# noqa: LR101\n",
    ],
)
def test_other_comments_above_say_nothing(above: str) -> None:
    assert not suppressed(f"{above}bad(1)\n")


@pytest.mark.parametrize(
    "text",
    [
        "bad(  # noqa: LR101\n    1\n)\n",
        "bad(\n    1\n)  # noqa: LR101\n",
        "x = [\n    bad(1),\n]  # noqa: LR101\n",
        "x = [  # noqa: LR101\n    bad(1),\n]\n",
        "# lrlint: ignore[LR101]\nx = [\n    bad(1),\n]\n",
        "x = [\n    # lrlint: ignore[LR101]\n    bad(1),\n]\n",
        "bad(1) or \\\n    good()  # noqa: LR101\n",
    ],
)
def test_statement_of_several_lines(text: str) -> None:
    assert suppressed(text)


def test_comment_in_the_middle_of_a_finding_says_nothing() -> None:
    assert not suppressed("bad(\n    1,  # noqa: LR101\n    2,\n)\n")


def test_comment_of_another_statement_says_nothing() -> None:
    assert not suppressed("bad(1)\ngood(2)  # noqa: LR101\n")
    assert not suppressed("if True:  # noqa: LR101\n    bad(1)\n")


@pytest.mark.parametrize(
    "text",
    [
        'bad("# noqa: LR101")\n',
        'bad("# lrlint: ignore[LR101]")\n',
        'x = """\n# lrlint: ignore[LR101]\n"""; bad(1)\n',
        'x = """\n# lrlint: ignore[LR101]\nbad(1)\n"""\n',
        'bad("""\n# noqa: LR101""")\n',
    ],
)
def test_text_of_a_string_is_no_comment(text: str) -> None:
    assert not suppressed(text)


def test_comment_behind_such_a_string_is_one() -> None:
    assert suppressed('bad("# noqa: E501")  # noqa: LR101\n')


def test_lines_are_counted_as_in_python() -> None:
    assert suppressed("x = '\\\n'\r# form feed \f and\v no new line\r\nbad(1)  # noqa\r")
    assert not suppressed("x = 1  # noqa\rbad(1)\r")


def test_source_without_a_last_newline() -> None:
    assert suppressed("bad(1)  # noqa")


@pytest.mark.parametrize("broken", ["x = '''\n", "x = (\n", "if x:\n        y\n    z\n", "print 'a'\n", "x = 1 $ 2\n"])
def test_source_that_is_no_python(broken: str) -> None:
    assert suppressed(f"bad(1)  # noqa: LR101\n{broken}")
    assert suppressed(f"{broken}bad(1)  # noqa: LR101\n")
    assert not suppressed(f"{broken}bad(1)  # noqa: LR102\n")


def test_range_that_ends_with_its_newline() -> None:
    source = Source("train.py", "bad(1)\ngood()  # noqa\n")
    assert not is_suppressed(source, Finding(RULE, source.path, source.range(0, 7), "it is bad"))


# Files and regions


@pytest.mark.parametrize(
    "text",
    [
        "# lrlint: file-ignore[LR101]\nbad(1)\n",
        "x = 1\nbad(1)\n# lrlint: file-ignore[LR304, LR101]: all of it is a demonstration\n",
        "# lrlint: disable[LR101]\nx = 1\nbad(1)\n",
        "# lrlint: disable[LR101, LR304]\nbad(1)\n# lrlint: enable[LR101]\n",
        "# lrlint: disable[LR101]\ndef f():\n    # lrlint: enable[LR101]\n    bad(1)\n",
        "def f():\n    # lrlint: disable[scheduler-step-before-optimizer-step]\n    if x:\n        bad(1)\n",
        "# lrlint: disable[LR101]\nx = 1\n# lrlint: enable[LR304]\nbad(1)\n",
        "def f():\n    # lrlint: disable[LR101]\n    x = '''\ntext\n'''\n    bad(1)\n",
    ],
)
def test_file_and_region(text: str) -> None:
    assert suppressed(text)


@pytest.mark.parametrize(
    "text",
    [
        "# lrlint: file-ignore[LR102]\nbad(1)\n",
        "x = 1  # lrlint: file-ignore[LR101]\nbad(1)\n",
        "'''\n# lrlint: file-ignore[LR101]\n'''\nbad(1)\n",
        "bad(1)\n# lrlint: disable[LR101]\n",
        "x = 1  # lrlint: disable[LR101]\nbad(1)\n",
        "# lrlint: disable[LR101]\nx = 1\n# lrlint: enable[LR101]\nbad(1)\n",
        "# lrlint: disable[LR101, LR304]\nx = 1\n# lrlint: enable[LR304, LR101]\nbad(1)\n",
        "def f():\n    # lrlint: disable[LR101]\n    x = 1\n\nbad(1)\n",
        "if x:\n    # lrlint: disable[LR101]\n    x = 1\nelse:\n    bad(1)\n",
        "# lrlint: enable[LR101]\nbad(1)\n",
    ],
)
def test_no_file_and_no_region(text: str) -> None:
    assert not suppressed(text)
