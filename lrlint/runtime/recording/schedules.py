"""What a recording knows of the LRs, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrlint.runtime.recording.rates import Run


@dataclass(frozen=True, slots=True)
class RecordedRates:
    """The LRs that the steps of one optimizer used.

    `label` tells optimizers apart ("SGD (train.py:12)"), `groups` their param groups.  `runs` are steps in a row with
    the same LRs.
    """

    label: str
    groups: tuple[str, ...]
    runs: tuple[Run, ...]

    @property
    def steps(self) -> int:
        """The number of steps."""
        return sum(run.steps for run in self.runs)

    def each_step(self) -> Iterator[tuple[float, ...]]:
        """The LR of each group, step by step."""
        for run in self.runs:
            for _ in range(run.steps):
                yield run.rates
