"""Facts about the order of steps: LR101."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.runtime.recording.facts import CALL, Fact, related
from lrlint.runtime.recording.objects import Early, SchedulerRecord
from lrlint.runtime.recording.recorder import Recorder
from lrlint.runtime.recording.texts import Texts


def judge(recorder: Recorder, texts: Texts, is_over: bool) -> Iterator[Fact]:
    """The first steps that came before any of the optimizer, where the optimizer's came next."""
    for scheduler in recorder.schedulers:
        early = scheduler.early
        if early is None or early.follower is None or not _is_wrong(scheduler, early, texts):
            continue
        yield Fact(
            "LR101",
            early.site,
            f"{CALL} came before the first step of its optimizer: {_consequence(scheduler, early)}",
            "the scheduler steps first",
            related((early.follower, "the optimizer stepped here"), (scheduler.site, f"the {scheduler.class_name}")),
        )


def _is_wrong(scheduler: SchedulerRecord, early: Early, texts: Texts) -> bool:
    """Whether a first LR was lost that the schedule has.

    ReduceLROnPlateau may step anywhere, a first LR of 0 is skipped on purpose, and CosineAnnealingWarmRestarts takes
    the epoch on purpose.  The optimizer's step may be written above, and only be left out in the first round.  A step
    that is not taken again, in a loop of its own or with an epoch, brings a schedule to where a resumed run begins.
    """
    if scheduler.class_name == "ReduceLROnPlateau" or not any(early.first) or early.parting is None:
        return False
    if early.has_epoch and scheduler.class_name == "CosineAnnealingWarmRestarts":
        return False
    step, follower = early.parting
    if step[1:] > follower[1:]:
        return False
    if scheduler.sites[early.site].count > 1:
        return True
    if early.has_epoch:
        return len(scheduler.sites) == 1
    code, own = step[0], early.site
    if texts.of_code(code).has_loop_around(code.co_firstlineno, step[1], follower[1]):
        return True
    return not texts.text(own).has_loop_around(own.code.co_firstlineno, own.line)


def _consequence(scheduler: SchedulerRecord, early: Early) -> str:
    if early.used != early.first:
        return f"no step used the first LR of the schedule, {describe(early.first)}"
    if not early.has_epoch:
        return "every LR of the schedule came one step early"
    is_right = scheduler.sites[early.site].passed.first == 0
    return "torch warns" + (", and only the epoch argument kept the LRs right" if is_right else "")


def describe(rates: tuple[float, ...]) -> str:
    """LRs in words, the one that all groups have, or all of them."""
    words = [f"{rate:.6g}" for rate in rates]
    return words[0] if len(set(words)) == 1 else f"({', '.join(words)})"
