"""The LRs of a run that was watched, as a chart."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from lrlint.curve.curves import Chart, Curve
from lrlint.runtime.evidence import Rate


class Rates(Protocol):
    """The LRs that the steps of one optimizer used; `label` tells optimizers apart."""

    @property
    def label(self) -> str:
        """What it is called."""

    def each_step(self) -> Iterable[tuple[float, ...]]:
        """The LR of each group, step by step."""


def recorded_chart(title: str, optimizers: Iterable[Rates]) -> Chart:
    """The chart of the optimizers of a run."""
    curves = tuple(Curve(one.label, tuple(map(_rate, one.each_step()))) for one in optimizers)
    return Chart(title, curves, notes=() if curves else ("No optimizer was stepped.",))


def _rate(groups: tuple[float, ...]) -> Rate:
    return groups[0] if len(set(groups)) == 1 else groups
