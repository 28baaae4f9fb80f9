"""An epoch is passed to a scheduler's step, which torch has deprecated since 1.4.

## What it finds

`scheduler.step(epoch)` with anything but None, on an object that is surely a scheduler of torch. Not on
CosineAnnealingWarmRestarts, which documents `step(epoch + i / n)`, and not where the argument is a metric (LR103).
Of ReduceLROnPlateau, whose first argument is a metric (LR105), the second one: `step(val_loss, epoch)`, where that is a
counter, an attribute that the module only sets to numbers, or is computed with on the way, so that it is not None.

    for epoch in range(90):
        train(model, optimizer)
        scheduler.step(epoch + 1)     # LR102

    for epoch in range(90):
        train(model, optimizer)
        scheduler.step()              # right

## Why it harms

torch warns, once for each line, and takes the formula for this epoch instead of going on by one. At the end of the
loop with a counter from 0, every LR comes one epoch late. Measured on torch 2.13 with StepLR(2), LR of each epoch:

    step()             0.1   0.1   0.01  0.01  0.001  0.001
    step(epoch + 1)    0.1   0.1   0.01  0.01  0.001  0.001
    step(epoch)        0.1   0.1   0.1   0.01  0.01   0.001

SequentialLR and ChainedScheduler raise: `TypeError: SequentialLR.step() takes 1 positional argument but 2 were
given`. ReduceLROnPlateau only warns: its LRs are the same with and without the epoch.

## Fix and its safety

Safe where the LRs stay what they are: the argument is dropped if it counts 1, 2, 3, … (and for SequentialLR and
ChainedScheduler, which always raise); a step at the top of the loop that counts 0, 1, 2, … moves to the end as
well; the epoch beside a metric is dropped. Unsafe where the LRs change, because every LR came one epoch late, and
for a moved step of MultiplicativeLR or SWALR or of a scheduler that is also used elsewhere, and for milestones or a
step size that may be fractions, which only the formula gets to (LR204). Not offered where the
counter may start anywhere (the argument is what makes a resumed run right), under a condition on the counter, for
fractions of epochs, and for schedulers that are also stepped elsewhere or restored.

## What it cannot see

Schedulers that are parameters of a function nobody calls in the project, that a wrapper returned, or whose class
has a `step` of its own.

## torch versions

1.4 and later; DeprecationWarning in 1.4, UserWarning since 1.5. In 1.4.0 MultiStepLR falls to its last LR at once.

## References

* https://github.com/pytorch/pytorch/issues/51712
* https://github.com/pytorch/pytorch/issues/31828
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.epochs import (
    EpochArgument,
    epoch_argument,
    epoch_beside_metric,
    keeps_lrs_when_moved,
    may_be_changed_elsewhere,
)
from lrlint.program.fractions import count_to_whole_numbers
from lrlint.program.metrics import is_metric
from lrlint.program.rewrite import drop_argument, drop_arguments, move_behind_optimizer, without_arguments
from lrlint.program.search import descend
from lrlint.program.sites import built_here, schedulers_of
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR102",
    name="scheduler-step-epoch-argument",
    summary="an epoch is passed to a scheduler's step",
    severity=Severity.DEPRECATION,
    gate=("torch", "optim", "step", "lr_scheduler|swa_utils"),
    since="1.4",
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

REFUSE_EPOCHS = frozenset(["SequentialLR", "ChainedScheduler"])
WITHOUT_FORMULA = frozenset(["MultiplicativeLR", "SWALR", "LRScheduler", "_LRScheduler"])
NOT_MEANT = frozenset(["ReduceLROnPlateau", "CosineAnnealingWarmRestarts"])


def check(program: Program) -> Iterator[Finding]:
    for call in program.scheduler_steps:
        argument = epoch_argument(program, call)
        if argument is None or argument.classes & NOT_MEANT or _is_metric(program, argument):
            continue
        raises = argument.classes <= REFUSE_EPOCHS
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} passes an epoch: {_consequence(argument, is_early=call in program.early_steps)}",
            "takes no epoch" if raises else "the epoch is deprecated",
            (Related(*built_here(program, argument.schedulers)),),
            _fix(program, call, argument),
            Severity.ERROR if raises else None,
        )
    yield from _check_plateaus(program)


def _check_plateaus(program: Program) -> Iterator[Finding]:
    for call, visits in program.scheduler_steps.items():
        argument = epoch_beside_metric(program, call)
        if argument is None:
            continue
        yield Finding(
            RULE,
            *program.place(call),
            f"{program.quote(call)} passes an epoch beside the metric: deprecated since torch 1.4, the scheduler"
            " counts by itself",
            "the epoch is deprecated",
            (Related(*built_here(program, schedulers_of(program, visits), "a ReduceLROnPlateau")),),
            _fix_of_plateau(program, call, argument),
        )


def _fix_of_plateau(program: Program, call: ir.Call, argument: ir.Argument) -> Fix | None:
    """The epoch only becomes `last_epoch`, which a ReduceLROnPlateau computes nothing from."""
    if any(isinstance(one, ir.Call | ir.NamedExpression) for one in descend([argument])):
        return None  # computing the epoch may do something
    is_read = any(isinstance(one, ir.Attribute) and one.attr == "last_epoch" for one in program.elements_with(call))
    edit = drop_argument(program, call, argument)
    applicability = Applicability.UNSAFE if is_read else Applicability.SAFE
    return Fix(applicability, "drop the epoch", (edit,)) if edit else None


def _is_metric(program: Program, argument: EpochArgument) -> bool:
    return is_metric(argument.expression, program.statements_around(argument.expression))


def _consequence(argument: EpochArgument, is_early: bool) -> str:
    if argument.classes & REFUSE_EPOCHS:
        return f"TypeError, {min(argument.classes & REFUSE_EPOCHS)}.step() takes none"
    if isinstance(argument.expression, ir.UnaryOperation):  # -1 sets a schedule back, which `step()` never does
        return "deprecated since torch 1.4"
    if not argument.is_regular or argument.first not in (0, 1):
        resumed = "; a resumed run loads the scheduler's state" if argument.may_resume else ""
        return f"deprecated since torch 1.4, as `step()` counts by itself{resumed}"
    if argument.first == 0 and not is_early:
        return _consequence_of_0(argument.rounds)
    place = " at the end of the loop" if is_early and argument.first == 0 else ""
    return f"deprecated since torch 1.4, and `step()`{place} gives the same LRs"


def _consequence_of_0(rounds: int | None) -> str:
    """What comes of an epoch that is counted from 0 behind the training, in a loop with so many rounds."""
    if rounds == 1:
        return "deprecated since torch 1.4, as `step()` counts by itself"  # no epoch follows
    late = "" if rounds == 2 else " and all others come one epoch late"
    return f"counted from 0, so the first LR is used twice{late}"


def _fix(program: Program, call: ir.Call, argument: EpochArgument) -> Fix | None:
    if argument.classes <= REFUSE_EPOCHS:
        return _drop(program, call, Applicability.SAFE)
    if not argument.is_regular:
        return None
    is_known = not may_be_changed_elsewhere(program, call) and count_to_whole_numbers(program, argument.schedulers)
    if argument.first == 1:
        return _drop(program, call, Applicability.SAFE if is_known else Applicability.UNSAFE)
    early = program.early_steps.get(call)
    if argument.first == 0 and argument.after_optimizer:
        return _drop(program, call, Applicability.UNSAFE)
    if argument.first != 0 or early is None:
        return None
    content = without_arguments(program, call)
    edits = move_behind_optimizer(program, early.step, early.optimizer_step, content) if content else None
    if edits is None:
        return None
    is_safe = is_known and not argument.classes & WITHOUT_FORMULA and keeps_lrs_when_moved(program, call)
    applicability = Applicability.SAFE if is_safe else Applicability.UNSAFE
    return Fix(applicability, "drop the epoch and move the step to the end of the loop", edits)


def _drop(program: Program, call: ir.Call, applicability: Applicability) -> Fix | None:
    edit = drop_arguments(program, call)
    return Fix(applicability, "drop the epoch", (edit,)) if edit else None
