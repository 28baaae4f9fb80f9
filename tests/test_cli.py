"""The command line.  Most tests use toy rules, so that they are about the command and not about torch.

A toy rule finds a word: BAD has a safe fix (it becomes GOOD), WORSE an unsafe one (GOOD too), UGLY has none, and
CRASH makes its rule raise.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from lrlint import __version__, checker, disk, registry, run
from lrlint.cli import main
from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program.project import Project
from lrlint.registry import RegisteredRule
from lrlint.report.formats import FORMATS
from lrlint.rule import Rule, Severity
from lrlint.source import Source

ROOT = Path(__file__).parents[1]

BAD = Rule("TOY101", "bad-word", "a word that is bad", Severity.CORRECTNESS, ("BAD",), fixes=(Applicability.SAFE,))
WORSE = Rule("TOY102", "worse-word", "a worse one", Severity.DEPRECATION, ("WORSE",), fixes=(Applicability.UNSAFE,))
UGLY = Rule("TOY201", "ugly-word", "an ugly one", Severity.STYLE, ("UGLY",), since="1.1", default=False)
CRASH = Rule("TOY202", "crashing-rule", "a rule that raises", Severity.ERROR, ("CRASH",))


Rules = Sequence[RegisteredRule]
Lint = Callable[[Source, Rules], tuple[Finding, ...]]


class UnprintableError(BaseException):
    """As bad as exceptions get: not an Exception, and not to be made a string."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def toy_lint(source: Source, rules: Rules) -> tuple[Finding, ...]:
    found = (finding for registered in rules for finding in _toy_findings(source, registered.rule))
    return tuple(sorted(found, key=lambda finding: finding.sort_key))


def _toy_findings(source: Source, rule: Rule) -> Iterator[Finding]:
    word = rule.gate[0]
    for match in re.finditer(rf"\b{word}\b", source.text):
        if rule is CRASH:
            raise UnprintableError
        place = source.range(*match.span())
        fix = Fix(rule.fixes[0], "say GOOD", (Edit(place, "GOOD"),)) if rule.fixes else None
        yield Finding(rule, source.path, place, f"{word} is wrong", "here", (), fix)


def lint_with(monkeypatch: pytest.MonkeyPatch, lint: Lint) -> None:
    """Let `lint` find what there is to find in a source, in place of the rules."""

    def lint_modules(
        project: Project, paths: Sequence[str], rules: Rules, on_failure: object
    ) -> dict[str, tuple[Finding, ...]]:
        sources = [source for path in paths if (source := project.source(path)) is not None]
        return {source.path: lint(source, rules) for source in sources}

    monkeypatch.setattr(checker, "lint_modules", lint_modules)


@pytest.fixture
def toys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working directory, with the toy rules in place of the real ones."""
    page = "{0.summary}.\n\n## Why it harms\n\nIt is `{0.name}`.".format
    rules = tuple(
        RegisteredRule(rule, lambda program: iter(()), partial(page, rule)) for rule in (BAD, WORSE, UGLY, CRASH)
    )
    monkeypatch.setattr(registry, "load_rules", lambda: rules)
    lint_with(monkeypatch, toy_lint)
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return tmp_path


def lrlint(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, arguments, input=stdin, prog_name="lrlint")


def check(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return lrlint("check", *arguments, stdin=stdin)


def write(name: str, text: str | bytes) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# --- finding -------------------------------------------------------------------------------------------------


def test_clean(toys: Path) -> None:
    write("a.py", "GOOD\n")
    result = check()
    assert (result.exit_code, result.stdout, result.stderr) == (0, "No findings in 1 file.\n", "")


def test_findings_in_full(toys: Path) -> None:
    write("a.py", "x = 1\nBAD\n")
    result = check()
    assert result.exit_code == 1
    assert (
        result.stdout
        == """\
TOY101 [*] BAD is wrong
 --> a.py:2:1
  |
1 | x = 1
2 | BAD
  | ^^^ here
  |
  = fix: say GOOD
  = help: lrlint rule TOY101

Found 1 finding.
[*] 1 fixable with the `--fix` option.
"""
    )


def test_findings_are_in_order_of_path_position_and_code(toys: Path) -> None:
    write("b/a.py", "WORSE; BAD\nBAD\n")
    write("a.py", "BAD")
    write("b.py", "BAD")
    result = check("b", "b.py", ".", "--output-format=concise")
    places = [line.split(" ")[0] for line in result.stdout.splitlines()[:5]]
    assert places == ["a.py:1:1:", "b.py:1:1:", "b/a.py:1:1:", "b/a.py:1:8:", "b/a.py:2:1:"]


def test_findings_in_json_are_all_of_stdout(toys: Path) -> None:
    write("a.py", "BAD\n")
    write("b.py", b"# BAD \xff\n")
    result = check("--output-format=json")
    assert result.exit_code == 2
    assert [found["path"] for found in json.loads(result.stdout)["findings"]] == ["a.py"]
    assert result.stderr.startswith("error: b.py: ")


def test_statistics_take_the_place_of_the_findings(toys: Path) -> None:
    write("a.py", "BAD WORSE BAD\n")
    result = check("--statistics")
    assert result.stdout == (
        "2  TOY101  [*]  bad-word\n"
        "1  TOY102  [ ]  worse-word\n"
        "Found 3 findings.\n"
        "[*] 2 fixable with the `--fix` option (1 hidden fix can be enabled with `--unsafe-fixes`).\n"
    )
    document = json.loads(check("--statistics", "--output-format=json").stdout)
    assert [count["findings"] for count in document["statistics"]] == [2, 1]


def test_unsafe_fixes_alone_change_what_is_fixable_and_nothing_else(toys: Path) -> None:
    path = write("a.py", "WORSE\n")
    assert "[*]" not in check().stdout
    assert "TOY102 [*] WORSE is wrong" in check("--unsafe-fixes").stdout
    assert path.read_text() == "WORSE\n"


# --- selecting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ([], ["TOY101", "TOY102"]),
        (["--select", "TOY2"], ["TOY201"]),
        (["--select", "ALL"], ["TOY101", "TOY102", "TOY201"]),
        (["--select", "TOY101,ugly-word"], ["TOY101", "TOY201"]),
        (["--select", "TOY101", "--select", "TOY201,"], ["TOY101", "TOY201"]),
        (["--extend-select", "TOY201"], ["TOY101", "TOY102", "TOY201"]),
        (["--ignore", "TOY102, TOY201"], ["TOY101"]),
        (["--select", "ALL", "--ignore", "TOY1"], ["TOY201"]),
    ],
)
def test_selection(toys: Path, arguments: list[str], codes: list[str]) -> None:
    write("a.py", "BAD WORSE UGLY\n")
    document = json.loads(check("--output-format=json", *arguments).stdout)
    assert [found["code"] for found in document["findings"]] == codes


@pytest.mark.parametrize("option", ["--select", "--ignore", "--extend-select"])
def test_unknown_rule(toys: Path, option: str) -> None:
    result = check(option, "TOY11")
    assert result.exit_code == 2
    assert "there is no rule 'TOY11'; did you mean TOY101?" in result.stderr
    assert result.stdout == ""


def test_empty_selection(toys: Path) -> None:
    result = check("--select", " ,")
    assert result.exit_code == 2
    assert "name a rule" in result.stderr


# --- fixing --------------------------------------------------------------------------------------------------


def test_fix(toys: Path) -> None:
    path = write("a.py", b"BAD; WORSE; BAD\r\n")
    result = check("--fix")
    assert path.read_bytes() == b"GOOD; WORSE; GOOD\r\n"
    assert result.exit_code == 1
    assert " --> a.py:1:7\n" in result.stdout
    assert result.stdout.endswith("""\
Found 3 findings (2 fixed, 1 left).
Fixed TOY101 (2).
No safe fixes (1 hidden fix can be enabled with `--unsafe-fixes`).
""")


def test_fix_with_unsafe_fixes(toys: Path) -> None:
    path = write("a.py", "BAD; WORSE\n")
    result = check("--fix", "--unsafe-fixes")
    assert path.read_text() == "GOOD; GOOD\n"
    assert result.exit_code == 0
    assert result.stdout == "Found 2 findings (2 fixed, 0 left).\nFixed TOY101 (1), TOY102 (1).\n"


@pytest.mark.parametrize(
    ("text", "arguments", "code"),
    [
        ("GOOD", [], 0),
        ("BAD", [], 1),
        ("BAD", ["--exit-zero"], 0),
        ("BAD", ["--fix"], 0),
        ("BAD", ["--fix", "--exit-non-zero-on-fix"], 1),
        ("GOOD", ["--fix", "--exit-non-zero-on-fix"], 0),
        ("WORSE", ["--fix"], 1),
        ("WORSE", ["--fix", "--exit-zero"], 0),
        ("BAD", ["--diff"], 1),
        ("WORSE", ["--diff"], 1),
        ("GOOD", ["--diff"], 0),
        ("CRASH", ["--exit-zero"], 2),
    ],
)
def test_exit_codes(toys: Path, text: str, arguments: list[str], code: int) -> None:
    write("a.py", text + "\n")
    assert check(*arguments).exit_code == code


def test_diff_is_what_fix_does(toys: Path) -> None:
    path = write("a.py", "x = 1\nBAD\nWORSE")
    result = check("--diff", "--fix")
    assert path.read_text() == "x = 1\nBAD\nWORSE"
    assert (
        result.stdout
        == """\
--- a.py
+++ a.py
@@ -1,3 +1,3 @@
 x = 1
-BAD
+GOOD
 WORSE
\\ No newline at end of file
"""
    )
    assert result.stderr == "1 finding would be fixed in 1 file; 1 finding would be left.\n"
    check("--fix")
    assert path.read_text() == "x = 1\nGOOD\nWORSE"


def test_fix_that_is_given_up_keeps_the_file(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a.py", "BAD\n")
    write("b.py", "BAD\n")
    lint_with(monkeypatch, lambda source, rules: toy_lint(Source(source.path, "BAD\n"), rules))
    result = check("--fix", "a.py")
    assert result.exit_code == 2
    assert "error: a.py: not fixed: the fix of TOY101" in result.stderr
    assert "Found 1 finding.\n" in result.stdout
    assert path.read_text() == "BAD\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write to every file")
def test_fix_of_a_file_that_cannot_be_written(toys: Path) -> None:
    write("a.py", "BAD\n").chmod(0o444)
    result = check("--fix")
    assert result.exit_code == 2
    assert "error: a.py: not fixed: it cannot be written: permission denied\n" in result.stderr


def test_fix_that_fails_on_writing_keeps_the_findings(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, before: bytes, after: bytes) -> None:
        if path.name == "a.py":
            raise PermissionError(13, "Permission denied")
        path.write_bytes(after)

    monkeypatch.setattr(run, "replace_file", refuse)
    write("a.py", "BAD\n")
    other = write("b.py", "BAD\n")
    result = check("--fix")
    assert result.exit_code == 2
    assert result.stderr == "error: a.py: not fixed: it cannot be written: permission denied\n"
    assert "TOY101 [*] BAD is wrong\n --> a.py:1:1\n" in result.stdout
    assert "Found 2 findings (1 fixed, 1 left).\n" in result.stdout
    assert other.read_text() == "GOOD\n"


def test_fix_of_a_file_that_changed_meanwhile(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("a.py", "BAD\n")

    def lint(source: Source, rules: Rules) -> tuple[Finding, ...]:
        path.write_text("BAD, and more\n")
        return toy_lint(source, rules)

    lint_with(monkeypatch, lint)
    result = check("--fix")
    assert result.exit_code == 2
    assert path.read_text() == "BAD, and more\n"
    assert result.stderr.startswith("error: a.py: not fixed: ")


# --- standard input ------------------------------------------------------------------------------------------


def test_stdin(toys: Path) -> None:
    result = check("-", "--output-format=concise", stdin="BAD\n")
    assert result.exit_code == 1
    assert result.stdout.startswith("<stdin>:1:1: TOY101 [*] BAD is wrong\n")


@pytest.mark.parametrize("arguments", [["-"], []])
def test_stdin_filename(toys: Path, arguments: list[str]) -> None:
    name = os.path.join(os.getcwd(), "src", "new.py")
    result = check("--output-format=concise", "--stdin-filename", name, *arguments, stdin="BAD\n")
    assert result.stdout.startswith("src/new.py:1:1: TOY101")


@pytest.mark.parametrize("text", [b"BAD\r\n", b"\xef\xbb\xbfBAD", b"# coding: latin-1\nBAD # \xe9\n"])
def test_stdin_with_fix_prints_the_fixed_text(toys: Path, text: bytes) -> None:
    result = check("--fix", "-", stdin=text)
    assert result.stdout_bytes == text.replace(b"BAD", b"GOOD")
    assert result.stderr == "Found 1 finding (1 fixed, 0 left).\nFixed TOY101 (1).\n"
    assert result.exit_code == 0


@pytest.mark.parametrize("text", [b"", b"GOOD", b"BAD \xff", b"BAD \0", b"CRASH"])
def test_stdin_with_fix_never_loses_the_text(toys: Path, text: bytes) -> None:
    assert check("--fix", "-", stdin=text).stdout_bytes == text


def test_stdin_with_diff(toys: Path) -> None:
    result = check("--diff", "--stdin-filename=a.py", "-", stdin="BAD\n")
    assert result.stdout == "--- a.py\n+++ a.py\n@@ -1 +1 @@\n-BAD\n+GOOD\n"


def test_stdin_that_is_excluded(toys: Path) -> None:
    write("build/a.py", "")
    arguments = ["--stdin-filename=build/a.py", "--fix", "-"]
    assert check(*arguments, stdin="BAD").stdout == "GOOD"
    assert check(*arguments, "--force-exclude", stdin="BAD").stdout == "BAD"
    assert check("--stdin-filename=new.py", "--fix", "--force-exclude", "-", stdin="BAD").stdout == "GOOD"


# --- bad input -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "answer"),
    [
        ("wrong_encoding.py", b"BAD = '\xff'\n", "not checked: "),
        ("unknown_encoding.py", b"# coding: klingon\nBAD\n", "not checked: unknown encoding: klingon"),
        ("binary.py", b"BAD\0\1\2", "not checked: it holds NUL bytes"),
        ("crash.py", b"CRASH", "internal error in crash.py: UnprintableError (test_cli.py:"),
    ],
)
def test_bad_file_does_not_stop_the_others(toys: Path, name: str, data: bytes, answer: str) -> None:
    write(name, data)
    write("z.py", "BAD\n")
    result = check("--output-format=concise")
    assert result.exit_code == 2
    assert "z.py:1:1: TOY101" in result.stdout
    assert result.stderr.startswith("error: ")
    assert name in result.stderr
    assert answer in result.stderr
    assert result.stderr.count("\n") == 1


def test_file_that_is_gone_or_unreadable(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: str) -> bytes:
        if os.path.basename(path) == "a.py":
            raise PermissionError(13, "Permission denied")
        return b"BAD"

    monkeypatch.setattr(disk, "read", read)
    write("a.py", "BAD")
    write("b.py", "BAD")
    result = check("--output-format=concise")
    assert result.exit_code == 2
    assert result.stdout.startswith("b.py:1:1: ")
    assert result.stderr == "error: a.py: cannot be read: permission denied\n"


def test_binary_file_without_a_gate_word_matters_only_if_it_is_named(toys: Path) -> None:
    write("a.py", b"\0")
    assert check().exit_code == 0
    result = check("a.py")
    assert result.exit_code == 2
    assert "a.py: not checked: it holds NUL bytes" in result.stderr


def test_missing_path(toys: Path) -> None:
    result = check("nowhere.py")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("error: nowhere.py: no such file or directory")


def test_nothing_to_check(toys: Path) -> None:
    result = check()
    assert (result.exit_code, result.stdout) == (0, "No Python file was checked.\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--output-format=xml"],
        ["--color=maybe"],
        ["-", "a.py"],
        ["--stdin-filename=b.py", "a.py"],
        ["--diff", "--output-format=json"],
        ["--diff", "--output-format=full:report.txt"],
        ["--statistics", "--output-format=sarif"],
        ["--output-format=json", "--output-format=sarif"],
        ["--output-format=json:"],
        ["--output-format=json:a.json", "--output-format=jsonl:a.json"],
        ["--output-format=json:a.json", "--output-file=b.json"],
        ["--output-format=json:a.py"],
        ["--output-file=a.py"],
        ["--output-file="],
        ["--diff", "--statistics"],
    ],
)
def test_bad_options(toys: Path, arguments: list[str]) -> None:
    write("a.py", "BAD\n")
    result = check(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr


def test_names_and_lines_are_escaped(toys: Path) -> None:
    write("a\x1b[31m.py", "BAD; '\x1b[31m'\n")
    for name in FORMATS:
        assert "\x1b" not in check(f"--output-format={name}").output


def test_exception_outside_of_a_file(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> tuple[RegisteredRule, ...]:
        raise ImportError("a rule pack is broken")

    monkeypatch.setattr(registry, "load_rules", fail)
    result = check()
    assert result.exit_code == 2
    assert result.stderr.startswith("error: internal error in lrlint: ImportError: a rule pack is broken")


def test_interrupt(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(source: Source, rules: object) -> tuple[Finding, ...]:
        raise KeyboardInterrupt

    lint_with(monkeypatch, interrupt)
    write("a.py", "BAD")
    assert check().exit_code == 130


# --- colour --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ([], {}, False),
        (["--color=always"], {}, True),
        (["--color=always"], {"NO_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color=never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colour(
    toys: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: dict[str, str],
    coloured: bool,
) -> None:
    write("a.py", "BAD CRASH\n")
    write("b.py", "BAD\n")
    for variable, value in environment.items():
        monkeypatch.setenv(variable, value)
    result = check(*arguments)
    assert ("\x1b[" in result.stdout) is coloured
    assert ("\x1b[" in result.stderr) is coloured
    assert ("\x1b[" in check("--diff", *arguments).stdout) is coloured


# --- lrlint rule ---------------------------------------------------------------------------------------------


def test_list_of_rules(toys: Path) -> None:
    assert (
        lrlint("rule").stdout
        == """\
TOY101  bad-word       correctness  safe    a word that is bad
TOY102  worse-word     deprecation  unsafe  a worse one
TOY201  ugly-word      style        none    an ugly one (off by default)
TOY202  crashing-rule  error        none    a rule that raises
"""
    )
    assert lrlint("rule", "TOY2").stdout.count("\n") == 2


@pytest.mark.parametrize("name", ["TOY201", "ugly-word"])
def test_page_of_a_rule(toys: Path, name: str) -> None:
    assert (
        lrlint("rule", name).stdout
        == """\
TOY201 ugly-word
style, fix: none, off by default, since torch 1.1

an ugly one.

## Why it harms

It is `ugly-word`.
"""
    )


def test_page_of_a_rule_in_colour(toys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1mWhy it harms\x1b[0m" in lrlint("rule", "TOY201").stdout


def test_rules_as_json(toys: Path) -> None:
    document = json.loads(lrlint("rule", "--output-format=json").stdout)
    assert [rule["code"] for rule in document["rules"]] == ["TOY101", "TOY102", "TOY201", "TOY202"]
    assert document["rules"][1]["fixes"] == ["unsafe"]


def test_unknown_rule_has_no_page(toys: Path) -> None:
    result = lrlint("rule", "TOY102x")
    assert result.exit_code == 2
    assert "did you mean TOY102?" in result.stderr


# --- the real command ----------------------------------------------------------------------------------------


def real(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lrlint", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )


def test_version_and_help(tmp_path: Path) -> None:
    assert real("--version", cwd=tmp_path).stdout == f"lrlint {__version__}\n"
    shown = real("--help", cwd=tmp_path)
    assert shown.returncode == 0
    assert re.findall(r"^  ([\w-]+)  ", shown.stdout, re.M) == [
        *("check", "clean", "prove", "rule", "server", "test", "new-rule", "completion")
    ]


def test_the_options_of_the_check_have_headings_and_fit_a_terminal() -> None:
    shown = CliRunner(env={"COLUMNS": "80"}).invoke(main, ["check", "--help"]).output
    assert max(map(len, shown.splitlines())) <= 80
    headings = dict(re.findall(r"^(\S.*):\n((?:  .*\n)+)", shown, re.M))
    listed = re.findall(r"^  (?:-\w, )?(--[\w-]+)", "".join(headings.values()), re.M)
    command = main.get_command(click.Context(main), "check")
    assert command is not None
    options = [max(one.opts, key=len) for one in command.params if isinstance(one, click.Option)]
    assert sorted(listed) == sorted([*options, "--help"])
    assert re.findall(r"--[\w-]+", headings["Other"]) == ["--help"], "every option has a heading"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["check", "--help"], ["check", "."], ["rule"]])
def test_nothing_heavy_is_imported_for_nothing(arguments: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("print('no training here')\n")
    program = (
        "import sys; from lrlint.cli import main\n"
        f"try: main({arguments!r}, prog_name='lrlint')\n"
        "except SystemExit as end: assert not end.code, end\n"
        "assert not {'torch', 'libcst'} & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True, stdout=subprocess.DEVNULL
    )


def test_terminal_that_lacks_a_character(tmp_path: Path) -> None:
    (tmp_path / "日本.py").write_bytes(b"\0")
    result = real("check", "日本.py", cwd=tmp_path, env={"PYTHONIOENCODING": "latin-1"})
    assert result.returncode == 2
    assert "error: \\u65e5\\u672c.py: not checked" in result.stderr


TRAINING = """\
import torch
from torch.optim.lr_scheduler import StepLR

model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = StepLR(optimizer, 30)

for epoch in range(90):
    model(torch.randn(4, 2)).sum().backward()
    optimizer.step()
    scheduler.step(epoch + 1){comment}
"""


with_lr102 = pytest.mark.skipif(
    "LR102" not in {registered.rule.code for registered in registry.load_rules()}, reason="the rule is not there yet"
)


@pytest.fixture
def training(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(TRAINING.format(comment=""))
    return path


@with_lr102
def test_real_finding(training: Path) -> None:
    result = real("check", "--output-format=json", cwd=training.parent)
    assert (result.returncode, result.stderr) == (1, "")
    assert [(found["path"], found["line"], found["code"]) for found in json.loads(result.stdout)["findings"]] == [
        ("train.py", 11, "LR102")
    ]


@with_lr102
def test_real_fix(training: Path) -> None:
    assert real("check", "--fix", cwd=training.parent).returncode == 0
    assert training.read_text() == TRAINING.format(comment="").replace("epoch + 1", "")
    assert real("check", cwd=training.parent).stdout == "No findings in 1 file.\n"


@with_lr102
@pytest.mark.parametrize("comment", ["  # noqa: LR102", "  # lrlint: ignore[LR102]: as it was"])
def test_real_suppression(training: Path, comment: str) -> None:
    training.write_text(TRAINING.format(comment=comment))
    assert real("check", cwd=training.parent).returncode == 0
