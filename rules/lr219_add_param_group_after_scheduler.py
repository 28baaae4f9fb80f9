"""An optimizer gets another param group after a scheduler was built that keeps a number for each of its groups.

## What it finds

`optimizer.add_param_group(…)` between the construction of a LambdaLR, MultiplicativeLR, CyclicLR, OneCycleLR, SWALR or
CosineAnnealingWarmRestarts on this optimizer and a later step of it; for LinearLR and ConstantLR before their first
step. Nothing may be built on the optimizer after that.

    scheduler = LambdaLR(optimizer, lambda epoch: 0.9**epoch)
    optimizer.add_param_group({"params": head.parameters()})     # LR219
    for epoch in range(90):
        train(model, optimizer)
        scheduler.step()

    optimizer.add_param_group({"params": head.parameters()})     # right
    scheduler = LambdaLR(optimizer, lambda epoch: 0.9**epoch)

## Why it harms

Since torch 2.10 the next step raises `ValueError: zip() argument 2 is shorter than argument 1`; before, the LR of
the new group never changed. OneCycleLR and SWALR raise a KeyError on every torch. LinearLR and ConstantLR undo for the
new group what they have never done to it: measured on torch 2.13 with `LinearLR(optimizer, 0.1, total_iters=3)`, LR of
each step:

    the optimizer's own group      0.01   0.04   0.07    0.1
    a group that is added with 0.1  0.1    0.4    0.7     1.0

All others scale the LR of the new group from its own on, as they should.

## Fix and its safety

No fix: the group is added before the scheduler is built, or the scheduler is built anew.

## What it cannot see

Groups that other code adds, such as callbacks of trainers. It is silent where the code speaks of `base_lrs` or other
lists of a scheduler, which it may have filled up itself.

## torch versions

All; what happens differs, as said above.

## References

* https://github.com/hiyouga/LlamaFactory/issues/10141
* https://pytorch.org/docs/stable/generated/torch.optim.Optimizer.add_param_group.html
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import MethodCall, SchedulerBuild, SchedulerStep
from lrlint.program.search import descend
from lrlint.program.values import Optimizer, Scheduler
from lrlint.rule import Rule, Severity
from lrlint.torch_api.versions import version

RULE = Rule(
    code="LR219",
    name="add-param-group-after-scheduler",
    summary="a param group is added to an optimizer whose scheduler does not know it",
    severity=Severity.ERROR,
    gate=("torch", "optim", "add_param_group", "lr_scheduler|swa_utils"),
)

STRICT_SINCE = version("2.10")
ZIPPING = frozenset(["LambdaLR", "MultiplicativeLR", "CyclicLR", "CosineAnnealingWarmRestarts"])
KEYED = {"OneCycleLR": "initial_lr", "SWALR": "swa_lr"}
RISING = frozenset(["LinearLR", "ConstantLR"])
LISTS = ("base_lrs", "lr_lambdas", "max_lrs", "min_lrs")


def check(program: Program) -> Iterator[Finding]:
    additions: dict[object, list[MethodCall]] = {}
    for one in program.facts.method_calls:
        if one.attr == "add_param_group":
            additions.setdefault(one.call, []).append(one)
    for visits in additions.values():
        found = [_unaware(program, visit) for visit in visits]
        first = next((pair for pair in found if pair is not None), None)
        if first is None:
            continue
        addition, (build, step) = visits[0], first
        strict = program.target(addition.call).newest >= STRICT_SINCE
        yield Finding(
            RULE,
            *program.place(addition.call),
            f"{program.quote(addition.call)} adds a group that the {build.scheduler.class_name} does not know: "
            + _consequence(build.scheduler.class_name, strict),
            "comes after the scheduler was built",
            (
                Related(*program.place(build.call), "the scheduler is built here"),
                Related(*program.place(step.call), "its next step is here"),
            ),
            None,
            _severity(build.scheduler.class_name, strict),
        )


def _unaware(program: Program, addition: MethodCall) -> tuple[SchedulerBuild, SchedulerStep] | None:
    """The scheduler that was built before a group is added, and is stepped after that."""
    optimizer = next(iter(addition.owners))
    if len(addition.owners) != 1 or not isinstance(optimizer, Optimizer):
        return None
    builds = program.index.scheduler_builds.get(optimizer, [])
    if builds and builds[-1].visit.time > addition.visit.time:
        return None
    for build in builds:
        step = _next_step(program, build.scheduler, addition)
        if (
            step is not None
            and not build.visit.excludes(addition.visit)
            and _is_concerned(program, build.scheduler, addition)
        ):
            return None if _fills_lists(program, addition) else (build, step)
    return None


def _fills_lists(program: Program, addition: MethodCall) -> bool:
    """Whether the code speaks of a list that a scheduler keeps, which it may have filled up itself."""
    return any(program.mentions(module, name) for module in program.company_of(addition.call) for name in LISTS)


def _next_step(program: Program, scheduler: Scheduler, addition: MethodCall) -> SchedulerStep | None:
    steps = program.index.steps_by_schedulers.get(frozenset([scheduler]), [])
    behind = bisect_right(steps, addition.visit.time, key=lambda step: step.visit.time)
    later = (steps[number] for number in range(behind, len(steps)))
    return next((step for step in later if not step.visit.excludes(addition.visit)), None)


def _is_concerned(program: Program, scheduler: Scheduler, addition: MethodCall) -> bool:
    """Whether a scheduler does not cope with a group that is added like this."""
    name = scheduler.class_name
    if scheduler.klass is not None:
        return False
    if name in KEYED:
        return not _names_key(program.statements_around(addition.call), KEYED[name])
    return name in ZIPPING or (name in RISING and not addition.visit.rounds_since(scheduler.ident))


def _names_key(statements: Iterable[ir.Statement], key: str) -> bool:
    """Whether code names a key of param groups, which the new group may have then."""
    return any(isinstance(element, ir.Constant) and element.value == key for element in descend(statements))


def _consequence(name: str, strict: bool) -> str:
    if name in KEYED:
        return f"KeyError, the group has no {KEYED[name]!r}"
    if name in RISING:
        return "its LR rises above what it was given"
    return "ValueError at the next step" if strict else "its LR never changes"


def _severity(name: str, strict: bool) -> Severity:
    return Severity.ERROR if name in KEYED or (name in ZIPPING and strict) else Severity.CORRECTNESS
