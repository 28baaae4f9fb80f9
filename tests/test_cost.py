"""What lrlint costs: bounds wide enough for a busy machine, and the benchmarks that measure it exactly."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import process_time

import libcst as cst
import pytest

from benchmarks import processes
from benchmarks.scripts import plain_script, training_script, write_plain_scripts, write_scripts
from benchmarks.stages import REFERENCE, STAGES, gate_seconds, stage_seconds
from lrlint.gate import rules_for
from lrlint.linter import lint_source
from lrlint.registry import RegisteredRule, load_rules, select_rules
from lrlint.source import Source
from tests.cases import ROOT
from tests.checkout import run

MAX_CHECK_PER_PARSE = 1.5
MAX_GATE_PER_PARSE = 0.05
LARGER = 4
MAX_GROWTH = 6.0
ROUNDS = 3

HEAD = """\
import torch
from torch import optim
from torch.optim.lr_scheduler import StepLR
"""
BUILD = """
def main(args, model, x0):
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    scheduler = StepLR(optimizer, 30)
"""


@pytest.fixture(scope="module")
def rules() -> tuple[RegisteredRule, ...]:
    return select_rules(load_rules())


def lint_seconds(text: str, rules: Sequence[RegisteredRule]) -> float:
    """The CPU seconds that one file takes, in the best of some rounds."""
    return min(_lint_once(text, rules) for _ in range(ROUNDS))


def _lint_once(text: str, rules: Sequence[RegisteredRule]) -> float:
    start = process_time()
    lint_source(Source("script.py", text), rules)
    return process_time() - start


def joined_scripts(count: int) -> str:
    return "\n".join(map(training_script, range(count)))


def long_function(branches: int) -> str:
    """A function that branches many times and keeps many names."""
    branch = (
        "    if args.flag{0}:\n        x{1} = work(x{0})\n        optimizer.zero_grad()\n    else:\n        x{1} = 0\n"
    )
    lines = [branch.format(i, i + 1) for i in range(branches)]
    return "".join([HEAD, BUILD, *lines, "    optimizer.step()\n    scheduler.step()\n"])


def many_functions(count: int) -> str:
    """Functions that step the optimizer they are given, all called by one."""
    step = "def work{0}(optimizer, x):\n    if x:\n        x.backward()\n    optimizer.step()\n"
    functions = [step.format(i) for i in range(count)]
    calls = [f"    work{i}(optimizer, x0)\n" for i in range(count)]
    return "".join([HEAD, *functions, BUILD, *calls, "    scheduler.step()\n"])


def nested_loops(depth: int) -> str:
    lines = [f"{'    ' * (i + 1)}for i{i} in args.a{i}:\n" for i in range(depth)]
    inner = "    " * (depth + 1)
    return "".join(
        [HEAD, BUILD, *lines, f"{inner}if args.now:\n{inner}    optimizer.step()\n{inner}scheduler.step()\n"]
    )


# Growth


@pytest.mark.parametrize(
    ("text_of_size", "size"),
    [(joined_scripts, 3), (long_function, 60), (many_functions, 60)],
    ids=["joined scripts", "long function", "many functions"],
)
def test_cost_grows_with_the_size(
    text_of_size: Callable[[int], str], size: int, rules: tuple[RegisteredRule, ...]
) -> None:
    small, large = text_of_size(size), text_of_size(LARGER * size)
    assert len(large) > 0.9 * LARGER * len(small)
    assert lint_seconds(large, rules) <= MAX_GROWTH * lint_seconds(small, rules)


def test_cost_does_not_double_with_each_nested_loop(rules: tuple[RegisteredRule, ...]) -> None:
    assert _lint_once(nested_loops(20), rules) <= MAX_GROWTH * _lint_once(nested_loops(12), rules)


# Shares


def test_checking_candidates_costs_little_more_than_parsing_them_with_libcst(tmp_path: Path) -> None:
    tree = write_scripts(tmp_path / "tree", 20)
    commands = {"check": processes.check(tree), "parse": processes.parse_alone(tree)}
    rounds = [processes.medians(commands, rounds=1) for _ in range(ROUNDS)]
    assert min(seconds["check"] / seconds["parse"] for seconds in rounds) <= MAX_CHECK_PER_PARSE


def test_files_that_are_no_candidates_cost_next_to_nothing(tmp_path: Path, rules: tuple[RegisteredRule, ...]) -> None:
    paths = sorted(write_plain_scripts(tmp_path / "tree", 30).iterdir())
    start = process_time()
    for path in paths:
        cst.parse_module(path.read_bytes())
    parse = process_time() - start
    assert min(gate_seconds(paths, rules)["check"] for _ in range(ROUNDS)) <= MAX_GATE_PER_PARSE * parse


def test_only_fixes_and_newer_syntax_need_libcst(tmp_path: Path) -> None:
    plain, scripts = write_plain_scripts(tmp_path / "plain", 3), write_scripts(tmp_path / "scripts", 10)
    newer = tmp_path / "newer.py"
    newer.write_text(f"{training_script(0)}\ntry: pass\nexcept A, B: pass\n")
    heavy = {"libcst", "torch"}
    assert processes.imported_modules(["--version"]) & heavy == set()
    assert processes.imported_modules(["check", str(plain)]) & heavy == set()
    assert processes.imported_modules(["check", "--exit-zero", str(scripts)]) & heavy == set()
    fixing = ["check", "--exit-zero", "--diff", "--unsafe-fixes", str(scripts)]
    assert processes.imported_modules(fixing) & heavy == {"libcst"}
    if sys.version_info < (3, 14):
        assert processes.imported_modules(["check", "--exit-zero", str(newer)]) & heavy == {"libcst"}


# The benchmarks themselves


def test_synthetic_scripts_are_what_they_say(rules: tuple[RegisteredRule, ...]) -> None:
    for seed in range(50):
        script, plain = training_script(seed), plain_script(seed)
        assert script == training_script(seed)
        assert rules_for(script.encode(), rules)
        assert not rules_for(plain.encode(), rules)
        assert all(map(ast.parse, (script, plain)))
    assert any(lint_source(Source("script.py", training_script(seed)), rules) for seed in range(10))


def test_every_stage_is_measured(tmp_path: Path, rules: tuple[RegisteredRule, ...]) -> None:
    seconds = stage_seconds(sorted(write_scripts(tmp_path / "tree", 10).iterdir()), rules)
    assert list(seconds) == [REFERENCE, *STAGES]
    assert min(seconds.values()) > 0


def test_the_benchmark_prints_its_tables(tmp_path: Path) -> None:
    tree, output = write_scripts(tmp_path / "scripts", 2), tmp_path / "table.md"
    measured = run(sys.executable, "-m", "benchmarks.cost", "--rounds", "1", "--output", output, tree, cwd=ROOT)
    assert measured.returncode == 0, measured.stderr
    assert output.read_text(encoding="utf-8") == measured.stdout
    headings = [line for line in measured.stdout.splitlines() if line.startswith("## ")]
    assert len(headings) == 4
    assert str(tmp_path) not in measured.stdout


def test_the_benchmark_refuses_what_is_no_directory(tmp_path: Path) -> None:
    refused = run(sys.executable, "-m", "benchmarks.cost", tmp_path / "nowhere", cwd=ROOT)
    assert refused.returncode == 2
    assert "not a directory" in refused.stderr
