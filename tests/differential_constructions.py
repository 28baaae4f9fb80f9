"""Compare findings of severity *error* with what torch raises, on constructions drawn at random.

`python -m tests.differential --constructions` does so.  A finding of this severity says that a statement always raises:
so it is wrong where the statement runs.  And where torch raises for a reason that a rule is about, the rule must find
it, if the parameters come from where it can see them (see `tests.generate_constructions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice

from lrlint.cases.case import MAIN
from lrlint.finding import Finding
from lrlint.linter import lint_source
from lrlint.registry import RegisteredRule, load_rules, select_rules
from lrlint.rule import Severity
from lrlint.runtime.evidence import ErrorEvidence, Observer
from lrlint.source import Source
from tests.generate_constructions import Construction, generate
from tests.step_order import BATCH, Program, run_all

REASONS = {
    "LR102": r"(SequentialLR|ChainedScheduler)\.step\(\) takes 1 positional argument but 2 were given",
    "LR103": r"step\(\) got an unexpected keyword argument 'metrics'",
    "LR104": r"missing 1 required positional argument: 'metrics'|float\(\) argument must be a string or a real number",
    "LR201": r"(StepLR|WarmRestarts)\.__init__\(\) got .* argument '(stepsize|T_max|step_size)'",
    "LR202": r"LR\.__init__\(\) missing 1 required|You must define either total_steps",
    "LR211": r"can only concatenate str",
    "LR210": r"Factor should be",
    "LR221": r"ZeroDivisionError|multiplicative factor expected",
    "LR401": r"got an unexpected keyword argument 'verbose'|StepLR.__init__\(\) takes from 3 to 4 positional",
    "LR301": r"(SGD|Adam\w*|RMSprop|Adagrad)\.__init__\(\) got (an unexpected|multiple values for argument 'lr')",
    "LR311": r"not subscriptable",
    "LR310": r"Invalid \w+|Nesterov momentum|betas must|not subscriptable|index out of range|not supported between",
    "LR303": r"got multiple values for argument 'lr'|not supported between instances of|Boolean value of Tensor",
    "LR304": r"some parameters appear in more than one parameter group",
}
"""What the exceptions say that the rules are about; some may be about several rules."""

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
    rest = iter(seeds)
    while batch := list(islice(rest, BATCH)):
        constructions = [generate(seed) for seed in batch]
        runs = run_all([Program({MAIN: one.text}) for one in constructions], observer)
        for seed, construction, run in zip(batch, constructions, runs, strict=True):
            yield _compare(seed, construction, run.error)


@cache
def _rules() -> tuple[RegisteredRule, ...]:
    return tuple(select_rules(load_rules()))


def _runs(finding: Finding, text: str, end: int) -> bool:
    """Whether a program that ends at the line `end` has come past what a finding is about."""
    optimizer = 1 + next(n for n, line in enumerate(text.splitlines()) if line.lstrip().startswith("optimizer = "))
    return max(finding.range.line, optimizer) < end


def _compare(seed: int, construction: Construction, error: ErrorEvidence | None) -> ConstructionComparison:
    """Compare what lrlint finds in a program with the exception that ends it."""
    findings = lint_source(Source(MAIN, construction.text), _rules())
    errors = [finding for finding in findings if finding.severity is Severity.ERROR]
    text = f"{error.type}: {error.message} (line {error.line})" if error else None
    meant = [code for code, reason in REASONS.items() if text and re.search(reason, text)]
    raised = next((code for code in meant if code in construction.must), next(iter(meant), None))
    alarms = [
        f"false alarm {finding.rule.code}"
        for finding in errors
        if error is None or (finding.rule.code not in meant and _runs(finding, construction.text, error.line or 0))
    ]
    is_found = any(finding.rule.code in meant for finding in errors)
    misses = [f"miss {raised}"] if raised in construction.must and not is_found else []
    return ConstructionComparison(seed, construction.text, text, raised, (*alarms, *misses))
