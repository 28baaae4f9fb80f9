"""The SARIF report, through the command line, held to what the standard says of each part that lrlint writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

import pytest

from lrlint import __version__
from lrlint.registry import load_rules
from lrlint.report import addresses
from lrlint.source import Source
from tests.notebooks import EPOCH_ARGUMENT, SCHEDULER, SETUP
from tests.odd_project import CLEAN, NOTEBOOK, ODD, TWO_LINES, check, write, write_project

STEPS = f"{SETUP}\n{SCHEDULER}\noptimizer.step()\n"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_project()


def run_of(*arguments: str) -> dict[str, Any]:
    """The one run of the report."""
    text = check("--output-format=sarif", *arguments).stdout
    assert text.isascii()
    document = json.loads(text)
    assert document.keys() == {"$schema", "version", "runs"}
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    assert isinstance(run, dict)
    return run


def results_of(run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The results, by the path of the file that their addresses lead to."""
    return {path_of(one["locations"][0], run): one for one in run["results"]}


def path_of(location: dict[str, Any], run: dict[str, Any]) -> str:
    """The path, from the working directory, that the address of a location leads to."""
    artifact = location["physicalLocation"]["artifactLocation"]
    assert ".." not in artifact["uri"].split("/")
    base = run["originalUriBaseIds"][artifact["uriBaseId"]]["uri"] if "uriBaseId" in artifact else ""
    assert not base or base.endswith("/")
    address = urljoin(base, artifact["uri"])
    assert address.startswith("file:///")
    path = Path(unquote(address.removeprefix("file://")))
    assert path.is_file()
    return path.relative_to(Path.cwd()).as_posix() if path.is_relative_to(Path.cwd()) else str(path)


def lines(region: dict[str, int]) -> tuple[int, int, int, int]:
    return region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]


def test_the_run() -> None:
    run = run_of()
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("lrlint", __version__)
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["originalUriBaseIds"].keys() == {"%SRCROOT%"}


def test_the_rules_are_those_of_the_findings() -> None:
    run = run_of()
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["LR101", "LR102"]
    registered = {one.rule.code: one for one in load_rules()}
    for rule in rules:
        one = registered[rule["id"]]
        assert (rule["name"], rule["shortDescription"]["text"]) == (one.rule.name, one.rule.summary)
        assert rule["help"]["markdown"] == one.page
        assert "\n" not in rule["fullDescription"]["text"]
    assert [rule["defaultConfiguration"]["level"] for rule in rules] == ["error", "warning"]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_the_results_are_the_findings_of_json() -> None:
    run = run_of()
    findings = json.loads(check("--output-format=json").stdout)["findings"]
    assert len(run["results"]) == len(findings) == 3
    for result, finding in zip(run["results"], findings, strict=True):
        (location,) = result["locations"]
        assert path_of(location, run) == finding["path"]
        assert lines(location["physicalLocation"]["region"]) == (
            finding["line"],
            finding["column"],
            finding["end_line"],
            finding["end_column"],
        )
        assert (result["ruleId"], result["properties"]["severity"]) == (finding["code"], finding["severity"])
        assert result["message"]["text"].startswith(finding["message"])
        assert [path_of(one, run) for one in result["relatedLocations"]] == [
            related["path"] for related in finding["related"]
        ]
        assert [one["id"] for one in result["relatedLocations"]] == list(range(1, len(finding["related"]) + 1))


def test_addresses_are_percent_encoded() -> None:
    results = run_of()["results"]
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results]
    assert uris == ["notes/%C3%BCber%201%2C2.ipynb", "two%0Alines.py", "%C3%BCber%20uns%3A%20100%25/a%2Cb%20c.py"]


def test_a_file_elsewhere_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path.cwd()
    monkeypatch.chdir("notes")
    run = run_of(f"../{TWO_LINES}")
    assert list(results_of(run)) == [str(home / TWO_LINES)]


def test_the_fix_is_the_one_of_fix() -> None:
    write("a.py", STEPS + EPOCH_ARGUMENT.replace("scheduler", "é = '🎲'; scheduler") + "\n")
    (result,) = run_of("a.py")["results"]
    (fix,) = result["fixes"]
    assert fix["description"]["text"] == "fix: drop the epoch"
    (change,) = fix["artifactChanges"]
    source = Source("a.py", Path("a.py").read_text(encoding="utf-8"))
    text = source.text
    for replacement in reversed(change["replacements"]):
        line, column, end_line, end_column = lines(replacement["deletedRegion"])
        start = source.line_starts[line - 1] + column - 1
        end = source.line_starts[end_line - 1] + end_column - 1
        text = text[:start] + replacement["insertedContent"]["text"] + text[end:]
    assert check("--fix", "a.py").exit_code == 0
    assert Path("a.py").read_text(encoding="utf-8") == text


def test_unsafe_fixes_say_so() -> None:
    results = results_of(run_of())
    assert results[TWO_LINES]["fixes"][0]["description"]["text"].startswith("unsafe fix: ")
    assert "fixes" not in results[ODD]


def test_a_notebook_has_its_cell_and_no_fix() -> None:
    result = results_of(run_of())[NOTEBOOK]
    assert result["message"]["text"].endswith(" (cell 4, line 3)")
    assert result["properties"]["cell"]["number"] == 4
    assert lines(result["properties"]["cell"]) == (3, 5, 3, 30)
    assert "fixes" not in result


def fingerprints(*steps: str, name: str = "a.py") -> list[str]:
    write(name, STEPS + "\n".join([*steps, ""]))
    results = run_of(name)["results"]
    return [mark for one in results for mark in one["partialFingerprints"].values()]


def test_fingerprints_stay_when_lines_move() -> None:
    steps = ["scheduler.step(1)", "scheduler.step(1)", "scheduler.step(2)"]
    before = fingerprints(*steps)
    assert len(set(before)) == 3
    assert fingerprints("print()", steps[0], "", "# more", *steps[1:]) == before
    assert fingerprints(*steps, name="b.py") == before
    assert fingerprints("if True:", *[f"    {step}" for step in steps]) == before


def test_fingerprints_go_with_their_code() -> None:
    before = fingerprints("scheduler.step(1)", "scheduler.step(2)")
    assert fingerprints("scheduler.step(2)") == before[1:]
    assert not {*fingerprints("scheduler.step(3)")} & {*before}


def test_problems_are_notifications() -> None:
    write("bad.py", b"\0")
    result = check("--output-format=sarif", "bad.py", CLEAN)
    assert result.exit_code == 2
    (invocation,) = json.loads(result.stdout)["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "error"
    assert notification["message"]["text"].startswith("bad.py: not checked: ")


def test_nothing_found() -> None:
    run = run_of(CLEAN)
    assert run["results"] == []
    assert run["tool"]["driver"]["rules"] == []


def test_rules_lead_to_their_pages_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"Homepage": "https://example.org/lrlint", "Documentation": "https://example.org/docs"}
    monkeypatch.setattr(addresses, "_project_addresses", dict)
    assert "helpUri" not in run_of()["tool"]["driver"]["rules"][0]
    monkeypatch.setattr(addresses, "_project_addresses", lambda: known)
    driver = run_of()["tool"]["driver"]
    assert driver["informationUri"] == "https://example.org/lrlint"
    assert driver["rules"][0]["helpUri"] == "https://example.org/docs/rules/LR101/"
