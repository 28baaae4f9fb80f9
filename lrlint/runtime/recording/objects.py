"""The records of a run: one for each optimizer and each scheduler.  They keep none of these alive."""

from __future__ import annotations

import weakref
from collections import Counter
from dataclasses import dataclass, field
from types import CodeType
from typing import TypeAlias

import torch
from torch.optim import Optimizer

from lrlint.runtime.recording.passed import Passed
from lrlint.runtime.recording.rates import RateLog
from lrlint.runtime.recording.sites import Point, Site

TensorRef: TypeAlias = "weakref.ref[torch.Tensor]"


@dataclass(slots=True, eq=False)
class Early:
    """A scheduler's first step, which came before any of its optimizer since the scheduler was built.

    `first` are the LRs of the optimizer before it.  `follower` is the site of the optimizer's step that came next,
    before a second one of the scheduler, `used` the LRs of that step, and `parting` where the ways to both part.
    """

    site: Site
    stack: tuple[Point, ...]
    has_epoch: bool
    first: tuple[float, ...]
    used: tuple[float, ...] = ()
    follower: Site | None = None
    parting: tuple[Point, Point] | None = None


@dataclass(slots=True, eq=False)
class Gradients:
    """The parameters of an optimizer that had no gradient whenever it was looked; `looks` says how often."""

    missing: dict[int, TensorRef] = field(default_factory=dict)
    total: int = 0
    looks: int = 0


@dataclass(slots=True, eq=False)
class OptimizerRecord:
    """An optimizer and its steps.

    `site` is where the user's code builds it, `is_direct`: itself, and not by a library; None where it is older than
    the recording.  A GradScaler was `asked` for so many steps.  Up to step `quiet_until` there is nothing to do but to
    count, as long as the steps come from this `code` and `instruction`, so many frames (`depth`) further out.
    `rivals` are older optimizers with parameters in common, by identity, with their tries at that time.
    """

    ident: int
    class_name: str
    ref: weakref.ref[Optimizer]
    site: Site | None
    is_direct: bool
    rates: RateLog = field(default_factory=RateLog)
    steps: int = 0
    asked: int = 0
    quiet_until: int = 0
    code: CodeType | None = None
    instruction: int = 0
    depth: int = 0
    first_step: Site | None = None
    waiting: list[tuple[SchedulerRecord, Early]] = field(default_factory=list)
    next_look: int = 1
    gradients: Gradients = field(default_factory=Gradients)
    rivals: dict[OptimizerRecord, int] = field(default_factory=dict)
    twins: list[OptimizerRecord] = field(default_factory=list)
    turns: dict[OptimizerRecord, Turns] = field(default_factory=dict)
    may_nest: bool = False
    group_names: tuple[str, ...] = ()
    schedulers: list[SchedulerRecord] = field(default_factory=list)

    @property
    def tries(self) -> int:
        """Its steps, and those that a GradScaler was asked for, whether it took them or not."""
        return self.steps + self.asked


@dataclass(slots=True, eq=False)
class Turns:
    """How two optimizers with common parameters take turns: the one that stepped last, and how often it changed."""

    last: OptimizerRecord | None = None
    changes: int = 0


@dataclass(slots=True, eq=False)
class Family:
    """A scheduler with those inside of it: their steps since the last one of the optimizer, which had so many tries and
    steps then."""

    row: tuple[Own, ...] = ()
    tries: int = 0
    steps: int = 0


@dataclass(slots=True, eq=False)
class SiteSteps:
    """The steps of one scheduler from one site, `own`; `alone` is a row of one of them.

    `behind` counts the rows of steps, with none of the optimizer in between, in which one came behind another step of
    the scheduler or of one that it is inside of, by the scheduler and site of that other step.  `trained` counts those
    since the optimizer began to step, and `fewest` are the steps of the optimizer in between, at the least, where there
    were any.
    """

    own: Own
    alone: tuple[Own, ...]
    count: int = 0
    trained: int = 0
    behind: Counter[Own] = field(default_factory=Counter)
    fewest: int | None = None
    passed: Passed = field(default_factory=Passed)
    refused: str | None = None


@dataclass(slots=True, eq=False)
class SchedulerRecord:
    """A scheduler and the steps that the user's code takes; `others` counts those of libraries and of other schedulers.

    `is_torch`: its `step` is one of torch's.  `after` are the LRs once it was built, and `tries` those of its
    optimizer then.  While `quiet`, steps from
    this `code` and `instruction` are only to be counted.  `inside` is the
    scheduler that it is a member of, or that holds it.
    """

    ident: int
    class_name: str
    ref: weakref.ref[object]
    site: Site | None
    is_direct: bool
    is_torch: bool
    optimizer: OptimizerRecord
    is_whole: bool
    after: tuple[float, ...] = ()
    tries: int = 0
    sites: dict[Site, SiteSteps] = field(default_factory=dict)
    others: int = 0
    early: Early | None = None
    inside: SchedulerRecord | None = None
    is_held: bool = False
    family: Family = field(default_factory=Family)
    reach: Reach | None = None
    quiet: SiteSteps | None = None
    code: CodeType | None = None
    instruction: int = 0
    steps_before_rival: int | None = None

    @property
    def steps(self) -> int:
        """The steps that the user's code took."""
        return sum(one.count for one in self.sites.values())

    @property
    def done(self) -> int:
        """How far a schedule with a length has come."""
        return 0 if self.reach is None else self.reach.known + self.steps - self.reach.at

    @property
    def is_used(self) -> bool:
        """Whether anything stepped it."""
        return bool(self.sites or self.others)


Own = tuple["SchedulerRecord", Site]
"""A scheduler, and a site that steps it."""


@dataclass(slots=True, eq=False)
class Reach:
    """How far a schedule with a `length` has come: `known` steps, when the user's code had taken so many (`at`)."""

    length: int
    known: int = 0
    at: int = 0
