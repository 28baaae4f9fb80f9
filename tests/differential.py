"""Compare what lrlint says about orders with what torch does, on programs that nobody has looked at.

`python -m tests.differential` does so for 1,000 programs, `--programs N --seed S` for others, `--modules` for programs
of several files, `--constructions` for constructions of optimizers and schedulers instead of orders
(`tests.differential_constructions`); `--keep DIR` writes each program on which the two disagree to a folder.  Exit
code 1 if they do.

torch's warnings are the truth, line by line, about what LR101 and LR102 find.  Five things have to be known beside it:

* A program may draw at random which way it goes.  It is run several times then, and a warning is one that lrlint can
  know of only if it comes in every run that gets to its line.
* Where no step of the optimizer follows, no LR is lost; and where the round ends before it follows, a schedule may be
  wound forward to the epoch of a resumed run on purpose.  There torch warns, and lrlint may be silent.  It may so, too,
  where the wrong order only comes about in a later round of a loop: LR101 is about the first one, as its page says.
  And it may take a condition on a counter in a later round for one that can come out either way.
* A setting that another module makes, or the command line, can be another one for whoever uses the program: of a
  warning that comes with some settings only lrlint need not know.
* torch looks at a scheduler's first step only, and not at all once another scheduler of the optimizer has seen it step.
  A finding at a step which the trace shows to be as early is right without a warning.
* CosineAnnealingWarmRestarts never warns.  Its early steps are judged by the LRs: are they others if these steps come
  behind the optimizer's?
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from lrlint.files import DiscoveredFile
from lrlint.registry import RegisteredRule, load_rules, select_rules
from lrlint.run import check_files
from lrlint.runtime.evidence import ObservationError, Observer
from lrlint.runtime.records import ORDER_WARNING, same_rates
from tests.differential_constructions import ConstructionComparison, compare_constructions
from tests.generate_programs import generate
from tests.generate_steps import DRAWS
from tests.step_order import BATCH, WITHOUT_WARNING, Place, Program, Run, run_all, write_files

CODES = ("LR101", "LR102")

DISAGREEMENTS = ("false alarm", "miss", "failure")
"""How the names of what must not be begin; a program that fails says nothing about orders."""

EPOCH_WARNING = "The epoch parameter in `scheduler."

OUTCOMES = 6
"""How often a program that draws at random is run."""

MORE_OUTCOMES = 40
"""How often before it counts as a miss."""

ON_SETTING = "it hangs on a setting that another module or the command line sets"

Again = Callable[[str, int], bool]
"""Whether the LRs of a run are others if early steps of a class of schedulers come behind the optimizer's."""

Rerun = Callable[[range, bool, bool], Sequence[Run]]
"""A run for each draw; if asked for, conditions on counters come out at random in later rounds, or switches do."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A line at which lrlint says something and torch does not, or the other way round."""

    kind: Literal["false alarm", "miss"]
    code: str
    place: Place


@dataclass(frozen=True, slots=True)
class Comparison:
    """What lrlint and torch say about the program number `seed`; `warned` are the codes that torch's warnings mean.

    `excuses` say why lrlint may be silent at warnings at which it is.
    """

    seed: int
    files: Mapping[str, str]
    error: str | None
    warned: tuple[str, ...]
    excuses: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]

    def counted(self) -> Iterator[str]:
        """What the command counts."""
        yield from (f"warning {code}" for code in self.warned)
        yield from (f"warning {excuse}" for excuse in self.excuses)
        yield from (f"{one.kind} {one.code}" for one in self.disagreements)
        if self.error:
            yield "failure"

    def annotated(self) -> str:
        """The program with a comment at each line of disagreement."""
        return "".join(f"# {self.seed} {name} {self.error or ''}\n{self._annotated(name)}" for name in self.files)

    def _annotated(self, name: str) -> str:
        lines = self.files[name].splitlines()
        for one in self.disagreements:
            if one.place[0] == name:
                lines[one.place[1] - 1] += f"  # {one.kind} {one.code}"
        return "\n".join(lines) + "\n"


def compare(seeds: Iterable[int], observer: Observer, modules: bool = False) -> Iterator[Comparison]:
    """Ask lrlint and torch about the program of each seed.  Raises ObservationError."""
    rest = iter(seeds)
    while batch := list(islice(rest, BATCH)):
        programs = {seed: generate(seed, modules) for seed in batch}
        wanted = [(seed, draw) for seed in batch for draw in _draws(programs[seed])]
        runs = run_all([Program(programs[seed], draw) for seed, draw in wanted], observer)
        for seed in batch:
            of_seed = [one for (other, _), one in zip(wanted, runs, strict=True) if other == seed]
            yield _compare(seed, programs[seed], of_seed, observer)


def _draws(files: Mapping[str, str]) -> range:
    return range(OUTCOMES if any(draw in text for text in files.values() for draw in DRAWS) else 1)


def _compare(seed: int, files: Mapping[str, str], runs: Sequence[Run], observer: Observer) -> Comparison:
    """Compare what lrlint finds in a program with what its runs say."""

    def again(class_name: str, draw: int) -> bool:
        (postponed,) = run_all([Program(files, draw, postponed=class_name)], observer)
        return not same_rates(runs[draw].rates, postponed.rates)

    def rerun(draws: range, is_open: bool, is_varied: bool) -> list[Run]:
        return run_all([Program(files, draw, is_open, is_varied=is_varied) for draw in draws], observer)

    found = findings(files)
    places = {code: {place for other, place in found if other == code} for code in CODES}
    truths = {"LR101": _orders(runs, places["LR101"], again, rerun), "LR102": _epochs(runs, places["LR102"], rerun)}
    error = next((f"{one.error.type}: {one.error.message}" for one in runs if one.error), None)
    disagreements = [one for code in CODES for one in _disagreements(code, places[code], truths[code])]
    warned = [code for code in CODES for _ in truths[code].warned]
    excuses = [
        f"{code} that needs no finding: {excuse}"
        for code, truth in truths.items()
        for place, excuse in truth.excuses.items()
        if place in truth.warned - places[code]
    ]
    return Comparison(seed, files, error, tuple(warned), tuple(excuses), tuple(disagreements))


@cache
def _rules() -> tuple[RegisteredRule, ...]:
    return tuple(select_rules(load_rules(), list(CODES)))


def findings(files: Mapping[str, str]) -> set[tuple[str, Place]]:
    """The code and place of what lrlint finds in a program."""
    with TemporaryDirectory(prefix="lrlint-") as name:
        folder = Path(name)
        write_files(files, folder)
        results = check_files(
            [DiscoveredFile(str(folder / path), path, str(folder / path)) for path in files], _rules()
        )
        found = [(result.path, result) for result in results]
    problems = [problem for _, result in found for problem in result.problems]
    assert problems == [], problems
    return {(f.rule.code, (path, f.range.line)) for path, result in found for f in result.findings}


@dataclass(frozen=True, slots=True)
class _Truth:
    """Where torch warned, where no finding may be, and why there need be none in spite of a warning."""

    warned: frozenset[Place]
    must_not: frozenset[Place]
    excuses: Mapping[Place, str]


def _disagreements(code: str, found: set[Place], truth: _Truth) -> Iterator[Disagreement]:
    yield from (Disagreement("false alarm", code, place) for place in sorted(found & truth.must_not))
    missed = truth.warned - truth.excuses.keys() - found
    yield from (Disagreement("miss", code, place) for place in sorted(missed))


def _epochs(runs: Sequence[Run], found: set[Place], rerun: Rerun) -> _Truth:
    warned, reached = _deprecated(runs), _reached(runs)
    varied = rerun(range(MORE_OUTCOMES), False, True) if warned - found else []
    silent = {place for one in varied for place in _reached([one]) - _deprecated([one])}
    return _Truth(warned, reached - warned, dict.fromkeys(silent, ON_SETTING))


def _deprecated(runs: Sequence[Run]) -> frozenset[Place]:
    return frozenset(place for one in runs for text, place in one.warnings if text.startswith(EPOCH_WARNING))


def _reached(runs: Sequence[Run]) -> frozenset[Place]:
    return frozenset(step.place for one in runs for step in one.steps)


def _orders(runs: Sequence[Run], found: set[Place], again: Again, rerun: Rerun) -> _Truth:
    warned: set[Place] = set()
    wrong: set[tuple[Place, int]] = set()
    must_not: set[Place] = set()
    excuses: dict[tuple[Place, int], str] = {}
    for draw, one in enumerate(runs):
        early = [step for step in one.steps if step.is_early and step.class_name != "ReduceLROnPlateau"]
        at = {place for text, place in one.warnings if text == ORDER_WARNING}
        silent = {s.place for s in early if s.is_first and s.class_name in WITHOUT_WARNING and not s.has_epoch}
        if silent - found - at and any(again(name, draw) for name in WITHOUT_WARNING):
            at |= silent
        firsts = [step for step in early if step.is_first and step.place in at]
        excuses |= {step.key: step.excuse for step in firsts if step.excuse}
        wrong |= {step.key for step in firsts}
        warned |= at
        must_not |= {step.place for step in one.steps} - {step.place for step in early}
    if len(runs) > 1:
        excuses |= dict.fromkeys(_not_first(runs), "it is so in some runs only")
    if len(runs) > 1 and {place for place, _ in wrong - excuses.keys()} - found:
        others = rerun(range(OUTCOMES, MORE_OUTCOMES), False, False)
        excuses |= dict.fromkeys(_not_first(others), "it is so in some runs only")
    if {place for place, _ in wrong - excuses.keys()} - found:
        open_runs = rerun(range(MORE_OUTCOMES), True, False)
        excuses |= dict.fromkeys(_not_first(open_runs), "it hangs on later rounds")
    if {place for place, _ in wrong - excuses.keys()} - found:
        varied = [one for one in rerun(range(MORE_OUTCOMES), False, True) if not one.error]
        excuses |= {key: ON_SETTING for one in varied for key in wrong if not _comes_first(one, key)}
    needed = {place for place, _ in wrong - excuses.keys()}
    reasons = {place: reason for (place, _), reason in excuses.items() if place not in needed}
    again_only = dict.fromkeys(warned - {place for place, _ in wrong}, "a part of a SequentialLR warns once more")
    return _Truth(frozenset(warned), frozenset(must_not), reasons | again_only)


def _comes_first(run: Run, key: tuple[Place, int]) -> bool:
    """Whether a run takes the first step of a scheduler at this place, too early and not as its class allows."""
    firsts = [step for step in run.steps if step.is_first and step.key == key and step.is_early]
    return any(not (step.class_name in WITHOUT_WARNING and step.has_epoch) for step in firsts)


def _not_first(runs: Iterable[Run]) -> set[tuple[Place, int]]:
    """Where, in some run, a scheduler is stepped without being stepped there first and too early."""
    return {
        key
        for one in runs
        for key in {step.key for step in one.steps}
        - {step.key for step in one.steps if step.is_first and step.is_early}
    }


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="number of the first program")
    parser.add_argument("--modules", action="store_true", help="programs of several files")
    parser.add_argument("--constructions", action="store_true", help="constructions instead of orders")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write programs with a disagreement there")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.programs)
    try:
        with Observer() as observer:
            comparisons: Iterable[Comparison | ConstructionComparison] = (
                compare_constructions(seeds, observer)
                if options.constructions
                else compare(seeds, observer, options.modules)
            )
            counts = _report(comparisons, options.keep)
    except ObservationError as error:
        sys.exit(str(error))
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"{count:6}  {name}\n")
    sys.exit(any(name.startswith(DISAGREEMENTS) for name in counts))


def _report(comparisons: Iterable[Comparison | ConstructionComparison], folder: Path | None) -> Counter[str]:
    """How many warnings and disagreements of each kind there are; the programs with one are written to `folder`."""
    counts: Counter[str] = Counter()
    for comparison in comparisons:
        counts.update(["program", *comparison.counted()])
        disagreements = [name for name in comparison.counted() if name.startswith(DISAGREEMENTS)]
        if folder and disagreements:
            folder.mkdir(parents=True, exist_ok=True)
            target = folder / f"{disagreements[0].replace(' ', '_')}_{comparison.seed}.py"
            target.write_text(comparison.annotated(), encoding="utf-8")
    return counts


if __name__ == "__main__":
    main()
