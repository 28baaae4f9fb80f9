"""The language server, driven by a real client through its standard input and output."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

import pytest

from tests.cases import ROOT
from tests.checkout import run
from tests.notebooks import EPOCH_ARGUMENT, LOOP, SCHEDULER, SETUP, WRONG_ORDER

if not importlib.util.find_spec("pytest_lsp"):
    pytest.skip("pytest-lsp, the client of the tests, is not installed", allow_module_level=True)

from lsprotocol import types

from tests.editor import FULL, MINIMAL, Editor, edited, encoded

EARLY = f"{SETUP}\n{SCHEDULER}\n{WRONG_ORDER}\n"
EPOCH = f"{SETUP}\n{SCHEDULER}\n{EPOCH_ARGUMENT}\n"
FINE = f"{SETUP}\n{SCHEDULER}\n{LOOP}\n"
TWICE = f"{EPOCH}def other():\n{indent(EPOCH, '    ')}"
TWICE_FINE = f"{FINE}def other():\n{indent(FINE, '    ')}"

ENGINE = "def train(optimizer, scheduler):\n    for epoch in range(9):\n        {first}.step()\n        {last}.step()\n"
MAIN = f"from engine import train\n{SETUP}\n{SCHEDULER}\ntrain(optimizer, scheduler)\n"


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor that can do all there is, for several tests: they have folders of their own."""
    with Editor(tmp_path_factory.mktemp("workspace")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty repository."""
    (tmp_path / ".git").mkdir()
    return tmp_path


@pytest.fixture
def plain_editor(project: Path) -> Iterator[Editor]:
    """An editor that can do next to nothing."""
    with Editor(project, MINIMAL) as running:
        yield running


def place(range_: types.Range) -> tuple[int, int, int, int]:
    return range_.start.line, range_.start.character, range_.end.line, range_.end.character


def insertion(line: int, character: int, text: str) -> types.TextDocumentContentChangePartial:
    return replacement(line, character, line, character, text)


def replacement(line: int, start: int, last: int, end: int, text: str) -> types.TextDocumentContentChangePartial:
    range_ = types.Range(types.Position(line, start), types.Position(last, end))
    return types.TextDocumentContentChangePartial(range=range_, text=text)


# Diagnostics


def test_a_diagnostic(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", EPOCH)
    (diagnostic,) = editor.diagnostics(uri)
    assert place(diagnostic.range) == (8, 4, 8, 29)
    assert (diagnostic.source, diagnostic.code) == ("lrlint", "LR102")
    assert diagnostic.severity is types.DiagnosticSeverity.Warning
    assert list(diagnostic.tags or ()) == [types.DiagnosticTag.Deprecated]
    assert diagnostic.message.startswith("`scheduler.step(epoch + 1)` passes an epoch: deprecated")
    assert diagnostic.related_information is not None
    (built,) = diagnostic.related_information
    assert (built.location.uri, place(built.location.range)) == (uri, (5, 12, 5, 33))
    assert built.message == "the scheduler is built here"


def test_severities(editor: Editor, project: Path) -> None:
    (project / "lrlint.toml").write_text('select = ["ALL"]')
    loud = f"{SETUP}\nscheduler = StepLR(optimizer, 30, verbose=True)\n{LOOP}\nprint(scheduler.get_last_lr())\n"
    (error,) = editor.diagnostics(editor.open(project / "error.py", loud))
    (wrong,) = editor.diagnostics(editor.open(project / "wrong.py", EARLY))
    listed = f"{FINE}ids = list(map(id, model.parameters()))\n"
    listed += "rest = filter(lambda p: id(p) not in ids, model.parameters())\n"
    (style,) = editor.diagnostics(editor.open(project / "style.py", listed))
    assert (error.severity, wrong.severity) == (types.DiagnosticSeverity.Error, types.DiagnosticSeverity.Error)
    assert style.severity is types.DiagnosticSeverity.Information
    assert error.tags is wrong.tags is style.tags is None


def test_a_plain_editor_gets_less(plain_editor: Editor, project: Path) -> None:
    (diagnostic,) = plain_editor.diagnostics(plain_editor.open(project / "train.py", EPOCH))
    assert (diagnostic.tags, diagnostic.related_information, diagnostic.code_description) == (None, None, None)
    assert plain_editor.watchers == []


def test_links_to_pages_where_there_are_any(project: Path, tmp_path: Path) -> None:
    installed = tmp_path / "site" / "lrlint-0.dist-info"
    installed.mkdir(parents=True)
    urls = "Project-URL: Documentation, https://lrlint.example/\n"
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: lrlint\nVersion: 0\n{urls}")
    paths = os.pathsep.join(map(str, (installed.parent, ROOT)))
    with Editor(project, FULL, PYTHONPATH=paths) as editor:
        uri = editor.open(project / "train.py", EARLY)
        (diagnostic,) = editor.diagnostics(uri)
        assert diagnostic.code_description == types.CodeDescription("https://lrlint.example/rules/LR101/")
        shown = editor.hover(uri, 7, 10)
        assert shown is not None
        assert isinstance(shown.contents, types.MarkupContent)
        assert shown.contents.value.endswith("\n\nhttps://lrlint.example/rules/LR101/")


def test_text_that_is_no_python(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", f"{EARLY}print(\n")
    assert editor.codes(uri) == ["LR000"]


def test_changes_of_single_places(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", FINE)
    assert editor.codes(uri) == []
    editor.change(uri, insertion(8, 19, "epoch"))
    assert editor.codes(uri) == ["LR102"]
    editor.change(
        uri, insertion(0, 0, "# é 😀\n"), replacement(9, 19, 9, 24, ""), insertion(9, 19, "e"), insertion(9, 20, "poch")
    )
    (diagnostic,) = editor.diagnostics(uri)
    assert place(diagnostic.range) == (9, 4, 9, 25)


def test_whole_new_texts(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", EARLY)
    editor.change(uri, "", FINE, EPOCH)
    assert editor.codes(uri) == ["LR102"]


def test_typing_fast(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", "")
    for line in reversed(EPOCH.splitlines(keepends=True)):
        editor.change(uri, insertion(0, 0, line))
    assert editor.codes(uri) == ["LR102"]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_form_feeds_end_no_line(editor: Editor, project: Path, newline: str) -> None:
    text = f"# page\f two\x0b \u2028\n{FINE}".replace("\n", newline)
    uri = editor.open(project / "train.py", text)
    editor.change(uri, insertion(9, 19, "epoch"))
    (diagnostic,) = editor.diagnostics(uri)
    assert place(diagnostic.range) == (9, 4, 9, 25)


def test_changes_behind_the_end(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", "import torch")
    editor.change(uri, replacement(0, 0, 99, 0, EPOCH.rstrip("\n")), insertion(8, 99, "  # é"), insertion(99, 99, "\n"))
    assert editor.codes(uri) == ["LR102"]


def test_closing_takes_diagnostics_away(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", EARLY)
    assert editor.codes(uri) == ["LR101"]
    editor.close(uri)
    assert editor.codes(uri) == []


def test_texts_that_are_no_files(editor: Editor) -> None:
    assert editor.codes(editor.open("untitled:Untitled-1", EARLY)) == ["LR101"]


def test_a_suppression_holds(editor: Editor, project: Path) -> None:
    text = EARLY.replace("scheduler.step()", "scheduler.step()  # lrlint: ignore[LR101]")
    assert editor.codes(editor.open(project / "train.py", text)) == []


# Positions

ASTRAL = (
    f"{SETUP}\n{SCHEDULER}\nfor epoch in range(9):\n    é = '😀'; optimizer.step(); scheduler.step(epoch + 1)  # 😀\n"
)


@pytest.mark.parametrize(
    ("capabilities", "encoding", "column"),
    [
        (MINIMAL, "utf-16", 32),
        (encoded(types.PositionEncodingKind.Utf16), "utf-16", 32),
        (encoded(types.PositionEncodingKind.Utf8), "utf-8", 35),
        (encoded(types.PositionEncodingKind.Utf32), "utf-32", 31),
    ],
    ids=["default", "utf-16", "utf-8", "utf-32"],
)
def test_columns_count_in_the_encoding_of_the_client(
    project: Path, capabilities: types.ClientCapabilities, encoding: str, column: int
) -> None:
    with Editor(project, capabilities) as editor:
        assert editor.initialized.capabilities.position_encoding == encoding
        uri = editor.open(project / "train.py", ASTRAL)
        (diagnostic,) = editor.diagnostics(uri)
        assert place(diagnostic.range) == (7, column, 7, column + len("scheduler.step(epoch + 1)"))
        editor.change(uri, replacement(7, column + 15, 7, column + 24, "epoch"))
        (diagnostic,) = editor.diagnostics(uri)
        assert place(diagnostic.range) == (7, column, 7, column + len("scheduler.step(epoch)"))
        editor.change(uri, insertion(7, column + 20, " + 1"))
        fix = editor.actions(uri, 7)[0]
        assert fix.edit is not None
        assert fix.edit.changes is not None
        (edit,) = fix.edit.changes[uri]
        assert place(edit.range) == (7, column + 15, 7, column + 24)


# Several files


def test_unsaved_texts_see_each_other(editor: Editor, project: Path) -> None:
    good, bad = ENGINE.format(first="optimizer", last="scheduler"), ENGINE.format(first="scheduler", last="optimizer")
    (project / "engine.py").write_text(good)
    (project / "main.py").write_text("")
    main, engine = editor.open(project / "main.py", MAIN), editor.open(project / "engine.py", good)
    assert (editor.codes(main), editor.codes(engine)) == ([], [])
    editor.change(engine, bad)
    (diagnostic,) = editor.diagnostics(engine)
    assert diagnostic.code == "LR101"
    assert diagnostic.related_information is not None
    assert {related.location.uri for related in diagnostic.related_information} == {main, engine}
    editor.change(main, MAIN.replace("train(optimizer", "optimizer.step(); train(optimizer"))
    editor.change(engine, f"# 1\n{bad}")
    assert editor.codes(engine) == []


def test_files_that_are_not_open_are_read(editor: Editor, project: Path) -> None:
    (project / "build.py").write_text(f"# 😀\n{SETUP}\ndef scheduler():\n    return StepLR(optimizer, 30)\n")
    text = f"from build import optimizer, scheduler\nscheduler = scheduler()\n{WRONG_ORDER}\n"
    (diagnostic,) = editor.diagnostics(editor.open(project / "train.py", text))
    assert diagnostic.related_information is not None
    places = [(Path(one.location.uri).name, one.location.range.start.line) for one in diagnostic.related_information]
    assert ("build.py", 7) in places


def test_a_module_that_begins_to_build_something(editor: Editor, project: Path) -> None:
    main, build = project / "main.py", project / "build.py"
    text = f"from build import make\nscheduler, optimizer = make()\n{WRONG_ORDER}\n"
    for path in (main, build):
        path.write_text("")
    first, second = editor.open(main, text), editor.open(build, "def make():\n    return None, None\n")
    assert (editor.codes(first), editor.codes(second)) == ([], [])
    body = f"{SETUP}\n\ndef make():\n    return StepLR(optimizer, 30), optimizer\n"
    editor.forget()
    editor.change(second, body)
    assert (editor.codes(second), editor.codes(first)) == ([], ["LR101"])


def test_files_that_change_on_disk(editor: Editor, project: Path) -> None:
    engine = project / "engine.py"
    engine.write_text(ENGINE.format(first="optimizer", last="optimizer"))
    uri = editor.open(project / "main.py", MAIN.replace("train(", "scheduler.step(); train("))
    assert editor.codes(uri) == ["LR101"]
    engine.write_text("def train(optimizer, scheduler): ...\n")
    editor.files_changed(engine)
    assert "LR101" not in editor.codes(uri)


def test_it_asks_to_be_told_of_files(editor: Editor) -> None:
    patterns = [one["globPattern"] for one in editor.watchers]
    assert any(".toml" in pattern or "toml}" in pattern for pattern in patterns)


# Configuration


def test_the_configuration_around_each_file(editor: Editor, project: Path) -> None:
    (project / "lrlint.toml").write_text('ignore = ["LR102"]')
    (project / "inner").mkdir()
    (project / "inner" / "lrlint.toml").write_text("")
    assert editor.codes(editor.open(project / "train.py", EPOCH)) == []
    assert editor.codes(editor.open(project / "inner" / "train.py", EPOCH)) == ["LR102"]


@pytest.mark.parametrize("told", ["watched", "saved"])
def test_changed_configuration_is_read(editor: Editor, project: Path, told: str) -> None:
    uri = editor.open(project / "train.py", EPOCH)
    assert editor.codes(uri) == ["LR102"]
    (project / "pyproject.toml").write_text('[tool.lrlint]\nignore = ["LR102"]')
    if told == "watched":
        editor.files_changed(project / "pyproject.toml")
    else:
        editor.save(uri)
    assert editor.codes(uri) == []


def test_broken_configuration_is_told_once(editor: Editor, project: Path) -> None:
    (project / "lrlint.toml").write_text("selct = []")
    uri = editor.open(project / "train.py", EPOCH)
    assert editor.codes(uri) == []
    message = editor.message()
    assert message.startswith("lrlint: ")
    assert message.endswith("lrlint.toml:1: unknown option 'selct'; did you mean 'select'?")
    editor.change(uri, EARLY)
    assert editor.codes(uri) == []
    assert editor.messages == []
    (project / "lrlint.toml").write_text("")
    editor.files_changed(project / "lrlint.toml")
    assert editor.codes(uri) == ["LR101"]
    (project / "lrlint.toml").write_text("nonsense")
    editor.files_changed(project / "lrlint.toml")
    assert editor.codes(uri) == []
    assert "this is not TOML" in editor.message()


def test_excluded_files_are_left_alone(editor: Editor, project: Path) -> None:
    (project / "lrlint.toml").write_text('extend-exclude = ["third_party/"]')
    for folder in ("third_party/x", ".venv/lib/site-packages"):
        (project / folder).mkdir(parents=True)
        assert editor.codes(editor.open(project / folder / "train.py", EARLY)) == []
    (project / ".gitignore").write_text("train.py")
    assert editor.codes(editor.open(project / "train.py", EARLY)) == ["LR101"]


def test_settings_of_the_editor(project: Path) -> None:
    with Editor(project, options={"settings": {"ignore": ["LR102"]}}) as editor:
        uri = editor.open(project / "train.py", EPOCH)
        assert editor.codes(uri) == []
        editor.configure({"lrlint": {"ignore": []}})
        assert editor.codes(uri) == ["LR102"]
        editor.configure({"lrlint": {"ignore": "LR102"}})
        assert editor.message().startswith("lrlint: the settings of the editor: 'ignore' must be a list of rules")


# Actions


def titles(actions: list[types.CodeAction]) -> list[str]:
    return [action.title for action in actions]


def test_a_safe_fix(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", EPOCH)
    fix, ignore, fix_all = editor.actions(uri, 8)
    assert fix.title == "LR102: drop the epoch"
    assert (fix.kind, fix.is_preferred) == (types.CodeActionKind.QuickFix, True)
    assert list(fix.diagnostics or ()) == editor.diagnostics(uri)
    assert edited(EPOCH, fix, uri) == FINE
    assert ignore.title == "LR102: ignore it here with a comment"
    assert (fix_all.title, fix_all.kind) == ("lrlint: make all safe fixes", "source.fixAll.lrlint")
    assert edited(EPOCH, fix_all, uri) == FINE


def test_an_unsafe_fix_says_so_and_is_no_part_of_all(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", EARLY)
    fix, ignore = editor.actions(uri, 7)
    assert fix.title.startswith("LR101: move ")
    assert fix.title.endswith(" (unsafe: it changes how the code trains)")
    assert (fix.is_preferred, ignore.title) == (None, "LR101: ignore it here with a comment")
    assert edited(EARLY, fix, uri) == FINE
    assert editor.actions(uri, 0, "source.fixAll") == []


def test_all_fixes_of_a_rule_and_of_the_file(editor: Editor, project: Path) -> None:
    text = TWICE.replace("import torch\n", "import torch\nfrom torch.optim.lr_scheduler import _LRScheduler\n", 1)
    text += "\n\nclass Mine(_LRScheduler):\n    def get_lr(self):\n        return [0.1 for _ in self.base_lrs]\n"
    uri = editor.open(project / "train.py", text)
    assert sorted(set(editor.codes(uri))) == ["LR102", "LR402"]
    offered = editor.actions(uri, 9)
    (of_rule,) = (one for one in offered if "of this rule" in one.title)
    assert of_rule.title == "LR102: make all 2 safe fixes of this rule in the file"
    fixed = edited(text, of_rule, uri)
    assert "scheduler.step(epoch" not in fixed
    assert "_LRScheduler" in fixed
    (everything,) = editor.actions(uri, 0, "source.fixAll")
    fixed = edited(text, everything, uri)
    assert "scheduler.step(epoch" not in fixed
    assert "_LRScheduler" not in fixed
    editor.change(uri, fixed)
    assert editor.codes(uri) == []


def test_only_the_kinds_that_are_asked_for(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", TWICE)
    assert titles(editor.actions(uri, 8, "source.fixAll.lrlint")) == ["lrlint: make all safe fixes"]
    assert titles(editor.actions(uri, 8, "source.fixAll.ruff")) == []
    assert "lrlint: make all safe fixes" not in titles(editor.actions(uri, 8, "quickfix"))
    assert titles(editor.actions(uri, 8, "refactor")) == []
    assert titles(editor.actions(uri, 0, "quickfix")) == []


def test_a_plain_editor_gets_its_edits_at_once(plain_editor: Editor, project: Path) -> None:
    uri = plain_editor.open(project / "train.py", TWICE)
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(uri),
        types.Range(types.Position(8, 6), types.Position(8, 6)),
        types.CodeActionContext([]),
    )
    found = plain_editor.request(types.TEXT_DOCUMENT_CODE_ACTION, params)
    assert len(found) == 4
    for action in found:
        assert action.edit.document_changes is None
        assert list(action.edit.changes) == [uri]
    assert edited(TWICE, found[1], uri) == TWICE_FINE


def test_a_comment_that_silences(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", EARLY)
    (ignore,) = (action for action in editor.actions(uri, 7) if "ignore it" in action.title)
    assert list(ignore.diagnostics or ()) == editor.diagnostics(uri)
    silenced = edited(EARLY, ignore, uri)
    assert silenced == EARLY.replace("scheduler.step()", "scheduler.step()  # lrlint: ignore[LR101]")
    editor.change(uri, silenced)
    assert editor.codes(uri) == []


def test_actions_are_about_the_text_as_it_is_now(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", FINE)
    editor.change(uri, EARLY)
    editor.change(uri, EPOCH)
    assert titles(editor.actions(uri, 8))[0] == "LR102: drop the epoch"
    editor.change(uri, FINE)
    assert editor.actions(uri, 8) == []


def test_a_request_that_is_cancelled_cancels_no_check(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", EARLY * 3)
    editor.cancel_hover(uri)
    assert editor.codes(uri) == ["LR101"] * 3


def test_other_languages_are_left_alone(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "notes.md", EARLY, language="markdown")
    assert editor.hover(uri, 7, 10) is None
    assert editor.actions(uri, 7) == []


# Hover


def test_hovering_shows_the_page_of_the_rule(editor: Editor, project: Path) -> None:
    uri = editor.open(project / "train.py", EARLY)
    shown = editor.hover(uri, 7, 10)
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert shown.contents.kind is types.MarkupKind.Markdown
    assert shown.contents.value.startswith("**LR101** scheduler-step-before-optimizer-step\n\n")
    assert "#### Why it harms\n" in shown.contents.value
    assert editor.hover(uri, 2, 3) is None


def test_a_plain_editor_gets_plain_text(plain_editor: Editor, project: Path) -> None:
    shown = plain_editor.hover(plain_editor.open(project / "train.py", EARLY), 7, 10)
    assert shown is not None
    assert isinstance(shown.contents, types.MarkupContent)
    assert shown.contents.kind is types.MarkupKind.PlainText


# Notebooks


def test_the_cells_of_a_notebook_are_one_program(editor: Editor, project: Path) -> None:
    path = project / "train.ipynb"
    cells = editor.open_notebook(path, f"%matplotlib inline\n{SETUP}", SCHEDULER, EPOCH_ARGUMENT)
    (diagnostic,) = editor.diagnostics(cells[2])
    assert (editor.codes(cells[0]), editor.codes(cells[1])) == ([], [])
    assert (diagnostic.code, place(diagnostic.range)) == ("LR102", (2, 4, 2, 29))
    assert diagnostic.related_information is not None
    assert [one.location.uri for one in diagnostic.related_information] == [cells[1]]
    fix, ignore, _ = editor.actions(cells[2], 2)
    assert edited(EPOCH_ARGUMENT, fix, cells[2]) == LOOP
    assert edited(EPOCH_ARGUMENT, ignore, cells[2]) == f"{EPOCH_ARGUMENT}  # lrlint: ignore[LR102]"
    (everything,) = editor.actions(cells[0], 0, "source.fixAll")
    assert edited(EPOCH_ARGUMENT, everything, cells[2]) == LOOP
    assert editor.hover(cells[2], 2, 6) is not None
    editor.close_notebook(path, cells)
    assert editor.codes(cells[2]) == []


def test_cells_come_go_and_change(editor: Editor, project: Path) -> None:
    path = project / "train.ipynb"
    cells = editor.open_notebook(path, SETUP, LOOP)
    assert editor.codes(cells[1]) == []
    new = editor.cell_uri(path, 7)
    editor._versions[new] = 1
    structure = types.NotebookDocumentCellChangeStructure(
        types.NotebookCellArrayChange(1, 0, [types.NotebookCell(types.NotebookCellKind.Code, new)]),
        did_open=[types.TextDocumentItem(new, "python", 1, SCHEDULER)],
    )
    changes = [editor.cell_changed(cells[1], EPOCH_ARGUMENT)]
    editor.change_notebook(path, types.NotebookDocumentCellChanges(structure=structure, text_content=changes))
    assert (editor.codes(new), editor.codes(cells[1])) == ([], ["LR102"])
    structure = types.NotebookDocumentCellChangeStructure(
        types.NotebookCellArrayChange(1, 1, []), did_close=[types.TextDocumentIdentifier(new)]
    )
    changes = [editor.cell_changed(cells[1], f"\n{EPOCH_ARGUMENT}")]
    editor.change_notebook(path, types.NotebookDocumentCellChanges(structure=structure, text_content=changes))
    assert editor.codes(cells[1]) == []
    editor.wait_until_cleared(new)
    editor.close_notebook(path, cells)


# The process


def test_it_ends_when_the_editor_is_gone(project: Path) -> None:
    editor = Editor(project)
    editor.diagnostics(editor.open(project / "train.py", EARLY))
    assert editor.hang_up() in (0, 1)


def test_it_ends_while_it_checks(project: Path) -> None:
    editor = Editor(project)
    editor.open(project / "train.py", EARLY * 50)
    assert editor.shut_down() == 0


def test_a_crash_of_a_rule_ends_nothing(project: Path, tmp_path: Path) -> None:
    hook = tmp_path / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(
        "import lrlint.checker as checker\n"
        "kept = checker.lint_modules\n"
        "def crash(project, entries, *rest):\n"
        "    if any('boom' in project.source(entry).text for entry in entries):\n"
        "        raise RecursionError('boom')\n"
        "    return kept(project, entries, *rest)\n"
        "checker.lint_modules = crash\n"
    )
    paths = os.pathsep.join(map(str, (hook, ROOT)))
    with Editor(project, FULL, PYTHONPATH=paths) as editor:
        uri = editor.open(project / "train.py", f"{EARLY}# boom\n")
        assert editor.codes(uri) == []
        assert "internal error in train.py: RecursionError: boom" in editor.message()
        editor.change(uri, EARLY)
        assert editor.codes(uri) == ["LR101"]


def test_without_pygls_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "pygls.py").write_text("raise ModuleNotFoundError('no', name='pygls')\n")
    paths = os.pathsep.join(map(str, (tmp_path, ROOT)))
    result = run(sys.executable, "-m", "lrlint", "server", cwd=tmp_path, PYTHONPATH=paths)
    hint = "python3 -m pip install 'lrlint[lsp]'"
    expected = f"error: the language server needs pygls 2.1 or newer, which is not installed: {hint}\n"
    assert (result.returncode, result.stderr) == (2, expected)
