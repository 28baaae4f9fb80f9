"""The LRs of an optimizer, step by step, in little memory."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

_AT_ONCE = 512
"""So many LRs that are still on another device are fetched together."""

Group = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """So many steps in a row with the same LRs, one for each param group; NaN for a group without any."""

    steps: int
    rates: tuple[float, ...]


@dataclass(slots=True)
class _Stretch:
    """Runs with the same number of groups: their lengths, and their LRs, group by group."""

    width: int
    lengths: array[int] = field(default_factory=lambda: array("Q"))
    rates: array[float] = field(default_factory=lambda: array("d"))


class RateLog:
    """Notes the LRs of each step; runs of equal ones take no more room than a single one.

    LRs may be tensors.  What those on another device hold is fetched later and together, so that no step has to wait.
    Of the steps of a single group, `repeats` with the very same object, `single`, may be counted by others.
    """

    def __init__(self) -> None:
        self.single: object = self
        self.repeats = 0
        self._stretches: list[_Stretch] = []
        self._last: list[Any] = []
        self._versions: list[int | None] = []
        self._waiting: list[tuple[array[float], int, torch.Tensor]] = []

    def note(self, groups: Sequence[Group]) -> None:
        """A step with these param groups."""
        last = self._last
        if len(groups) == len(last) and groups:
            for group, before, version in zip(groups, last, self._versions, strict=True):
                rate = group.get("lr")
                if rate is before:
                    if version is not None and rate._version != version:
                        break
                elif type(rate) is not float or type(before) is not float or rate != before:
                    break
            else:
                self._stretches[-1].lengths[-1] += 1
                return
        self._change(groups)

    def note_single(self, rate: float) -> None:
        """A step with another LR of a single group, which had a `single` one before."""
        stretch = self._stretches[-1]
        if self.repeats:
            self._count_repeats()
        stretch.lengths.append(1)
        stretch.rates.append(rate)
        self._last[0] = self.single = rate

    def runs(self) -> Iterator[Run]:
        """All steps so far."""
        self._fetch()
        self._count_repeats()
        for stretch in self._stretches:
            for index, steps in enumerate(stretch.lengths):
                yield Run(steps, tuple(stretch.rates[index * stretch.width : (index + 1) * stretch.width]))

    @property
    def is_constant(self) -> bool:
        """Whether all steps used the same LRs."""
        return len({run.rates for run in self.runs()}) == 1

    def _count_repeats(self) -> None:
        if self.repeats:
            self._stretches[-1].lengths[-1] += self.repeats
            self.repeats = 0

    def _change(self, groups: Sequence[Group]) -> None:
        self._count_repeats()
        rates = [group.get("lr") for group in groups]
        if not self._stretches or self._stretches[-1].width != len(rates):
            self._stretches.append(_Stretch(len(rates)))
        stretch = self._stretches[-1]
        stretch.lengths.append(1)
        for rate in rates:
            self._append(stretch.rates, rate)
        self._last = rates
        self.single = rates[0] if len(rates) == 1 and type(rates[0]) is float else self
        self._versions = [rate._version if isinstance(rate, torch.Tensor) else None for rate in rates]
        if len(self._waiting) >= _AT_ONCE:
            self._fetch()

    def _append(self, rates: array[float], rate: Any) -> None:
        if isinstance(rate, torch.Tensor) and rate.device.type != "cpu":
            self._waiting.append((rates, len(rates), rate.detach().clone()))
            rate = math.nan
        rates.append(as_number(rate))

    def _fetch(self) -> None:
        waiting, self._waiting = self._waiting, []
        for rates, index, rate in waiting:
            rates[index] = as_number(rate)


def as_number(rate: Any) -> float:
    """An LR as a number; NaN if it is none."""
    try:
        return float(rate)
    except (TypeError, ValueError, RuntimeError):
        return math.nan


def rates_of(groups: Sequence[Group]) -> tuple[float, ...]:
    """The LRs that param groups have now.  Those on another device are waited for: not for each step."""
    return tuple(as_number(group.get("lr")) for group in groups)
