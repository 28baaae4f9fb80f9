"""Taking up lrlint in a project that has findings: suppressions, baselines, and changed lines only."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlint.cli import main
from tests.cases import ROOT
from tests.notebooks import EPOCH_ARGUMENT, SCHEDULER, SETUP, WRONG_ORDER, notebook, sources

START = """\
import torch

model = torch.nn.Linear(1, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 6)
for epoch in range(6):
"""
EARLY = f"{START}    scheduler.step()\n    optimizer.step()\n"
RIGHT = f"{START}    optimizer.step()\n    scheduler.step()\n"
EPOCH = f"{START}    optimizer.step()\n    scheduler.step(epoch)\n"
BOTH = f"{START}    scheduler.step(epoch)\n    optimizer.step()\n"
BASELINE = "lrlint-baseline.json"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, which is a project of its own."""
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def check(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=stdin, prog_name="lrlint")


def write(name: str, text: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def concise(*arguments: str) -> list[str]:
    """The places and codes that are reported, as `train.py:7: LR101`."""
    result = check("--output-format=json", *arguments)
    assert result.exit_code in (0, 1), result.stderr
    return [f"{one['path']}:{one['line']}: {one['code']}" for one in json.loads(result.stdout)["findings"]]


def refused(*arguments: str, stdin: str | None = None) -> str:
    """What is said of arguments that are refused."""
    result = check(*arguments, stdin=stdin)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Traceback" not in result.stderr
    return result.stderr


# --- suppressions that are added ------------------------------------------------------------------------------


def ignored(text: str, *arguments: str) -> str:
    """What --add-ignore makes of a text, after which nothing is found, and nothing is left to add."""
    path = write("train.py", text)
    result = check("--add-ignore", *arguments)
    assert result.exit_code == 0, result.output
    after = path.read_bytes()
    assert check().stdout == "No findings in 1 file.\n"
    assert check("--add-ignore").stdout == "No findings in 1 file.\n"
    assert path.read_bytes() == after
    return after.decode()


def test_add_ignore() -> None:
    write("other.py", RIGHT)
    path = write("train.py", EARLY)
    result = check("--add-ignore")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Suppressed 1 finding in 1 file.\n", "")
    assert path.read_text() == EARLY.replace("scheduler.step()", "scheduler.step()  # lrlint: ignore[LR101]")
    assert Path("other.py").read_text() == RIGHT
    assert check().stdout == "No findings in 2 files.\n"


def test_add_ignore_with_a_reason() -> None:
    write("train.py", EARLY)
    assert check("--add-ignore= not now ", "train.py").exit_code == 0
    assert "    scheduler.step()  # lrlint: ignore[LR101] not now\n" in Path("train.py").read_text()


def test_the_reason_stands_behind_an_equals_sign_alone() -> None:
    write("train.py", EARLY)
    assert check("--add-ignore", "train.py").exit_code == 0
    assert "ignore[LR101]\n" in Path("train.py").read_text()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("scheduler.step(epoch)", "scheduler.step(epoch)  # lrlint: ignore[LR101, LR102]"),
        ("scheduler.step()  # first", "scheduler.step()  # first  # lrlint: ignore[LR101]"),
        ("scheduler.step()  # noqa: E501", "scheduler.step()  # noqa: E501  # lrlint: ignore[LR101]"),
        ("scheduler.step()   ", "scheduler.step()  # lrlint: ignore[LR101]   "),
        (
            "scheduler.step(epoch)  # lrlint: ignore[LR102] why",
            "scheduler.step(epoch)  # lrlint: ignore[LR102, LR101] why",
        ),
        ("scheduler.step(epoch)  # noqa: E501, LR102", "scheduler.step(epoch)  # noqa: E501, LR102, LR101"),
        (
            "# lrlint: ignore[LR102]\n    scheduler.step(epoch)",
            "# lrlint: ignore[LR102, LR101]\n    scheduler.step(epoch)",
        ),
        (
            "scheduler.step(\n        epoch\n    )",
            "scheduler.step(  # lrlint: ignore[LR101, LR102]\n        epoch\n    )",
        ),
        ("scheduler \\\n        .step()", "scheduler \\\n        .step()  # lrlint: ignore[LR101]"),
        ("scheduler.step(); x = '''\n'''", "scheduler.step(); x = '''\n'''  # lrlint: ignore[LR101]"),
        (
            "scheduler.step(); x = f'''\n{epoch}\n'''",
            "scheduler.step(); x = f'''\n{epoch}\n'''  # lrlint: ignore[LR101]",
        ),
        (
            "x = (\n        scheduler\n        .step())",
            "x = (\n        scheduler  # lrlint: ignore[LR101]\n        .step())",
        ),
    ],
)
def test_where_a_suppression_goes(before: str, after: str) -> None:
    text = EARLY.replace("scheduler.step()", before)
    assert ignored(text) == EARLY.replace("scheduler.step()", after)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_all_other_bytes_stay(newline: str) -> None:
    encoding = "utf-8" if newline == "\r" else "latin-1"
    head = f"# -*- coding: {encoding} -*-\n# \xe4\xf6\xfc\f\t \n".replace("\n", newline).encode(encoding)
    text = BOTH.rstrip("\n").replace("\n", newline).encode()
    path = write("train.py", head + text)
    path.chmod(0o751)
    assert check("--add-ignore=f\xfcr jetzt").exit_code == 0
    added = "  # lrlint: ignore[LR101, LR102] f\xfcr jetzt".encode(encoding)
    assert path.read_bytes() == head + text.replace(b"step(epoch)", b"step(epoch)" + added)
    assert path.stat().st_mode & 0o777 == 0o751
    assert check().exit_code == 0


def test_a_reason_that_the_file_can_not_hold() -> None:
    path = write("train.py", f"# coding: ascii\n{EARLY}")
    result = check("--add-ignore=f\xfcr jetzt")
    assert result.exit_code == 2
    assert "the file's encoding, ascii, has no '\xfc'" in result.stderr
    assert path.read_text() == f"# coding: ascii\n{EARLY}"


def test_add_ignore_in_notebooks() -> None:
    path = write("train.ipynb", notebook(SETUP, SCHEDULER, f"%time x = 1\n{WRONG_ORDER}", EPOCH_ARGUMENT))
    before = path.read_text()
    assert check("--add-ignore").stdout == "Suppressed 2 findings in 1 file.\n"
    cells = sources(path.read_bytes())
    assert "    scheduler.step()  # lrlint: ignore[LR101]\n" in cells[3]
    assert cells[4].endswith("scheduler.step(epoch + 1)  # lrlint: ignore[LR102]")
    assert path.read_text().replace("  # lrlint: ignore[LR101]", "").replace("  # lrlint: ignore[LR102]", "") == before
    assert check().exit_code == 0


def test_what_no_comment_can_silence_is_left() -> None:
    magic = "%time scheduler.step()\noptimizer.step()"
    path = write("train.ipynb", notebook(SETUP, SCHEDULER, magic))
    before = path.read_bytes()
    result = check("--add-ignore")
    assert path.read_bytes() == before
    assert result.exit_code == 1
    assert result.stdout.endswith("1 finding can't be suppressed.\n")


def test_a_file_that_can_not_be_read_gets_no_comment() -> None:
    path = write("broken.py", "import torch.optim\nprint 'a'\n")
    result = check("--add-ignore")
    assert result.exit_code == 1
    assert result.stdout.endswith("\n\n1 finding can't be suppressed.\n")
    assert path.read_text() == "import torch.optim\nprint 'a'\n"


def test_add_ignore_of_standard_input() -> None:
    result = check("--add-ignore", "-", stdin=EARLY)
    assert result.stdout == EARLY.replace("scheduler.step()", "scheduler.step()  # lrlint: ignore[LR101]")
    assert result.stderr == "Suppressed 1 finding in 1 file.\n"


def test_only_selected_rules_are_suppressed() -> None:
    write("train.py", BOTH)
    assert check("--add-ignore", "--select=LR102").exit_code == 0
    assert concise() == ["train.py:7: LR101"]
    assert check("--add-ignore").exit_code == 0
    assert "# lrlint: ignore[LR102, LR101]" in Path("train.py").read_text()


@pytest.mark.parametrize(
    "other", ["--fix", "--fix-only", "--unsafe-fixes", "--diff", "--update-baseline", "--show-fixes"]
)
def test_add_ignore_goes_with_no_fixes(other: str) -> None:
    write("train.py", EARLY)
    assert f"--add-ignore suppresses what is found, so it can't go with {other}" in refused("--add-ignore", other)
    assert Path("train.py").read_text() == EARLY


def test_a_reason_is_one_line() -> None:
    assert "must be one line" in refused("--add-ignore=a\nb")


# --- suppressions that are not used ---------------------------------------------------------------------------


def used(comment: str, *arguments: str) -> tuple[str, str]:
    """What is said of a comment behind a right step, and what the fix makes of the line."""
    write("train.py", RIGHT.replace("scheduler.step()", f"scheduler.step(){comment}"))
    findings = json.loads(check("--select=ALL", "--output-format=json", *arguments).stdout)["findings"]
    check("--select=ALL", "--fix", *arguments)
    return "; ".join(one["message"] for one in findings), Path("train.py").read_text().splitlines()[-1].strip()


@pytest.mark.parametrize(
    ("comment", "message", "fixed"),
    [
        ("  # lrlint: ignore[LR101]", "this suppresses nothing: `LR101` is not found here", ""),
        ("# lrlint:ignore[LR101]  ", "this suppresses nothing: `LR101` is not found here", ""),
        ("  # noqa: LR101", "this suppresses nothing: `LR101` is not found here", ""),
        (
            "  # lrlint: ignore[LR101, lr102,no-such-rule]",
            "this suppresses nothing: `LR101` and `lr102` are not found here; no rule is called `no-such-rule`",
            "",
        ),
        ("  # lrlint: ignore[]", "this suppresses nothing: its list is empty", ""),
        (
            "  # type: ignore[misc]  # lrlint: ignore[LR101]",
            "this suppresses nothing: `LR101` is not found here",
            "  # type: ignore[misc]",
        ),
        (
            "  # lrlint: ignore[LR101]  # pragma: no cover",
            "this suppresses nothing: `LR101` is not found here",
            "  # pragma: no cover",
        ),
        (
            "  # lrlint: ignore[LR101]: it is meant so",
            "this suppresses nothing: `LR101` is not found here",
            "  # it is meant so",
        ),
        (
            "  # noqa: E501 LR101, W291 long",
            "a part of this suppresses nothing: `LR101` is not found here",
            "  # noqa: E501, W291 long",
        ),
        (
            "  # noqa: LR101  # lrlint: ignore[LR102]",
            "this suppresses nothing: `LR101` is not found here; this suppresses nothing: `LR102` is not found here",
            "",
        ),
        ("  # noqa", "", "  # noqa"),
        ("  # noqa: E501,LR999", "", "  # noqa: E501,LR999"),
        ("  # lrlint: ignore[LR101, LR001]", "", "  # lrlint: ignore[LR101, LR001]"),
    ],
)
def test_unused_suppressions(comment: str, message: str, fixed: str) -> None:
    assert used(comment) == (message, f"scheduler.step(){fixed}")


def test_a_comment_on_its_own_line_goes_with_its_line() -> None:
    path = write("train.py", RIGHT.replace("    scheduler", "    # lrlint: ignore[LR101]\r\n    scheduler"))
    assert check("--fix").stdout == "Found 1 finding (1 fixed, 0 left).\nFixed LR001 (1).\n"
    assert path.read_bytes() == RIGHT.encode()


def test_unused_suppression_in_a_notebook() -> None:
    loop = "for epoch in range(90):\n    optimizer.step()\n    scheduler.step()"
    path = write(
        "train.ipynb", notebook(SETUP, SCHEDULER, f"{loop}  # lrlint: ignore[LR101]", "# lrlint: ignore[LR101]")
    )
    assert check("--fix").stdout == "Found 2 findings (2 fixed, 0 left).\nFixed LR001 (2).\n"
    assert sources(path.read_bytes())[1:] == [SETUP, SCHEDULER, loop, ""]


def test_a_notebook_with_an_unreadable_cell_is_not_judged() -> None:
    write("train.ipynb", notebook(SETUP, SCHEDULER, "x = (", "y = 1  # lrlint: ignore[LR101]"))
    assert [one.rpartition(" ")[2] for one in concise()] == ["LR000"]


def test_only_rules_that_ran_are_judged() -> None:
    write("train.py", RIGHT.replace("scheduler.step()", "scheduler.step()  # lrlint: ignore[LR101, LR501]"))
    assert concise("--ignore=LR101") == []
    assert concise("--config", 'per-file-ignores={"train.py" = ["LR101"]}') == []
    assert concise("--select=LR101") == []
    assert concise("--ignore=LR101", "--extend-select=LR501") == ["train.py:8: LR001"]


def test_rules_for_another_torch_are_not_judged() -> None:
    write("train.py", RIGHT.replace("scheduler.step()", "scheduler.step()  # lrlint: ignore[LR401]"))
    assert concise() == ["train.py:8: LR001"]
    assert concise("--torch-version=1.9") == []


MODULE = "def run_epoch(optimizer, scheduler):\n    scheduler.step()  # lrlint: ignore[LR101]\n    optimizer.step()\n"
CALLER = START.replace("import torch", "import torch\nfrom engine import run_epoch").replace(
    "for epoch in range(6):\n", "for epoch in range(6):\n    run_epoch(optimizer, scheduler)\n"
)


def test_modules_are_judged_where_the_run_sees_their_callers() -> None:
    write("pyproject.toml", "")
    write("engine.py", MODULE)
    write("train.py", CALLER)
    assert concise() == []
    assert concise("engine.py") == [], "the caller is not in the run"
    Path("train.py").unlink()
    assert concise() == ["engine.py:2: LR001"]
    assert concise("engine.py") == []


def test_nothing_is_judged_whose_callers_can_not_be_read() -> None:
    write("pyproject.toml", "")
    write("engine.py", MODULE)
    write("train.py", f"{CALLER}print 'done'\n")
    assert [one.rpartition(" ")[2] for one in concise()] == ["LR000"]


def test_a_part_of_a_project_says_nothing_of_callers() -> None:
    write("pyproject.toml", "")
    write("lib/engine.py", MODULE)
    assert concise("lib") == []
    assert concise(".") == ["lib/engine.py:2: LR001"]


def test_words_that_no_rule_is_called_are_told_of_any_file() -> None:
    write("engine.py", MODULE.replace("LR101", "LR999"))
    assert concise("--select=LR001", "engine.py") == ["engine.py:2: LR001"]


# --- baselines ------------------------------------------------------------------------------------------------


def entries() -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(Path(BASELINE).read_text())["findings"]
    return found


def update(*arguments: str) -> str:
    result = check("--baseline", BASELINE, "--update-baseline", *arguments)
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def baselined(*arguments: str) -> list[str]:
    return concise("--baseline", BASELINE, *arguments)


def test_baseline() -> None:
    write("train.py", BOTH)
    write("lib/eval.py", EPOCH)
    assert update() == f"{BASELINE}: 3 findings (3 new, 0 gone)\n"
    assert baselined() == []
    result = check("--baseline", BASELINE)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "No findings in 2 files.\nNot shown: 3 findings in the baseline.\n"
    assert [(one["path"], one["rule"], one["nth"]) for one in entries()] == [
        ("lib/eval.py", "LR102", 1),
        ("train.py", "LR101", 1),
        ("train.py", "LR102", 1),
    ]
    text = Path(BASELINE).read_text()
    assert sum('"rule"' in line for line in text.splitlines()) == 3, "one finding a line"
    assert update() == f"{BASELINE}: 3 findings (0 new, 0 gone)\n"
    assert Path(BASELINE).read_text() == text


def test_the_baseline_is_as_documented() -> None:
    write("src/train.py", EARLY)
    update()
    page = (ROOT / "docs" / "adoption.md").read_text(encoding="utf-8")
    example = json.loads(page.partition("```json\n")[2].partition("```")[0])
    assert json.loads(Path(BASELINE).read_text()) == {**example, "findings": example["findings"][:1]}
    schema = json.loads((ROOT / "docs" / "baseline.schema.json").read_text(encoding="utf-8"))
    finding = schema["properties"]["findings"]["items"]
    assert [*finding["properties"]] == finding["required"] == [*entries()[0]]
    assert schema["properties"]["version"]["const"] == example["version"]


def test_new_findings_are_reported() -> None:
    write("train.py", EARLY)
    update()
    write("train.py", BOTH)
    assert baselined() == ["train.py:7: LR101", "train.py:7: LR102"], "the code is another one"
    write("train.py", EARLY)
    write("eval.py", EPOCH)
    assert baselined() == ["eval.py:8: LR102"]


@settings(max_examples=15, deadline=None)
@given(
    above=st.lists(st.sampled_from(["", "# a remark", "x = 1", "'''a\nb'''"]), max_size=4),
    between=st.lists(st.sampled_from(["    ", "    # a remark", "    y = 2"]), max_size=3),
    below=st.lists(st.sampled_from(["", "# the end", "z = 3"]), max_size=4),
)
def test_lines_above_and_below_keep_a_baseline_quiet(above: list[str], between: list[str], below: list[str]) -> None:
    write("train.py", BOTH)
    update()
    lines = BOTH.splitlines()
    write("train.py", "\n".join([*above, *lines[:6], *between, *lines[6:], *below]) + "\n")
    result = check("--baseline", BASELINE)
    assert (result.exit_code, result.stderr) == (0, ""), result.output


def test_white_space_does_not_count() -> None:
    write("train.py", EPOCH)
    update()
    write("train.py", EPOCH.replace("step(epoch)", "step(\n        epoch\n    )").replace("\n", "\r\n"))
    assert baselined() == []


TWICE = f"{EPOCH}for epoch in range(6):\n    optimizer.step()\n    scheduler.step(epoch)\n"


def test_of_two_equal_findings_one_stays_when_one_is_fixed() -> None:
    write("train.py", TWICE)
    update()
    assert [one["nth"] for one in entries() if one["rule"] == "LR102"] == [1, 2]
    write("train.py", TWICE.replace("step(epoch)", "step()", 1))
    result = check("--baseline", BASELINE)
    assert result.exit_code == 0
    assert result.stderr == f"note: 1 of 2 findings in {BASELINE} no longer occurs: run --update-baseline\n"
    assert update() == f"{BASELINE}: 1 finding (0 new, 1 gone)\n"
    assert check("--baseline", BASELINE).stderr == ""
    write("train.py", TWICE)
    assert baselined() == ["train.py:11: LR102"], "and a second one is new again"


def test_a_run_over_some_files_judges_only_those() -> None:
    write("a.py", EPOCH)
    write("lib/b.py", EPOCH)
    update()
    write("a.py", RIGHT)
    write("lib/b.py", RIGHT)
    assert "1 of 2 findings" in check("--baseline", BASELINE, "a.py").stderr
    assert "2 of 2 findings" in check("--baseline", BASELINE).stderr
    assert check("--baseline", BASELINE, "--select=LR101").stderr == "", "LR102 did not run"
    assert update("a.py") == f"{BASELINE}: 1 finding (0 new, 1 gone)\n"
    Path("lib/b.py").unlink()
    assert "1 of 1 finding in" in check("--baseline", BASELINE, "a.py").stderr
    assert update("a.py") == f"{BASELINE}: 0 findings (0 new, 1 gone)\n"
    assert baselined() == []


def test_files_that_could_not_be_checked_keep_their_findings() -> None:
    write("a.py", EPOCH)
    update()
    write("a.py", b"# coding: rot13\nimport torch.optim\n")
    result = check("--baseline", BASELINE, "--update-baseline")
    assert result.exit_code == 2
    assert result.stdout == f"{BASELINE}: 1 finding (0 new, 0 gone)\n"


def test_paths_start_at_the_folder_of_the_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    write("lib/a.py", EPOCH)
    check("--baseline", "ci/base.json", "--update-baseline")
    assert '"path": "../lib/a.py"' in Path("ci/base.json").read_text()
    monkeypatch.chdir("lib")
    assert concise("--baseline", "../ci/base.json") == []


def test_baseline_of_the_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    write("lrlint.toml", f'baseline = "{BASELINE}"\n')
    write("lib/a.py", EPOCH)
    assert check("--update-baseline").stdout == f"{BASELINE}: 1 finding (1 new, 0 gone)\n"
    assert concise() == []
    monkeypatch.chdir("lib")
    assert concise() == []
    assert concise("--isolated") == concise("--config", 'baseline=""') == ["a.py:8: LR102"]
    assert f'{BASELINE}"  # ../lrlint.toml:1' in check("--show-settings").stdout


def test_each_file_has_the_baseline_of_its_configuration() -> None:
    for folder in ("one", "two"):
        write(f"{folder}/lrlint.toml", 'baseline = "known.json"\n')
        write(f"{folder}/a.py", EPOCH)
    assert "there is no such baseline" in refused()
    assert check("--update-baseline").stdout == (
        "one/known.json: 1 finding (1 new, 0 gone)\ntwo/known.json: 1 finding (1 new, 0 gone)\n"
    )
    assert concise() == []


def test_several_configurations_can_have_one_baseline() -> None:
    for folder in ("one", "two"):
        write(f"{folder}/lrlint.toml", 'baseline = "../known.json"\n')
        write(f"{folder}/a.py", EPOCH)
    assert check("--update-baseline").stdout == "known.json: 2 findings (2 new, 0 gone)\n"
    assert concise() == []


def test_baseline_of_a_notebook() -> None:
    path = write("train.ipynb", notebook(SETUP, SCHEDULER, WRONG_ORDER))
    update()
    assert baselined() == []
    path.write_bytes(notebook("import os", SETUP, SCHEDULER, f"print(1)\n{WRONG_ORDER}", EPOCH_ARGUMENT))
    assert [one.rpartition(" ")[2] for one in baselined()] == ["LR102"]


def test_baselined_findings_are_not_fixed() -> None:
    write("train.py", EPOCH)
    update()
    write("eval.py", EPOCH)
    result = check("--baseline", BASELINE, "--fix", "--unsafe-fixes")
    assert result.stdout == (
        "Found 1 finding (1 fixed, 0 left).\nFixed LR102 (1).\nNot shown: 1 finding in the baseline.\n"
    )
    assert Path("train.py").read_text() == EPOCH
    assert Path("eval.py").read_text() != EPOCH


def test_baselined_findings_are_not_suppressed() -> None:
    write("train.py", EPOCH)
    update()
    assert check("--baseline", BASELINE, "--add-ignore").stdout.startswith("No findings in 1 file.\n")
    assert Path("train.py").read_text() == EPOCH


def test_standard_input_has_the_baseline_of_its_name() -> None:
    write("train.py", EPOCH)
    update()
    arguments = ("--baseline", BASELINE, "--stdin-filename", "train.py", "-")
    assert check(*arguments, stdin=f"\n{EPOCH}").exit_code == 0
    assert check(*arguments, stdin=BOTH).exit_code == 1


def test_a_baseline_that_is_not_there() -> None:
    write("train.py", EPOCH)
    assert refused("--baseline", BASELINE) == (
        f"error: {BASELINE}: there is no such baseline; "
        f"`lrlint check --baseline {BASELINE} --update-baseline` writes one\n"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is no JSON any more: line 1"),
        ('{"version": 1,\n<<<<<<< HEAD\n', "it is no JSON any more: line 2"),
        ("[]", "it is no baseline, as it has no version"),
        ('{"version": 2, "findings": []}', "it is of version 2, and this lrlint knows version 1 alone"),
        ('{"version": 1}', "it is no baseline, as it has no list of findings"),
        ('{"version": 1, "findings": [{"path": "a.py"}]}', "finding 1 of it lacks one of path, rule, code, nth"),
        (b"\xff", "it is no baseline, as it is not UTF-8"),
        ("[" * 100_000, "it is no baseline"),
    ],
)
def test_a_baseline_that_is_broken(text: str | bytes, words: str) -> None:
    write("train.py", EPOCH)
    write(BASELINE, text)
    for arguments in ((), ("--update-baseline",)):
        message = refused("--baseline", BASELINE, *arguments)
        assert message.startswith(f"error: {BASELINE}: {words}")
        assert message.endswith("restore it, or delete it and write a new one by --update-baseline\n")


def test_a_baseline_that_is_a_directory() -> None:
    write("train.py", EPOCH)
    assert refused("--baseline", ".") == "error: .: the baseline can't be read: is a directory\n"


def test_update_baseline_needs_a_file() -> None:
    write("train.py", EPOCH)
    assert "no file is named; add --baseline FILE" in refused("--update-baseline")


@pytest.mark.parametrize(
    "other", ["--fix", "--fix-only", "--diff", "--diff-base=HEAD", "--statistics", "--output-format=json"]
)
def test_update_baseline_goes_with_nothing_else(other: str) -> None:
    message = refused("--baseline", BASELINE, "--update-baseline", other)
    assert f"--update-baseline writes down what is found, so it can't go with {other.partition('=')[0]}" in message


def test_update_baseline_is_about_files() -> None:
    assert "can't go with standard input" in refused("--update-baseline", "--baseline=a", "-", stdin="")


# --- changed lines --------------------------------------------------------------------------------------------


def git(*arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(project: Path) -> None:
    """A branch `topic` whose `old.py` is the same as in `main`, with a finding."""
    write("old.py", TWICE)
    git("init", "--quiet", ".")
    git("add", ".")
    git("commit", "-qm", "old")
    git("checkout", "-qb", "topic")


in_a_repository = pytest.mark.usefixtures("repository")


def changed(*arguments: str) -> list[str]:
    return concise("--diff-base=main", *arguments)


@in_a_repository
def test_only_findings_on_changed_lines() -> None:
    assert len(concise()) == 2
    assert changed() == []
    write("old.py", "import os\n" + TWICE.replace("scheduler.step(epoch)", "scheduler.step(epoch + 0)", 1))
    assert changed() == ["old.py:9: LR102"], "of what is not even staged"
    git("commit", "-qam", "new")
    assert changed() == ["old.py:9: LR102"]
    assert changed("old.py") == ["old.py:9: LR102"]


@in_a_repository
def test_what_the_base_has_changed_meanwhile_does_not_count() -> None:
    git("checkout", "-q", "main")
    write("old.py", TWICE.replace("scheduler.step(epoch)", "scheduler.step()"))
    git("commit", "-qam", "fixed")
    git("checkout", "-q", "topic")
    assert changed() == []


@in_a_repository
def test_new_files_have_changed_as_a_whole() -> None:
    write("untracked.py", EPOCH)
    write("staged.py", EPOCH)
    git("add", "staged.py")
    assert changed() == ["staged.py:8: LR102", "untracked.py:8: LR102"]


@in_a_repository
def test_renamed_files_are_followed() -> None:
    Path("lib").mkdir()
    git("mv", "old.py", "lib/new.py")
    assert changed() == []
    git("commit", "-qm", "renamed")
    write("lib/new.py", TWICE + "scheduler.step(7)\n")
    assert changed() == ["lib/new.py:12: LR102"]


@in_a_repository
def test_any_line_of_a_finding_counts() -> None:
    write("old.py", TWICE.replace("step(epoch)", "step(\n        epoch\n    )", 1))
    git("commit", "-qam", "split")
    git("branch", "-f", "main")
    write("old.py", TWICE.replace("step(epoch)", "step(\n        epoch + 0\n    )", 1))
    assert changed() == ["old.py:8: LR102"]


@in_a_repository
def test_from_a_folder_below(monkeypatch: pytest.MonkeyPatch) -> None:
    write("lib/new.py", EPOCH)
    monkeypatch.chdir("lib")
    assert changed() == ["new.py:8: LR102"]
    assert changed("..") == ["new.py:8: LR102"]


@in_a_repository
def test_from_a_folder_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write("new.py", EPOCH)
    monkeypatch.chdir("/")
    assert [one.rpartition("/")[2] for one in changed(str(tmp_path))] == ["new.py:8: LR102"]


@in_a_repository
def test_line_ends_do_not_count() -> None:
    write("old.py", TWICE.replace("\n", "\r\n"))
    assert changed() == []


@in_a_repository
def test_only_changed_lines_are_fixed() -> None:
    write("old.py", EPOCH)
    git("commit", "-qam", "one loop")
    git("branch", "-f", "main")
    write("old.py", EPOCH + EARLY)
    result = check("--diff-base=main", "--fix", "--unsafe-fixes")
    fixed = "Found 1 finding (1 fixed, 0 left).\nFixed LR101 (1).\n"
    assert result.stdout == f"{fixed}Not shown: 1 finding on lines that have not changed.\n"
    assert Path("old.py").read_text() == EPOCH + RIGHT


@in_a_repository
def test_changed_cells_of_a_notebook() -> None:
    write("train.ipynb", notebook(SETUP, SCHEDULER, WRONG_ORDER))
    git("add", ".")
    git("commit", "-qm", "notebook")
    git("branch", "-f", "main")
    text = Path("train.ipynb").read_text()
    write("train.ipynb", text.replace("loss 0.5", "loss 0.7"))
    assert changed() == []
    write("train.ipynb", notebook(SETUP, SCHEDULER, WRONG_ORDER, EPOCH_ARGUMENT))
    assert [one.rpartition(" ")[2] for one in changed()] == ["LR102"]


@in_a_repository
def test_standard_input_is_compared_by_its_name() -> None:
    text = f"{TWICE}scheduler.step(7)\n"
    result = check("--diff-base=main", "--output-format=json", "--stdin-filename=old.py", "-", stdin=text)
    assert [one["line"] for one in json.loads(result.stdout)["findings"]] == [12]
    assert "name standard input with --stdin-filename" in refused("--diff-base=main", "-", stdin=text)


@in_a_repository
def test_nothing_that_the_repository_names_is_run(tmp_path: Path) -> None:
    trap = write("trap.sh", f"#!/bin/sh\ntouch '{tmp_path}/sprung'\ncat\n")
    trap.chmod(0o755)
    write(".gitattributes", "*.py diff=trap filter=trap\n")
    for key in ("core.fsmonitor", "diff.external", "diff.trap.textconv", "diff.trap.command", "filter.trap.clean"):
        git("config", key, str(trap))
    write("old.py", f"{TWICE}scheduler.step(7)\n")
    assert changed() == ["old.py:12: LR102"]
    assert not Path("sprung").exists()


@in_a_repository
@pytest.mark.parametrize("revision", ["nowhere", "--output=a", "main:old.py", ""])
def test_a_revision_that_is_not_there(revision: str) -> None:
    message = refused(f"--diff-base={revision}")
    assert message.startswith(f"error: --diff-base {revision}: there is no revision {revision!r} in ")


@in_a_repository
def test_a_revision_without_a_common_commit() -> None:
    git("checkout", "-q", "--orphan", "other")
    git("commit", "-qm", "other")
    assert "have no commit in common; in a shallow clone, fetch more of the history" in refused("--diff-base=main")


@in_a_repository
def test_submodules_are_not_of_the_repository() -> None:
    write("vendor/a.py", RIGHT)
    git("-C", "vendor", "init", "--quiet", ".")
    git("-C", "vendor", "add", ".")
    git("-C", "vendor", "commit", "-qm", "vendored")
    git("add", "vendor")
    git("commit", "-qm", "submodule")
    git("branch", "-f", "main")
    write("vendor/a.py", EPOCH)
    assert changed() == []
    assert concise("--diff-base=HEAD", "vendor") == ["vendor/a.py:8: LR102"], "a run in it is about it"


@in_a_repository
def test_files_of_another_repository(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = write(str(tmp_path_factory.mktemp("other") / "a.py"), EPOCH)
    message = refused("--diff-base=main", "old.py", str(other))
    assert "a.py is not in the repository " in message


def test_no_repository() -> None:
    write("train.py", EPOCH)
    assert refused("--diff-base=main").endswith("is in no git repository\n")


@in_a_repository
def test_no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert refused("--diff-base=main") == "error: --diff-base main: git is not installed, or not on PATH\n"


@in_a_repository
def test_a_baseline_beside_changed_lines() -> None:
    write("new.py", EPOCH)
    update()
    write("old.py", RIGHT)
    write("newer.py", EPOCH)
    result = check("--diff-base=main", "--baseline", BASELINE, "--output-format=concise")
    assert result.stdout.startswith("newer.py:8:")
    assert result.stdout.endswith(
        "Found 1 finding.\nNo safe fixes (1 hidden fix can be enabled with `--unsafe-fixes`).\n"
        "Not shown: 1 finding in the baseline or on lines that have not changed.\n"
    )
    assert "2 of 3 findings" in result.stderr


# --- fixes alone ----------------------------------------------------------------------------------------------


def test_fix_only() -> None:
    write("early.py", EARLY)
    path = write("train.py", f"{EARLY}x = 1  # lrlint: ignore[LR101]\n")
    result = check("--fix-only")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "Fixed LR001 (1).\n", "")
    assert path.read_text() == f"{EARLY}x = 1\n"
    result = check("--fix-only")
    assert (result.exit_code, result.stdout) == (0, "Nothing was fixed in 2 files.\n")
    assert json.loads(check("--fix-only", "--output-format=json").stdout)["findings"] == []


def test_fix_only_tells_of_files_that_could_not_be_checked() -> None:
    write("a.py", b"# coding: rot13\nimport torch.optim\n")
    assert check("--fix-only", "a.py").exit_code == 2


def test_fix_only_counts_what_was_fixed() -> None:
    write("train.py", f"{RIGHT}x = 1  # lrlint: ignore[LR101]\n")
    assert check("--fix-only", "--diff").exit_code == 1
    assert check("--fix-only", "--exit-non-zero-on-fix").exit_code == 1
    assert check("--fix-only", "--exit-non-zero-on-fix").exit_code == 0


def test_fix_only_of_standard_input() -> None:
    result = check("--fix-only", "--unsafe-fixes", "-", stdin=EARLY)
    assert result.stdout == RIGHT
    assert result.stderr == "Fixed LR101 (1).\n"


def test_show_fixes() -> None:
    write("b.py", f"{EARLY}x = 1  # lrlint: ignore[LR101]\ny = 1  # lrlint: ignore[LR101]\n")
    write("a.py", f"{RIGHT}x = 1  # lrlint: ignore[LR101]\n")
    shown = "- a.py:\n    LR001 unused-suppression (1)\n- b.py:\n    LR001 unused-suppression (2)\n"
    result = check("--diff", "--show-fixes")
    assert result.stderr == (
        f"Would fix 3 findings:\n{shown}3 findings would be fixed in 2 files; 1 finding would be left.\n"
    )
    result = check("--fix", "--show-fixes", "--output-format=concise")
    assert f"Found 4 findings (3 fixed, 1 left).\nFixed 3 findings:\n{shown}" in result.stdout


def test_show_fixes_needs_fixes() -> None:
    assert "--show-fixes lists what is fixed, so it takes --fix, --fix-only or --diff" in refused("--show-fixes")
