"""Measure what lrlint costs, as ratios within one run, and print it as tables.

`python -m benchmarks.cost [TREE...]`; README.md tells how to read them.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path
from statistics import median

from benchmarks import processes
from benchmarks.scripts import write_plain_scripts
from benchmarks.stages import REFERENCE, STAGES, gate_seconds, stage_seconds
from benchmarks.trees import Candidates, copy_candidates, default_roots
from lrlint import __version__
from lrlint.registry import RegisteredRule, load_rules, select_rules

ROUNDS = 5
PLAIN_SCRIPTS = 20
GATE_SCRIPTS = 200
HEAVY = ("libcst", "torch")

CANDIDATES_GOAL = 1.0
START_FACTOR, START_ALLOWANCE = 2, 0.015
"""The goal of a start: this often an empty Python, and so many seconds more."""


def main() -> None:
    """Measure as the command line says."""
    options = _options()
    rules = select_rules(load_rules())
    with tempfile.TemporaryDirectory(prefix="lrlint-cost-") as work:
        try:
            report = "\n\n".join(_sections(options.trees, Path(work), rules, options.rounds)) + "\n"
        except subprocess.CalledProcessError as error:
            sys.exit(f"a measured command failed with {error.returncode}: {error.cmd}\n{error.stderr}")
    sys.stdout.write(report)
    if options.output is not None:
        options.output.write_text(report, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.cost", description="Measure what lrlint costs.")
    parser.add_argument(
        "trees",
        nargs="*",
        type=Path,
        metavar="TREE",
        help="directories of Python files (default: synthetic scripts, and torch if it is installed)",
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds to take medians of (default: %(default)s)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="also write the tables to this file")
    options = parser.parse_args()
    missing = [str(tree) for tree in options.trees if not tree.is_dir()]
    if missing:
        parser.error(f"not a directory: {', '.join(missing)}")
    if options.rounds < 1:
        parser.error("--rounds must be at least 1")
    return options


def _sections(roots: Sequence[Path], work: Path, rules: Sequence[RegisteredRule], rounds: int) -> Iterator[str]:
    copied = [
        copy_candidates(root, work / f"candidates-{number}", rules)
        for number, root in enumerate(roots or default_roots(work))
    ]
    trees = [tree for tree in copied if tree.paths]
    yield f"# Cost of lrlint {__version__}"
    yield (
        f"Python {platform.python_version()}, LibCST {metadata.version('libcst')}, {len(rules)} rules."
        f" CPU time, medians of {rounds} rounds."
    )
    for tree in copied:
        if not tree.paths:
            yield f"{tree.name}: none of its {tree.files} files is a candidate."
    yield "## Candidates: whole processes"
    yield _candidates_table(trees, work, rounds)
    yield "## Candidates: stages within one process, as multiples of LibCST's parse"
    yield _stages_table(trees, rules, rounds)
    yield "## Start"
    yield _start_table(work, rounds)
    yield "## Files that are no candidates"
    yield _gate_table(work, rules, rounds)


def _candidates_table(trees: Sequence[Candidates], work: Path, rounds: int) -> str:
    tiny = work / "tiny"
    tiny.mkdir()
    (tiny / "imports.py").write_text("import torch.optim as optim\n", encoding="utf-8")  # past the gate
    header = ["tree", "files", "candidates", "lines", "parse alone", "its start", "check", "its start"]
    header += [f"check / parse alone (goal {CANDIDATES_GOAL})", "both without start", "parse without gc / parse alone"]
    return table(header, [_candidates_row(tree, tiny, rounds) for tree in trees])


def _candidates_row(tree: Candidates, tiny: Path, rounds: int) -> list[str]:
    commands = {
        "parse": processes.parse_alone(tree.directory),
        "parse start": processes.parse_alone(tiny),
        "check": processes.check(tree.directory),
        "check start": processes.check(tiny),
        "without gc": processes.parse_alone(tree.directory, gc=False),
    }
    seconds = processes.medians(commands, rounds)
    parse, check = seconds["parse"], seconds["check"]
    without_start = (check - seconds["check start"]) / (parse - seconds["parse start"])
    times = [f"{seconds[name]:.2f} s" for name in ("parse", "parse start", "check", "check start")]
    ratios = [f"{ratio:.2f}" for ratio in (check / parse, without_start, seconds["without gc"] / parse)]
    return [tree.name, str(tree.files), str(len(tree.paths)), str(tree.lines), *times, *ratios]


def _stages_table(trees: Sequence[Candidates], rules: Sequence[RegisteredRule], rounds: int) -> str:
    rows = []
    for tree in trees:
        measured = [stage_seconds(tree.paths, rules) for _ in range(rounds)]
        seconds = {stage: median(one[stage] for one in measured) for stage in STAGES}
        parse = median(one[REFERENCE] for one in measured)
        shares = [f"{seconds[stage] / parse:.3f}" for stage in STAGES]
        rows.append([tree.name, *shares, f"{sum(seconds.values()) / parse:.2f}", f"{1e6 * parse / tree.lines:.1f} ms"])
    return table(["tree", *STAGES, "sum", "LibCST's parse of 1000 lines"], rows)


def _start_table(work: Path, rounds: int) -> str:
    plain = write_plain_scripts(work / "plain", PLAIN_SCRIPTS)
    arguments = {
        "lrlint --version": ["--version"],
        "lrlint --help": ["--help"],
        f"lrlint check ({PLAIN_SCRIPTS} files, no candidate)": ["check", "--isolated", "--no-cache", str(plain)],
    }
    empty = "python -I -c pass"
    commands = {empty: [*processes.PYTHON, "-I", "-c", "pass"]}
    commands |= {name: [*processes.LRLINT, *given] for name, given in arguments.items()}
    seconds = processes.medians(commands, rounds)
    goal = START_FACTOR * seconds[empty] + START_ALLOWANCE
    rows = [[empty, f"{1000 * seconds[empty]:.0f} ms", "1.0", "", ""]]
    for name, given in arguments.items():
        heavy = sorted(processes.imported_modules(given).intersection(HEAVY))
        times = [f"{1000 * seconds[name]:.0f} ms", f"{seconds[name] / seconds[empty]:.1f}", f"{1000 * goal:.0f} ms"]
        rows.append([name, *times, ", ".join(heavy) or "none"])
    return table(["command", "CPU", "multiple", "goal", f"imports of {' and '.join(HEAVY)}"], rows)


def _gate_table(work: Path, rules: Sequence[RegisteredRule], rounds: int) -> str:
    with_torch = write_plain_scripts(work / "with-torch", GATE_SCRIPTS)
    without_torch = write_plain_scripts(work / "without-torch", GATE_SCRIPTS, torch="other")
    rows = []
    for name, tree in (("no gate word", without_torch), ("torch, but no optimizer", with_torch)):
        paths = sorted(tree.iterdir())
        megabytes = sum(path.stat().st_size for path in paths) / 1e6
        measured = [gate_seconds(paths, rules) for _ in range(rounds)]
        read, check = (1000 / megabytes * median(one[part] for one in measured) for part in ("read", "check"))
        size = f"{1000 * megabytes / len(paths):.1f} kB"
        rows.append([name, size, f"{read:.2f} ms", f"{check:.2f} ms", f"{check / read:.2f}"])
    return table(["text", "size of a file", "reading 1 MB", "checking 1 MB", "check / read"], rows)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table, with columns as wide as their longest cell."""
    cells = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


if __name__ == "__main__":
    main()
