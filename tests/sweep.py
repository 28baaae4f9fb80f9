"""`python -m tests.sweep [--force] [PATH...]`: `lrlint check` over large bodies of code, as a Markdown table.

Without a PATH these are Python's standard library with its test suite and the installed torch.  Each path is checked by
a process of its own; that it ends well and in time is what is tested, so the exit code is 1 if it died, reported an
internal error or took longer than --timeout.

With --force copies are checked in which each file hands an optimizer and a scheduler to all that it defines, so that
the gate drops none of them.  Their findings mean nothing.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from resource import struct_rusage

from lrlint.files import discover
from lrlint.gate import rules_for
from lrlint.registry import load_rules, select_rules

ROOT = Path(__file__).parent.parent

_CHECK = ("-m", "lrlint", "check", "--isolated", "--no-cache", "--exit-zero", "--output-format", "jsonl")
_HEAD = """\

import torch
from torch.optim.lr_scheduler import StepLR
optimizer = torch.optim.SGD(torch.nn.Linear(1, 1).parameters(), lr=0.1)
scheduler = StepLR(optimizer, 30)
for epoch in range(3):
    optimizer.step()
    scheduler.step()
"""


@dataclass(frozen=True, slots=True)
class Sweep:
    """What came of one path.  `candidates` are the files that the gate lets through, `unread` those of LR000, `crashes`
    say what went wrong."""

    name: str
    files: int
    lines: int
    candidates: int
    findings: int
    unread: int
    seconds: float
    mebibytes: int
    problems: int
    crashes: tuple[str, ...]


def main() -> int:
    """Run the command; its exit code."""
    arguments = _parser().parse_args()
    print("| code | files | lines | candidates | findings | LR000 | problems | CPU s | MiB | crashes |")
    print(f"| --- {'| ---: ' * 9}|", flush=True)
    crashes: list[str] = []
    for path in arguments.paths or _default_paths():
        swept = sweep(path, arguments.force, arguments.timeout)
        crashes += swept.crashes
        print(_row(swept), flush=True)
    print("", *crashes, sep="\n")
    return int(bool(crashes))


def sweep(path: Path, force: bool = False, timeout: float = 3600) -> Sweep:
    """Check all files below a path, or forced copies of them."""
    if not force:
        return _sweep(path, _name(path), timeout)
    with tempfile.TemporaryDirectory(prefix="sweep-") as name:
        _copy_forced(path, Path(name))
        return _sweep(Path(name), _name(path), timeout)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.sweep", description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="folders of Python code")
    parser.add_argument("--force", action="store_true", help="let the model walk every file")
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for one path  [default: 3600]")
    return parser


def _default_paths() -> list[Path]:
    torch = find_spec("torch")
    packages = [Path(torch.origin).parent] if torch is not None and torch.origin is not None else []
    return [Path(sysconfig.get_path("stdlib")), *packages]


def _name(path: Path) -> str:
    """The package and version of an unpacked wheel, else the name of the folder."""
    wheels = [folder.name.removesuffix(".dist-info") for folder in path.glob("*.dist-info")]
    return wheels[0].replace("-", " ") if len(wheels) == 1 else path.resolve().name


def _sweep(path: Path, name: str, timeout: float) -> Sweep:
    contents = [data for file in discover([str(path)]).files if (data := _read(Path(file.path))) is not None]
    rules = select_rules(load_rules())
    run = _run(path, timeout)
    codes = Counter(json.loads(line)["code"] for line in run.stdout.splitlines())
    problems = run.stderr.splitlines()
    internal = [line for line in problems if "internal error" in line or "Traceback" in line]
    return Sweep(
        name,
        files=len(contents),
        lines=sum(data.count(b"\n") for data in contents),
        candidates=sum(bool(rules_for(data, rules)) for data in contents),
        findings=codes.total() - codes["LR000"],
        unread=codes["LR000"],
        seconds=run.seconds,
        mebibytes=run.mebibytes,
        problems=len(problems),
        crashes=(*run.deaths, *internal),
    )


@dataclass(frozen=True, slots=True)
class _Run:
    stdout: str
    stderr: str
    seconds: float
    mebibytes: int
    deaths: tuple[str, ...]


def _run(path: Path, timeout: float) -> _Run:
    """`lrlint check` on a path, with what it cost and how it died."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([sys.executable, *_CHECK, str(path)], stdout=out, stderr=err, env=environment)
        status, usage, is_late = _wait(process.pid, time.monotonic() + timeout)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return _Run(
            out.read().decode(),
            err.read().decode(),
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss // 1024,
            tuple(_deaths(path, process.returncode, is_late)),
        )


def _wait(pid: int, until: float) -> tuple[int, struct_rusage, bool]:
    """Status and usage of an ended process, and whether it had to be ended."""
    while time.monotonic() < until:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return status, usage, False
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    return status, usage, True


def _deaths(path: Path, code: int, is_late: bool) -> list[str]:
    if is_late:
        return [f"{path}: too slow"]
    return [f"{path}: died by {signal.Signals(-code).name}"] if code < 0 else []


def _row(swept: Sweep) -> str:
    numbers = (swept.files, swept.lines, swept.candidates, swept.findings, swept.unread, swept.problems)
    shown = [f"{number:,}" for number in numbers]
    cells = (swept.name, *shown, f"{swept.seconds:.1f}", f"{swept.mebibytes:,}", str(len(swept.crashes)))
    return f"| {' | '.join(cells)} |"


# Forced copies


def _copy_forced(path: Path, target: Path) -> None:
    for file in discover([str(path)]).files:
        data = _read(Path(file.path))
        if data is None or file.path.endswith(".ipynb"):
            continue
        copy = target / os.path.relpath(file.path, path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data + _footer(_defined(data)).encode())


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _defined(data: bytes) -> list[str]:
    """The functions and classes of a file's top level."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]


def _footer(names: Sequence[str]) -> str:
    return _HEAD + "".join(f"    {name}(optimizer, scheduler)\n" for name in names if name.isascii())


if __name__ == "__main__":
    sys.exit(main())
