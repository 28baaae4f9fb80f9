"""Facts about schedulers that are stepped more often than their optimizer: LR115 and LR217."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.runtime.recording.facts import CALL, Fact, related
from lrlint.runtime.recording.objects import SchedulerRecord, SiteSteps
from lrlint.runtime.recording.recorder import Recorder
from lrlint.runtime.recording.sites import Site
from lrlint.runtime.recording.texts import Texts

_TWICE = 2
"""So often something must have happened before it counts as what the loop does."""


def judge(recorder: Recorder, texts: Texts, is_over: bool) -> Iterator[Fact]:
    """The sites whose every step came behind another one of the scheduler, with none of the optimizer in between."""
    for scheduler in recorder.schedulers:
        for site, steps in scheduler.sites.items():
            for (other, first), count in steps.behind.items() if not _is_told_epoch(scheduler, steps) else ():
                if count < _TWICE:
                    continue
                if first is site:
                    if _comes_twice(steps, count) and not texts.text(site).is_all_of_loop(site):
                        yield _of_scheduler(scheduler, site, first)
                elif count >= steps.trained:
                    members = _of_member(scheduler, site, other, first)
                    yield from members if other is not scheduler else [_of_scheduler(scheduler, site, first)]


def _is_told_epoch(scheduler: SchedulerRecord, steps: SiteSteps) -> bool:
    """Whether the steps set the epoch, so that it does not matter how many there are."""
    return steps.passed.has_value and scheduler.class_name != "ReduceLROnPlateau"


def _comes_twice(steps: SiteSteps, behind: int) -> bool:
    """Whether each second step from a site is one too many, and not each second batch one without an update."""
    return abs(steps.trained - 2 * behind) <= 1 and (steps.fewest or 0) >= _TWICE


def _of_scheduler(scheduler: SchedulerRecord, site: Site, other: Site) -> Fact:
    """Reported at the one that is written further below."""
    second, first = sorted((site, other), key=lambda one: (one.file, one.line), reverse=True)
    is_plateau = scheduler.class_name == "ReduceLROnPlateau"
    what = "a bad epoch counts twice" if is_plateau else "the schedule runs ahead of the training"
    return Fact(
        "LR115",
        second,
        f"{CALL} stepped the scheduler once more in the same round: {what}",
        "one step too many" if first is not second else "comes more often than the optimizer's step",
        related(
            (first if first is not second else None, "it was stepped here, too"),
            (scheduler.optimizer.first_step, "the optimizer stepped here"),
            (scheduler.site, f"the {scheduler.class_name}"),
        ),
    )


def _of_member(scheduler: SchedulerRecord, site: Site, other: SchedulerRecord, first: Site) -> Iterator[Fact]:
    """Reported at the member's step."""
    pairs = (((scheduler, site), (other, first)), ((other, first), (scheduler, site)))
    for (member, place), (outer, outer_place) in pairs:
        if member.inside is outer:
            yield Fact(
                "LR217",
                place,
                f"{CALL} stepped a {member.class_name} that the {outer.class_name} around it steps as well: it is "
                "ahead of its schedule",
                "its own step is one too many",
                related((outer_place, f"the {outer.class_name} stepped here"), (member.site, "the member")),
            )
