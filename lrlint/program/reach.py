"""Reach: whether one call steps whichever scheduler an `if` has chosen."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.facts import SchedulerBuild, SchedulerStep
from lrlint.program.places import function_around
from lrlint.program.search import exits

if TYPE_CHECKING:
    from lrlint.program import Program


def steps_every_choice(program: Program, call: ir.Call) -> bool:
    """Whether a step is surely made in each run that builds one of its schedulers, and is all that steps it.

    The schedulers must be built in branches of `if` that exclude each other, and nothing that comes after these may
    decide about the step: that could be the same question in other words.
    """
    visits = program.scheduler_steps[call]
    schedulers = frozenset(scheduler for visit in visits for scheduler in visit.schedulers)
    if call in program.mixed_steps or any(visit.schedulers != visit.possible for visit in visits):
        return False
    if schedulers & program.facts.escaped or any(program.steps_of(one) != {call} for one in schedulers):
        return False
    builds = [build for build in program.facts.scheduler_builds if build.scheduler in schedulers]
    if {build.scheduler for build in builds} != schedulers:
        return False  # of a class that torch was asked for by name
    if not all(_is_either(program, *pair) for pair in combinations(builds, 2)):
        return False
    return not _may_be_passed_by(program, call) and all(_follows(visit, build) for visit in visits for build in builds)


def _is_either(program: Program, one: SchedulerBuild, other: SchedulerBuild) -> bool:
    """Whether an `if` decides which of two schedulers is built."""
    ways = dict(one.visit.branches)
    decisions = [d for d, way in other.visit.branches if ways.get(d, way) != way]
    return any(decision in program.facts.decisions for decision in decisions)


def _follows(visit: SchedulerStep, build: SchedulerBuild) -> bool:
    """Whether every run that builds a scheduler comes to a visit of its step, as far as conditions decide."""
    return visit.visit.branches <= build.visit.branches and not visit.is_guarded


def _may_be_passed_by(program: Program, call: ir.Call) -> bool:
    """Whether the function around a step, or the module, can be left before it."""
    around = function_around(program, call)
    statements = program.statements_around(call) if around is None else around.function.body
    place = program.range(call).start
    return any(program.range(one).start < place for one, _ in exits(statements))
