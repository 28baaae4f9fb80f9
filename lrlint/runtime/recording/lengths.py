"""Facts about schedules that ended before the training, or did not end with it: LR501 and LR703."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.rule import Severity
from lrlint.runtime.recording.facts import CALL, Fact, related
from lrlint.runtime.recording.objects import Reach, SchedulerRecord
from lrlint.runtime.recording.recorder import Recorder
from lrlint.runtime.recording.texts import Texts


def judge(recorder: Recorder, texts: Texts, is_over: bool) -> Iterator[Fact]:
    """Cosines that rose again or were cut off, and a OneCycleLR that was stepped past its end."""
    for scheduler in recorder.schedulers:
        reach = scheduler.reach
        if reach is None or scheduler.inside or scheduler.is_held or not scheduler.sites:
            continue
        if scheduler.class_name == "OneCycleLR":
            yield from _one_cycle(scheduler, reach)
        elif is_over and scheduler.site is not None:
            yield from _cosine(scheduler, reach)


def _one_cycle(scheduler: SchedulerRecord, reach: Reach) -> Iterator[Fact]:
    for site, steps in scheduler.sites.items():
        if steps.refused is not None and "Tried to step" in steps.refused:
            yield Fact(
                "LR703",
                site,
                f"{CALL} stepped past the end of the schedule, which is {reach.length} steps long: "
                f"{steps.refused.partition(chr(10))[0]}",
                "the schedule is over",
                related((scheduler.site, "the OneCycleLR")),
            )
            return
    last = next(reversed(scheduler.sites))
    if scheduler.done >= reach.length and scheduler.optimizer.tries > scheduler.family.tries:
        yield Fact(
            "LR703",
            last,
            f"{CALL} stepped past the end of the schedule, which is {reach.length} steps long: the LR rose again",
            "the schedule is over",
            related((scheduler.site, "the OneCycleLR")),
            Severity.CORRECTNESS,
        )


def _cosine(scheduler: SchedulerRecord, reach: Reach) -> Iterator[Fact]:
    assert scheduler.site is not None
    if abs(scheduler.done - reach.length) <= 1 or not scheduler.done:
        return
    if scheduler.done > reach.length:
        end = f"rose again behind step {reach.length} of {scheduler.done}"
    else:
        end = f"had not come to its end when the run was over, at step {scheduler.done} of {reach.length}"
    site = next(iter(scheduler.sites))
    yield Fact(
        "LR501",
        scheduler.site,
        f"this {scheduler.class_name} {end}",
        "as long as its T_max",
        related((site, "the scheduler stepped here")),
    )
