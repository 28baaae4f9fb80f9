"""The LRs that optimizers used, step by step, as data to be drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from lrlint.report.counting import plural
from lrlint.runtime.evidence import Evidence, Rate

ABSENT = math.nan
"""In place of the LR of a group that is not there yet."""


class Side(Enum):
    """Of which program a curve is where two are compared."""

    ALONE = ""
    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Curve:
    """The LR that each `step()` of one optimizer used: one number a step, or one for each param group.

    `place` is where the optimizer is built, `train.py:12`; empty if that is no matter.
    """

    label: str
    rates: tuple[Rate, ...]
    place: str = ""
    side: Side = Side.ALONE

    @property
    def name(self) -> str:
        """What it is called in a legend."""
        place = f" ({self.place})" if self.place else ""
        return f"{self.side.value} {self.label}{place}".strip()


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture: some curves, what they are about, and what is to be said below them.

    With `steps_per_epoch` the axis counts epochs.
    """

    title: str
    curves: tuple[Curve, ...]
    steps_per_epoch: int | None = None
    notes: tuple[str, ...] = ()
    is_logarithmic: bool = False

    @property
    def steps(self) -> int:
        """How many steps the longest curve has."""
        return max((len(curve.rates) for curve in self.curves), default=0)


@dataclass(frozen=True, slots=True)
class Line:
    """What is drawn as one line: the LR of a param group, or of several that always have the same."""

    name: str
    values: tuple[float, ...]
    side: Side = Side.ALONE


def observed_curves(
    evidence: Evidence, labels: Sequence[str] = (), places: Sequence[str] = (), side: Side = Side.ALONE
) -> tuple[Curve, ...]:
    """The curves of the optimizers that a program built and stepped.

    `labels` and `places` tell about them in the order of construction; of the others there is the number.
    """
    return tuple(
        Curve(
            labels[at] if at < len(labels) else f"optimizer {at + 1}" if len(evidence.rates) > 1 else "optimizer",
            rates,
            places[at] if at < len(places) else "",
            side,
        )
        for at, rates in enumerate(evidence.rates)
        if rates
    )


def compared(before: Sequence[Curve], after: Sequence[Curve]) -> tuple[Curve, ...]:
    """The curves of a program before and after a change, those of each optimizer beside each other."""
    sided = [
        *((at, replace(curve, side=Side.BEFORE)) for at, curve in enumerate(before)),
        *((at, replace(curve, side=Side.AFTER)) for at, curve in enumerate(after)),
    ]
    return tuple(curve for _, curve in sorted(sided, key=lambda one: one[0]))


def lines_of(chart: Chart) -> tuple[Line, ...]:
    """The lines of a chart, in the order of its curves and of their groups."""
    return tuple(line for curve in chart.curves for line in _lines(curve))


def _lines(curve: Curve) -> Iterator[Line]:
    count = max((len(rate) for rate in curve.rates if isinstance(rate, tuple)), default=1)
    groups_of: dict[tuple[float | None, ...], list[int]] = {}
    for group in range(count):
        values = tuple(_of_group(rate, group) for rate in curve.rates)
        groups_of.setdefault(values, []).append(group + 1)
    for values, groups in groups_of.items():
        name = curve.name if len(groups_of) == 1 else f"{curve.name}, {_groups(groups)}"
        yield Line(name, tuple(ABSENT if value is None else value for value in values), curve.side)


def _of_group(rate: Rate, group: int) -> float | None:
    """The LR of a group in a step; one number is that of all groups.  Not NaN, which is not equal to itself."""
    if not isinstance(rate, tuple):
        return rate
    return rate[group] if group < len(rate) else None


def _groups(numbers: Sequence[int]) -> str:
    """`group 1`, `groups 1-3`, `groups 1, 4`, `6 groups`."""
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return f"group {first}"
    if last - first + 1 == len(numbers):
        return f"groups {first}-{last}"
    return f"groups {', '.join(map(str, numbers))}" if len(numbers) <= 4 else plural(len(numbers), "group")
