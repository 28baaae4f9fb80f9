"""`python -m tests.fuzz [--minutes N] [--seed S] [--keep DIR] [PATH...]`: mutated programs against `lrlint check`.

Programs are made of the cases, of generated ones and of the Python files at or below the PATHs, by changes to their
trees, tokens and bytes; some become notebooks or projects of several files.  Each is checked, reported in every format,
fixed, and fixed again.  The exit code is 1 if anything failed: `tests/fuzz/examine.py` says what must hold.  The first
program of each kind of failure is made small and, with --keep, written into a folder of its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from lrlint.registry import RegisteredRule, load_rules
from lrlint.report.terminal import visible
from tests.fuzz.campaign import HANG, Campaign, outcome, run
from tests.fuzz.examine import Failure
from tests.fuzz.minimise import minimised
from tests.fuzz.programs import Files, Programs, sources_of

PATIENCE = 20.0
MANY, FEW = 400, 25
"""Seconds, and programs, that are tried to make one small; few if each takes all the seconds."""


def main() -> int:
    """Run the command; its exit code."""
    arguments = _parser().parse_args()
    rules = load_rules()
    programs = Programs(arguments.seed, sources_of(arguments.paths))
    print(f"{len(programs.sources)} sources, seed {arguments.seed}", flush=True)
    until = time.monotonic() + 60 * arguments.minutes
    campaign = run(programs.number, rules, until, arguments.first, _tell if sys.stdout.isatty() else lambda _: None)
    _print(campaign)
    for index, failure in campaign.failures.values():
        files = _small(programs.number(index), failure, rules) if arguments.minimise else programs.number(index)
        _print_failure(index, failure, files)
        if arguments.keep:
            _keep(arguments.keep / f"{arguments.seed}-{index}", failure, files)
    return int(bool(campaign.failures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH", help="more programs to mutate")
    parser.add_argument("--minutes", type=float, default=1, help="how long to go on  [default: 1]")
    parser.add_argument("--seed", type=int, default=1, help="which programs to try  [default: 1]")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="begin with this program of the seed")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where to write the programs that failed")
    parser.add_argument("--no-minimise", dest="minimise", action="store_false", help="leave these as they are")
    return parser


def _tell(campaign: Campaign) -> None:
    print(f"\r{campaign.programs} programs, {len(campaign.failures)} kinds of failures", end="", flush=True)


def _print(campaign: Campaign) -> None:
    print(
        f"{campaign.programs} programs, {campaign.with_findings} of them with findings ({campaign.findings}), "
        f"{campaign.fixed} fixes applied, {campaign.unread} files that are no text, "
        f"slowest check {campaign.slowest:.2f} s of CPU"
    )
    for reason, count in campaign.given_up.most_common():
        print(f"given up {count} times: {reason}")
    for kind, count in campaign.kinds.most_common():
        print(f"FAILED {count} times: {kind}, first in program {campaign.failures[kind][0]}", flush=True)


def _small(files: Files, failure: Failure, rules: tuple[RegisteredRule, ...]) -> Files:
    def fails(candidate: Files) -> bool:
        return any(one.kind == failure.kind for one in outcome(candidate, rules, PATIENCE).failures)

    return minimised(files, fails, tries=FEW if failure.kind == HANG else MANY)


def _print_failure(index: int, failure: Failure, files: Files) -> None:
    print(f"\n--- program {index}: {failure.kind}\n{failure.detail}")
    for path, data in files.items():
        print(f"--- {path}", *map(visible, data.decode("utf-8", "backslashreplace").split("\n")), sep="\n")


def _keep(folder: Path, failure: Failure, files: Files) -> None:
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    (folder / "failure.txt").write_text(f"{failure.kind}\n{failure.detail}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
