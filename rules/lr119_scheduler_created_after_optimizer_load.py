"""A scheduler is constructed on an optimizer that has its saved state already, and overwrites the restored LR.

## What it finds

`optimizer.load_state_dict(…)` before the construction of a scheduler on this optimizer that gets its own saved state
later. Only of classes whose constructor sets another LR than the restored one, and with `last_epoch` absent or -1.

    optimizer.load_state_dict(checkpoint["optimizer"])
    scheduler = LinearLR(optimizer, 0.1, total_iters=8)              # LR119
    scheduler.load_state_dict(checkpoint["scheduler"])

    scheduler = LinearLR(optimizer, 0.1, total_iters=8)
    optimizer.load_state_dict(checkpoint["optimizer"])               # right
    scheduler.load_state_dict(checkpoint["scheduler"])

## Why it harms

A constructor takes the first step of its schedule, which sets the LR; the state of the scheduler holds no LR to put
back. Measured on torch 2.13, base LR 0.1, saved after 4 epochs, LR of the epochs behind that:

                                   right                        scheduler after the load
    LinearLR(0.1, total_iters=8)   0.055   0.0663  0.0775       0.0055  0.0066  0.0078    10 times too small
    ConstantLR(0.1, 2)             0.1     0.1     0.1          0.01    0.01    0.01      10 times too small
    warm-up, then cosine           0.0933  0.075   0.05         0.01    0.0080  0.0054    wrong until the end
    LambdaLR(1 / (epoch + 1))      0.02    0.0167  0.0143       0.1     0.0167  0.0143    first LR, until a step
    OneCycleLR(0.1, 20)            0.0908  0.1     0.0987       0.004   0.1     0.0987    likewise

The last row holds for CyclicLR and CosineAnnealingWarmRestarts too. StepLR, MultiStepLR, ExponentialLR,
CosineAnnealingLR, PolynomialLR, MultiplicativeLR, SWALR and ReduceLROnPlateau leave the restored LR alone, and are
right in either order.

## Fix and its safety

Unsafe, because the LRs change: they become those of a run that was never stopped. The load moves behind the
constructor. Offered where both are statements of one block and the code between them does not touch what is moved.

## What it cannot see

Schedulers that get no saved state: they begin anew, which may be wanted, whatever the order. Nothing is reported where
the file sets LRs by hand, loads the optimizer's state once more, brings the scheduler to its epoch step by step, or
builds it under a condition of its own other than a comparison with a string.

## torch versions

All. Before 1.10 ExponentialLR, CosineAnnealingLR and MultiplicativeLR, too, set the LR back to the first one, and go on
from there: that is not reported.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html
* https://github.com/pytorch/pytorch/issues/156846
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import MethodCall, SchedulerBuild
from lrlint.program.rewrite import move_call_behind
from lrlint.program.values import Constant, Scheduler, Sequence
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR119",
    name="scheduler-created-after-optimizer-load",
    summary="a scheduler is constructed after its optimizer got its saved state",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", "load_state_dict", "lr_scheduler|swa_utils"),
    fixes=(Applicability.UNSAFE,),
)

FIRST_FACTORS = {"ConstantLR": "factor", "LinearLR": "start_factor"}
"""Schedulers whose constructor multiplies the LR by a factor, which their later steps build upon."""

CLOSED_FORMS = frozenset(["CosineAnnealingWarmRestarts", "CyclicLR", "LambdaLR", "OneCycleLR"])
"""Schedulers whose constructor sets the first LR, which their next step replaces by the right one."""


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for build in program.facts.scheduler_builds:
        harm = None if build.call in reported else _harm(program, build.scheduler)
        if harm is None or not _comes_late(program, build):
            continue
        reported.add(build.call)
        load = build.loads[0]
        yield Finding(
            RULE,
            *program.place(build.call),
            f"{program.quote(build.call.func)} is constructed after its optimizer got its saved state, and {harm}",
            "overwrites the restored LR",
            (Related(*program.place(load.call), "the optimizer's state is loaded here"),),
            _fix(program, build, load),
        )


def _harm(program: Program, scheduler: Scheduler) -> str | None:
    """What the constructor does to the LR of an optimizer in the middle of its schedule; None if nothing wrong."""
    name = scheduler.class_name
    if name in FIRST_FACTORS:
        factor = scheduler.argument(FIRST_FACTORS[name])
        is_one = factor is not None and (not isinstance(factor, Constant) or factor.value == 1)
        return None if is_one else "multiplies the restored LR by its first factor: all LRs are too small from now on"
    if name in CLOSED_FORMS:
        is_repaired = any(scheduler in early.step.schedulers for early in program.early_steps.values())
        return None if is_repaired else "sets the LR back to the first one of the schedule, until its next step"
    if name == "SequentialLR":
        return "sets the LR back to the first one of the schedule, from which it goes on"
    if name == "ChainedScheduler":
        members = scheduler.argument("schedulers")
        items = members.items if isinstance(members, Sequence) else None
        harms = [_harm(program, item) for item in items or () if isinstance(item, Scheduler)]
        return next((harm for harm in harms if harm is not None), None)
    return None


def _comes_late(program: Program, build: SchedulerBuild) -> bool:
    """Whether the restored LR is lost for a run that goes on with the saved schedule."""
    loads = [load for load in build.loads if not load.visit.excludes(build.visit)]
    if not loads or len(loads) < len(build.loads) or program.writes_lr(build.call):
        return False
    if build.scheduler.argument("last_epoch") not in (None, Constant(-1)):
        return False
    own = set().union(*(load.visit.branches for load in loads))
    if not all(_chooses_kind(program, decision) for decision, _ in build.visit.branches - own):
        return False
    optimizers = alternatives(build.scheduler.optimizer)
    later = [call for call in _later_loads(program, build) if call.owners & optimizers]
    is_restored = any(build.scheduler in call.owners for call in _later_loads(program, build))
    return is_restored and not later and not _is_brought_forward(program, build.scheduler)


def _later_loads(program: Program, build: SchedulerBuild) -> Iterator[MethodCall]:
    """The calls of `load_state_dict` that may follow, on paths that come from all the loads before."""
    for call in program.facts.method_calls:
        is_later = call.attr == "load_state_dict" and call.visit.time > build.visit.time
        if is_later and not any(call.visit.excludes(visit) for visit in (build.visit, build.loads[0].visit)):
            yield call


def _chooses_kind(program: Program, decision: int) -> bool:
    """Whether a decision is about a name such as `args.scheduler == "linear"`, not about whether a run is resumed."""
    statement = program.facts.decisions.get(decision)
    test = statement.test if statement is not None else None
    return (
        isinstance(test, ir.BinaryOperation)
        and test.operator in ("Equal", "In")
        and not isinstance(test.right, ir.Name)
        and all(isinstance(part, str) for part in _constants(test.right))
    )


def _constants(expression: ir.Expression) -> list[object]:
    items = expression.items if isinstance(expression, ir.Collection) else (expression,)
    return [item.value if isinstance(item, ir.Constant) else None for item in items]


def _is_brought_forward(program: Program, scheduler: Scheduler) -> bool:
    """Whether a loop does nothing but step a scheduler to where the run was stopped."""
    steps = [step for step in program.facts.scheduler_steps if scheduler in step.schedulers and step.loops]
    return any(step.loops[-1].body == (step.statement,) for step in steps)


def _fix(program: Program, build: SchedulerBuild, load: MethodCall) -> Fix | None:
    if len(build.loads) > 1:
        return None
    edits = move_call_behind(program, load.call, load.visit.statement, build.visit.statement)
    return Fix(Applicability.UNSAFE, "load the optimizer's state behind the constructor", edits) if edits else None
