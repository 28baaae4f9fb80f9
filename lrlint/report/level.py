"""The levels of severity that other tools know."""

from __future__ import annotations

from enum import Enum

from lrlint.rule import Severity


class Level(Enum):
    """How bad it is; the names are those of SARIF."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_LEVELS = {
    Severity.ERROR: Level.ERROR,
    Severity.CORRECTNESS: Level.ERROR,
    Severity.DEPRECATION: Level.WARNING,
    Severity.STYLE: Level.NOTE,
}


def level_of(severity: Severity) -> Level:
    """The level of a severity: what raises and what trains wrongly are errors."""
    return _LEVELS[severity]
