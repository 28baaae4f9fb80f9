"""`get_lr()` is asked for the LR, which only the scheduler itself may do.

## What it finds

A call of `get_lr()` on an object that is surely a scheduler of torch. Where the class decides on an option, all of
the classes must be torch's.

    logging.info("lr %e", scheduler.get_lr()[0])         # LR106
    logging.info("lr %e", scheduler.get_last_lr()[0])    # right

## Why it harms

`get_lr()` computes the next update from the LR that the optimizer has now. Asked from outside it applies the
formula once more. Measured on torch 2.13, the LR used and what `get_lr()` says at the same time:

    StepLR(2)            used  0.1     0.1     0.01    0.01    0.001
                         said  0.1     0.1     0.001   0.01    0.0001
    CosineAnnealingLR(6) used  0.1     0.0933  0.075   0.05    0.025
                         said  0.1072  0.0870  0.0603  0.0333  0.0125
    LinearLR(0.25)       used  0.025   0.0438  0.0625  0.0813  0.1
                         said  0.0063  0.0766  0.0893  0.1056  0.1232

ExponentialLR, MultiplicativeLR, PolynomialLR and SWALR are one update ahead. LambdaLR, CyclicLR, OneCycleLR and
CosineAnnealingWarmRestarts compute the LR from the epoch alone: what they say is right, and the finding is a
deprecation. torch warns, once a run for each class: "To get the last learning rate computed by the scheduler, please
use `get_last_lr()`". ReduceLROnPlateau, SequentialLR and ChainedScheduler raise NotImplementedError without a text.

## Fix and its safety

`get_last_lr()`, as torch's warning says. Safe where the value is only printed, logged or plotted, where the classes
compute it from the epoch alone, and for ReduceLROnPlateau, SequentialLR and ChainedScheduler, which always raise.
Unsafe where the value goes anywhere else, since then training depends on it, and where the project also takes a torch
that has no `get_last_lr()` yet: below 1.4, below 2.3 for ReduceLROnPlateau.

## What it cannot see

Schedulers that are parameters of a function nobody calls in the project, that a wrapper returned, or whose class has
a `get_lr` of its own. Methods of classes that derive from a scheduler are left alone: there `get_lr()` may be asked
(LR109 knows where not).

## torch versions

1.4 and later, as `get_last_lr()` and the warning. 1.2 and 1.3 compute the LR from the epoch alone, so what `get_lr()`
says there is right; 1.1 is as 1.4, but has no `get_last_lr()`.

## References

* https://github.com/pytorch/pytorch/issues/22107
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LRScheduler.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.attempts import failures_before
from lrlint.program.facts import MethodCall, by_call
from lrlint.program.reports import is_only_reported
from lrlint.program.rewrite import dotted_name, receiver_name
from lrlint.program.search import descend
from lrlint.program.sites import built_here
from lrlint.program.values import Scheduler
from lrlint.program.wrappers import error_of_get_lr, has_get_lr_of_torch, is_scheduler_class
from lrlint.rule import Rule, Severity
from lrlint.torch_api.target import Target
from lrlint.torch_api.versions import Version

RULE = Rule(
    code="LR106",
    name="get-lr-outside-step",
    summary="`get_lr()` is asked for the LR in place of `get_last_lr()`",
    severity=Severity.CORRECTNESS,
    gate=("torch", "get_lr", "lr_scheduler|swa_utils|transformers|pytorch_transformers|diffusers"),
    since="1.4",
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

RAISING = frozenset(["ReduceLROnPlateau", "SequentialLR", "ChainedScheduler"])
EXACT = frozenset(["LambdaLR", "CyclicLR", "OneCycleLR", "CosineAnnealingWarmRestarts"])
LAST_LR, LAST_LR_OF_PLATEAU = Version(1, 4), Version(2, 3)
"""The first release whose `get_last_lr()` works; in 2.2 that of ReduceLROnPlateau raises before the first step."""


def check(program: Program) -> Iterator[Finding]:
    asked = by_call(one for one in program.facts.method_calls if one.attr == "get_lr")
    for call, calls in asked.items():
        schedulers = _schedulers(calls)
        if not schedulers or call.arguments or call in program.facts.foreign_calls:
            continue
        if not any(is_scheduler_class(one.klass) or _has_modern_twin(program, one) for one in calls):
            yield _finding(program, call, schedulers)


def _finding(program: Program, call: ir.Call, schedulers: tuple[Scheduler, ...]) -> Finding:
    classes = {scheduler.class_name for scheduler in schedulers}
    worst = _worst(schedulers)
    return Finding(
        RULE,
        *program.place(call),
        f"{program.quote(call)} is for the scheduler itself: "
        f"{_consequence(worst.class_name, classes, program.target(call))}",
        _label(worst.class_name),
        (Related(*built_here(program, schedulers, shown=worst)),),
        _fix(program, call, classes),
        _severity(classes),
    )


def _schedulers(calls: Iterable[MethodCall]) -> tuple[Scheduler, ...]:
    """All that the receiver may be, first built first; nothing unless all have the `get_lr` of torch."""
    owners = {owner for call in calls for owner in call.owners}
    schedulers = [owner for owner in owners if isinstance(owner, Scheduler) and has_get_lr_of_torch(owner)]
    return tuple(sorted(schedulers, key=lambda s: s.ident)) if len(schedulers) == len(owners) else ()


def _worst(schedulers: tuple[Scheduler, ...]) -> Scheduler:
    """The one of which `get_lr()` is most wrong, which the message is about."""
    raising = (one for one in schedulers if one.class_name in RAISING)
    wrong = (one for one in schedulers if one.class_name not in EXACT)
    return next(raising, None) or next(wrong, schedulers[0])


def _has_modern_twin(program: Program, call: MethodCall) -> bool:
    """Whether the call is only for releases of torch that know no `get_last_lr`, which is called otherwise."""
    for other in program.index.calls.get("get_last_lr", ()):
        if other.owners == call.owners and other.visit.excludes(call.visit):
            return True
    failed = [one for attempt in failures_before(program, call.call) for one in descend(attempt.body)]
    asked = {dotted_name(one.value) for one in failed if isinstance(one, ir.Attribute) and one.attr == "get_last_lr"}
    return receiver_name(call.call) in asked


def _severity(classes: set[str]) -> Severity | None:
    if classes <= RAISING:
        return Severity.ERROR
    return Severity.DEPRECATION if classes <= EXACT else None


def _label(worst: str) -> str:
    if worst in RAISING:
        return "get_last_lr() tells the LR"
    return "computes the LR anew" if worst in EXACT else "not the LR in use"


def _consequence(worst: str, classes: set[str], target: Target) -> str:
    error = error_of_get_lr(worst, target)
    if classes <= RAISING:
        return f"{error}, {worst} has none"
    if worst in RAISING:
        return f"{error} if it is a {worst}"
    if worst in EXACT:
        return "torch warns, and `get_last_lr()` tells the same"
    if worst in ("StepLR", "MultiStepLR"):
        return f"right after a milestone {worst} is one milestone ahead, and torch warns"
    return f"{worst} applies its formula once more, and torch warns"


def _fix(program: Program, call: ir.Call, classes: set[str]) -> Fix | None:
    end = program.range(call.func).end
    source = program.source_of(call)
    place = source.range(end - len("get_lr"), end)
    if source.text[place.start : place.end] != "get_lr":
        return None
    applicability = Applicability.SAFE if _is_safe(program, call, classes) else Applicability.UNSAFE
    return Fix(applicability, "ask for `get_last_lr()`", (Edit(place, "get_last_lr"),))


def _is_safe(program: Program, call: ir.Call, classes: set[str]) -> bool:
    if program.target(call).oldest < (LAST_LR_OF_PLATEAU if "ReduceLROnPlateau" in classes else LAST_LR):
        return False
    is_same = classes <= EXACT and not program.writes_lr(call)
    return is_same or classes <= RAISING or is_only_reported(program, call)
