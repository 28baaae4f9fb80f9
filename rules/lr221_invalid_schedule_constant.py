"""A scheduler gets a number with which its schedule makes no sense.

## What it finds

A length of 0, a factor that is out of its range, a mode that does not exist; a cosine schedule whose `eta_min` is
above the LR of the optimizer, and a `CyclicLR` whose `base_lr` is above its `max_lr`. The value stands in the call or
in a name that holds nothing else.

    StepLR(optimizer, step_size=0)                       # LR221
    LinearLR(optimizer, start_factor=0)                  # LR221
    LinearLR(optimizer, start_factor=0.001)              # right
    CosineAnnealingLR(optimizer, T_max=10, eta_min=1.0)  # LR221 if the LR is 0.1

## Why it harms

The constructor raises: `ValueError: Starting multiplicative factor expected to be greater than 0 and less or equal to
1.` With `step_size=0` or `T_max=0` the first `scheduler.step()` does: `ZeroDivisionError: integer modulo by zero`. A
cosine schedule with an `eta_min` above the LR rises without a word: from 0.1 to 1.0 in 4 epochs, as measured on torch
2.13 with T_max=4 and eta_min=1.0.

## Fix and its safety

None: only the author knows which number was meant.

## What it cannot see

Values from the command line, from configuration files and from attributes. Schedulers of length 0 that are not
stepped in view. Calls in a `try` that catches errors, or under `pytest.raises`, are left alone.

## torch versions

What raises: 2.0 and later. The silent ones: all.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.LinearLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.facts import SchedulerBuild
from lrlint.program.literals import literal_values, refused_value
from lrlint.program.schedules import describe, initial_lr
from lrlint.program.values import Scheduler
from lrlint.rule import Rule, Severity
from lrlint.torch_api.limits import refusal, refusal_at_step

RULE = Rule(
    code="LR221",
    name="invalid-schedule-constant",
    summary="a scheduler gets a number with which its schedule makes no sense",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler"),
)


WITH_TYPES = frozenset(["anneal_strategy", "pct_start"])
LENGTHS = frozenset(["T_0", "T_mult", "epochs", "steps_per_epoch", "total_steps"])


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program):
        if one.unknown or one.surplus or one.doubled or one.missing or one.class_name == "ReduceLROnPlateau":
            continue  # LR210 knows ReduceLROnPlateau
        parameter, reason = next(_refused(program, one), ("", ""))
        if parameter and not is_attempt(program, one.call):
            yield _finding(program, one, parameter, f"refuses {{}}: {reason}")
        elif not parameter:
            yield from _silent(program, one)


def _refused(program: Program, one: Construction) -> Iterator[tuple[str, str]]:
    """The parameters whose values the class refuses, with what is wrong."""
    for parameter in one.bound:
        if _is_of_wrong_type(one, parameter):
            continue
        reason = refused_value(one, parameter) or _refused_length(one, parameter)
        if reason:
            yield parameter, reason
        values = literal_values(one, parameter)
        texts = [refusal_at_step(one.class_name, parameter, value) for value in values]
        if texts and all(texts) and _is_stepped(program, one):
            yield parameter, f"{texts[0]} at the first step"


def _is_of_wrong_type(one: Construction, parameter: str) -> bool:
    """Whether LR206 tells what is wrong with a value."""
    if parameter in WITH_TYPES:
        return True
    return parameter in LENGTHS and any(isinstance(value, float) for value in literal_values(one, parameter))


def _refused_length(one: Construction, parameter: str) -> str:
    """What is wrong with a number of epochs or of steps of OneCycleLR, which counts where there is no `total_steps`."""
    if one.class_name != "OneCycleLR" or one.is_open or parameter not in ("epochs", "steps_per_epoch"):
        return ""
    if "total_steps" in one.bound and set(literal_values(one, "total_steps")) != {None}:
        return ""
    values = literal_values(one, parameter)
    texts = [refusal("OneCycleLR", "total_steps", value, one.newest) for value in values]
    return texts[0] if texts and all(texts) else ""


def _is_stepped(program: Program, one: Construction) -> bool:
    return any(scheduler.site is one.call for step in program.facts.scheduler_steps for scheduler in step.possible)


def _silent(program: Program, one: Construction) -> Iterator[Finding]:
    """What torch takes: an LR that rises where it should fall."""
    if one.class_name == "CyclicLR":
        lows, highs = literal_values(one, "base_lr"), literal_values(one, "max_lr")
        if _are_above(lows, highs):
            yield _finding(
                program, one, "base_lr", "begins its cycles with {}, above its `max_lr`", Severity.CORRECTNESS
            )
        return
    if not one.class_name.startswith("CosineAnnealing"):
        return
    lows = literal_values(one, "eta_min")
    lrs = [_lr(program, build.scheduler) for build in one.builds if isinstance(build, SchedulerBuild)]
    if lrs and None not in lrs and _are_above(lows, tuple(lrs)):
        text = f"raises the LR of {describe(lrs[0] or 0.0)} to its lowest one: {{}}"
        yield _finding(program, one, "eta_min", text, Severity.CORRECTNESS)


def _lr(program: Program, scheduler: Scheduler) -> float | None:
    """The LR that a scheduler surely begins with, None for one that shares its optimizer with another one."""
    if program.rivals_of(frozenset([scheduler])) or program.writes_lr(scheduler.site):
        return None
    return initial_lr(program, scheduler.optimizer)


def _are_above(ones: tuple[object, ...], others: tuple[object, ...]) -> bool:
    """Whether all numbers are above those of the same visits; not if anything is no number."""
    pairs = list(zip(ones, others, strict=False))
    return bool(pairs) and all(
        isinstance(one, int | float) and isinstance(other, int | float) and one > other for one, other in pairs
    )


def _finding(
    program: Program, one: Construction, parameter: str, text: str, severity: Severity | None = None
) -> Finding:
    written = one.bound[parameter].written
    message = f"`{one.class_name}` {text.format(one.quoted(parameter))}"
    return Finding(RULE, *program.place(written or one.call), message, own_severity=severity)
