"""A scheduler is built with `verbose`, which torch has removed.

## What it finds

A constructor of one of torch's schedulers that gets `verbose`, by its name or as the last of all positional arguments.

    ReduceLROnPlateau(optimizer, patience=5, verbose=True)    # LR401
    ReduceLROnPlateau(optimizer, patience=5)                  # right
    print(scheduler.get_last_lr())                            # what it printed

## Why it harms

It raises since torch 2.7: `TypeError: ReduceLROnPlateau.__init__() got an unexpected keyword argument 'verbose'`.
Torch 2.2 to 2.6 warn, for `verbose=False` as well: "The verbose parameter is deprecated. Please use get_last_lr() to
access the learning rate."

## Fix and its safety

The argument is dropped. Safe where all releases that the project allows refuse it, and where it is false, since then
nothing was printed; else unsafe, since the LR is no longer printed. Not offered where computing the value may do
something else.

## What it cannot see

Arguments behind `**kwargs`. Calls with a twin that leaves `verbose` out, in another branch or in the handler of a
`try`, are left alone: they are for other releases. So are classes of the project that derive from torch's schedulers.

## torch versions

2.2 and later; TypeError since 2.7. ReduceLROnPlateau had `verbose` from the beginning, the others since 1.7, and SWALR
never.

## References

* https://github.com/pytorch/pytorch/pull/111302
* https://github.com/pytorch/pytorch/pull/147301
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from lrlint.edit import Applicability
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.constructions import is_in_old_order
from lrlint.program.facts import SchedulerBuild
from lrlint.program.index import Ways
from lrlint.program.places import function_around
from lrlint.program.search import descend
from lrlint.program.verbosity import LAST, consequence, raises, without_verbose
from lrlint.rule import Rule, Severity
from lrlint.torch_api import signatures

RULE = Rule(
    code="LR401",
    name="scheduler-verbose",
    summary="a scheduler is built with `verbose`, which torch has removed",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler|swa_utils"),
    since="2.2",
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)


def check(program: Program) -> Iterator[Finding]:
    visits: dict[ir.Call, list[SchedulerBuild]] = {}
    for build in program.facts.scheduler_builds:
        visits.setdefault(build.call, []).append(build)
    twins = _without_verbose(program)
    for call, builds in visits.items():
        arguments = {_verbose(build) for build in builds}
        argument = arguments.pop() if len(arguments) == 1 else None
        if argument is not None and not any(_has_twin(program, build, twins) for build in builds):
            yield _finding(program, call, argument, builds[0].scheduler.class_name)


def _finding(program: Program, call: ir.Call, argument: ir.Argument, class_name: str) -> Finding:
    return Finding(
        RULE,
        *program.place(call),
        f"`{class_name}` takes no `verbose` any more: {consequence(program, call)}",
        "",
        (Related(*program.place(argument.value), "this is what it refuses"),),
        without_verbose(program, call, argument),
        None if raises(program, call) else Severity.DEPRECATION,
    )


def _verbose(build: SchedulerBuild) -> ir.Argument | None:
    """The argument of a scheduler's constructor for `verbose`."""
    scheduler, arguments = build.scheduler, build.call.arguments
    signature = signatures.scheduler(scheduler.name, LAST)
    parameter = signature.parameter("verbose") if signature is not None else None
    if signature is None or parameter is None or scheduler.klass is not None:
        return None
    named = next((one for one in arguments if one.keyword == "verbose"), None)
    if named is not None:
        return named if scheduler.argument("verbose") is not None else None
    if is_in_old_order(build):  # the subject of LR211
        return None
    index = signature.parameters.index(parameter)
    is_plain = len(arguments) > index and all(one.keyword is None and not one.star for one in arguments[: index + 1])
    return arguments[index] if is_plain else None


def _has_twin(program: Program, build: SchedulerBuild, twins: Mapping[str, Ways]) -> bool:
    """Whether the same class is built without `verbose` where this call is not come to, or has failed."""
    plain = twins.get(build.scheduler.name)
    if plain is None:
        return False
    if plain.exclude(build.visit, apart_from=build.call):
        return True
    calls = plain.calls - {build.call}
    return any(not calls.isdisjoint(descend(instead)) for instead in _instead_of(program, build.call))


def _without_verbose(program: Program) -> dict[str, Ways]:
    """The constructions that get no `verbose`, by the class."""
    found: dict[str, list[SchedulerBuild]] = {}
    for build in program.facts.scheduler_builds:
        if _verbose(build) is None:
            found.setdefault(build.scheduler.name, []).append(build)
    return {name: Ways(builds) for name, builds in found.items()}


def _instead_of(program: Program, call: ir.Call) -> Iterator[tuple[ir.Statement, ...]]:
    """The statements that run if the call fails, or, where it stands in a branch that returns, if that is not taken."""
    function = function_around(program, call)
    for element, inner in pairwise(program.path_to(call)):
        if isinstance(element, ir.Try) and inner in element.body:
            yield from element.handlers
        if isinstance(element, ir.If) and inner in element.body and function is not None:
            yield from [function.function.body for statement in element.body if isinstance(statement, ir.Return)]
