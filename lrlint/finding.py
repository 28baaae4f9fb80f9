"""Findings: the places where a rule holds."""

from __future__ import annotations

from dataclasses import dataclass

from lrlint.edit import Fix
from lrlint.rule import Rule, Severity
from lrlint.source import Range


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that matters to a finding, and why: "the optimizer steps here"."""

    path: str
    range: Range
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule holds.

    `message` says what is wrong and what follows from it, on one line; `label` says what the marked range
    itself is, in a few words, for the code frame (may be empty).
    """

    rule: Rule
    path: str
    range: Range
    message: str
    label: str = ""
    related: tuple[Related, ...] = ()
    fix: Fix | None = None
    own_severity: Severity | None = None

    @property
    def severity(self) -> Severity:
        """The rule's severity, unless the mistake does something else at this place."""
        return self.own_severity or self.rule.severity

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """The order of every report: by path, position, code."""
        return self.path, self.range.start, self.range.end, self.rule.code, self.message
