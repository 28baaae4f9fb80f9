"""Facts about schedulers that change nothing: LR110 and LR111."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.runtime.recording.facts import Fact, related
from lrlint.runtime.recording.objects import OptimizerRecord, SchedulerRecord
from lrlint.runtime.recording.order import describe
from lrlint.runtime.recording.recorder import Recorder
from lrlint.runtime.recording.texts import Texts

_TRAINING = 2
"""So many steps of an optimizer are a training."""


def judge(recorder: Recorder, texts: Texts, is_over: bool) -> Iterator[Fact]:
    """Schedulers that nothing stepped in a run that is over, and those whose optimizer has been replaced."""
    if is_over:
        for scheduler in recorder.schedulers:
            if _is_never_stepped(scheduler):
                yield from _never_stepped(scheduler)
    for optimizer in recorder.optimizers:
        for rival, tries in optimizer.rivals.items():
            yield from _replaced(optimizer, rival, tries)


def _is_never_stepped(scheduler: SchedulerRecord) -> bool:
    """Whether a scheduler of the user's code was for nothing, and nobody else set the LR."""
    optimizer = scheduler.optimizer
    if scheduler.is_used or scheduler.is_held or scheduler.inside or not scheduler.is_direct or not scheduler.is_whole:
        return False
    others = [one for one in optimizer.schedulers if one is not scheduler]
    if any(one.is_used for one in others) or any(one.site is scheduler.site for one in others):
        return False  # it was replaced, or each round builds one to set the LR
    return optimizer.tries - scheduler.tries >= _TRAINING and optimizer.rates.is_constant


def _never_stepped(scheduler: SchedulerRecord) -> Iterator[Fact]:
    if scheduler.site is not None:
        optimizer = scheduler.optimizer
        yield Fact(
            "LR110",
            scheduler.site,
            f"this {scheduler.class_name} was never stepped: the LR stayed {describe(scheduler.after)} for"
            f" {optimizer.steps} steps of its optimizer",
            "nothing stepped this scheduler",
            related((optimizer.first_step, "its optimizer stepped here")),
        )


def _replaced(optimizer: OptimizerRecord, old: OptimizerRecord, tries: int) -> Iterator[Fact]:
    """An optimizer that has taken the parameters of an older one, which goes on to have its scheduler stepped."""
    site, is_stepped = optimizer.site, optimizer.steps >= _TRAINING
    if site is None or not optimizer.is_direct or not is_stepped or old.tries > tries:
        return
    for scheduler in old.schedulers:
        steps = next(iter(scheduler.sites), None)
        if steps is None or scheduler.inside or scheduler.steps - scheduler.stepped_since < _TRAINING:
            continue
        yield Fact(
            "LR111",
            site,
            "this is a new optimizer, but the scheduler went on to drive the old one: its schedule was lost",
            "replaced the optimizer of the scheduler",
            related(
                (scheduler.site, "the scheduler was built on the old one here"),
                (optimizer.first_step, "the new one stepped here"),
                (steps, "the scheduler stepped here"),
            ),
        )
        return
