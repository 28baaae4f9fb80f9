"""The tables of `--profile`."""

from __future__ import annotations

from collections.abc import Sequence

from lrlint.profile import OTHER, Profile
from lrlint.report.terminal import Ink, Style
from lrlint.rule import Rule

_Row = tuple[float, str, str]
"""Seconds, and two columns on what took them."""


def render(profile: Profile, style: Style) -> str:
    """The time of each stage, then that of each rule, the longest first, with its share of the whole."""
    seconds = profile.seconds
    whole = sum(seconds.values())
    rules = sorted(((seconds[one], one.code, one.name) for one in seconds if isinstance(one, Rule)), reverse=True)
    stages = [(seconds[one], one, "") for one in seconds if isinstance(one, str) and one != OTHER]
    if rules:
        stages.append((sum(row[0] for row in rules), "rules", f"{len(rules)}, listed below"))
    rest = (seconds.get(OTHER, 0.0), OTHER, "")
    everything = (whole, "all", "since the command line was read")
    text = "\n" + _table("stage", [*sorted(stages, reverse=True), rest, everything], whole, style)
    return text + ("\n" + _table("rule", rules, whole, style) if rules else "")


def _table(head: str, rows: Sequence[_Row], whole: float, style: Style) -> str:
    first = max(len(head), *(len(name) for _, name, _ in rows))
    lines = [style.paint(f"seconds  share  {head}", Ink.STRONG)]
    lines += [f"{seconds:7.3f} {100 * seconds / (whole or 1.0):5.1f}%  {a:<{first}}  {b}" for seconds, a, b in rows]
    return "".join(f"{line.rstrip()}\n" for line in lines)
