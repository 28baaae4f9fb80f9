"""Names and code that would speak to a terminal, or break a report: nothing of them gets out as it is.

Every test runs the real command.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from lrlint.report.formats import FORMATS
from tests.cases import ROOT
from tests.notebooks import EPOCH_ARGUMENT, SCHEDULER, SETUP, notebook

pytestmark = pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")

NAMES = [
    b"title\x1b]0;owned\x07.py",
    b"two\nlines.py",
    b"carriage\rreturn.py",
    b"delete\x7f.py",
    "c1\x9b31m.py".encode(),
    "bidi\u202egnp.py".encode(),
    "isolate\u2066.py".encode(),
    "zero\u200bwidth.py".encode(),
    "separator\u2028.py".encode(),
    b"wrong\xff\xfe utf-8.py",
    b"half\xed\xa0\x80.py",
    b"::error file=x,line=1::%0A.py",
    b'<a href="x">&amp;\'.py',
    b"#fragment?query%41.py",
    b"-option.py",
    b"note\x1bbook.ipynb",
]
LOOP = """\
for epoch in range(90):
    optimizer.step()
    scheduler.step(epoch="\x1b[31m \u202e \x9b")  # \x07 \x7f \u2028
"""

_PATH_KEYS = {"path", "uri"}
_ADDRESS = re.compile(r"(?:[A-Za-z0-9._~!$'()*+,;=:@/-]|%[0-9A-F]{2})+")


def write_programs(folder: Path, loop: str) -> int:
    """Write a program of each name; their number."""
    for name in NAMES:
        cells = (SETUP, SCHEDULER, loop)
        data = notebook(*cells) if name.endswith(b".ipynb") else "\n".join(cells).encode()
        with contextlib.suppress(OSError):  # a disk may take none but UTF-8
            (folder / os.fsdecode(name)).write_bytes(data)
    return len(list(folder.iterdir()))


def write_fixable(folder: Path) -> int:
    """Write programs with a fix; their number."""
    return write_programs(folder, EPOCH_ARGUMENT.replace("epoch + 1", "epoch=epoch"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    write_programs(folder, LOOP)
    (folder / "broken\x1b.py").write_text("from torch import optim\noptim.SGD('\x1b[31m'\n")
    return folder


def lrlint(folder: Path, *arguments: str | bytes, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command, whose output must be UTF-8."""
    return subprocess.run(
        [sys.executable, "-m", "lrlint", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def assert_harmless(run: subprocess.CompletedProcess[str]) -> None:
    for text in (run.stdout, run.stderr):
        assert {character for character in text if not character.isprintable()} <= {"\n"}


def values_of(document: Any, keys: set[str]) -> Iterator[str]:
    """The strings under these keys, anywhere in a JSON document."""
    if isinstance(document, dict):
        yield from (value for key, value in document.items() if key in keys and isinstance(value, str))
    parts = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    for part in parts:
        yield from values_of(part, keys)


@pytest.mark.parametrize("name", FORMATS)
def test_reports(name: str, project: Path) -> None:
    run = lrlint(project, "check", "--isolated", "--output-format", name)
    assert run.returncode == 1
    assert_harmless(run)
    for code in ("LR102", "LR000"):
        assert code in run.stdout


@pytest.mark.parametrize("name", FORMATS)
def test_reports_in_files(name: str, project: Path, tmp_path: Path) -> None:
    assert_harmless(lrlint(project, "check", "--isolated", "--output-format", f"{name}:{tmp_path / 'report'}"))
    text = (tmp_path / "report").read_text(encoding="utf-8")
    assert {character for character in text if not character.isprintable()} <= {"\n"}


@pytest.mark.parametrize("name", ["json", "sarif", "gitlab", "rdjson"])
def test_json_documents_hold_the_paths_for_tools(name: str, project: Path) -> None:
    document = json.loads(lrlint(project, "check", "--isolated", "--output-format", name).stdout)
    paths = set(values_of(document, _PATH_KEYS))
    assert any("two" in path and "lines.py" in path for path in paths)
    assert all(path.encode() for path in paths)


def test_lines_of_jsonl_are_findings(project: Path) -> None:
    lines = lrlint(project, "check", "--isolated", "--output-format", "jsonl").stdout.split("\n")[:-1]
    assert "two\nlines.py" in {json.loads(line)["path"] for line in lines}


def test_addresses_of_sarif_are_percent_encoded(project: Path) -> None:
    document = json.loads(lrlint(project, "check", "--isolated", "--output-format", "sarif").stdout)
    addresses = {uri for uri in values_of(document["runs"][0]["results"], {"uri"}) if not _ADDRESS.fullmatch(uri)}
    assert addresses == set()


def test_junit_is_xml_with_a_case_for_each_finding(project: Path) -> None:
    suites = ElementTree.fromstring(lrlint(project, "check", "--isolated", "--output-format", "junit").stdout)
    files = {case.get("file") for case in suites.iter("testcase")}
    assert len(files) == len(list(project.iterdir()))


def test_workflow_commands_are_one_line_each(project: Path) -> None:
    lines = lrlint(project, "check", "--isolated", "--output-format", "github").stdout.splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) >= len(NAMES) - 2
    assert all(re.fullmatch(r"::(error|warning|notice) [^:]*::[^\r\n]*", line) for line in commands)
    assert [line for line in lines if line not in commands and not line.startswith("lrlint: GitHub shows ")] == []


@pytest.mark.parametrize(
    "arguments", [["--statistics"], ["--show-files"], ["--show-files", "--verbose"], ["--show-settings"]], ids=" ".join
)
def test_other_output(arguments: list[str], project: Path) -> None:
    run = lrlint(project, "check", "--isolated", *arguments)
    assert_harmless(run)
    assert run.stdout


def test_colours_are_the_only_escapes(project: Path) -> None:
    run = lrlint(project, "check", "--isolated", "--color", "always")
    text = re.sub(r"\x1b\[[0-9;]*m", "", run.stdout)
    assert {character for character in text if not character.isprintable()} <= {"\n"}


def test_fixing(tmp_path: Path) -> None:
    write_fixable(tmp_path)
    run = lrlint(tmp_path, "check", "--isolated", "--fix", "--unsafe-fixes")
    assert_harmless(run)
    assert "fixed" in run.stdout
    assert all(b"epoch=" not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_diff_names_no_file_as_it_is(tmp_path: Path) -> None:
    count = write_fixable(tmp_path)
    run = lrlint(tmp_path, "check", "--isolated", "--diff", "--unsafe-fixes")
    heads = [line for line in run.stdout.split("\n") if line.startswith(("--- ", "+++ "))]
    assert len(heads) == 2 * count
    assert all(line.isprintable() for line in heads)


@pytest.mark.parametrize("name", [b"gone\x1b[31m.py", b"gone\n.py", b"gone\xff.py"], ids=repr)
def test_what_is_not_there(name: bytes, project: Path) -> None:
    run = lrlint(project, "check", "--isolated", name)
    assert run.returncode == 2
    assert_harmless(run)


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "--select", "\x1b[31m"],
        ["check", "--output-format", "\x1b[31m"],
        ["check", "--config", "\x1b[31m.toml"],
        ["check", "--torch-version", "\x1b[31m"],
        ["check", "--\x1b[31m"],
        ["check", "--color", "\x1b[31m"],
        ["rule", "\x1b[31m"],
        ["\x1b[31m"],
    ],
    ids=repr,
)
def test_wrong_arguments(arguments: list[str], project: Path) -> None:
    run = lrlint(project, *arguments)
    assert run.returncode == 2
    assert_harmless(run)


def test_names_in_configuration(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "with\x1b[31mescape"
    folder.mkdir()
    (folder / "pyproject.toml").write_text('[tool.lrlint]\n"sel\\u001bect" = ["\\u001b[31m"]\n')
    (folder / "train.py").write_text("x = 1\n")
    run = lrlint(folder, "check", str(folder))
    assert run.returncode == 2
    assert_harmless(run)
