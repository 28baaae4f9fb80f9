"""ReduceLROnPlateau gets something else by position as its `threshold`.

## What it finds

A true or false fifth argument of `ReduceLROnPlateau`, which was `verbose` up to torch 1.6 and is `threshold` since;
or one whose name is that of another parameter.

    ReduceLROnPlateau(optimizer, "min", 0.5, 5, True)           # LR211
    ReduceLROnPlateau(optimizer, "min", 0.5, 5)                 # right

    ReduceLROnPlateau(optimizer, "min", 0.5, 5, min_lr)         # LR211
    ReduceLROnPlateau(optimizer, "min", 0.5, 5, min_lr=min_lr)  # right

## Why it harms

`True` is a threshold of 1: nothing counts as an improvement but a metric below 0, so the LR falls again and again
while the training makes progress. Measured on torch 2.13 with patience 1 and losses of 1.0, 0.9, 0.8, …: the LR is
halved after every second epoch, from 0.1 to 0.025 in 5 epochs. With more arguments behind it, it raises, as all of
them are shifted.

## Fix and its safety

Unsafe, since the LRs change: a last argument that is true or false is dropped, one with the name of a parameter gets
that name as its keyword. Where more follow, which then were written for torch 1.6, they get the names that they had.

## What it cannot see

Numbers without a name: `1e-6` may be a threshold. Arguments behind `*`.

## torch versions

1.7 and later.

## References

* https://github.com/pytorch/pytorch/pull/42105
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.constructions import OLD_PLATEAU, Construction, Passed, is_in_old_order, scheduler_constructions
from lrlint.program.hyperparameters import written_name
from lrlint.program.insertions import name_arguments
from lrlint.program.rewrite import drop_argument
from lrlint.program.values import Constant
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR211",
    name="plateau-positional-shift",
    summary="ReduceLROnPlateau gets something else as its threshold",
    severity=Severity.CORRECTNESS,
    gate=("torch", "ReduceLROnPlateau"),
    since="1.7",
    fixes=(Applicability.UNSAFE,),
)

PLACE = OLD_PLATEAU.index("verbose")
"""The index of `threshold`, and of `verbose` before it."""

MODES = (Constant("rel"), Constant("abs"))


def check(program: Program) -> Iterator[Finding]:
    for one in scheduler_constructions(program, "ReduceLROnPlateau"):
        if len(one.positional) <= PLACE:
            continue
        passed = one.positional[PLACE]
        name = written_name(passed.written)
        is_old = is_in_old_order(one.builds[0])
        if is_old or (name != "threshold" and name in (*one.slots, "verbose")):
            yield _finding(program, one, passed, "verbose" if is_old else name)


def _finding(program: Program, one: Construction, passed: Passed, name: str) -> Finding:
    raises = len(one.positional) > len(one.slots) or (
        len(one.positional) > PLACE + 1
        and all(value not in MODES for value in one.values("threshold_mode"))
        and isinstance(one.positional[PLACE + 1].value, Constant)
    )
    what = program.quote(passed.written.value, 30) if passed.written else f"`{name}`"
    consequence = "and what follows is shifted, too: it raises" if raises else f"not for `{name}`"
    return Finding(
        RULE,
        *program.place(passed.written or one.call),
        f"`ReduceLROnPlateau` takes {what} for its `threshold`, {consequence}",
        "",
        (),
        _fix(program, one, passed, name),
        Severity.ERROR if raises else None,
    )


def _fix(program: Program, one: Construction, passed: Passed, name: str) -> Fix | None:
    argument = passed.written
    behind = one.positional[PLACE + 1 :]
    if argument is None or one.is_open:
        return None
    if name == "verbose":
        return _without_verbose(program, one, argument)
    if behind or name in one.keywords:
        return None
    edits = name_arguments(program, (argument,), (name,))
    return Fix(Applicability.UNSAFE, f"pass it as `{name}`", edits) if edits else None


def _without_verbose(program: Program, one: Construction, argument: ir.Argument) -> Fix | None:
    drop = drop_argument(program, one.call, argument)
    names = OLD_PLATEAU[PLACE + 1 : len(one.positional)]
    behind = [passed.written for passed in one.positional[PLACE + 1 :]]
    if drop is None or len(names) != len(behind) or not one.keywords.keys().isdisjoint(names):
        return None
    named = name_arguments(program, behind, names)
    title = "drop what was `verbose`" + (", name what follows" if behind else "")
    return None if named is None else Fix(Applicability.UNSAFE, title, (drop, *named))
