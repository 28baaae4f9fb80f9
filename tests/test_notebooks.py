"""Notebooks on the command line: what is found in the cells, how it is shown, and what fixes write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from lrlint.cli import main
from tests.notebooks import (
    EPOCH_ARGUMENT,
    LOOP,
    SCHEDULER,
    SETUP,
    WRONG_ORDER,
    code,
    document,
    notebook,
    sources,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=stdin, prog_name="lrlint")


def write(data: bytes, name: str = "train.ipynb") -> Path:
    path = Path(name)
    path.write_bytes(data)
    return path


def concise(*cells: str) -> list[str]:
    """The place and code of each finding in a notebook of these cells, the first of which is cell 2."""
    write(notebook(*cells))
    result = check("--output-format=concise")
    assert "Traceback" not in result.output
    assert "internal error" not in result.output
    return [" ".join(line.split()[:3]) for line in result.stdout.splitlines() if line.startswith("train.ipynb")]


def json_findings() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(check("--output-format=json").stdout)["findings"]
    return found


# --- what is found -------------------------------------------------------------------------------------------


def test_cells_are_one_program_in_their_order() -> None:
    assert concise(SETUP, SCHEDULER, LOOP) == []
    assert concise(SETUP, SCHEDULER, WRONG_ORDER) == ["train.ipynb:cell 4:2:5: LR101"]


def test_calls_are_followed_into_the_modules_beside() -> None:
    write(
        b"from torch.optim.lr_scheduler import StepLR\n\n\ndef build(optimizer):\n    return StepLR(optimizer, 3)\n",
        "b.py",
    )
    assert concise(SETUP, "from b import build\nscheduler = build(optimizer)", WRONG_ORDER) == [
        "train.ipynb:cell 4:2:5: LR101"
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "%matplotlib inline",
        "%load_ext autoreload\n%autoreload 2",
        "!pip install torch \\\n    torchvision",
        "if True:\n    !ls",
        "files = !ls *.pt",
        "took = %timeit -o sum(range(9))",
        "?torch.optim",
        "torch.optim.SGD??",
        "optimizer?",
        "print(1);",
        "pip install -q torch",
        "%%bash\nfor f in *; do echo $f; done",
        "%%html\n<b>bold</b>",
        "%%writefile train.py\nscheduler.step(",
        "%%somemagic\nthis is (no Python",
        "%%time\nx = 1",
        "\n%%capture out\nx = 1",
        "  x = 1\n  y = 2",
        'text = """\n%not a magic\n!nor this\n"""',
        "x = (1\n%2)",
        "await something",
        "",
        "# only a comment",
    ],
)
def test_what_ipython_understands_is_no_mistake(cell: str) -> None:
    assert concise(SETUP, cell, SCHEDULER, WRONG_ORDER) == ["train.ipynb:cell 5:2:5: LR101"]


@pytest.mark.parametrize(
    "built",
    [
        "%%time\nscheduler = StepLR(optimizer, 30)",
        "%time scheduler = StepLR(optimizer, 30)",
        "    scheduler = StepLR(optimizer, 30)",
        "%%somemagic\nscheduler = StepLR(optimizer, 30)",
        "scheduler = StepLR(optimizer, 30);",
    ],
)
def test_code_under_a_magic_counts(built: str) -> None:
    assert concise(SETUP, built, WRONG_ORDER) == ["train.ipynb:cell 4:2:5: LR101"]


def test_a_finding_under_a_magic_has_its_place_and_no_fix() -> None:
    cell = EPOCH_ARGUMENT.replace("scheduler.step", "%time scheduler.step")
    assert concise(SETUP, SCHEDULER, cell) == ["train.ipynb:cell 4:3:5: LR102"]
    data = Path("train.ipynb").read_bytes()
    check("--fix", "--unsafe-fixes")
    assert Path("train.ipynb").read_bytes() == data


def test_a_cell_that_is_no_python_is_told_and_the_others_are_checked() -> None:
    assert concise(SETUP, SCHEDULER, "x = 1\ny = (", WRONG_ORDER) == [
        "train.ipynb:cell 4:2:5: LR000",
        "train.ipynb:cell 5:2:5: LR101",
    ]
    result = check("--select=LR000")
    assert "LR000 this cell was not checked: '(' was never closed\n --> train.ipynb:cell 4:2:5\n" in result.stdout
    assert "\n1 | x = 1\n2 | y = (\n  |     ^\n" in result.stdout


def test_a_cell_that_is_no_python_may_do_anything_to_the_names_in_it() -> None:
    assert concise(SETUP, SCHEDULER, "optimizer.step(\n", WRONG_ORDER) == ["train.ipynb:cell 4:1:15: LR000"]
    assert concise(SETUP, SCHEDULER, "scheduler = ____ ____", WRONG_ORDER) == ["train.ipynb:cell 4:1:18: LR000"]


@pytest.mark.parametrize("escape", [b"\\ud800", b"\\u0000"])
def test_a_cell_with_what_is_no_text_is_told_and_stays(escape: bytes) -> None:
    data = notebook(SETUP, SCHEDULER, "x = '?'", EPOCH_ARGUMENT).replace(b"'?'", b"'%s'" % escape)
    path = write(data)
    assert "LR000 this cell was not checked: it holds a character that is no text" in check("--fix").stdout
    assert path.read_bytes() == data.replace(b"epoch + 1", b"")


@pytest.mark.parametrize(
    ("comment", "is_silent"),
    [("# noqa: LR101", True), ("# lrlint: ignore[LR101] as it was", True), ("# noqa: LR102", False)],
)
def test_suppressions(comment: str, is_silent: bool) -> None:
    cell = WRONG_ORDER.replace("scheduler.step()", f"scheduler.step()  {comment}")
    assert (concise(SETUP, SCHEDULER, cell) == []) is is_silent


def test_a_comment_at_the_end_of_a_cell_says_nothing_of_the_next() -> None:
    build = "scheduler = StepLR(optimizer, 30, verbose=True)"
    assert concise(SETUP, "# lrlint: ignore[LR401]", build) != []
    assert concise(SETUP, f"# lrlint: ignore[LR401]\n{build}") == []


# --- which files ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "metadata",
    [
        {"language_info": {"name": "R"}},
        {"kernelspec": {"language": "julia", "name": "julia-1.9"}},
        {"kernelspec": {"language": "sage"}, "language_info": {"name": "python"}},
    ],
)
def test_other_languages_are_left_out(metadata: dict[str, Any]) -> None:
    cells = [code(SETUP), code(SCHEDULER), code(WRONG_ORDER)]
    write(json.dumps(document(cells, metadata)).encode())
    assert check("train.ipynb").stdout == "No findings in 1 file.\n"


@pytest.mark.parametrize("metadata", [{}, {"language_info": {"name": "ipython"}}, {"kernelspec": None}])
def test_a_notebook_without_a_language_is_python(metadata: dict[str, Any]) -> None:
    write(json.dumps(document([code(SETUP), code(SCHEDULER), code(WRONG_ORDER)], metadata)).encode())
    assert check().exit_code == 1


def test_a_cell_in_another_language_is_left_out() -> None:
    foreign = {**code("y = ("), "metadata": {"vscode": {"languageId": "sql"}}}
    write(json.dumps(document([code(SETUP), foreign])).encode())
    assert check().exit_code == 0


def test_the_third_version_of_the_format() -> None:
    cells = [
        {"cell_type": "code", "language": "python", "input": text.splitlines(keepends=True), "outputs": []}
        for text in (SETUP, SCHEDULER, EPOCH_ARGUMENT)
    ]
    heading = {"cell_type": "heading", "level": 1, "source": ["Training"]}
    sheets = [{"cells": [heading, *cells[:2]]}, {"metadata": {}}, {"cells": cells[2:]}]
    data = json.dumps({"metadata": {"name": ""}, "nbformat": 3, "worksheets": sheets}, indent=1).encode()
    path = write(data)
    assert check("--output-format=concise").stdout.startswith("train.ipynb:cell 4:3:5: LR102")
    assert check("--fix").exit_code == 0
    assert path.read_bytes() == data.replace(b"step(epoch + 1)", b"step()")


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"", "it is no notebook: line 1 is no JSON: expecting value"),
        (b'{"cells": [\n<<<<<<< HEAD\n', "it is no notebook: line 2 is no JSON: expecting value"),
        (b"[]", "it is no notebook: it holds no JSON object"),
        (b"{}", "it is no notebook: it has no cells"),
        (b'{"cells": 3}', "it is no notebook: it has no cells"),
        (b'{"cells": [{"cell_type": "code"}]}', "it is no notebook: the source of cell 1 is no text"),
        (b'{"cells": [{"cell_type": "code", "source": [1]}]}', "it is no notebook: the source of cell 1 is no text"),
        (b'{"\n\xff": 1}', "it is no notebook: line 2 holds bytes that are not utf-8"),
        (b'{"cells": ' + b"[" * 200_000, "it is no notebook: its JSON is nested too deeply"),
        (b'{"cells": [], "x": ' + b"1" * 5000 + b"}", "it is no notebook: "),
    ],
)
def test_a_broken_notebook_is_told_in_a_sentence(data: bytes, answer: str) -> None:
    result = check("--stdin-filename=a.ipynb", "-", stdin=data)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: a.ipynb: not checked: {answer}")
    assert result.stderr.count("\n") == 1


def test_a_broken_notebook_does_not_stop_the_others() -> None:
    write(notebook(SETUP, SCHEDULER, WRONG_ORDER)[:-5], "broken.ipynb")
    assert concise(SETUP, SCHEDULER, WRONG_ORDER) == ["train.ipynb:cell 4:2:5: LR101"]
    assert check().stderr.startswith("error: broken.ipynb: not checked: it is no notebook: line ")


@pytest.mark.parametrize("cells", [[], [{}], [3], [{"cell_type": "code", "source": []}]])
def test_nothing_to_check_in_the_cells(cells: list[Any]) -> None:
    write(json.dumps(document(cells)).encode())
    assert check("train.ipynb").stdout == "No findings in 1 file.\n"


def test_a_notebook_without_the_gate_words_is_not_even_parsed() -> None:
    write(b"{ this is no JSON, and has not a word of training")
    assert check(".").stdout == "No findings in 1 file.\n"
    assert check("train.ipynb").stdout == "No findings in 1 file.\n"


def test_notebooks_of_checkpoints_are_left_out(folder: Path) -> None:
    (folder / ".ipynb_checkpoints").mkdir()
    write(notebook(SETUP, SCHEDULER, WRONG_ORDER), ".ipynb_checkpoints/train-checkpoint.ipynb")
    assert check().stdout == "No Python file was checked.\n"


# --- how it is shown -----------------------------------------------------------------------------------------


def test_full_shows_a_frame_for_each_cell() -> None:
    write(notebook(SETUP, SCHEDULER, WRONG_ORDER))
    assert check().stdout == (
        "LR101 `scheduler.step()` comes before the first step of its optimizer: epoch 29 trains with 0.01 instead of "
        "0.1\n"
        " --> train.ipynb:cell 4:2:5\n"
        "  |\n"
        "1 | for epoch in range(90):\n"
        "2 |     scheduler.step()\n"
        "  |     ^^^^^^^^^^^^^^^^ the scheduler steps first\n"
        "3 |     optimizer.step()\n"
        "  |     ---------------- the optimizer steps here\n"
        "  |\n"
        " ::: train.ipynb:cell 3:1:13\n"
        "  |\n"
        "1 | scheduler = StepLR(optimizer, 30)\n"
        "  |             --------------------- the scheduler is built here\n"
        "  |\n"
        "  = unsafe fix: move the scheduler's step behind the optimizer's (--unsafe-fixes)\n"
        "  = help: lrlint rule LR101\n"
        "\n"
        "Found 1 finding.\n"
        "No safe fixes (1 hidden fix can be enabled with `--unsafe-fixes`).\n"
    )


@pytest.mark.parametrize("as_list", [True, False])
def test_json_has_the_place_in_the_file_and_in_the_cell(as_list: bool) -> None:
    cell = 'print("\\t\\"Ü\\"", "🔥"); scheduler.step(epoch + 1)'
    data = notebook(SETUP, SCHEDULER, f"for epoch in range(3):\n    optimizer.step()\n    {cell}", as_list=as_list)
    write(data)
    (found,) = json_findings()
    start, end = cell.index("scheduler"), cell.index("scheduler") + len("scheduler.step(epoch + 1)")
    assert found["cell"] == {"number": 4, "line": 3, "column": start + 5, "end_line": 3, "end_column": end + 5}
    line = data.decode().splitlines()[found["line"] - 1]
    assert line[found["column"] - 1 : found["end_column"] - 1] == "scheduler.step(epoch + 1)"
    assert found["end_line"] == found["line"]
    assert {edit["cell"]["number"] for edit in found["fix"]["edits"]} == {4}
    assert found["related"][0]["cell"]["number"] == 3


def test_json_of_escaped_text() -> None:
    data = notebook(
        SETUP,
        SCHEDULER,
        'for epoch in range(3):\n    optimizer.step()\n    "ü🔥"; scheduler.step(epoch + 1)',
        ascii_only=True,
    )
    write(data)
    (found,) = json_findings()
    line = data.decode().splitlines()[found["line"] - 1]
    assert line[found["column"] - 1 : found["end_column"] - 1] == "scheduler.step(epoch + 1)"


def test_json_of_python_files_has_no_cells() -> None:
    write("\n".join([SETUP, SCHEDULER, WRONG_ORDER]).encode(), "train.py")
    assert "cell" not in json_findings()[0]


# --- fixing --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("as_list", [True, False])
def test_fix_changes_the_cell_and_nothing_else(as_list: bool, ascii_only: bool) -> None:
    data = notebook(f"# Ünï\n{SETUP}", SCHEDULER, f"{EPOCH_ARGUMENT}  # 日本", as_list=as_list, ascii_only=ascii_only)
    path = write(data)
    result = check("--fix")
    assert (result.exit_code, result.stdout) == (0, "Found 1 finding (1 fixed, 0 left).\nFixed LR102 (1).\n")
    assert path.read_bytes() == data.replace(b"step(epoch + 1)", b"step()")


def test_fix_that_moves_a_line_to_the_end_of_its_cell() -> None:
    path = write(notebook(SETUP, SCHEDULER, WRONG_ORDER, "print(1)"))
    check("--fix", "--unsafe-fixes")
    assert path.read_bytes() == notebook(SETUP, SCHEDULER, LOOP.replace("epoch + 1", ""), "print(1)")


def test_fixes_in_several_cells() -> None:
    path = write(notebook(SETUP, f"{SCHEDULER[:-1]}, verbose=True)", EPOCH_ARGUMENT))
    check("--fix")
    assert sources(path.read_bytes())[2:] == [SCHEDULER, LOOP]


def test_fix_leaves_magics_alone() -> None:
    cell = f"%%time\n{EPOCH_ARGUMENT}\n    !date\nlog = !tail log.txt\n%time print(1)"
    path = write(notebook(SETUP, SCHEDULER, cell))
    check("--fix")
    assert path.read_bytes() == notebook(SETUP, SCHEDULER, cell.replace("epoch + 1", ""))


def test_no_fix_goes_past_a_magic_at_the_end_of_the_loop() -> None:
    data = notebook(SETUP, SCHEDULER, f"{WRONG_ORDER}\n    !date")
    path = write(data)
    result = check("--fix", "--unsafe-fixes")
    assert (result.exit_code, result.stderr) == (1, "")
    assert path.read_bytes() == data


def test_diff_shows_the_cells() -> None:
    data = notebook(SETUP, SCHEDULER, EPOCH_ARGUMENT)
    path = write(data)
    result = check("--diff")
    assert result.stdout == (
        "--- train.ipynb:cell 4\n"
        "+++ train.ipynb:cell 4\n"
        "@@ -1,3 +1,3 @@\n"
        " for epoch in range(90):\n"
        "     optimizer.step()\n"
        "-    scheduler.step(epoch + 1)\n"
        "+    scheduler.step()\n"
    )
    assert path.read_bytes() == data


def test_findings_left_behind_a_fix_have_their_places_in_the_new_file() -> None:
    path = write(notebook(SETUP, f"{SCHEDULER[:-1]},\n    verbose=True,\n)", WRONG_ORDER))
    left = json.loads(check("--fix", "--output-format=json").stdout)["findings"]
    assert [found["code"] for found in left] == ["LR101"]
    assert "scheduler.step()" in path.read_text().splitlines()[left[0]["line"] - 1]


def test_standard_input() -> None:
    data = notebook(SETUP, SCHEDULER, EPOCH_ARGUMENT)
    assert check("--fix", "--stdin-filename=a.ipynb", "-", stdin=data).stdout_bytes == data.replace(b"epoch + 1", b"")
    broken = data[:-9]
    assert check("--fix", "--stdin-filename=a.ipynb", "-", stdin=broken).stdout_bytes == broken


def test_a_byte_order_mark_stays() -> None:
    data = b"\xef\xbb\xbf" + notebook(SETUP, SCHEDULER, EPOCH_ARGUMENT)
    path = write(data)
    assert json_findings()[0]["cell"]["number"] == 4
    check("--fix")
    assert path.read_bytes() == data.replace(b"epoch + 1", b"")
