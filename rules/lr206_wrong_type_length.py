"""A scheduler gets a length that is no int, or another argument of the wrong kind.

## What it finds

CosineAnnealingWarmRestarts whose `T_0` or `T_mult`, and OneCycleLR whose `total_steps`, `epochs` or `steps_per_epoch`
is a float, because it is written so or is the result of a division; OneCycleLR whose `pct_start` is an int, lies
outside of 0 to 1, or leaves one single step for the LR to rise; OneCycleLR and SWALR whose `anneal_strategy` is neither
"cos" nor "linear".

    CosineAnnealingWarmRestarts(optimizer, epochs / 2)               # LR206
    CosineAnnealingWarmRestarts(optimizer, epochs // 2)              # right
    OneCycleLR(optimizer, 0.1, total_steps=100, pct_start=1)         # LR206
    OneCycleLR(optimizer, 0.1, total_steps=100, pct_start=1.0)       # right

## Why it harms

It raises, since these classes check their arguments: `ValueError: Expected positive integer T_0, but got 5.0`,
`ValueError: Expected integer T_mult >= 1, but got 1.5`, `ValueError: Expected positive integer total_steps, but got
5.0`, `ValueError: Expected float between 0 and 1 pct_start, but got 1`, `ValueError: anneal_strategy must be one of
'cos' or 'linear', instead got cosine`.
`pct_start=0.1` of 10 steps is one step, between which and itself the LR can't rise: `ZeroDivisionError: float division
by zero`. (0.05 of 10 steps does not raise.)

## Fix and its safety

Safe for literals, since the code always raises and only one repair makes sense: `10.0` becomes `10`, `1` becomes
`1.0`, "cosine" becomes "cos". Unsafe for `a / b`, which becomes `a // b`, because `round(a / b)` may be meant. Not
offered for anything else.

## What it cannot see

Numbers that only the caller or the command line knows; NumPy's floats, as of `np.ceil`.

## torch versions

All that have these classes.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.html
* https://pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, scheduler_constructions
from lrlint.program.fractions import is_float
from lrlint.program.literals import steps_of_cycle
from lrlint.program.values import Constant, Opaque, Value, number_of
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR206",
    name="wrong-type-length",
    summary="a length of a scheduler is no int, or another argument is of the wrong kind",
    severity=Severity.ERROR,
    gate=("torch", "lr_scheduler|swa_utils", "CosineAnnealingWarmRestarts|OneCycleLR|SWALR"),
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

LENGTHS = {
    "CosineAnnealingWarmRestarts": ("T_0", "T_mult"),
    "OneCycleLR": ("total_steps", "epochs", "steps_per_epoch"),
}
"""The parameters of each class that have to be ints."""

STRATEGIES = {"OneCycleLR": "anneal_strategy", "SWALR": "anneal_strategy"}
MEANT = {"cosine": "cos", "cosine_annealing": "cos", "lin": "linear"}
"""What people write for a strategy, and its name."""


def check(program: Program) -> Iterator[Finding]:
    for construction in scheduler_constructions(program, *LENGTHS, "SWALR"):
        found = next(_problems(program, construction), None)
        if found is not None and not is_attempt(program, construction.call):
            yield found


def _problems(program: Program, construction: Construction) -> Iterator[Finding]:
    """The arguments that are refused; torch tells of the first only."""
    for name in LENGTHS.get(construction.class_name, ()):
        values, expression = construction.possible_values(name), construction.expression(name)
        if name in ("epochs", "steps_per_epoch") and _is_given(construction, "total_steps"):
            continue  # these are not looked at
        if values and all(_is_float(program, value, expression) for value in values):
            yield _finding(program, construction, name, "an int", _fix_length(program, construction, name))
    share = construction.possible_values("pct_start")
    if share and all(map(_is_no_share, share)):
        fix = _fix_share(program, construction)
        yield _finding(program, construction, "pct_start", "a float between 0 and 1", fix)
    total = steps_of_cycle(construction)
    if total is not None and share and all((number_of(one) or 0) * total == 1 for one in share):
        yield _finding(program, construction, "pct_start", "more than one step of the cycle", None, "ZeroDivisionError")
    name = STRATEGIES.get(construction.class_name, "")
    strategies = construction.possible_values(name)
    if strategies and all(map(_is_no_strategy, strategies)):
        fix = _fix_strategy(program, construction, name)
        yield _finding(program, construction, name, '"cos" or "linear"', fix)


def _finding(
    program: Program, construction: Construction, name: str, wanted: str, fix: Fix | None, error: str = "ValueError"
) -> Finding:
    return Finding(
        RULE,
        *program.place(construction.call),
        f"`{construction.class_name}` gets {construction.shown(name)}: {error}, that has to be {wanted}",
        "",
        (),
        fix,
    )


def _is_given(construction: Construction, name: str) -> bool:
    """Whether anything but None may be passed for a parameter."""
    return any(value not in (None, Constant(None)) for value in construction.values(name))


def _is_float(program: Program, value: Value, expression: ir.Expression | None) -> bool:
    if isinstance(value, Constant):
        return isinstance(value.value, float)
    return isinstance(value, Opaque) and expression is not None and is_float(program, expression)


def _is_no_share(value: Value) -> bool:
    share = value.value if isinstance(value, Constant) else 0.5
    return isinstance(share, int) or (isinstance(share, float) and not 0 <= share <= 1)


def _is_no_strategy(value: Value) -> bool:
    return isinstance(value, Constant) and isinstance(value.value, str) and value.value not in ("cos", "linear")


def _fix_length(program: Program, construction: Construction, name: str) -> Fix | None:
    argument = construction.written(name)
    value = None if argument is None else argument.value
    if isinstance(value, ir.BinaryOperation) and value.operator == "Divide":
        start, end = program.range(value.left).end, program.range(value.right).start
        source = program.source_of(value)
        sign = source.text[start:end]
        if sign.count("/") != 1 or "#" in sign:
            return None
        return Fix(Applicability.UNSAFE, "divide by `//`", (Edit(source.range(start, end), sign.replace("/", "//")),))
    if isinstance(value, ir.Constant) and isinstance(value.value, float) and value.value.is_integer():
        return _replace(program, value, str(int(value.value)))
    return None


def _fix_share(program: Program, construction: Construction) -> Fix | None:
    argument = construction.written("pct_start")
    value = None if argument is None else argument.value
    if not isinstance(value, ir.Constant) or value.value not in (0, 1) or isinstance(value.value, bool | float):
        return None
    return _replace(program, value, f"{value.value}.0")


def _fix_strategy(program: Program, construction: Construction, name: str) -> Fix | None:
    argument = construction.written(name)
    value = None if argument is None else argument.value
    text = value.value if isinstance(value, ir.Constant) else None
    if value is None or not isinstance(text, str):
        return None
    meant = MEANT.get(text.lower(), text.lower())
    return _replace(program, value, program.text(value).replace(text, meant)) if meant in ("cos", "linear") else None


def _replace(program: Program, expression: ir.Expression, content: str) -> Fix:
    edit = Edit(program.range(expression), content)
    return Fix(Applicability.SAFE, f"write `{content}`", (edit,))
