"""Verdicts: what became of a finding when a reproduction of it ran on torch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Outcome(Enum):
    """What torch says about a finding."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_REPRODUCIBLE = "not reproducible"


@dataclass(frozen=True, slots=True)
class Ran:
    """What torch did with a script: warnings and the exception as texts, with their places in the user's code.

    `rates` has one entry per optimizer: the LR of each of its steps, or the LRs of its groups where they differ.
    """

    warnings: tuple[str, ...]
    error: str | None
    rates: tuple[tuple[float | tuple[float, ...], ...], ...]

    def to_json(self) -> dict[str, Any]:
        """The same as plain dicts and lists."""
        return {"warnings": list(self.warnings), "error": self.error, "lr": self.rates}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one finding, and the sentence that says why.

    `torch` is the release that ran the `script`, which stands for the program; `after` is what it did with the program
    as `compared` says it would be without the mistake.  `stand_ins` say what stands for what.
    """

    outcome: Outcome
    reason: str
    torch: str = ""
    before: Ran | None = None
    after: Ran | None = None
    compared: str = ""
    script: str = ""
    stand_ins: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The outcome with its reason."""
        link = ", because " if self.outcome is Outcome.NOT_REPRODUCIBLE else ": "
        return f"{self.outcome.value}{link}{self.reason}"

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain dicts and lists."""
        return {
            "outcome": self.outcome.value,
            "reason": self.reason,
            "torch": self.torch,
            "before": self.before.to_json() if self.before else None,
            "after": self.after.to_json() if self.after else None,
            "compared": self.compared,
            "stand_ins": list(self.stand_ins),
            "script": self.script,
        }
