"""Where the time of a run goes: `--profile`.

Where nobody measures, a stage is entered and left for nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar

_Parameters = ParamSpec("_Parameters")
_Result = TypeVar("_Result")

_NOBODY: AbstractContextManager[None] = contextlib.nullcontext()

OTHER = "other"


@dataclass(slots=True)
class Profile:
    """Seconds by stage.  What a stage spends in another one counts for that alone.

    The time in no stage is that of OTHER, so that all together are the time since the beginning.
    """

    _seconds: dict[Hashable, float] = field(default_factory=dict)
    _entered: list[Hashable] = field(default_factory=lambda: [OTHER])
    _since: float = field(default_factory=perf_counter)

    @property
    def seconds(self) -> Mapping[Hashable, float]:
        """The seconds of each stage: what is called by a name, and rules, which stand for themselves."""
        return self._seconds

    @contextlib.contextmanager
    def within(self, stage: Hashable) -> Iterator[None]:
        """Spend time in a stage."""
        self.count()
        self._entered.append(stage)
        try:
            yield
        finally:
            self.count()
            self._entered.pop()

    def count(self) -> None:
        """Count the time until now."""
        now, stage = perf_counter(), self._entered[-1]
        self._seconds[stage] = self._seconds.get(stage, 0.0) + now - self._since
        self._since = now


_measuring: list[Profile] = []
"""The profile that is made just now, if one is."""


@contextlib.contextmanager
def measured() -> Iterator[Profile]:
    """Measure all that is done meanwhile."""
    profile = Profile()
    _measuring.append(profile)
    try:
        yield profile
    finally:
        profile.count()
        _measuring.remove(profile)


def stage(name: Hashable) -> AbstractContextManager[None]:
    """What is done within is of a stage."""
    return _measuring[-1].within(name) if _measuring else _NOBODY


def timed(name: str) -> Callable[[Callable[_Parameters, _Result]], Callable[_Parameters, _Result]]:
    """All that a function does is of a stage."""

    def decorate(function: Callable[_Parameters, _Result]) -> Callable[_Parameters, _Result]:
        @wraps(function)
        def call(*args: _Parameters.args, **kwargs: _Parameters.kwargs) -> _Result:
            if not _measuring:
                return function(*args, **kwargs)
            with _measuring[-1].within(name):
                return function(*args, **kwargs)

        return call

    return decorate
