"""The LRs of an optimizer, step by step, in little memory."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
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
    To `pending` others may append the LRs of steps with a single group and a plain number.
    """

    def __init__(self) -> None:
        self.pending: array[float] = array("d")
        self._stretches: list[_Stretch] = []
        self._last: list[Any] = []
        self._versions: list[int | None] = []
        self._waiting: list[tuple[array[float], int, torch.Tensor]] = []

    def note(self, groups: Sequence[Group]) -> None:
        """A step with these param groups."""
        if self.pending:
            self._take_pending()
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

    def runs(self) -> Iterator[Run]:
        """All steps so far."""
        self._fetch()
        self._take_pending()
        for stretch in self._stretches:
            for index, steps in enumerate(stretch.lengths):
                yield Run(steps, tuple(stretch.rates[index * stretch.width : (index + 1) * stretch.width]))

    @property
    def is_constant(self) -> bool:
        """Whether all steps used the same LRs."""
        return len({run.rates for run in self.runs()}) == 1

    def _take_pending(self) -> None:
        pending, self.pending = self.pending, array("d")
        for rate, same in groupby(pending):
            steps = sum(1 for _ in same)
            last = self._last
            if len(last) != 1 or type(last[0]) is not float or last[0] != rate:
                self._change([{"lr": rate}])
                steps -= 1
            self._stretches[-1].lengths[-1] += steps

    def _change(self, groups: Sequence[Group]) -> None:
        rates = [group.get("lr") for group in groups]
        if not self._stretches or self._stretches[-1].width != len(rates):
            self._stretches.append(_Stretch(len(rates)))
        stretch = self._stretches[-1]
        stretch.lengths.append(1)
        for rate in rates:
            self._append(stretch.rates, rate)
        self._last = rates
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
