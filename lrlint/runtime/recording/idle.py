"""Facts about schedulers that change nothing: LR110 and LR111."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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
            if _is_never_stepped(scheduler) and not _may_be_copied(scheduler, recorder):
                yield from _never_stepped(scheduler)
    sites = dict.fromkeys(one.site for one in recorder.optimizers if one.is_direct)
    for site in sites:
        yield from _replaced([one for one in recorder.optimizers if one.site is site])


def _is_never_stepped(scheduler: SchedulerRecord) -> bool:
    """Whether a scheduler of the user's code was for nothing, and nobody else set the LR."""
    optimizer = scheduler.optimizer
    if scheduler.is_used or scheduler.is_held or scheduler.inside or not scheduler.is_direct or not scheduler.is_whole:
        return False
    others = [one for one in optimizer.schedulers if one is not scheduler]
    if any(one.is_used for one in others) or any(one.site is scheduler.site for one in others):
        return False  # it was replaced, or each round builds one to set the LR
    return optimizer.tries - scheduler.tries >= _TRAINING and optimizer.rates.is_constant


def _may_be_copied(scheduler: SchedulerRecord, recorder: Recorder) -> bool:
    """Whether one that no constructor has built, as a copy, is stepped in its place."""
    name = scheduler.class_name
    return any(one.class_name == name and one.is_used and not one.is_whole for one in recorder.schedulers)


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


def _replaced(optimizers: Sequence[OptimizerRecord]) -> Iterator[Fact]:
    """The optimizers of one site, which have taken the parameters of an older one that goes on to have its scheduler
    stepped."""
    rivals = [(old, tries) for one in optimizers for old, tries in one.rivals.items() if old not in optimizers]
    for old, tries in rivals:
        taking = [one for one in optimizers if old in one.rivals]
        first = taking[0]
        if old.tries > tries or first.site is None or sum(one.steps for one in taking) < _TRAINING:
            continue
        for scheduler in old.schedulers:
            steps = next(iter(scheduler.sites), None)
            since = scheduler.steps - (scheduler.steps_before_rival or 0)
            if steps is None or scheduler.inside or since < _TRAINING:
                continue
            yield Fact(
                "LR111",
                first.site,
                "this is a new optimizer, but the scheduler went on to drive the old one: its schedule was lost",
                "replaced the optimizer of the scheduler",
                related(
                    (scheduler.site, "the scheduler was built on the old one here"),
                    (first.first_step, "the new one stepped here"),
                    (steps, "the scheduler stepped here"),
                ),
            )
            return
