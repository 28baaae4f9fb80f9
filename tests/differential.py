"""Compare LR101 and LR102 with what torch does, on programs that nobody has looked at.

`python -m tests.differential` does so for 1,000 programs, `--programs N --seed S` for others; `--keep DIR` writes each
program on which the two disagree to a folder.  Exit code 1 if there is a false alarm.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from lrlint.linter import lint_source
from lrlint.registry import RegisteredRule, load_rules, select_rules
from lrlint.runtime.evidence import Evidence, ObservationError, Observer
from lrlint.source import Source
from tests.evidence_files import ORDER_WARNING
from tests.generate_programs import generate

WARNINGS = {"LR101": ORDER_WARNING, "LR102": "The epoch parameter in `scheduler."}
"""How torch's warning about what a rule finds begins.  torch warns at the line that calls `step`, as the rule does."""

_STEP_COUNT = "property(lambda _: 1, lambda _, count: None)"
WATCHFUL = f"import torch; torch.optim.lr_scheduler.LRScheduler._step_count = {_STEP_COUNT}"
"""Makes torch look at the order in every step of a scheduler, not only in the first one."""

Run = Callable[[str], Evidence]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A line at which lrlint says something and torch does not, or the other way round."""

    kind: Literal["false alarm", "miss"]
    code: str
    line: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """What lrlint and torch say about the program number `seed`; `warned` are the codes that torch's warnings mean."""

    seed: int
    text: str
    error: str | None
    warned: tuple[str, ...]
    disagreements: tuple[Disagreement, ...]

    def annotated(self) -> str:
        """The program with a comment at each line of disagreement."""
        lines = self.text.splitlines()
        for one in self.disagreements:
            lines[one.line - 1] += f"  # {one.kind} {one.code}"
        return "\n".join([f"# {self.seed}" + (f": {self.error}" if self.error else ""), *lines]) + "\n"


def compare(seeds: Iterable[int], observer: Observer) -> Iterator[Comparison]:
    """Ask lrlint and torch about the program of each seed.  Raises ObservationError."""
    rules = select_rules(load_rules(), list(WARNINGS))
    with TemporaryDirectory(prefix="lrlint-") as folder:
        path = Path(folder, "program.py")

        def run(program: str) -> Evidence:
            path.write_text(program, encoding="utf-8")
            return observer.observe(path)

        for seed in seeds:
            yield _compare_one(seed, generate(seed), run, rules)


def _compare_one(seed: int, text: str, run: Run, rules: Sequence[RegisteredRule]) -> Comparison:
    evidence = run(text)
    found = {(f.rule.code, f.range.line) for f in lint_source(Source("program.py", text), rules)}
    warned = _warned(evidence)
    unconfirmed = [(code, line) for code, line in sorted(found - warned) if _is_reached(line, text, run)]
    if unconfirmed:
        watchful = _warned(run(f"{WATCHFUL}; {text}"))
        unconfirmed = [one for one in unconfirmed if one not in watchful]
    alarms = [Disagreement("false alarm", code, line) for code, line in unconfirmed]
    misses = [Disagreement("miss", code, line) for code, line in sorted(warned - found)]
    error = f"{evidence.error.type}: {evidence.error.message}" if evidence.error else None
    return Comparison(seed, text, error, tuple(code for code, _ in sorted(warned)), (*alarms, *misses))


def _warned(evidence: Evidence) -> set[tuple[str, int]]:
    """The code and line of each warning of torch that a rule is about."""
    return {
        (code, warning.line or 0)
        for code, beginning in WARNINGS.items()
        for warning in evidence.warnings
        if warning.message.startswith(beginning)
    }


def _is_reached(line: int, text: str, run: Run) -> bool:
    """Whether a program gets to a line at all: of a branch that is never taken torch can say nothing."""
    lines = text.splitlines()
    statement = lines[line - 1]
    indent = statement[: len(statement) - len(statement.lstrip())]
    lines[line - 1] = f'{indent}raise SystemExit("reached")'
    error = run("\n".join(lines)).error
    return error is not None and error.message == "reached"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="number of the first program")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="write programs with a disagreement there")
    options = parser.parse_args()
    try:
        with Observer() as observer:
            seeds = range(options.seed, options.seed + options.programs)
            counts = _report(compare(seeds, observer), options.keep)
    except ObservationError as error:
        sys.exit(str(error))
    for name, count in sorted(counts.items()):
        sys.stdout.write(f"{count:6}  {name}\n")
    sys.exit(any(name.startswith("false alarm") for name in counts))


def _report(comparisons: Iterable[Comparison], folder: Path | None) -> Counter[str]:
    """How many warnings and disagreements of each kind there are; the programs with one are written to `folder`."""
    counts: Counter[str] = Counter()
    for comparison in comparisons:
        counts.update(f"warning {code}" for code in comparison.warned)
        counts.update(f"{one.kind} {one.code}" for one in comparison.disagreements)
        counts["program"] += 1
        counts["program that fails"] += comparison.error is not None
        if folder and (comparison.disagreements or comparison.error):
            folder.mkdir(parents=True, exist_ok=True)
            kind = comparison.disagreements[0].kind if comparison.disagreements else "failure"
            target = folder / f"{kind.replace(' ', '_')}_{comparison.seed}.py"
            target.write_text(comparison.annotated(), encoding="utf-8")
    return counts


if __name__ == "__main__":
    main()
