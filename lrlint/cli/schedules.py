"""Typed schedules, run on torch and made a chart."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from lrlint.cli import Failure
from lrlint.curve.curves import Chart, Curve, compared
from lrlint.curve.program import Pace, line_in_schedule, program_of
from lrlint.curve.typed import Schedule, ScheduleError, parse_schedule
from lrlint.report.counting import plural
from lrlint.report.terminal import visible
from lrlint.runtime.evidence import DEFAULT_TIMEOUT, Evidence, ObservationError, Observer, installed_torch
from lrlint.runtime.lengths import LONGEST

_SECONDS_PER_STEP = 0.001  # ten times what it takes
_METRIC = (1.0,)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line says about the length and the pace of schedules."""

    steps: int | None = None
    epochs: int | None = None
    steps_per_epoch: int | None = None
    every: str | None = None
    metric: str | None = None

    @property
    def counts_epochs(self) -> bool:
        """Whether epochs are what the axis counts."""
        return self.epochs is not None or self.steps_per_epoch is not None

    def pace_of(self, schedule: Schedule) -> Pace:
        """How long a schedule is run, and how often its scheduler steps."""
        length = self.steps_per_epoch or 1
        steps = self.epochs * length if self.epochs is not None else self.steps
        by_epoch = self.counts_epochs and not schedule.counts_steps if self.every is None else self.every == "epoch"
        return Pace(steps, length if by_epoch else 1)


def chart_of(texts: Sequence[str], wish: Wish, is_comparing: bool, is_logarithmic: bool) -> Chart:
    """The chart of some typed schedules.  Raises Failure where one can't be run."""
    metrics = _metrics(wish.metric)
    schedules = [_parsed(text) for text in texts]
    with _observer() as observer, tempfile.TemporaryDirectory(prefix="lrlint-") as folder:
        program = Path(folder) / "schedule.py"
        seen = [_observed(schedule, wish.pace_of(schedule), metrics, program, observer) for schedule in schedules]
    is_alone = len(schedules) == 1
    curves = [
        Curve(schedule.optimizer if is_alone else schedule.text, evidence.rates[0])
        for schedule, evidence in zip(schedules, seen, strict=True)
    ]
    if is_comparing:
        curves = list(compared(curves[:1], curves[1:]))
    return Chart(
        schedules[0].text if is_alone else "Learning rate",
        tuple(curves),
        (wish.steps_per_epoch or 1) if wish.counts_epochs else None,
        tuple(_notes(schedules, seen, wish)),
        is_logarithmic,
    )


def _metrics(text: str | None) -> tuple[float, ...]:
    if text is None:
        return _METRIC
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise click.UsageError(f"--metric takes numbers with commas between them, not {text!r}") from None


def _parsed(text: str) -> Schedule:
    try:
        return parse_schedule(text)
    except ScheduleError as error:
        raise _ScheduleFailure(error) from None


class _ScheduleFailure(Failure):
    """What is wrong with a schedule, with the place in it below."""

    def __init__(self, error: ScheduleError) -> None:
        super().__init__(str(error))
        self._shown = error.shown

    def show(self, file: Any = None) -> None:
        """Print the message on stderr, and the schedule below it with the place underlined."""
        super().show(file)
        for line in self._shown:
            if line.strip():
                click.echo(f"  {visible(line)}", err=True)


def _observer() -> Observer:
    try:
        return Observer()
    except ObservationError as error:
        raise Failure(str(error)) from None


def _observed(schedule: Schedule, pace: Pace, metrics: Sequence[float], program: Path, observer: Observer) -> Evidence:
    """What torch does with a schedule.  Raises Failure where it raises."""
    program.write_text(program_of(schedule, pace, metrics), encoding="utf-8")
    timeout = DEFAULT_TIMEOUT + _SECONDS_PER_STEP * (pace.steps or LONGEST)
    try:
        evidence = observer.observe(program, timeout)
    except ObservationError as error:
        reason = str(error).removeprefix(f"{program}: ")
        raise _ScheduleFailure(schedule.error(f"torch gave no answer: {reason}", None)) from None
    if evidence.error:
        line = line_in_schedule(evidence.error.line)
        steps = len(evidence.rates[0]) if evidence.rates else 0
        when = f" after step {steps} of the optimizer" if steps else ""
        said = f"torch raises{when}: {evidence.error.type}: {evidence.error.message}"
        raise _ScheduleFailure(schedule.error(said, line))
    return evidence


def _notes(schedules: Sequence[Schedule], seen: Sequence[Evidence], wish: Wish) -> Iterator[str]:
    """What was taken for granted, and what torch said."""
    if wish.steps is None and wish.epochs is None:
        yield _length(schedules, seen, wish)
    yield from dict.fromkeys(_pace(schedule, wish) for schedule in schedules if schedule.scheduler is not None)
    if any(schedule.takes_metric for schedule in schedules) and wish.metric is None:
        yield f"ReduceLROnPlateau always gets the metric {_METRIC[0]:g}, as if nothing improved; --metric for others."
    for evidence in seen:
        for warning in evidence.warnings:
            yield f"torch warns: {warning.category}: {warning.message}"
    yield f"Computed by torch {installed_torch()}."


def _length(schedules: Sequence[Schedule], seen: Sequence[Evidence], wish: Wish) -> str:
    option = "--epochs" if wish.counts_epochs else "--steps"
    if any(len(evidence.rates[0]) == LONGEST for evidence in seen):
        return f"This is the beginning, {LONGEST} steps; {option} for more."
    if all(schedule.ends or (schedule.takes_metric and "," in (wish.metric or "")) for schedule in schedules):
        return f"The length is that of the schedule; {option} for another."
    return f"The schedule has no end, so this is its beginning; {option} for more."


def _pace(schedule: Schedule, wish: Wish) -> str:
    every = wish.pace_of(schedule).every
    name = schedule.text.partition("(")[0]
    if every > 1:
        return f"{name} steps after each epoch of {plural(every, 'step')}."
    return (
        f"{name} steps after each {'epoch' if wish.counts_epochs and not wish.steps_per_epoch else 'optimizer step'}."
    )
