"""`lrlint check --profile`: where the time goes."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from lrlint.profile import OTHER, Profile, measured, stage, timed
from lrlint.registry import load_rules
from tests.odd_project import check, write_project


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_project()


def rows(table: str) -> dict[str, tuple[float, float]]:
    """The seconds and the share of each row, by its name."""
    found = re.findall(r"^ *(\d+\.\d{3}) +(\d+\.\d)%  (\S+(?: \S+)*)", table, re.MULTILINE)
    assert len(found) == len(table.splitlines()) - 1, "all but the heading"
    return {name: (float(seconds), float(share)) for seconds, share, name in found}


def test_the_parts_sum_up_to_the_whole() -> None:
    started = time.perf_counter()
    result = check("--profile")
    elapsed = time.perf_counter() - started
    assert (result.exit_code, result.stdout) == (check().exit_code, check().stdout)
    stages, rules = map(rows, result.stderr.strip("\n").split("\n\n"))
    whole, share = stages.pop("all")
    assert share == 100.0
    assert {"walk", "parse", "lower", "gate", "read", "report", "rules", OTHER} <= stages.keys()
    assert {code.split()[0] for code in rules} <= {registered.rule.code for registered in load_rules()}
    assert "LR101" in {code.split()[0] for code in rules}
    assert sum(seconds for seconds, _ in stages.values()) == pytest.approx(whole, abs=0.02)
    assert sum(share for _, share in stages.values()) == pytest.approx(100.0, abs=1.0)
    assert sum(seconds for seconds, _ in rules.values()) == pytest.approx(stages["rules"][0], abs=0.05)
    assert 0.5 * elapsed < whole <= elapsed
    assert stages[OTHER][0] < 0.5 * whole, "most of the time has a name"


def test_it_goes_with_what_the_command_does() -> None:
    assert "fix" in check("--profile", "--fix", "--unsafe-fixes").stderr
    assert "walk" in check("--profile", "--diff").stderr


def test_nothing_is_told_unasked() -> None:
    assert check().stderr == ""


def test_a_stage_in_another_counts_alone() -> None:
    @timed("inner")
    def work() -> int:
        time.sleep(0.05)
        return 7

    with measured() as profile, stage("outer"):
        assert work() == 7
    assert profile.seconds["inner"] >= 0.05
    assert profile.seconds["outer"] < 0.05
    with stage("later"):
        assert work() == 7
    assert "later" not in profile.seconds, "nobody measures any more"


def test_an_exception_leaves_its_stages() -> None:
    profile = Profile()
    with pytest.raises(KeyError), profile.within("one"), profile.within("two"):
        raise KeyError
    time.sleep(0.02)
    profile.count()
    assert profile.seconds[OTHER] >= 0.02
