"""The tables of `--profile`."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.profile import OTHER, Profile
from lrlint.report.terminal import Ink, Style

_Row = tuple[float, str, str]
"""Seconds, and two columns on what took them."""


def render(profile: Profile, style: Style) -> str:
    """The time of each stage, then that of each rule, the longest first, with its share of the whole."""
    by_rules = sum(profile.rules.values())
    stages = [(seconds, name, "") for name, seconds in profile.stages.items() if name != OTHER]
    if profile.rules:
        stages.append((by_rules, "rules", f"{len(profile.rules)}, by time below"))
    rest, whole = profile.stages.get(OTHER, 0.0), by_rules + sum(profile.stages.values())
    rows = [*sorted(stages, reverse=True), (rest, OTHER, ""), (whole, "all", "since the command line was read")]
    rules = sorted(((seconds, rule.code, rule.name) for rule, seconds in profile.rules.items()), reverse=True)
    tables = [_table("stage", rows, whole, style), *([_table("rule", rules, whole, style)] if rules else [])]
    return "\n" + "\n".join(tables)


def _table(head: str, rows: Iterable[_Row], whole: float, style: Style) -> str:
    rows = list(rows)
    first = max(len(head), *(len(name) for _, name, _ in rows))
    lines = [style.paint(f"seconds  share  {head}", Ink.STRONG)]
    lines += [f"{seconds:7.3f} {100 * seconds / (whole or 1.0):5.1f}%  {a:<{first}}  {b}" for seconds, a, b in rows]
    return "".join(f"{line.rstrip()}\n" for line in lines)
