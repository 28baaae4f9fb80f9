"""ReduceLROnPlateau gets arguments that it refuses.

## What it finds

A ReduceLROnPlateau whose `mode` is neither "min" nor "max", mostly because the factor stands in its place, whose
`factor` is 1 or more, or whose `threshold_mode` is neither "rel" nor "abs".

    ReduceLROnPlateau(optimizer, 0.1, 10)                   # LR210
    ReduceLROnPlateau(optimizer, factor=0.1, patience=10)   # right: the mode comes first
    ReduceLROnPlateau(optimizer, mode="auto")               # LR210: the name is from Keras

## Why it harms

It raises. `ReduceLROnPlateau(optimizer, 0.1)`: `TypeError: can only concatenate str (not "float") to str`, as it
wants to say that this mode is unknown. `(optimizer, 0.1, 10)`: `ValueError: Factor should be < 1.0.`, as for every
factor from 1 on. `mode="auto"`: `ValueError: mode auto is unknown!`.

## Fix and its safety

Safe, since the code always raises and only one repair makes sense: a literal factor below 1 in the place of the mode,
with an int or nothing behind it, gets its name, and the int becomes `patience`; a mode in capitals is written in small
letters. Not offered for anything else.

## What it cannot see

Values that only the caller or the command line knows, and code that expects the exception.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.ReduceLROnPlateau.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.insertions import name_arguments
from lrlint.program.values import Constant, Value, number_of
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR210",
    name="plateau-invalid-arguments",
    summary="ReduceLROnPlateau gets arguments that it refuses",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler", "ReduceLROnPlateau"),
    fixes=(Applicability.SAFE,),
)

MODES = {"mode": ("min", "max"), "threshold_mode": ("rel", "abs")}


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program, "ReduceLROnPlateau"):
        problem = _problem(construction)
        if problem is None or _is_shifted(construction) or is_attempt(program, construction.call):
            continue
        fix = _name_arguments(program, construction) or _lower_mode(program, construction)
        yield Finding(RULE, *program.place(construction.call), problem, "", (), fix)


def _problem(construction: Construction) -> str | None:
    for name, modes in MODES.items():
        values = construction.possible_values(name)
        if values and all(_is_refused(value, modes) for value in values):
            return f"ReduceLROnPlateau gets {construction.shown(name)}: it raises, as that is no {name}"
    factors = construction.possible_values("factor")
    if factors and all(map(_is_too_large, factors)):
        return f"ReduceLROnPlateau gets {construction.shown('factor')}: ValueError, it has to be below 1"
    return None


def _is_shifted(construction: Construction) -> bool:
    """Whether LR211 tells that arguments are in the place of others."""
    return any(
        isinstance(one, Constant) and isinstance(one.value, bool) for one in construction.possible_values("threshold")
    )


def _is_refused(value: Value, modes: tuple[str, ...]) -> bool:
    return isinstance(value, Constant) and value.value not in modes


def _is_too_large(value: Value) -> bool:
    return (number_of(value) or 0) >= 1


def _name_arguments(program: Program, construction: Construction) -> Fix | None:
    """`(optimizer, 0.1, 10)` -> `(optimizer, factor=0.1, patience=10)`."""
    positional = [one for one in construction.call.arguments if one.keyword is None][1:]
    kinds = [type(one.value.value) for one in positional if isinstance(one.value, ir.Constant)]
    if construction.written("mode") not in positional or kinds not in ([float], [float, int]):
        return None
    names = ("factor", "patience")[: len(positional)]
    factor = construction.possible_values("mode")
    if len(kinds) != len(positional) or any(one.keyword in names for one in construction.call.arguments):
        return None
    if not all(isinstance(one, Constant) and isinstance(one.value, float) and 0 < one.value < 1 for one in factor):
        return None
    edits = name_arguments(program, positional, names)
    return Fix(Applicability.SAFE, f"name the arguments {' and '.join(names)}", edits) if edits else None


def _lower_mode(program: Program, construction: Construction) -> Fix | None:
    argument = construction.written("mode")
    mode = argument.value.value if argument is not None and isinstance(argument.value, ir.Constant) else None
    if argument is None or not isinstance(mode, str) or mode in MODES["mode"] or mode.lower() not in MODES["mode"]:
        return None
    content = program.text(argument.value).replace(mode, mode.lower())
    return Fix(Applicability.SAFE, f"write `{content}`", (Edit(program.range(argument.value), content),))
