"""lrlint as a library: what `import lrlint` offers, and that its page tells the truth."""

from __future__ import annotations

import contextlib
import io
import pickle
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import FrozenInstanceError, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

import lrlint
from lrlint.config.options import BASELINE, CACHE_DIR, EXTEND, OPTIONS, PLUGINS
from tests.cases import ROOT
from tests.checkout import run
from tests.notebooks import EPOCH_ARGUMENT, SCHEDULER, SETUP, WRONG_ORDER, notebook

EARLY = f"{SETUP}\n{SCHEDULER}\n{WRONG_ORDER}\n"
EPOCH = f"{SETUP}\n{SCHEDULER}\n{EPOCH_ARGUMENT}\n"
PAGE = ROOT / "docs" / "library.md"


@pytest.fixture(autouse=True)
def _project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty repository."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)


def write(name: str, content: str | bytes) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return name


def codes(source: str, path: str | None = None, settings: lrlint.Settings | None = None) -> list[str]:
    return [finding.code for finding in lrlint.check_source(source, path, settings)]


# The page


def examples() -> Iterator[tuple[str, str]]:
    """Each example of the page, and what it prints."""
    yield from re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_the_examples_print_what_the_page_says() -> None:
    names: dict[str, Any] = {}
    shown = list(examples())
    assert len(shown) == PAGE.read_text(encoding="utf-8").count("```python")
    for code, printed in shown:
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            exec(code, names)
        assert stream.getvalue() == printed


@pytest.mark.parametrize("one", [lrlint.Finding, lrlint.Related, lrlint.Fix], ids=lambda one: one.__name__)
def test_the_page_names_every_field(one: type[lrlint.Finding]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [field.name for field in fields(one) if f"`{field.name}`" not in page] == []


@pytest.mark.parametrize("name", sorted(set(lrlint.__all__) - {"__version__", "Place"}))
def test_the_page_names_all_that_there_is(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE.read_text(encoding="utf-8"))


# Findings


def test_a_finding_has_all_that_the_reports_show() -> None:
    (finding,) = lrlint.check_source(EPOCH, path="src/train.py")
    assert str(finding) == f"src/train.py:9:5: LR102 {finding.message}"
    assert (finding.path, finding.line, finding.column, finding.end_line, finding.end_column) == (
        "src/train.py", 9, 5, 9, 30
    )  # fmt: skip
    assert (finding.code, finding.name) == ("LR102", "scheduler-step-epoch-argument")
    assert (finding.severity, finding.cell) == (lrlint.Severity.DEPRECATION, None)
    (built,) = finding.related
    assert (built.path, built.line, built.column) == ("src/train.py", 6, 13)
    assert finding.fix is not None
    assert finding.fix.applicability is lrlint.Applicability.SAFE
    (edit,) = finding.fix.edits
    lines = EPOCH.splitlines()
    line = lines[edit.line - 1]
    lines[edit.line - 1] = line[: edit.column - 1] + edit.content + line[edit.end_column - 1 :]
    assert codes("\n".join(lines)) == []


def test_findings_are_plain_frozen_data() -> None:
    (finding,) = lrlint.check_source(EPOCH)
    assert pickle.loads(pickle.dumps(finding)) == finding
    assert {finding: 1}[finding] == 1
    settings = lrlint.Settings(select=["LR1"], per_file_ignores={"a.py": ["LR102"]})
    assert pickle.loads(pickle.dumps(settings)) == settings
    with pytest.raises(FrozenInstanceError):
        finding.line = 3  # type: ignore[misc]


def test_the_text_of_a_notebook() -> None:
    text = notebook(SETUP, SCHEDULER, EPOCH_ARGUMENT).decode()
    (finding,) = lrlint.check_source(text, path="notes/train.ipynb")
    assert str(finding).startswith("notes/train.ipynb:cell 4:3:5: LR102")
    assert (finding.cell, [related.cell for related in finding.related]) == (4, [3])
    assert finding.fix is not None
    assert finding.fix.edits[0].cell == 4


def test_a_place_in_another_file() -> None:
    write("engine.py", "def train(optimizer, scheduler):\n    scheduler.step()\n    optimizer.step()\n")
    write("main.py", "")
    source = (
        f"from engine import train\n{SETUP}\n{SCHEDULER}\nfor epoch in range(9):\n    train(optimizer, scheduler)\n"
    )
    assert codes(source, path="main.py") == [], "the mistake is in the other file"
    write("main.py", source)
    (finding,) = lrlint.check_paths(["engine.py", "main.py"])
    assert (finding.path, finding.code) == ("engine.py", "LR101")
    assert {place.path for place in finding.related} == {"engine.py", "main.py"}


def test_a_text_that_is_no_python() -> None:
    (finding,) = lrlint.check_source("import torch\ntorch.optim.SGD(\n")
    assert (finding.path, finding.code) == ("<source>", "LR000")


@pytest.mark.parametrize("comment", ["# noqa: LR101", "# noqa", "# lrlint: ignore[LR101] meant so"])
def test_comments_silence_findings(comment: str) -> None:
    assert codes(EARLY) == ["LR101"]
    assert codes(EARLY.replace("scheduler.step()", f"scheduler.step()  {comment}")) == []


def test_a_byte_order_mark_moves_nothing() -> None:
    assert lrlint.check_source("\ufeff" + EPOCH) == lrlint.check_source(EPOCH)


def test_the_text_counts_and_not_the_file() -> None:
    write("train.py", EARLY)
    assert codes(EPOCH, "train.py") == ["LR102"]
    assert codes("", "train.py") == []


def test_folders_are_searched_as_the_command_does() -> None:
    write("a/train.py", EARLY)
    write("a/.venv/train.py", EARLY)
    write("a/ignored.py", EARLY)
    write(".gitignore", "ignored.py")
    write("b.py", EPOCH)
    assert [(one.path, one.code) for one in lrlint.check_paths(".")] == [("a/train.py", "LR101"), ("b.py", "LR102")]
    assert [one.path for one in lrlint.check_paths([Path("a/ignored.py"), "b.py"])] == ["a/ignored.py", "b.py"]


# Settings


OF_THE_COMMAND = {BASELINE, CACHE_DIR, EXTEND, PLUGINS}
OF_THE_CALL = {"allow-local-plugins", "config", "isolated"}


def test_settings_are_the_options_of_configuration_files() -> None:
    names = {field.name.replace("_", "-") for field in fields(lrlint.Settings)}
    assert names == {option.name for option in OPTIONS} - OF_THE_COMMAND | OF_THE_CALL


def test_plugins_of_a_configuration_file_are_loaded_only_where_the_caller_allows_it() -> None:
    write("lrlint.toml", 'plugins = ["./rules_of_the_team"]')
    write("rules_of_the_team/acme001.py", "print('loaded')\n")
    with pytest.raises(lrlint.ConfigError, match="is not loaded"):
        codes(EARLY, "train.py")
    with pytest.raises(lrlint.ConfigError, match="it has no RULE"):
        lrlint.check_source(EARLY, path="train.py", settings=lrlint.Settings(allow_local_plugins=True))


def test_configuration_files_hold() -> None:
    write("lrlint.toml", 'ignore = ["LR102"]')
    write("inner/lrlint.toml", "")
    assert codes(EPOCH, "train.py") == []
    assert codes(EPOCH) == []
    assert codes(EPOCH, "inner/train.py") == ["LR102"]
    assert codes(EPOCH, "train.py", lrlint.Settings(isolated=True)) == ["LR102"]
    assert codes(EPOCH, "train.py", lrlint.Settings(config="inner/lrlint.toml")) == ["LR102"]


def test_settings_come_after_configuration_files() -> None:
    write("lrlint.toml", 'ignore = ["LR102"]')
    assert codes(EPOCH, "train.py", lrlint.Settings(select=("LR1",))) == ["LR102"]
    assert codes(EPOCH, "train.py", lrlint.Settings(select=[])) == []
    assert codes(EARLY, "train.py", lrlint.Settings(ignore={"LR101"})) == []  # type: ignore[arg-type]
    write("lrlint.toml", "")
    assert codes(EPOCH, "src/train.py", lrlint.Settings(per_file_ignores={"src/": ["LR102"]})) == []
    legacy = {"files": ("src/",), "ignore": ["LR102"]}
    assert codes(EPOCH, "src/train.py", lrlint.Settings(overrides=[legacy])) == []
    (finding,) = lrlint.check_source(EPOCH, settings=lrlint.Settings(extend_unsafe_fixes=["LR102"]))
    assert finding.fix is not None
    assert finding.fix.applicability is lrlint.Applicability.UNSAFE
    assert codes(EPOCH, None, lrlint.Settings(torch_version="1.1")) == []


def test_excluded_files_are_left_out() -> None:
    write("train.py", EARLY)
    assert lrlint.check_paths(".", lrlint.Settings(exclude=["train.py"])) == []
    assert lrlint.check_paths("train.py", lrlint.Settings(exclude=["train.py"], force_exclude=True)) == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"select": "LR1"}, "'select' must be a list of rules, as [\"LR1\", \"LR201\"], and is a string"),
        ({"ignore": ["???"]}, "'ignore': there is no rule '???' (`lrlint rule` lists all rules)"),
        ({"torch_version": "9.9"}, "'torch-version': 9.9 is not a torch version; known are 1.1 to 2.13"),
        ({"exclude": ["../x"]}, "'exclude': the pattern '../x' leads out of the folder of its file"),
        ({"config": "no.toml"}, "there is no configuration file no.toml"),
        ({"config": "no.toml", "isolated": True}, "isolated settings read no configuration file"),
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(lrlint.ConfigError, match=re.escape(message)) as refused:
        lrlint.Settings(**settings)
    assert str(refused.value) == f"lrlint.Settings: {message}"


# Errors


def test_a_broken_configuration_file_is_an_error() -> None:
    write("lrlint.toml", "selct = []")
    with pytest.raises(lrlint.ConfigError, match=r"^lrlint.toml:1: unknown option 'selct'; did you mean 'select'\?$"):
        lrlint.check_source(EARLY, path="train.py")


@pytest.mark.parametrize(("source", "path"), [("\0", None), ("x = '\udc80'", None), ("{", "a.ipynb")])
def test_texts_that_are_none(source: str, path: str | None) -> None:
    with pytest.raises(lrlint.CheckError, match=f"^{path or '<source>'}: not checked: "):
        lrlint.check_source(source, path)


def test_what_could_be_checked_is_not_lost() -> None:
    write("train.py", EARLY)
    write("odd.py", b"import torch\nx = '\xff'\n")
    with pytest.raises(lrlint.CheckError, match=r"^odd\.py: not checked: line 2 holds bytes") as failed:
        lrlint.check_paths(["train.py", "odd.py"])
    assert [finding.code for finding in failed.value.findings] == ["LR101"]
    assert pickle.loads(pickle.dumps(failed.value)).findings == failed.value.findings


# What a caller can rely on


def test_it_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    write("train.py", EARLY)
    lrlint.check_paths(".")
    with contextlib.suppress(lrlint.CheckError):
        lrlint.check_paths("nothing")
    assert tuple(capfd.readouterr()) == ("", "")


def test_threads() -> None:
    limit = sys.getrecursionlimit()
    texts = [EARLY, EPOCH, EARLY.replace("90", "91"), "(" * 10] * 6
    expected = [codes(text) for text in texts]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(codes, texts)) == expected
    assert sys.getrecursionlimit() == limit


def test_processes() -> None:
    texts = [EARLY, EPOCH]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert list(processes.map(lrlint.check_source, texts)) == list(map(lrlint.check_source, texts))


def test_importing_it_costs_next_to_nothing() -> None:
    program = "import sys, lrlint; print([name for name in sys.modules if name.startswith('lrlint.')])"
    assert run(sys.executable, "-c", program, cwd=ROOT).stdout == "[]\n"


def test_unknown_names_are_no_part_of_it() -> None:
    assert not hasattr(lrlint, "check_everything")
    assert set(lrlint.__all__) <= set(dir(lrlint))
