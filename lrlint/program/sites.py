"""Sites: where the objects that a finding is about were built."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lrlint.program.facts import SchedulerStep
from lrlint.program.values import Optimizer, Scheduler
from lrlint.source import Range

if TYPE_CHECKING:
    from lrlint.program import Program


def built_here(
    program: Program,
    objects: Iterable[Optimizer | Scheduler],
    what: str = "the scheduler",
    shown: Optimizer | Scheduler | None = None,
) -> tuple[str, Range, str]:
    """The place that builds one of some objects, and a label that tells how many such places there are.

    It is that of `shown`, or else of the object built first.  Raises ValueError if there are no objects.
    """
    several = tuple(objects)
    one = shown or min(several, key=lambda one: one.ident)
    sites = {one.site for one in several}
    others = f", one of {len(sites)} places" if len(sites) > 1 else ""
    return *program.place(one.site), f"{what} is built here{others}"


def schedulers_of(visits: Iterable[SchedulerStep]) -> frozenset[Scheduler]:
    """The schedulers that the visits of a step are of."""
    return frozenset(scheduler for visit in visits for scheduler in visit.schedulers)
