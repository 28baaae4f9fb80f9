"""What a site passes to a scheduler's step, over all of its calls."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import torch

from lrlint.runtime.recording.rates import as_number


class Kind(Enum):
    """What a value is, without asking a device for it."""

    NONE = "none"
    INTEGER = "integer"
    NUMBER = "number"
    TENSOR = "tensor"
    OTHER = "other"


@dataclass(slots=True, eq=False)
class Passed:
    """The first argument of a step (the epoch, or a ReduceLROnPlateau's metric), and the epoch beside a metric, in so
    many `calls` that pass anything.

    `kinds` are those of the first argument, empty where none was passed.  `first` and `last` are numbers among them;
    `counts`: each was one more than the last, or the first one again; `grows`: none was less, and all were finite.
    """

    calls: int = 0
    kinds: frozenset[Kind] = frozenset()
    first: float | None = None
    last: float | None = None
    counts: bool = True
    grows: bool = True
    has_metrics: bool = False
    has_second: bool = False

    def note(self, args: Sequence[Any], kwargs: Mapping[str, Any], is_plateau: bool) -> None:
        """One more call with these arguments."""
        self.calls += 1
        name = "metrics" if is_plateau else "epoch"
        value = args[0] if args else kwargs.get(name)
        second = args[1] if len(args) > 1 else kwargs.get("epoch") if is_plateau else None
        self.has_metrics |= "metrics" in kwargs
        self.has_second |= second is not None
        kind = kind_of(value)
        self.kinds |= {kind}
        if kind in (Kind.INTEGER, Kind.NUMBER):
            self._count(as_number(value))

    def _count(self, number: float) -> None:
        if self.last is None:
            self.first = number
        else:
            self.counts &= number in (self.last + 1, self.first)
            self.grows &= number >= self.last
        self.last = number

    @property
    def has_value(self) -> bool:
        """Whether any call passed anything but None."""
        return bool(self.kinds - {Kind.NONE})


def kind_of(value: object) -> Kind:
    """What a value is."""
    if value is None:
        return Kind.NONE
    if isinstance(value, torch.Tensor):
        return Kind.TENSOR
    if isinstance(value, bool):
        return Kind.OTHER
    if isinstance(value, int):
        return Kind.INTEGER
    if isinstance(value, float):
        return Kind.NUMBER
    try:
        operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return Kind.NUMBER if hasattr(value, "__float__") else Kind.OTHER
    return Kind.INTEGER
