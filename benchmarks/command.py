"""Measure lrlint as a command: its start, single files, whole trees with and without a cache, processes, memory.

`python -m benchmarks.command WORK [--tree NAME=PATH...]`; README.md tells how to read the table.  WORK is a folder for
what is installed and unpacked; what is there from an earlier run is used again.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks.cost import table
from benchmarks.processes import LRLINT, PYTHON, ROOT
from benchmarks.scripts import plain_script, training_script, write_plain_scripts

PEERS = ("ruff", "torchfix")
PACKAGES = {"timm": "sdist", "transformers": "wheel", "mmdet": "wheel"}
RULE = ("--isolated", "--no-cache", "--select", "F821", "--exit-zero")
ISOLATED = ("--isolated", "--exit-zero")
SIZES = (1_000, 10_000)

_PEAK = """\
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds, user and system, and wall seconds of a command: medians."""

    cpu: float
    wall: float


def main() -> None:
    """Measure as the command line says."""
    options = _options()
    work: Path = options.work.resolve()
    trees = {name: _unpacked(work, name, kind) for name, kind in PACKAGES.items()} | dict(options.tree)
    peers = _installed(work)
    with tempfile.TemporaryDirectory(prefix="lrlint-command-") as scratch:
        rows = []
        for row in _rows(Path(scratch), trees, peers, options.rounds):
            print(*row, sep="  ", file=sys.stderr, flush=True)  # it takes its time
            rows.append(row)
    sys.stdout.write(table(["what", "CPU", "wall", "compared with", "ratio", "goal"], rows) + "\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m benchmarks.command", description="Measure lrlint as a command.")
    parser.add_argument("work", type=Path, metavar="WORK", help="a folder for peers and trees")
    parser.add_argument(
        "--tree", type=_named_tree, action="append", default=[], metavar="NAME=PATH", help="another tree"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds to take medians of (default: %(default)s)")
    return parser.parse_args()


def _named_tree(text: str) -> tuple[str, Path]:
    name, _, path = text.partition("=")
    if not Path(path).is_dir():
        raise argparse.ArgumentTypeError(f"{text}: not a directory")
    return name, Path(path).resolve()


def _installed(work: Path) -> Mapping[str, Path]:
    """The commands of the peers, in an environment of their own."""
    folder = work / "peers"
    if not (folder / "bin" / PEERS[-1]).exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *PEERS], check=True)
    return {name: folder / "bin" / name for name in PEERS}


def _unpacked(work: Path, name: str, kind: str) -> Path:
    """The files of a package as pip downloads it."""
    tree = work / "trees" / name
    if not tree.exists():
        archives = work / "archives" / name
        only = ["--no-binary", name] if kind == "sdist" else ["--only-binary", name]
        pip: list[str | Path] = [*PYTHON, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", archives]
        subprocess.run([*pip, *only, name], check=True)
        (archive,) = archives.iterdir()
        shutil.unpack_archive(archive, tree, "gztar" if kind == "sdist" else "zip")
    return tree


# The rows


def _rows(scratch: Path, trees: Mapping[str, Path], peers: Mapping[str, Path], rounds: int) -> Iterator[list[str]]:
    yield from _starts(scratch, rounds)
    yield from _files(scratch, peers, rounds)
    for name, tree in trees.items():
        yield from _tree(name, tree, scratch / f"cache-{name}", peers, rounds)
    yield from _processes(max(trees.items(), key=lambda named: len(named[0]))[1], rounds)
    yield from _scaling(scratch, rounds)


def _starts(scratch: Path, rounds: int) -> Iterator[list[str]]:
    plain = write_plain_scripts(scratch / "plain", 20)
    empty = [*PYTHON, "-I", "-c", "pass"]
    runs = {"--version": ["--version"], "--help": ["--help"], "20 files, no candidate": ["check", str(plain)]}
    costs = _costs({"empty": empty, **{name: [*LRLINT, *given] for name, given in runs.items()}}, plain, rounds)
    goal = f"<= {1000 * (2 * costs['empty'].cpu + 0.015):.0f} ms"
    for name in runs:
        yield _row(f"start: {name}", costs[name], "python -I -c pass", costs["empty"], goal)


def _files(scratch: Path, peers: Mapping[str, Path], rounds: int) -> Iterator[list[str]]:
    folder = scratch / "files"
    folder.mkdir()
    texts = {
        "without torch": (plain_script(0).replace("torch", "other"), "<= 25 ms"),
        "of 150 lines": (training_script(0), "<= 180 ms"),
        "of 5,000 lines": ("\n".join(map(training_script, range(35))), "<= 650 ms"),
    }
    for number, (name, (text, goal)) in enumerate(texts.items()):
        path = folder / f"file_{number}.py"
        path.write_text(text, encoding="utf-8")
        commands = {
            "lrlint": [*LRLINT, "check", "--no-cache", "--exit-zero", str(path)],
            "torchfix": [str(peers["torchfix"]), "--select=ALL", str(path)],
        }
        costs = _costs(commands, folder, rounds)
        yield _row(f"one file {name}", costs["lrlint"], "torchfix", costs["torchfix"], goal)


def _tree(name: str, tree: Path, cache: Path, peers: Mapping[str, Path], rounds: int) -> Iterator[list[str]]:
    cached = [*LRLINT, "check", *ISOLATED, "--output-format=concise", "."]
    os.environ["LRLINT_CACHE_DIR"] = str(cache)
    commands = {
        "cold": [*LRLINT, "check", *ISOLATED, "--no-cache", "-j1", "."],
        "ruff": [str(peers["ruff"]), "check", *RULE, "."],
    }
    costs = _costs(commands, tree, min(rounds, 3))
    yield _row(f"{name}: cold", costs["cold"], "ruff F821 without cache", costs["ruff"], "<= 2 (timm 8)")
    _cost(cached, tree)
    costs = _costs({"warm": cached, "ruff": commands["ruff"]}, tree, rounds)
    yield _row(f"{name}: warm", costs["warm"], "ruff F821 without cache", costs["ruff"], "<= 0.5")
    for what, command in (("cold", commands["cold"]), ("warm", cached)):
        measured = [*PYTHON, "-c", _PEAK, *command]
        peak = subprocess.run(measured, cwd=tree, env=_environment(), capture_output=True, check=True).stdout
        yield [f"{name}: memory, {what}", f"{int(peak) / 1024:.0f} MiB", "", "", "", "<= 60 (transformers 110)"]


def _processes(tree: Path, rounds: int) -> Iterator[list[str]]:
    commands = {str(jobs): [*LRLINT, "check", *ISOLATED, "--no-cache", f"-j{jobs}", "."] for jobs in (1, 2)}
    costs = _costs(commands, tree, min(rounds, 3))
    ratio = f"{costs['1'].wall / costs['2'].wall:.2f} (wall)"
    yield [f"two processes on {tree.name}", *_times(costs["2"]), "one process", ratio, ">= 1.6"]


def _scaling(scratch: Path, rounds: int) -> Iterator[list[str]]:
    for size in SIZES:
        tree = write_plain_scripts(scratch / f"plain-{size}", size)
        cost = _costs({"check": [*LRLINT, "check", *ISOLATED, "--no-cache", "."]}, tree, min(rounds, 3))["check"]
        yield [f"{size} files, no candidate", *_times(cost), "", f"{1e6 * cost.cpu / size:.0f} us a file", "within 25%"]
        shutil.rmtree(tree)


def _row(what: str, cost: Cost, other: str, reference: Cost, goal: str) -> list[str]:
    return [what, *_times(cost), other, f"{cost.cpu / reference.cpu:.2f}", goal]


def _times(cost: Cost) -> tuple[str, str]:
    return f"{1000 * cost.cpu:.0f} ms", f"{1000 * cost.wall:.0f} ms"


# Commands


def _costs(commands: Mapping[str, Sequence[str]], place: Path, rounds: int) -> dict[str, Cost]:
    """The medians of each command, run in a place; they take turns.  One run of each before is not counted."""
    for command in commands.values():
        _cost(command, place)
    measured = [{name: _cost(command, place) for name, command in commands.items()} for _ in range(rounds)]
    return {
        name: Cost(median(one[name].cpu for one in measured), median(one[name].wall for one in measured))
        for name in commands
    }


def _cost(command: Sequence[str], place: Path) -> Cost:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, cwd=place, env=_environment(), capture_output=True, check=False)
    after, end = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    return Cost(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, end - start)


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, "PYTHONPATH": str(ROOT)}


if __name__ == "__main__":
    main()
