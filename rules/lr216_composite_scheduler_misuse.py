"""SequentialLR or ChainedScheduler refuses the schedulers that it gets.

## What it finds

A `ChainedScheduler(a, b)` that gets its schedulers one by one; a SequentialLR whose list of milestones is not one
shorter than that of its schedulers; a ReduceLROnPlateau in either; schedulers of different optimizers. The lists must
stand in the call itself.

    ChainedScheduler(warmup, decay)                                        # LR216
    ChainedScheduler([warmup, decay])                                      # right
    SequentialLR(optimizer, [warmup, decay], milestones=[5, 90])           # LR216
    SequentialLR(optimizer, [warmup, decay], milestones=[5])               # right

## Why it harms

It raises, on torch 2.13: `TypeError: object of type 'LinearLR' has no len()`; `ValueError: Sequential Schedulers
expects number of schedulers provided to be one more than the number of milestone points`; `ValueError: SequentialLR
does not support `ReduceLROnPlateau` scheduler`; `ValueError: SequentialLR expects all schedulers to belong to the same
optimizer`.

## Fix and its safety

Brackets around the schedulers of ChainedScheduler, safe since the call always raises. None for the others,
and where they are parameters, attributes or imports, which may be a list elsewhere.

## What it cannot see

Lists that are built elsewhere, and members whose class an option decides.

## torch versions

1.10 and later; a ReduceLROnPlateau is refused since 2.4, before its step failed later on.

## References

* https://github.com/pytorch/pytorch/issues/68978
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.assignments import is_told_here
from lrlint.program.insertions import put_before, put_behind
from lrlint.program.values import Optimizer, Scheduler, Sequence
from lrlint.rule import Rule, Severity
from lrlint.torch_api.versions import version

RULE = Rule(
    code="LR216",
    name="composite-scheduler-misuse",
    summary="SequentialLR or ChainedScheduler refuses the schedulers that it gets",
    severity=Severity.ERROR,
    gate=("torch", "optim", "SequentialLR|ChainedScheduler"),
    since="1.10",
    fixes=(Applicability.SAFE,),
)

REFUSES_PLATEAU = version("2.4")


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Call] = set()
    for build in program.facts.scheduler_builds:
        scheduler = build.scheduler
        if scheduler.class_name not in ("SequentialLR", "ChainedScheduler") or scheduler.klass is not None:
            continue
        refusal = _refusal(program, scheduler)
        if refusal is None or build.call in reported:
            continue
        reported.add(build.call)
        is_single = isinstance(scheduler.argument("schedulers"), Scheduler)
        yield Finding(
            RULE,
            *program.place(build.call),
            f"{program.quote(build.call)} {refusal}",
            "always raises",
            (),
            _brackets(program, build.call) if is_single else None,
        )


def _refusal(program: Program, scheduler: Scheduler) -> str | None:
    """Why a scheduler of schedulers raises when it is built; None if it does not, as far as is known."""
    given, name = scheduler.argument("schedulers"), scheduler.class_name
    if isinstance(given, Scheduler) and name == "ChainedScheduler":
        return "gets its schedulers one by one: TypeError, it takes a list of them"
    displays = _displays(scheduler.site)
    if not isinstance(given, Sequence) or given.items is None or given.source not in displays.values():
        return None
    milestones = displays.get("milestones")
    if milestones is not None and name == "SequentialLR" and len(milestones.items) != len(given.items) - 1:
        return (
            f"has {len(given.items)} schedulers and {len(milestones.items)} milestones: ValueError, one less is needed"
        )
    members = [item for item in given.items if isinstance(item, Scheduler)]
    refuses = program.target(scheduler.site).newest >= REFUSES_PLATEAU
    if refuses and any(one.class_name == "ReduceLROnPlateau" and one.klass is None for one in members):
        return "holds a ReduceLROnPlateau, which takes a metric: ValueError"
    own = scheduler.argument("optimizer") if name == "SequentialLR" else None
    optimizers = {one for one in (own, *(m.optimizer for m in members)) if isinstance(one, Optimizer)}
    return "holds schedulers of different optimizers: ValueError" if len(optimizers) > 1 else None


def _displays(call: ir.Call) -> dict[str, ir.Collection]:
    """The lists that are written in a call, without stars, by the parameter of SequentialLR that they are for."""
    slots = ("optimizer", "schedulers", "milestones")
    given = {
        a.keyword or (slots[i] if i < len(slots) else ""): a.value for i, a in enumerate(call.arguments) if not a.star
    }
    return {
        name: value
        for name, value in given.items()
        if isinstance(value, ir.Collection) and not any(isinstance(item, ir.Starred) for item in value.items)
    }


def _brackets(program: Program, call: ir.Call) -> Fix | None:
    if any(one.keyword or one.star or not is_told_here(program, one.value) for one in call.arguments):
        return None
    edits = (put_before(program, call.arguments[0], "["), put_behind(program, call.arguments[-1], "]"))
    return Fix(Applicability.SAFE, "put the schedulers into a list", edits)
