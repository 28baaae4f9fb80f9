"""Where reports go: standard output, files, pipes and terminals."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

import pytest

from lrlint.cli import progress
from lrlint.cli.hyperlinks import has_links
from lrlint.report import addresses
from tests.cases import ROOT
from tests.notebooks import SCHEDULER, SETUP, WRONG_ORDER
from tests.odd_project import CLEAN, check, write, write_project

SUMMARY = "Found 3 findings.\n"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    write_project()


def read(name: str) -> str:
    return Path(name).read_text(encoding="utf-8")


# --- files ---------------------------------------------------------------------------------------------------


def test_several_formats_at_once() -> None:
    result = check(
        "--output-format=full",
        "--output-format=sarif:ci/lrlint.sarif",
        "--output-format=junit:ci/lrlint.xml",
        "--output-format=json:findings.json",
    )
    assert result.exit_code == 1
    assert result.stdout == check().stdout
    assert len(json.loads(read("ci/lrlint.sarif"))["runs"][0]["results"]) == 3
    assert ElementTree.fromstring(read("ci/lrlint.xml")).get("failures") == "3"
    assert read("findings.json") == check("--output-format=json").stdout
    assert sorted(os.listdir("ci")) == ["lrlint.sarif", "lrlint.xml"], "no temporary file stays behind"


def test_without_a_report_standard_output_has_the_summary() -> None:
    result = check("--output-format=json:a.json")
    assert result.stdout.startswith(SUMMARY)
    assert (result.stderr, result.exit_code) == ("", 1)


def test_a_report_for_tools_has_standard_output_for_itself() -> None:
    result = check("--output-format=concise:report.txt", "--output-format=json")
    assert result.stdout == check("--output-format=json").stdout
    assert len(read("report.txt").splitlines()) == 3


@pytest.mark.parametrize("name", ["full", "concise", "gitlab"])
def test_output_file(name: str) -> None:
    shown = check(f"--output-format={name}").stdout
    result = check(f"--output-format={name}", "--output-file=report", "--color=always")
    assert shown.startswith(read("report")), "without colours"
    assert re.sub(r"\x1b\[[\d;]*m", "", result.stdout).startswith(SUMMARY)


def test_output_file_is_for_the_format_without_a_file() -> None:
    check("--output-format=json:a.json", "--output-format=jsonl", "--output-file=b")
    assert len(read("b").splitlines()) == len(json.loads(read("a.json"))["findings"])


def test_a_report_is_replaced() -> None:
    write("report", "old" * 10_000)
    check("--output-format=gitlab", "--output-file=report", CLEAN)
    assert read("report") == "[]\n"


def test_statistics_in_a_file() -> None:
    check("--statistics", "--output-file=counts")
    assert read("counts").splitlines()[0].split()[:2] == ["2", "LR102"]


def test_what_the_report_of_fixes_says() -> None:
    result = check("--fix", "--output-format=json:left.json")
    assert result.stdout.startswith("Found 3 findings (1 fixed, 2 left).\n")
    assert [one["code"] for one in json.loads(read("left.json"))["findings"]] == ["LR101", "LR102"]


def test_a_file_that_cannot_be_written() -> None:
    result = check(f"--output-format=sarif:{CLEAN}/a.sarif", "--output-format=json:b.json", "--output-format=concise")
    assert result.exit_code == 2
    assert result.stderr == f"error: {CLEAN}/a.sarif: the sarif report cannot be written: not a directory\n"
    assert len(json.loads(read("b.json"))["findings"]) == 3
    assert SUMMARY in result.stdout


def test_a_folder_is_no_file() -> None:
    result = check("--output-file=notes", "--exit-zero", CLEAN)
    assert (result.exit_code, result.stderr) == (2, "error: notes: the full report cannot be written: is a directory\n")


def test_an_unknown_format_gets_a_hint() -> None:
    assert "there is no format 'sarrif'; did you mean sarif?" in check("--output-format=sarrif").stderr
    assert "choose from full, concise, grouped" in check("--output-format=xyz").stderr


# --- pipes ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX pipes")
@pytest.mark.parametrize("name", ["full", "json", "sarif"])
def test_a_broken_pipe_ends_the_run_quietly(name: str) -> None:
    write("a.py", f"{SETUP}\n{SCHEDULER}\n{WRONG_ORDER}\n" + "scheduler.step(1)\n" * 500)
    command = [sys.executable, "-m", "lrlint", "check", "--output-format", name, "--output-format", "jsonl:found"]
    reader, writer = os.pipe()
    os.close(reader)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, env=environment, check=False)
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 2
    assert len(read("found").splitlines()) > 500


# --- terminals -----------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM_PROGRAM": "vscode"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"VTE_VERSION": "7200"}, True),
        ({"VTE_VERSION": "4205"}, False),
        ({"WT_SESSION": "1"}, True),
        ({"WT_SESSION": "1", "TERM": "dumb"}, False),
        ({"TERM_PROGRAM": "vscode", "CI": "true"}, False),
    ],
)
def test_links_where_the_terminal_has_them(environment: Mapping[str, str], expected: bool) -> None:
    assert has_links(Terminal(), environment) is expected
    assert not has_links(io.StringIO(), environment)


@pytest.mark.parametrize("arguments", [[], ["--color=always"], ["--color=never"]])
def test_links_only_with_colours_and_never_in_files(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setattr(addresses, "_project_addresses", lambda: {"Documentation": "https://example.org"})
    monkeypatch.setattr("lrlint.cli.reporting.has_links", lambda stream: True)
    result = check("--output-format=concise", "--output-format=full:report", *arguments)
    link = "\x1b]8;;https://example.org/rules/LR101/\x1b\\"
    assert (link in result.stdout) is ("--color=always" in arguments)
    assert "\x1b" not in read("report")


def slowly(seconds: float) -> Iterator[int]:
    for number in range(3):
        time.sleep(seconds)
        yield number


def test_progress_is_shown_on_a_terminal_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(progress, "DELAY", 0.05)
    monkeypatch.setattr(progress, "_INTERVAL", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    assert list(progress.with_progress(slowly(0.1), 3)) == [0, 1, 2]
    shown = terminal.getvalue().split("\r\x1b[K")
    assert {"Checked 0 of 3 files ...", "Checked 2 of 3 files ..."} <= set(shown)
    assert shown[0] == shown[-1] == "", "the line is taken away"


def test_progress_of_a_short_run_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    assert list(progress.with_progress(slowly(0), 3)) == [0, 1, 2]
    assert terminal.getvalue() == ""


def test_progress_is_for_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "DELAY", 0)
    assert list(progress.with_progress(slowly(0.01), 3)) == [0, 1, 2]
    assert stream.getvalue() == ""


# --- the environment -----------------------------------------------------------------------------------------


def test_the_environment_may_name_the_format(monkeypatch: pytest.MonkeyPatch) -> None:
    as_json, counts, difference = check("--output-format=json").stdout, check("--statistics"), check("--diff")
    monkeypatch.setenv("LRLINT_OUTPUT_FORMAT", "json")
    assert check().stdout == as_json
    assert check("--output-format=concise").stdout != as_json
    assert check("--statistics").output == counts.output
    assert check("--diff").output == difference.output
    monkeypatch.setenv("LRLINT_OUTPUT_FORMAT", "jsn")
    assert check().exit_code == 2
