"""Every output format, through the command line, on one folder of programs and notebooks with odd names."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lrlint.report.formats import FORMATS
from tests.cases import ROOT
from tests.checkout import run
from tests.notebooks import EPOCH_ARGUMENT, SCHEDULER, SETUP, WRONG_ORDER
from tests.odd_project import CLEAN, NOTEBOOK, ODD, TWO_LINES, check, write, write_project


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The odd project as the working directory."""
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    write_project()
    return tmp_path


def report(format_: str, *arguments: str) -> str:
    """What a format says of the project."""
    result = check("--output-format", format_, *arguments)
    assert result.exit_code == 1, result.output
    assert result.stderr == ""
    return result.stdout


def findings() -> list[dict[str, Any]]:
    """The findings of the project, as the JSON report has them."""
    found: list[dict[str, Any]] = json.loads(report("json"))["findings"]
    return found


def line_of(path: str, text: str) -> tuple[int, int]:
    """The line and column of a text in a file."""
    for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
        if text in line:
            return number, line.index(text) + 1
    raise AssertionError(text)


def test_the_project(project: Path) -> None:
    found = [(one["path"], one["code"], one["fix"] and one["fix"]["applicability"]) for one in findings()]
    assert found == [(NOTEBOOK, "LR102", "safe"), (TWO_LINES, "LR101", "unsafe"), (ODD, "LR102", None)]


@pytest.mark.parametrize("name", FORMATS)
def test_no_findings(project: Path, name: str) -> None:
    result = check(f"--output-format={name}", CLEAN)
    assert result.exit_code == 0
    assert ("No findings in 1 file.\n" in result.stdout) is FORMATS[name].is_for_people
    assert ("clean.py" in result.stdout) is (name == "junit")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_a_line_in_the_help(name: str) -> None:
    assert re.search(rf"^ +{name} +{re.escape(FORMATS[name].summary)}$", check("--help").stdout, re.MULTILINE)


def test_the_documentation_lists_the_formats() -> None:
    page = (ROOT / "docs" / "output.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(\w+)` \| (.+) \|$", page, re.MULTILINE) == [
        (one.name, one.summary) for one in FORMATS.values()
    ]


# --- text ----------------------------------------------------------------------------------------------------


def test_grouped(project: Path) -> None:
    lines = report("grouped").splitlines()
    assert [line for line in lines if line.endswith(":")] == [f"{NOTEBOOK}:", r"two\nlines.py:", f"{ODD}:"]
    assert lines[1].startswith("  cell 4:3:5  LR102 [*] ")


def test_pylint(project: Path) -> None:
    lines = report("pylint").splitlines()
    matches = [re.fullmatch(r"(.+):(\d+): \[(\w+)\(([\w-]+)\), \] (.+)", line) for line in lines]
    found = [match.groups() for match in matches if match]
    assert [row[:4] for row in found] == [
        (one["path"].replace("\n", r"\n"), str(one["line"]), one["code"], one["name"]) for one in findings()
    ]
    assert found[0][4].endswith(" (cell 4, line 3)")


# --- JSON ----------------------------------------------------------------------------------------------------


def test_jsonl(project: Path) -> None:
    lines = report("jsonl").splitlines()
    assert [json.loads(line) for line in lines] == [{"version": 1, **one} for one in findings()]


def test_jsonl_of_nothing_is_empty(project: Path) -> None:
    assert check("--output-format=jsonl", CLEAN).stdout == ""


# --- GitHub --------------------------------------------------------------------------------------------------

_COMMAND = re.compile(r"::(?P<command>\w+) (?P<properties>[^:]*)::(?P<message>.*)")


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands of a log, as the runner reads them: command, properties, message."""
    matches = [match for line in text.splitlines() if (match := _COMMAND.fullmatch(line))]
    return [
        (
            match["command"],
            {name: _read(value) for name, value in (pair.split("=", 1) for pair in match["properties"].split(","))},
            _read(match["message"]),
        )
        for match in matches
    ]


def _read(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text


def test_github(project: Path) -> None:
    text = report("github")
    assert len(text.splitlines()) == 3
    by_file = {properties["file"]: (command, properties, text) for command, properties, text in commands(text)}
    assert set(by_file) == {NOTEBOOK, TWO_LINES, ODD}
    command, properties, message = by_file[TWO_LINES]
    line, column = line_of(TWO_LINES, "scheduler.step()")
    assert command == "error"
    assert properties == {
        "title": "LR101 scheduler-step-before-optimizer-step",
        "file": TWO_LINES,
        "line": str(line),
        "endLine": str(line),
        "col": str(column),
        "endColumn": str(column + len("scheduler.step()")),
    }
    assert message.splitlines()[1] == rf"two\nlines.py:{line + 1}: the optimizer steps here"
    assert message.splitlines()[-1].startswith("unsafe fix: ")
    assert by_file[NOTEBOOK][0] == "warning"
    assert by_file[NOTEBOOK][1]["line"] == str(findings()[0]["line"])
    assert " (cell 4, line 3)\n" in by_file[NOTEBOOK][2]


def test_github_gets_the_worst_first_and_says_what_it_leaves_out(project: Path) -> None:
    write("a.py", f"{SETUP}\n{SCHEDULER}\noptimizer.step()\n" + "scheduler.step(1)\n" * 11)
    lines = report("github").splitlines()
    levels = [command for command, _, _ in commands("\n".join(lines))]
    assert levels == ["error"] + ["warning"] * 13
    assert lines[-1] == "lrlint: GitHub shows 10 of these 13 annotations of the level warning."


def test_github_gets_no_columns_of_several_lines(project: Path) -> None:
    write("a.py", f"{SETUP}\n{SCHEDULER}\noptimizer.step()\nscheduler.step(\n    1\n)\n")
    (properties,) = (one for _, one, _ in commands(report("github", "a.py")))
    assert properties["line"] != properties["endLine"]
    assert not {"col", "endColumn"} & properties.keys()


def test_github_gets_paths_from_its_workspace(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project))
    monkeypatch.chdir(Path(ODD).parent)
    assert [properties["file"] for _, properties, _ in commands(report("github"))] == [ODD]


def test_github_is_told_of_problems(project: Path) -> None:
    write("bad:name.py", b"\0")
    result = check("--output-format=github", "bad:name.py")
    assert result.exit_code == 2
    ((command, properties, message),) = commands(result.stdout)
    assert (command, properties) == ("error", {"title": "lrlint"})
    assert message.startswith("bad:name.py: not checked: ")


# --- GitLab --------------------------------------------------------------------------------------------------


def test_gitlab(project: Path) -> None:
    issues = json.loads(report("gitlab"))
    assert [
        (one["location"]["path"], one["location"]["lines"]["begin"], one["location"]["lines"]["end"], one["check_name"])
        for one in issues
    ] == [(one["path"], one["line"], one["end_line"], one["code"]) for one in findings()]
    assert [one["severity"] for one in issues] == ["minor", "major", "minor"]
    assert issues[0]["description"].endswith(" (cell 4, line 3)")
    assert len({one["fingerprint"] for one in issues}) == 3


def test_gitlab_knows_findings_again(project: Path) -> None:
    lines = ["scheduler.step(1)", "scheduler.step(1)", "scheduler.step(2)"]

    def fingerprints(*lines: str) -> list[str]:
        for name in ("a.py", "b.py"):
            write(name, "\n".join([SETUP, SCHEDULER, "optimizer.step()", *lines, ""]))
        return [one["fingerprint"] for one in json.loads(report("gitlab", "a.py", "b.py"))]

    before = fingerprints(*lines)
    assert len(before) == len(set(before)) == 6
    assert fingerprints("print()", lines[0], "", "# more", *lines[1:]) == before
    changed = fingerprints("scheduler.step(3)", *lines[1:])
    assert len(set(before) & set(changed)) == 4


def test_gitlab_gets_paths_from_its_project(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_PROJECT_DIR", str(project))
    monkeypatch.chdir(Path(ODD).parent)
    assert [one["location"]["path"] for one in json.loads(report("gitlab"))] == [ODD]


def test_gitlab_of_nothing_is_an_empty_list(project: Path) -> None:
    assert json.loads(check("--output-format=gitlab", CLEAN).stdout) == []


# --- JUnit ---------------------------------------------------------------------------------------------------


def junit(text: str) -> tuple[dict[str, str], list[ElementTree.Element]]:
    """The attributes of the one test suite, and its test cases."""
    (suite,) = ElementTree.fromstring(text.encode("ascii")).findall("testsuite")
    return suite.attrib, suite.findall("testcase")


def test_junit(project: Path) -> None:
    suite, cases = junit(report("junit"))
    assert suite == {"name": "lrlint", "tests": "4", "failures": "3", "errors": "0", "skipped": "0"}
    assert [case.get("file") for case in cases] == sorted([CLEAN, NOTEBOOK, TWO_LINES, ODD])
    by_file = {case.get("file"): case for case in cases}
    assert list(by_file[CLEAN]) == []
    (failure,) = by_file[TWO_LINES]
    line, column = line_of(TWO_LINES, "scheduler.step()")
    assert by_file[TWO_LINES].get("line") == str(line)
    assert by_file[TWO_LINES].get("name") == f"LR101 scheduler-step-before-optimizer-step {line}:{column}"
    assert failure.tag == "failure"
    assert failure.get("type") == "correctness"
    assert (failure.text or "").splitlines()[0] == rf"two\nlines.py:{line}:{column}: {failure.get('message')}"
    (failure,) = by_file[NOTEBOOK]
    assert f"{NOTEBOOK}:cell 4:3:5: " in (failure.text or "")


def test_junit_has_no_characters_that_xml_forbids(project: Path) -> None:
    name = "a\x1b\x0b.py"
    write(name, WRONG_ORDER.join([f"{SETUP}\n{SCHEDULER}\n", "\n"]))
    _, (case,) = junit(report("junit", name))
    assert case.get("file") == r"a\x1b\x0b.py"


def test_junit_has_problems_as_errors(project: Path) -> None:
    write("bad\x01.py", b"\0")
    result = check("--output-format=junit", "bad\x01.py", CLEAN)
    assert result.exit_code == 2
    suite, cases = junit(result.stdout)
    assert (suite["tests"], suite["failures"], suite["errors"]) == ("2", "0", "1")
    assert [error.get("message", "").split(":")[0] for case in cases for error in case] == [r"bad\x01.py"]


# --- reviewdog -----------------------------------------------------------------------------------------------


def diagnostics(*arguments: str) -> dict[str, dict[str, Any]]:
    """The diagnostics of the rdjson report, by path."""
    document = json.loads(report("rdjson", *arguments))
    assert document["source"]["name"] == "lrlint"
    return {one["location"]["path"]: one for one in document["diagnostics"]}


def test_rdjson(project: Path) -> None:
    by_path = diagnostics()
    assert [(one["code"]["value"], one["severity"]) for one in by_path.values()] == [
        ("LR102", "WARNING"),
        ("LR101", "ERROR"),
        ("LR102", "WARNING"),
    ]
    line, _ = line_of(TWO_LINES, "scheduler.step()")
    related = by_path[TWO_LINES]["related_locations"]
    assert [(one["message"], one["location"]["range"]["start"]["line"]) for one in related] == [
        ("the optimizer steps here", line + 1),
        ("the scheduler is built here", line - 2),
    ]


def test_rdjson_counts_bytes(project: Path) -> None:
    line, column = line_of(ODD, "scheduler.step(")
    place = diagnostics()[ODD]["location"]["range"]
    assert place["start"] == {"line": line, "column": column + len("éé".encode()) - len("éé")}


def test_rdjson_suggests_what_a_fix_does(project: Path) -> None:
    write("a.py", f"{SETUP}\n{SCHEDULER}\n{EPOCH_ARGUMENT}\n")
    assert diagnostics()["a.py"]["suggestions"] == [
        {"range": {"start": {"line": 9, "column": 20}, "end": {"line": 9, "column": 29}}, "text": ""}
    ]


def test_rdjson_has_a_fix_of_several_edits_as_one_suggestion(project: Path) -> None:
    assert diagnostics()[TWO_LINES]["suggestions"] == []
    (suggestion,) = diagnostics("--unsafe-fixes")[TWO_LINES]["suggestions"]
    lines = [line.encode() for line in Path(TWO_LINES).read_text(encoding="utf-8").splitlines(keepends=True)]
    start, end = (
        len(b"".join(lines[: place["line"] - 1])) + place["column"] - 1 for place in suggestion["range"].values()
    )
    text = b"".join(lines)
    assert check("--fix", "--unsafe-fixes", TWO_LINES).exit_code == 0
    assert Path(TWO_LINES).read_bytes() == text[:start] + suggestion["text"].encode() + text[end:]


def test_rdjson_has_lines_alone_in_notebooks(project: Path) -> None:
    found = diagnostics()[NOTEBOOK]
    line = findings()[0]["line"]
    assert found["location"]["range"] == {"start": {"line": line}, "end": {"line": line}}
    assert found["message"].endswith(" (cell 4, line 3)")
    assert found["suggestions"] == []


def test_rdjson_has_only_keys_that_reviewdog_knows(project: Path) -> None:
    document = json.loads(report("rdjson", "--unsafe-fixes"))
    assert document.keys() == {"source", "diagnostics"}
    for one in document["diagnostics"]:
        assert one.keys() == {"message", "location", "severity", "code", "suggestions", "related_locations"}


# --- all formats for tools -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [one.name for one in FORMATS.values() if not one.is_for_people])
def test_colours_are_for_people(project: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = report(name)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert report(name) == plain


def test_a_format_is_imported_when_it_is_asked_for(project: Path) -> None:
    loaded = imported_reports("--output-format=github")
    assert "github" in loaded
    assert not {"full", "json", "junit", "sarif", "gitlab", "rdjson"} & loaded


def imported_reports(*arguments: str) -> set[str]:
    """The modules of the reports that a run without findings imports."""
    program = "import sys; from lrlint.cli import main; main(standalone_mode=False); print(*sys.modules)"
    done = run(sys.executable, "-c", program, "check", *arguments, CLEAN, cwd=Path.cwd(), PYTHONPATH=ROOT)
    assert done.returncode == 0, done.stderr
    return {name.rpartition(".")[2] for name in done.stdout.split() if name.startswith("lrlint.report.")}
