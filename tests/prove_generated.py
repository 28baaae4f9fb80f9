"""Prove what is found in programs that nobody has looked at: static verdict and reproduction must agree.

`python -m tests.prove_generated` does so for 1,000 programs of the generator of orders, `--programs N --seed S` for
others, `--modules` for programs of several files.  Exit code 1 if torch refutes a finding.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from lrlint.checker import Checker
from lrlint.imports.finder import canonical
from lrlint.registry import load_rules, select_rules
from lrlint.reproduction.proving import Prover
from lrlint.runtime.evidence import Observer
from lrlint.verdict import Outcome, Verdict
from tests.generate_programs import generate
from tests.step_order import write_files


def verdicts_of(seed: int, modules: bool, observer: Observer) -> Iterator[tuple[str, Verdict]]:
    """The findings in the program number `seed`, by their rules, and what torch says about them."""
    with TemporaryDirectory() as folder:
        files = generate(seed, modules)
        write_files(files, Path(folder))
        paths = {canonical(str(Path(folder, name))): name for name in files}
        checker = Checker(paths, select_rules(load_rules()), named=True)
        absolute = {name: path for path, name in paths.items()}
        prover = Prover(
            observer,
            lambda path, source: checker.program(absolute[path], source),
            lambda path: checker.source(absolute[path]),
        )
        for path in paths:
            for finding in checker.findings(path):
                yield finding.rule.code, prover.prove(finding)


def main() -> None:
    """Prove many programs, and tell how that went."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--modules", action="store_true")
    options = parser.parse_args()
    outcomes: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    with Observer() as observer:
        for seed in range(options.seed, options.seed + options.programs):
            for code, verdict in verdicts_of(seed, options.modules, observer):
                outcomes[code, verdict.outcome.value] += 1
                if verdict.outcome is Outcome.REFUTED:
                    print(f"program {seed}: {code} is refuted: {verdict.reason}")
                elif verdict.outcome is Outcome.NOT_REPRODUCIBLE:
                    reasons[verdict.reason] += 1
    for (code, outcome), count in sorted(outcomes.items()):
        print(f"{code} {outcome}: {count}")
    for reason, count in reasons.most_common(10):
        print(f"{count:>5}  {reason}")
    raise SystemExit(any(outcome == Outcome.REFUTED.value for _, outcome in outcomes))


if __name__ == "__main__":
    main()
