"""Constructions: what torch makes of a constructor call's arguments, in the releases that its file is meant for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import alternatives, leaves
from lrlint.program.arguments import Arguments
from lrlint.program.assignments import behind_names
from lrlint.program.facts import OptimizerBuild, SchedulerBuild, by_call
from lrlint.program.values import Constant, External, Optimizer, Partial, Scheduler, Value
from lrlint.torch_api import signatures
from lrlint.torch_api.signatures import Signature
from lrlint.torch_api.versions import Version

if TYPE_CHECKING:
    from lrlint.program import Program

Build = OptimizerBuild | SchedulerBuild

OLD_PLATEAU = (
    *("optimizer", "mode", "factor", "patience", "verbose"),
    *("threshold", "threshold_mode", "cooldown", "min_lr", "eps"),
)
"""The parameters of ReduceLROnPlateau up to torch 1.6, in their order."""


@dataclass(frozen=True, slots=True)
class Passed:
    """One argument that a constructor gets; `written` is None where the call itself does not show it."""

    value: Value
    written: ir.Argument | None


@dataclass(frozen=True)
class Construction:
    """A call of the constructor of one class of torch; `builds` are its visits, at least one.

    `name` is the dotted name of the class.
    """

    call: ir.Call
    builds: tuple[Build, ...]
    program: Program
    name: str

    @cached_property
    def releases(self) -> tuple[Version, ...]:
        """The releases that the file is meant for and that have the class, oldest first."""
        target = self.program.target(self.call)
        known = (one for one in signatures.releases() if target.oldest <= one <= target.newest)
        return tuple(one for one in known if _signature(self.name, one) is not None)

    @cached_property
    def signature(self) -> Signature:
        """The class as it is in the newest of these; the project's metadata are asked only where releases differ."""
        is_one = _is_taken_alike(self.name, len(self.arguments.positional), frozenset(self.arguments.keywords))
        meant = _signature(self.name, self.releases[-1]) if not is_one and self.releases else None
        return meant or _forms(self.name)[-1]

    @property
    def class_name(self) -> str:
        """The class without its module."""
        return self.name.rpartition(".")[2]

    @property
    def newest(self) -> Version:
        """The newest release that the file is meant for."""
        return self.releases[-1] if self.releases else signatures.releases()[-1]

    @cached_property
    def arguments(self) -> Arguments:
        """What the constructor gets on the first visit."""
        first = self.builds[0].arguments
        assert first is not None  # it is torch's
        return first

    @property
    def is_open(self) -> bool:
        """Whether there may be arguments that are not known: behind `*` or `**`."""
        return self.arguments.has_star

    @cached_property
    def positional(self) -> tuple[Passed, ...]:
        """The positional arguments up to the first starred one."""
        written = [one for one in self.call.arguments if one.keyword is None and not one.star]
        is_plain = not self.is_open and len(written) == len(self.arguments.positional)
        starts = next((i for i, one in enumerate(self.call.arguments) if one.star or one.keyword is not None), None)
        shown = written if is_plain else self.call.arguments[:starts]
        if len(shown) != len(self.arguments.positional):
            return tuple(Passed(value, None) for value in self.arguments.positional)
        return tuple(Passed(value, one) for value, one in zip(self.arguments.positional, shown, strict=True))

    @cached_property
    def keywords(self) -> Mapping[str, Passed]:
        """The arguments that are passed by name."""
        written = {one.keyword: one for one in self.call.arguments if one.keyword is not None}
        return {name: Passed(value, written.get(name)) for name, value in self.arguments.keywords.items()}

    @cached_property
    def slots(self) -> tuple[str, ...]:
        """The parameters that can be passed by position."""
        return tuple(one.name for one in self.signature.parameters if not (one.keyword_only or one.stars))

    @cached_property
    def bound(self) -> Mapping[str, Passed]:
        """What each parameter gets, by its name; two for one is what stands first."""
        return {**self.keywords, **dict(zip(self.slots, self.positional, strict=False))}

    @cached_property
    def unknown(self) -> tuple[str, ...]:
        """The keywords that the class does not take."""
        known = {one.name for one in self.signature.parameters}
        return tuple(name for name in self.keywords if name not in known)

    @property
    def surplus(self) -> tuple[Passed, ...]:
        """The positional arguments that are too many."""
        return self.positional[len(self.slots) :]

    @property
    def doubled(self) -> tuple[str, ...]:
        """The parameters that are given by position and by name."""
        return tuple(name for name in self.slots[: len(self.positional)] if name in self.keywords)

    @property
    def missing(self) -> tuple[str, ...]:
        """The required parameters that get nothing; none if that is not sure."""
        if self.is_open:
            return ()
        return tuple(one.name for one in self.signature.parameters if one.required and one.name not in self.bound)

    @property
    def has_parameters_beside(self) -> bool:
        """Whether an optimizer gets parameters in the place of its LR, too."""
        return any(isinstance(build, OptimizerBuild) and build.beside is not None for build in self.builds)

    @cached_property
    def optimizers(self) -> tuple[Optimizer, ...]:
        """The optimizers that a scheduler may be built on; none unless all that it may be are of the program."""
        schedulers = [build.scheduler for build in self.builds if isinstance(build, SchedulerBuild)]
        given = [one for scheduler in schedulers for one in alternatives(scheduler.optimizer)]
        known = tuple(one for one in given if isinstance(one, Optimizer))
        return known if len(known) == len(given) else ()

    def values(self, name: str) -> tuple[Value | None, ...]:
        """What a parameter gets on each visit, None for nothing."""
        return tuple(build.built.argument(name) for build in self.builds)

    def possible_values(self, name: str) -> frozenset[Value]:
        """All that a parameter may get; nothing if some visit passes nothing for it."""
        given = self.values(name)
        passed = [value for value in given if value is not None]
        return (
            frozenset(leaf for value in passed for leaf in leaves(value)) if len(passed) == len(given) else frozenset()
        )

    def written(self, name: str) -> ir.Argument | None:
        """The argument for a parameter; None if the call itself shows none, or stars make it uncertain."""
        passed = self.bound.get(name)
        return None if passed is None or self.is_open else passed.written

    def expression(self, name: str) -> ir.Expression | None:
        """The expression that gives a parameter its value, where a name is assigned only once also behind that."""
        argument = self.written(name)
        return None if argument is None else behind_names(self.program, argument.value)

    def shown(self, name: str) -> str:
        """What a parameter gets, as messages say it."""
        argument = self.written(name)
        return f"such a `{name}`" if argument is None else f"{self.program.quote(argument.value)} as its `{name}`"

    def quoted(self, name: str) -> str:
        """The argument for a parameter that gets one, as messages say it: `lr=0.1`, or `0.1` as `lr`."""
        written = self.bound[name].written
        what = "its value" if written is None else self.program.quote(written, 30)
        return what if written is not None and written.keyword else f"{what} as `{name}`"

    def is_refused_everywhere(self, name: str) -> bool:
        """Whether none of the releases that the file is meant for takes a parameter of this name."""
        return not set(self.releases) & set(releases_with(self.signature.name, name))


def optimizer_constructions(program: Program) -> Iterator[Construction]:
    """The calls that surely construct an optimizer of one class of torch."""
    yield from _constructions(program, program.facts.optimizer_builds)


def scheduler_constructions(program: Program, *class_names: str) -> Iterator[Construction]:
    """The calls that surely construct a scheduler of one class of torch: of one of these, or, without any, of all."""
    for one in _constructions(program, program.facts.scheduler_builds):
        if not class_names or one.class_name in class_names:
            yield one


def construction_of(program: Program, scheduler: Scheduler) -> Construction | None:
    """The call that built a scheduler, None if that is not surely one of torch's constructor."""
    return next(_constructions(program, program.index.builds_at.get(scheduler.site, ())), None)


def releases_with(class_name: str, parameter: str) -> tuple[Version, ...]:
    """The releases whose class, by its dotted name, takes a parameter of this name, oldest first."""
    found = ((release, _signature(class_name, release)) for release in signatures.releases())
    return tuple(release for release, one in found if one is not None and one.parameter(parameter) is not None)


def refusal(construction: Construction, unknown: tuple[str, ...]) -> tuple[ir.Argument | ir.Call, str]:
    """Where the argument stands that the class refuses, and a message about it; `unknown` are keywords it lacks."""
    one, call = construction, construction.call
    if unknown:
        names = ", ".join(f"`{name}`" for name in unknown)
        message = f"`{one.class_name}` takes no {names}: {_refused_in(one, unknown[0])}"
        return one.keywords[unknown[0]].written or call, message
    if one.doubled:
        message = f"`{one.class_name}` gets `{one.doubled[0]}` by position and by name: TypeError"
        return one.keywords[one.doubled[0]].written or call, message
    counts = f"{len(one.slots)} arguments by position and gets {len(one.positional)}"
    return one.surplus[0].written or call, f"`{one.class_name}` takes {counts}: TypeError"


def is_in_old_order(build: Build) -> bool:
    """Whether a ReduceLROnPlateau gets positional arguments in the order of torch 1.6: `verbose` in the fifth place."""
    positional = build.arguments.positional if build.arguments is not None else ()
    place = OLD_PLATEAU.index("verbose")
    if not build.built.name.endswith(".ReduceLROnPlateau") or len(positional) <= place:
        return False
    value = positional[place]
    return isinstance(value, Constant) and isinstance(value.value, bool)


def has_twin(program: Program, construction: Construction) -> bool:
    """Whether the same class is built in another way where no run comes to this call, as for another release."""
    twins = program.index.builds_of.get(construction.signature.name)
    return twins is not None and any(twins.exclude(one.visit, construction.call) for one in construction.builds)


def _constructions(program: Program, builds: Iterable[Build]) -> Iterator[Construction]:
    for call, visits in by_call(builds).items():
        names = {one.built.name for one in visits}
        if len(names) == 1 and not any(one.arguments is None or _is_picked(one) for one in visits):
            yield Construction(call, visits, program, names.pop())


def _is_picked(build: Build) -> bool:
    """Whether the call is of one of several classes, by the path."""
    return any(isinstance(way, External | Partial) for _, way in build.visit.branches)


def _refused_in(construction: Construction, parameter: str) -> str:
    """Which releases refuse a parameter that the newest one that is meant does not take, as messages say it."""
    taking = releases_with(construction.signature.name, parameter)
    if not taking:
        return "TypeError"
    if taking[0] > construction.newest:
        return f"TypeError before torch {taking[0]}"
    behind = next(release for release in signatures.releases() if release > taking[-1])
    return f"TypeError since torch {behind}"


@lru_cache(maxsize=4096)
def _is_taken_alike(name: str, count: int, given: frozenset[str]) -> bool:
    """Whether all releases take so many positional arguments and the ones `given` by name in the same way."""
    forms = {
        (
            tuple(p.name for p in one.parameters if not p.keyword_only)[:count],
            given & frozenset(p.name for p in one.parameters),
            frozenset(p.name for p in one.parameters if p.required),
        )
        for one in _forms(name)
    }
    return len(forms) == 1


@cache
def _forms(name: str) -> tuple[Signature, ...]:
    """A class as it is in each of the releases that have it, oldest first."""
    return tuple(one for one in (_signature(name, release) for release in signatures.releases()) if one is not None)


@cache
def _signature(name: str, release: Version) -> Signature | None:
    return signatures.optimizer(name, release) or signatures.scheduler(name, release)
