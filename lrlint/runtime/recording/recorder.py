"""The recorder: hears what torch does, and keeps it as records."""

from __future__ import annotations

import itertools
import sys
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import torch
from torch.optim import Optimizer

from lrlint.runtime.recording import taps
from lrlint.runtime.recording.asking import TORCH, class_name, is_stepping, optimizer_of, outside_of, reach_of
from lrlint.runtime.recording.harmless import harmless
from lrlint.runtime.recording.objects import (
    Early,
    OptimizerRecord,
    SchedulerRecord,
    SiteSteps,
    TensorRef,
    Turns,
)
from lrlint.runtime.recording.rates import rates_of
from lrlint.runtime.recording.sites import Site, Territory, parting, stack_of

_TWICE = 2
"""So many steps from one site, in a row of steps of schedulers, are told apart."""

_FRAMES_TO_CALL = 2
"""So many frames out of `Recorder.optimizer_steps` is what called torch's wrapper of `optimizer.step`."""

_AT_ONCE = 4096
"""So many steps are only counted, at the most, before the LRs that they used are put in order."""

_COMPOSITES = ("SequentialLR", "ChainedScheduler")


class Recorder:
    """Keeps records of all optimizers and schedulers that it hears of; a listener of `taps`.

    `tell` is called whenever something has happened that a rule may be about, for the first time.
    """

    def __init__(self, territory: Territory, tell: Callable[[], None] = lambda: None) -> None:
        self.territory = territory
        self.optimizers: list[OptimizerRecord] = []
        self.schedulers: list[SchedulerRecord] = []
        self.doubles: list[tuple[Site, int | None]] = []
        self.modules: weakref.WeakSet[torch.nn.Module] = weakref.WeakSet()
        self.orphans: dict[int, tuple[TensorRef, int]] = {}
        self.has_copies = False
        self.has_gradients = False
        self.failure: Exception | None = None
        self._tell = tell
        self._live: dict[int, OptimizerRecord] = {}
        self._scheduled: dict[int, SchedulerRecord] = {}
        self._idents = itertools.count()

    # Optimizers

    def optimizer_steps(self, optimizer: Optimizer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """An optimizer is about to step."""
        if self.failure is not None:
            return
        try:
            record = self._live.get(id(optimizer))
            if record is not None and record.steps < record.quiet_until:
                try:
                    frame = sys._getframe(record.depth)
                except ValueError:  # there are not so many
                    frame = sys._getframe()
                if frame.f_lasti == record.instruction and frame.f_code is record.code:
                    record.steps += 1
                    groups = optimizer.param_groups
                    if len(groups) == 1 and type(rate := groups[0].get("lr")) is float:
                        record.rates.pending.append(rate)
                    else:
                        record.rates.note(groups)
                    return
            self._note_optimizer(optimizer, record, sys._getframe(1), len(args) > 1 or bool(kwargs))
        except Exception as error:  # noqa: BLE001 - whatever it is, the training goes on
            self.failure = error

    optimizer_steps._torchdynamo_disable = True  # type: ignore[attr-defined]  # compiled code calls it

    def _note_optimizer(
        self, optimizer: Optimizer, record: OptimizerRecord | None, frame: FrameType, has_closure: bool
    ) -> None:
        record = record or self._meet(optimizer, None, False)
        if record.may_nest and is_stepping(optimizer, frame):
            return
        record.steps += 1
        record.rates.note(optimizer.param_groups)
        site = self._note_place(record, frame)
        if record.waiting:
            self._follow(record, rates_of(optimizer.param_groups), site, frame)
        if record.steps == record.next_look:
            record.next_look *= 2
            self._look(record, optimizer, has_closure)
        for twin in record.twins:
            self._take_turns(record, twin, frame)
        is_quiet = site is not None and not (record.may_nest or record.twins)
        record.quiet_until = min(record.next_look - 1, record.steps + _AT_ONCE) if is_quiet else 0

    def _note_place(self, record: OptimizerRecord, hook: FrameType) -> Site | None:
        """The site of a step; the next one is expected to come from there."""
        depth, frame = _FRAMES_TO_CALL, hook.f_back
        while frame is not None and not self.territory.owns(frame):
            depth, frame = depth + 1, frame.f_back
        if frame is None:
            return None
        record.code, record.instruction, record.depth = frame.f_code, frame.f_lasti, depth
        site = self.territory.direct(frame)
        record.first_step = record.first_step or site
        return site

    @harmless
    def optimizer_is_built(self, optimizer: Optimizer, frame: FrameType) -> None:
        """The constructor of an optimizer has done its work."""
        caller = outside_of(optimizer, frame)
        self._meet(optimizer, self.territory.nearest(caller), caller is not None and self._is_direct(caller))

    @harmless
    def step_is_asked_for(self, optimizer: Optimizer) -> None:
        """A GradScaler is asked to step an optimizer, and may skip that."""
        (self._live.get(id(optimizer)) or self._meet(optimizer, None, False)).asked += 1

    @harmless
    def group_is_added(self, optimizer: Optimizer, frame: FrameType, error: Exception | None) -> None:
        """A param group was added, or refused."""
        site = self.territory.nearest(outside_of(optimizer, frame))
        if site is None:
            return
        if error is not None:
            if "more than one parameter group" in str(error):
                self.doubles.append((site, len(optimizer.param_groups)))
                self._tell()
            return
        parameters = optimizer.param_groups[-1]["params"]
        if len({id(one) for one in parameters}) < len(parameters):
            self.doubles.append((site, None))
            self._tell()

    def _is_direct(self, caller: FrameType) -> bool:
        frame: FrameType | None = caller
        while frame is not None and frame.f_code.co_filename.startswith(TORCH):
            frame = frame.f_back
        return frame is not None and self.territory.owns(frame)

    def _meet(self, optimizer: Optimizer, site: Site | None, is_direct: bool) -> OptimizerRecord:
        ident, key = next(self._idents), id(optimizer)
        live = self._live

        def forget(ref: object) -> None:
            if key in live and live[key].ref is ref:
                del live[key]

        record = OptimizerRecord(ident, type(optimizer).__name__, weakref.ref(optimizer, forget), site, is_direct)
        defined = [one for one in type(optimizer).__mro__ if "step" in vars(one) and one is not Optimizer]
        record.may_nest = len(defined) > 1
        live[key] = record
        self.optimizers.append(record)
        return record

    def _follow(self, record: OptimizerRecord, used: tuple[float, ...], site: Site | None, frame: FrameType) -> None:
        """The optimizer steps behind the early step of a scheduler."""
        waiting, record.waiting = record.waiting, []
        stack = stack_of(frame)
        for _, early in waiting:
            early.used, early.follower, early.parting = used, site, parting(early.stack, stack)
        self._tell()

    def _take_turns(self, record: OptimizerRecord, twin: OptimizerRecord, frame: FrameType) -> None:
        """Note that one of two optimizers with common parameters steps, unless the other one is at it."""
        partner = twin.ref()
        if partner is None or is_stepping(partner, frame):
            return
        turns = record.turns[twin]
        if turns.last is not record:
            turns.last = record
            turns.changes += 1

    # Parameters

    @harmless
    def module_gets_part(self, module: torch.nn.Module) -> None:
        """A module gets a parameter or another module."""
        self.modules.add(module)

    def _look(self, record: OptimizerRecord, optimizer: Optimizer, has_closure: bool) -> None:
        """Look for gradients, at the first, second, fourth, … step."""
        parameters = [one for group in optimizer.param_groups for one in group["params"]]
        if record.steps == 1:
            record.group_names = tuple(
                str(group.get("name", f"group {index}")) for index, group in enumerate(optimizer.param_groups)
            )
            self._find_rivals(record, optimizer, {id(one) for one in parameters})
        if has_closure:  # gradients come within the step
            return
        found = record.gradients
        found.looks += 1
        found.total = len(parameters)
        without = {id(one): one for one in parameters if one.requires_grad and one.grad is None}
        self.has_gradients |= any(one.grad is not None for one in parameters)
        if found.looks == 1:
            found.missing = {key: weakref.ref(one) for key, one in without.items()}
        else:
            found.missing = {key: ref for key, ref in found.missing.items() if key in without}
        self._look_outside()

    def _look_outside(self) -> None:
        """Look for parameters of modules that have a gradient and are in no optimizer."""
        owned = {id(one) for one in self._parameters_of_all()}
        registered = set()
        for module in list(self.modules):
            for one in module._parameters.values():
                if one is None:
                    continue
                registered.add(id(one))
                if one.grad is not None and id(one) not in owned:
                    self.has_gradients = True
                    ref, looks = self.orphans.get(id(one), (weakref.ref(one), 0))
                    self.orphans[id(one)] = (ref, looks + 1) if ref() is one else (weakref.ref(one), 1)
        for key in owned & self.orphans.keys():
            del self.orphans[key]
        self.has_copies |= not owned <= registered

    def _parameters_of_all(self) -> Iterator[torch.Tensor]:
        for record in list(self._live.values()):
            optimizer = record.ref()
            for group in optimizer.param_groups if optimizer is not None else ():
                yield from group["params"]

    def _find_rivals(self, record: OptimizerRecord, optimizer: Optimizer, parameters: set[int]) -> None:
        """Find the other optimizers that have parameters of this one, in groups of their own."""
        groups = {id(group) for group in optimizer.param_groups}
        for other in list(self._live.values()):
            rival = other.ref()
            if other is record or rival is None or any(id(group) in groups for group in rival.param_groups):
                continue
            if any(id(one) in parameters for group in rival.param_groups for one in group["params"]):
                if other.ident < record.ident:
                    record.rivals[other] = other.tries
                    for scheduler in other.schedulers:
                        if scheduler.steps_before_rival is None:
                            scheduler.steps_before_rival = scheduler.steps
                turns = other.turns.get(record) or Turns()
                record.turns[other] = other.turns[record] = turns
                record.twins.append(other)
                if record not in other.twins:
                    other.twins.append(record)
                    other.quiet_until = 0

    # Schedulers

    @harmless
    def scheduler_is_built(self, scheduler: Any, frame: FrameType) -> None:
        """The constructor of a scheduler has done its work."""
        caller = outside_of(scheduler, frame)
        record = self._schedule(scheduler, self.territory.nearest(caller))
        if record is None:
            return
        record.is_whole = True
        record.after = rates_of(optimizer_of(scheduler).param_groups)
        record.is_direct = caller is not None and self.territory.owns(caller)
        self._hold(record, scheduler)
        record.reach = reach_of(record, scheduler)

    def steps_as_before(self, scheduler: Any, frame: FrameType) -> bool:
        """Note the step of a scheduler without arguments, if it is like the last one: from the same place, and behind
        a step of its optimizer.  Whether it was noted."""
        record = self._scheduled.get(id(scheduler))
        if record is None or record.quiet is None:
            return False
        if frame.f_lasti != record.instruction or frame.f_code is not record.code:
            return False
        steps, family, trained = record.quiet, record.family, record.optimizer.steps
        tries = trained + record.optimizer.asked
        if family.row is not steps.alone or tries <= family.tries:
            return False
        steps.count += 1
        steps.trained += 1
        if trained - family.steps < (steps.fewest or 0):
            steps.fewest = trained - family.steps
        family.tries, family.steps = tries, trained
        return True

    @harmless
    def scheduler_steps(self, scheduler: Any, frame: FrameType, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """A scheduler is about to step."""
        if not (args or kwargs) and self.steps_as_before(scheduler, frame):
            return
        record = self._scheduled.get(id(scheduler)) or self._schedule(scheduler, None)
        steps = self._steps_from(record, frame) if record is not None else None
        if record is None or steps is None:
            return
        steps.count += 1
        if args or kwargs:
            steps.passed.note(args, kwargs, record.class_name == "ReduceLROnPlateau")
        if record.reach is not None:
            record.reach.known, record.reach.at = scheduler.last_epoch + 1, record.steps
        self._note_company(record, steps)
        if steps.count == 1:
            self._note_order(record, steps, frame)
            self._tell()
        is_quiet = steps.fewest is not None
        record.quiet = steps if is_quiet else None
        record.code, record.instruction = frame.f_code, frame.f_lasti

    def _steps_from(self, record: SchedulerRecord, frame: FrameType) -> SiteSteps | None:
        """The steps from another site than the last one; None if it is none of the user's that is to be judged."""
        self._drop_early(record)
        site = self.territory.direct(frame)
        if site is None or site.is_delegated or not record.is_torch:
            record.others += 1
            record.family.row = ()
            record.quiet = None
            return None
        return record.sites.get(site) or record.sites.setdefault(site, SiteSteps((record, site), ((record, site),)))

    @harmless
    def scheduler_has_refused(self, scheduler: Any, frame: FrameType, error: Exception) -> None:
        """The step of a scheduler has raised."""
        record, site = self._scheduled.get(id(scheduler)), self.territory.direct(frame)
        steps = record.sites.get(site) if record is not None and site is not None else None
        if steps is not None:
            steps.refused = f"{type(error).__name__}: {error}"
            self._tell()

    def _schedule(self, scheduler: Any, site: Site | None) -> SchedulerRecord | None:
        optimizer = optimizer_of(scheduler)
        if not isinstance(optimizer, Optimizer):
            return None
        of = self._live.get(id(optimizer)) or self._meet(optimizer, None, False)
        key, scheduled = id(scheduler), self._scheduled

        def forget(ref: object) -> None:
            if key in scheduled and scheduled[key].ref is ref:
                del scheduled[key]

        is_torch = taps.is_step_of_torch(scheduler)
        record = SchedulerRecord(
            next(self._idents), class_name(scheduler), weakref.ref(scheduler, forget), site, False, is_torch, of, False
        )
        record.tries = of.tries
        scheduled[key] = record
        of.schedulers.append(record)
        self.schedulers.append(record)
        return record

    def _hold(self, record: SchedulerRecord, scheduler: Any) -> None:
        """Note the schedulers that one which was just built has inside."""
        is_composite = record.class_name in _COMPOSITES
        for value in list(vars(scheduler).values()):
            for one in value if isinstance(value, (list, tuple)) else (value,):
                inner = self._scheduled.get(id(one)) if taps.is_scheduler(one) else None
                if inner is not None:
                    inner.is_held = True
                    if is_composite:
                        inner.inside, inner.family = record, record.family

    def _note_order(self, record: SchedulerRecord, steps: SiteSteps, frame: FrameType) -> None:
        """Note a first step that comes before any of the optimizer."""
        is_first = len(record.sites) == 1 and not record.others
        if is_first and record.is_whole and record.optimizer.tries == record.tries:
            record.early = Early(steps.own[1], stack_of(frame), steps.passed.has_value, record.after)
            record.optimizer.waiting.append((record, record.early))
            record.optimizer.quiet_until = 0

    def _drop_early(self, record: SchedulerRecord) -> None:
        """A second step before the optimizer's: the schedule is wound forward, or runs at a pace of its own."""
        if record.early is not None and record.early.follower is None:
            record.early = None
            record.optimizer.waiting[:] = [one for one in record.optimizer.waiting if one[0] is not record]

    def _note_company(self, record: SchedulerRecord, steps: SiteSteps) -> None:
        """Note what a step comes behind: one of the optimizer, or another one of its family."""
        family, optimizer = record.family, record.optimizer
        tries = optimizer.steps + optimizer.asked
        if tries > record.tries:
            steps.trained += 1
        if family.tries != tries:
            since = optimizer.steps - family.steps
            if family.row and (steps.fewest is None or since < steps.fewest):
                steps.fewest = since
            family.row = steps.alone
            family.tries, family.steps = tries, optimizer.steps
            return
        times = family.row.count(steps.own)
        if times < _TWICE:
            if tries > record.tries and family.row:
                steps.behind.update([steps.own] if times else set(family.row))
                if steps.trained == _TWICE:
                    self._tell()
            family.row = (*family.row, steps.own)
