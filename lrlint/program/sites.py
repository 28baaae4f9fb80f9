"""Sites: where the objects that a finding is about were built."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lrlint.program.facts import SchedulerStep
from lrlint.program.values import Optimizer, Scheduler, Test
from lrlint.program.visit import Visit
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

    It is that of `shown`, if this is one of them, or else of the object built first.  Raises ValueError if there are no
    objects.
    """
    several = tuple(objects)
    one = shown if shown in several else min(several, key=lambda one: one.ident)
    sites = {one.site for one in several}
    others = f", one of {len(sites)} places" if len(sites) > 1 else ""
    return *program.place(one.site), f"{what} is built here{others}"


def schedulers_of(program: Program, visits: Iterable[SchedulerStep]) -> frozenset[Scheduler]:
    """The schedulers that the visits of a step are of, without those with which no run comes there."""
    found = {(scheduler, visit.visit) for visit in visits for scheduler in visit.schedulers}
    reaching = frozenset(scheduler for scheduler, visit in found if _comes_to(program, scheduler, visit))
    return reaching or frozenset(scheduler for scheduler, _ in found)


def _comes_to(program: Program, scheduler: Scheduler, visit: Visit) -> bool:
    builds = program.visits_of_builds.get(scheduler, ())
    return not builds or not all(build.excludes(visit) or _contradict(build, visit) for build in builds)


def _contradict(build: Visit, visit: Visit) -> bool:
    """Whether an option would have to equal two things at once."""
    equal = {(test.ident, test.path): test.constant for test, holds in build.verdicts if _says_what_it_is(test, holds)}
    return any(
        equal.get((test.ident, test.path), test.constant) != test.constant
        for test, holds in visit.verdicts
        if _says_what_it_is(test, holds)
    )


def _says_what_it_is(test: Test, holds: bool) -> bool:
    return holds and test.constant is not ...
