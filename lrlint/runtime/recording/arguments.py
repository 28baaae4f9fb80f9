"""Facts about what is passed to the step of a scheduler: LR102 to LR105."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.rule import Severity
from lrlint.runtime.recording.facts import CALL, Fact, related
from lrlint.runtime.recording.objects import SchedulerRecord, SiteSteps
from lrlint.runtime.recording.passed import Kind
from lrlint.runtime.recording.recorder import Recorder
from lrlint.runtime.recording.sites import Site
from lrlint.runtime.recording.texts import Texts

_REFUSE_EPOCHS = ("SequentialLR", "ChainedScheduler")
_NUMBERS = frozenset([Kind.INTEGER, Kind.NUMBER])


def judge(recorder: Recorder, texts: Texts, is_over: bool) -> Iterator[Fact]:
    """What sites pass that the scheduler does not take, or takes for something else."""
    for scheduler in recorder.schedulers:
        for site, steps in scheduler.sites.items():
            is_plateau = scheduler.class_name == "ReduceLROnPlateau"
            yield from (_of_plateau if is_plateau else _of_others)(scheduler, site, steps, texts)


def _of_plateau(scheduler: SchedulerRecord, site: Site, steps: SiteSteps, texts: Texts) -> Iterator[Fact]:
    passed, built = steps.passed, related((scheduler.site, "a ReduceLROnPlateau"))
    if steps.refused and not passed.has_value:
        yield Fact(
            "LR104",
            site,
            f"{CALL} passed no metric: {_first_line(steps.refused)}",
            "the metric is missing",
            built,
        )
    elif passed.has_second:
        yield Fact(
            "LR102",
            site,
            f"{CALL} passed an epoch beside the metric: deprecated since torch 1.4, the scheduler counts by itself",
            "the epoch is deprecated",
            built,
        )
    is_count = passed.kinds == {Kind.INTEGER} and passed.counts and passed.calls > 1 and (passed.first or 0) in (0, 1)
    if is_count and not texts.text(site).names_metric(site):
        yield Fact(
            "LR105",
            site,
            f"{CALL} passed {passed.first:g}, {(passed.first or 0) + 1:g}, … as the metric: the LR follows the clock,"
            " not the training",
            "a metric belongs here",
            built,
        )


def _of_others(scheduler: SchedulerRecord, site: Site, steps: SiteSteps, texts: Texts) -> Iterator[Fact]:
    passed, name = steps.passed, scheduler.class_name
    if not passed.has_value and not passed.has_metrics:
        return
    built = related((scheduler.site, f"a {name}"))
    if _is_metric(scheduler, site, steps, texts):
        is_refused = steps.refused is not None and (passed.has_metrics or passed.has_second or name in _REFUSE_EPOCHS)
        end = _first_line(steps.refused or "") if is_refused else f"{name} took it for the epoch and set its LR"
        yield Fact(
            "LR103",
            site,
            f"{CALL} passed a metric: {end}",
            "takes no metric" if is_refused else "the metric is taken for an epoch",
            built,
            Severity.ERROR if is_refused else None,
        )
    elif name in _REFUSE_EPOCHS:
        yield Fact(
            "LR102", site, f"{CALL} passed an epoch: {_first_line(steps.refused or '')}", "takes no epoch", built
        )
    elif name != "CosineAnnealingWarmRestarts":
        yield Fact(
            "LR102",
            site,
            f"{CALL} passed an epoch: deprecated since torch 1.4, as `step()` counts by itself",
            "the epoch is deprecated",
            built,
        )


def _is_metric(scheduler: SchedulerRecord, site: Site, steps: SiteSteps, texts: Texts) -> bool:
    """Whether the value is a metric: by how or as what it is passed, by its name, or else as it does not count up."""
    passed = steps.passed
    if passed.has_metrics or passed.has_second or Kind.TENSOR in passed.kinds:
        return True
    if passed.kinds - {Kind.NONE} == {Kind.INTEGER} and passed.counts and passed.calls > 1:
        return False
    if texts.text(site).names_metric(site):
        return True
    is_epoch = passed.kinds - {Kind.NONE} == {Kind.INTEGER} or passed.grows
    return not is_epoch and scheduler.class_name != "CosineAnnealingWarmRestarts" and bool(passed.kinds & _NUMBERS)


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
