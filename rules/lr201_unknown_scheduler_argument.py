"""A scheduler gets an argument that its class does not take.

## What it finds

A constructor of one of torch's schedulers with a keyword that the class does not have, with an argument for a
parameter that has one already, or with too many of them.

    CosineAnnealingWarmRestarts(optimizer, T_max=10)      # LR201
    CosineAnnealingWarmRestarts(optimizer, T_0=10)        # right

    StepLR(optimizer, stepsize=30)                        # LR201
    StepLR(optimizer, step_size=30)                       # right

## Why it harms

It raises: `TypeError: StepLR.__init__() got an unexpected keyword argument 'stepsize'`, or "got multiple values for
argument".

## Fix and its safety

The keyword is renamed if it can only mean one parameter, which gets nothing yet. Safe where it is a slip of the pen,
or the name that this parameter has in the other cosine schedule or in older code (`min_lr`, `step_size` of
`CyclicLR`), since the code always raises. Unsafe where the two parameters do not mean quite the same (`T_max` and
`T_0`, `epsilon` and `threshold`). Not offered otherwise.

## What it cannot see

Arguments behind `*` and `**`, calls of one of several classes. Calls in a `try` that catches errors are left alone:
somebody may expect that they fail. `verbose` is the subject of LR401.

## torch versions

All. What the newest release does not take that the project allows is found, and the message says if others take it;
what only older ones refuse is not.

## References

* https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, has_twin, refusal, releases_with, scheduler_constructions
from lrlint.program.respelling import meant_parameter, rename_keyword
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR201",
    name="unknown-scheduler-argument",
    summary="a scheduler gets an argument that its class does not take",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler|swa_utils"),
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

SAME = {"min_lr": "eta_min", "lr_min": "eta_min", "step_size": "step_size_up", "lr_lambdas": "lr_lambda"}
"""Other names of a parameter."""

ALIKE = {"T_max": "T_0", "T_0": "T_max", "epsilon": "threshold", "step_size": "T_max"}
"""Names of what does nearly the same."""


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program):
        unknown = tuple(name for name in one.unknown if name != "verbose" or not _had_verbose(one))
        surplus = () if _had_verbose(one) else one.surplus
        if not (unknown or surplus or one.doubled) or is_attempt(program, one.call):
            continue
        if not any(releases_with(one.signature.name, name) for name in unknown) or not has_twin(program, one):
            place, message = refusal(one, unknown)
            yield Finding(RULE, *program.place(place), message, "", (), _fix(program, one, unknown))


def _had_verbose(construction: Construction) -> bool:
    return bool(releases_with(construction.signature.name, "verbose"))


def _fix(program: Program, one: Construction, unknown: tuple[str, ...]) -> Fix | None:
    if len(unknown) != 1 or one.doubled or one.surplus:
        return None
    (keyword,) = unknown
    written = one.keywords[keyword].written
    for synonyms, applicability in ((SAME, Applicability.SAFE), (ALIKE, Applicability.UNSAFE)):
        name = meant_parameter(one, keyword, synonyms)
        if name is not None and written is not None:
            is_safe = applicability is Applicability.SAFE and one.is_refused_everywhere(keyword)
            chosen = Applicability.SAFE if is_safe else Applicability.UNSAFE
            return Fix(chosen, f"rename `{keyword}` to `{name}`", (rename_keyword(program, written, name),))
    return None
