"""The counts of `--statistics`, and their table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from lrlint.finding import Finding
from lrlint.report.heading import ink_of, is_fixable
from lrlint.report.terminal import Ink, Style
from lrlint.rule import Rule


@dataclass(frozen=True, slots=True)
class Count:
    """How many findings a rule has, and how many of them `--fix` would repair."""

    rule: Rule
    findings: int
    fixable: int


def count(findings: Iterable[Finding], unsafe: bool) -> list[Count]:
    """One count for each rule that has findings, the largest first."""
    by_code = sorted(findings, key=lambda finding: finding.rule.code)
    groups = (list(group) for _, group in groupby(by_code, key=lambda finding: finding.rule.code))
    counts = [Count(group[0].rule, len(group), sum(is_fixable(one, unsafe) for one in group)) for group in groups]
    return sorted(counts, key=lambda count: -count.findings)


def render(counts: Sequence[Count], style: Style) -> str:
    """A line a rule: how many, its code, `[*]` if all can be fixed or `[-]` if some can, its name."""
    digits = max((len(str(count.findings)) for count in counts), default=0)
    return "".join(
        f"{style.paint(f'{count.findings:>{digits}}', Ink.STRONG)}"
        f"  {style.paint(count.rule.code, ink_of(count.rule.severity))}"
        f"  [{style.paint(_mark(count), Ink.MARK)}]  {count.rule.name}\n"
        for count in counts
    )


def _mark(count: Count) -> str:
    if count.fixable == count.findings:
        return "*"
    return "-" if count.fixable else " "
