"""Compare what `lrlint run` sees of the order of steps with torch's warnings, on programs that nobody has looked at.

`python -m tests.monitor_differential` does so for 1,000 programs; `--programs N --seed S` for others.  Exit code 1 if
the two disagree, or if the monitor itself fails.

What the monitor says of LR102 must be what torch warns of, line by line.  What it says of LR101 must be an early step
by the trace of `tests.watch_steps`, and torch's warnings must be said, except where

* no step of the optimizer follows, or another one of the scheduler comes before it: a schedule may be wound forward;
* the step of the optimizer is written above that of the scheduler, and is left out in the first round, or before the
  scheduler's in another round: the trace does not tell, so these are counted.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lrlint.cases.case import MAIN
from lrlint.runtime.evidence import ObservationError, Observer
from lrlint.runtime.records import ORDER_WARNING
from tests.differential import EPOCH_WARNING, findings
from tests.generate_programs import generate
from tests.step_order import BATCH, WITHOUT_WARNING, Place, Program, Run, run_all, write_files
from tests.watched import Watched, watch_all

CODES = ("LR101", "LR102")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One program: what the monitor says wrongly, where it is silent at a warning of torch, and whether `lrlint check`
    says the same as the monitor."""

    seed: int
    text: str
    wrong: tuple[tuple[str, Place], ...]
    silent: tuple[Place, ...]
    said: int
    is_static_same: bool
    failure: str | None


def compare(seeds: Iterable[int], observer: Observer) -> Iterator[Comparison]:
    """Ask the monitor, torch and `lrlint check` about the program of each seed.  Raises ObservationError."""
    rest = list(seeds)
    for start in range(0, len(rest), BATCH):
        batch = {seed: generate(seed) for seed in rest[start : start + BATCH]}
        runs = run_all([Program(files) for files in batch.values()], observer)
        with TemporaryDirectory(prefix="lrlint-") as name:
            folder = Path(name).resolve()
            for seed, files in batch.items():
                write_files(files, folder / str(seed))
            mains = [(folder / str(seed) / MAIN, CODES[0]) for seed in batch]
            watched = list(watch_all(mains, observer))
        for (seed, files), run, seen in zip(batch.items(), runs, watched, strict=True):
            found = {(code, (MAIN, line)) for _, line, code in seen.found if code in CODES}
            yield _compared(seed, files[MAIN], run, seen, found, found == findings(files))


def _compared(
    seed: int, text: str, run: Run, seen: Watched, found: set[tuple[str, Place]], is_static_same: bool
) -> Comparison:
    early = {step.place for step in run.steps if step.is_early and step.is_followed}
    deprecated = {place for words, place in run.warnings if words.startswith(EPOCH_WARNING)}
    said = {place for code, place in found if code == "LR101"}
    epochs = {place for code, place in found if code == "LR102"}
    wrong = [("LR101", place) for place in said - early] + [("LR102", place) for place in epochs ^ deprecated]
    ordered = {place for words, place in run.warnings if words == ORDER_WARNING}
    firsts = {
        step.place
        for step in run.steps
        if step.is_first and step.is_followed and not step.is_wound and step.class_name not in WITHOUT_WARNING
    }
    silent = tuple(sorted((ordered & firsts & early) - said))
    return Comparison(seed, text, tuple(sorted(wrong)), silent, len(said), is_static_same, seen.failure)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.monitor_differential", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="number of the first program")
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    try:
        with Observer() as observer:
            for one in compare(range(options.seed, options.seed + options.programs), observer):
                counts["programs"] += 1
                counts["LR101 said"] += one.said
                counts["silent at a warning of the order"] += len(one.silent)
                counts["the same as `lrlint check` says"] += one.is_static_same
                counts["said wrongly"] += len(one.wrong)
                counts["failures"] += one.failure is not None
                for code, (_, line) in one.wrong:
                    sys.stdout.write(f"program {one.seed}: {code} on line {line}\n")
    except ObservationError as error:
        sys.exit(str(error))
    for name, count in counts.items():
        sys.stdout.write(f"{count:6}  {name}\n")
    sys.exit(bool(counts["said wrongly"] or counts["failures"]))


if __name__ == "__main__":
    main()
