"""Compare findings of severity *error* with what torch raises, on constructions drawn at random.

`python -m tests.differential --constructions` does so.  A finding of this severity says that a statement always raises:
so it is wrong where the statement runs.  And where torch raises for a reason that a rule is about, the rule must find
it, if the parameters come from where it can see them (see `tests.generate_constructions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lrlint.finding import Finding
from lrlint.linter import lint_source
from lrlint.registry import load_rules, select_rules
from lrlint.rule import Severity
from lrlint.runtime.evidence import Observer
from lrlint.source import Source
from tests.generate_constructions import Construction, generate

REASONS = {
    "LR102": r"(SequentialLR|ChainedScheduler)\.step\(\) takes 1 positional argument but 2 were given",
    "LR103": r"step\(\) got an unexpected keyword argument 'metrics'",
    "LR104": r"missing 1 required positional argument: 'metrics'|float\(\) argument must be a string or a real number",
    "LR303": r"got multiple values for argument 'lr'|not supported between instances of|Boolean value of Tensor",
    "LR304": r"some parameters appear in more than one parameter group",
}
"""How the exceptions begin that the rules are about."""

DUPLICATES = "optimizer contains a parameter group with duplicate parameters"


@dataclass(frozen=True, slots=True)
class ConstructionComparison:
    """What lrlint and torch say about the program number `seed`; `raised` is the code that torch's exception means."""

    seed: int
    text: str
    error: str | None
    raised: str | None
    disagreements: tuple[str, ...]

    def counted(self) -> Iterator[str]:
        """What the command counts."""
        yield (
            f"raised {self.raised}" if self.raised else ("raised for another reason" if self.error else "runs through")
        )
        yield from self.disagreements

    def annotated(self) -> str:
        """The program with what is wrong in its first lines."""
        return "".join(f"# {line}\n" for line in (str(self.seed), self.error or "", *self.disagreements)) + self.text


def compare_constructions(seeds: Iterable[int], observer: Observer) -> Iterator[ConstructionComparison]:
    """Ask lrlint and torch about the program of each seed.  Raises ObservationError."""
    for seed in seeds:
        yield compare_construction(seed, generate(seed), observer)


def _runs(finding: Finding, text: str, end: int) -> bool:
    """Whether a program that ends at the line `end` has come past what a finding is about."""
    optimizer = 1 + next(n for n, line in enumerate(text.splitlines()) if line.lstrip().startswith("optimizer = "))
    return max(finding.range.line, optimizer) < end


def compare_construction(seed: int, construction: Construction, observer: Observer) -> ConstructionComparison:
    """Ask lrlint and torch about a program.  Raises ObservationError."""
    findings = lint_source(Source("program.py", construction.text), select_rules(load_rules()))
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    with TemporaryDirectory(prefix="lrlint-") as folder:
        path = Path(folder, "program.py")
        path.write_text(construction.text, encoding="utf-8")
        evidence = observer.observe(path)
    error = evidence.error
    text = f"{error.type}: {error.message} (line {error.line})" if error else None
    raised = next((code for code, reason in REASONS.items() if text and re.search(reason, text)), None)
    alarms = [
        f"false alarm {finding.rule.code}"
        for finding in errors
        if error is None or (finding.rule.code != raised and _runs(finding, construction.text, error.line or 0))
    ]
    misses = [f"miss {raised}"] if raised in construction.must - {finding.rule.code for finding in errors} else []
    return ConstructionComparison(seed, construction.text, text, raised, (*alarms, *misses))
