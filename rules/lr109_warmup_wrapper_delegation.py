"""A scheduler that wraps another one asks it for `get_lr()`, which only the other's own step may do.

## What it finds

A class that derives from torch's schedulers, gets another scheduler when it is made, steps it, and calls its
`get_lr()` in its own: the GradualWarmupScheduler that many projects have copied. All that the program wraps must be
schedulers of torch; a class that nobody in the project uses is taken to be meant for these.

    def get_lr(self):
        if self.last_epoch > self.total_epoch:
            return self.after_scheduler.get_lr()         # LR109
            return self.after_scheduler.get_last_lr()    # right
        return [lr * self.last_epoch / self.total_epoch for lr in self.base_lrs]

## Why it harms

`get_lr()` computes the next update from the LR that the optimizer has now, and the scheduler's own step does so
once more. Measured on torch 2.13, a warm-up of 3 epochs to 0.1, then the LRs with the wrapped scheduler:

    CosineAnnealingLR(6)   get_lr()        0.1072  0.1     0.0804  0.0536  0.0268
                           get_last_lr()   0.1     0.0933  0.075   0.05    0.025
    ExponentialLR(0.5)     get_lr()        0.05    0.025   0.0125  0.0063  0.0031
                           get_last_lr()   0.1     0.05    0.025   0.0125  0.0063

The cosine rises above the highest LR and keeps that factor to its end. MultiplicativeLR and PolynomialLR come one
epoch early, like ExponentialLR. All others have the same LRs, and torch warns for each of them: "To get the last
learning rate computed by the scheduler, please use `get_last_lr()`". SequentialLR, ChainedScheduler and
ReduceLROnPlateau raise NotImplementedError when the warm-up is over.

Before torch 2.8 CosineAnnealingLR, ExponentialLR, MultiplicativeLR and PolynomialLR apply their formula only once they
have stepped, and this warm-up gives the right LRs: measured on torch 2.1, 2.4 and 2.7. For code that is meant for such
a release the finding is a deprecation.

Such a wrapper has more to it: `get_last_lr()` of its own stays at the LR with which the warm-up ended.

## Fix and its safety

No fix. `get_last_lr()` is right where the warm-up ends at the LR that the other scheduler began with. No wrapper is
needed for `SequentialLR(optimizer, [LinearLR(optimizer, 0.1, total_iters=n), after], [n])`.

## What it cannot see

Wrapped schedulers that code out of view constructs, wrappers that step them nowhere, and those whose `get_lr` asks for
`get_last_lr()` too. A wrapper that sets `last_epoch` of the other scheduler itself is left alone: it asks on purpose.

## torch versions

1.4 and later; what happens differs, as said above. ReduceLROnPlateau raises AttributeError before 2.2.

## References

* https://github.com/ildoonet/pytorch-gradual-warmup-lr/issues/9
* https://github.com/pytorch/pytorch/pull/149312
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.SequentialLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding, Related
from lrlint.program import Program
from lrlint.program.sites import built_here
from lrlint.program.values import Scheduler
from lrlint.program.wrappers import delegations, error_of_get_lr
from lrlint.rule import Rule, Severity
from lrlint.torch_api.target import Target
from lrlint.torch_api.versions import version

RULE = Rule(
    code="LR109",
    name="warmup-wrapper-delegation",
    summary="a wrapper of a scheduler asks it for `get_lr()`",
    severity=Severity.CORRECTNESS,
    gate=("torch", "get_lr", "lr_scheduler"),
    since="1.4",
)

RAISING = frozenset(["ReduceLROnPlateau", "SequentialLR", "ChainedScheduler"])
CHANGED = frozenset(["CosineAnnealingLR", "ExponentialLR", "MultiplicativeLR", "PolynomialLR"])
AT_ONCE_SINCE = version("2.8")
"""The first release in which these apply their formula even before they have stepped."""


def check(program: Program) -> Iterator[Finding]:
    for delegation in delegations(program):
        classes, target = _classes(delegation.schedulers), program.target(delegation.call)
        yield Finding(
            RULE,
            *program.place(delegation.call),
            f"`{program.text(delegation.call)}` is for the wrapped scheduler itself: {_consequence(classes, target)}",
            "get_last_lr() tells its LR",
            tuple(_related(program, delegation.schedulers)),
            None,
            _severity(classes, target),
        )


def _related(program: Program, schedulers: tuple[Scheduler, ...]) -> Iterator[Related]:
    """The place that builds the one of which the message tells the class."""
    told = (
        one
        for kinds in (RAISING, CHANGED)
        for one in schedulers
        if one.class_name == min(kinds & _classes(schedulers), default="")
    )
    if schedulers:
        yield Related(*built_here(program, schedulers, "the wrapped scheduler", next(told, None)))


def _classes(schedulers: tuple[Scheduler, ...]) -> set[str]:
    return {scheduler.class_name for scheduler in schedulers}


def _consequence(classes: set[str], target: Target) -> str:
    if classes & RAISING:
        told = min(classes & RAISING)
        only = "" if classes <= RAISING else " if it is one"
        return f"{error_of_get_lr(told, target)}, {told} has none{only}"
    only = "" if _is_at_once(target) else " if it has stepped already"
    if classes & CHANGED:
        return f"asked from outside of its own step, {min(classes & CHANGED)} applies its formula once more{only}"
    if classes:
        return "torch warns"
    return f"asked from outside of its own step, it may apply its formula once more{only}"


def _severity(classes: set[str], target: Target) -> Severity | None:
    if classes and classes <= RAISING:
        return Severity.ERROR
    is_wrong = _is_at_once(target) and (not classes or classes & CHANGED)
    return None if is_wrong else Severity.DEPRECATION


def _is_at_once(target: Target) -> bool:
    return target.newest >= AT_ONCE_SINCE
