"""An optimizer gets a value that torch refuses.

## What it finds

A hyperparameter of one of torch's optimizers that is a text, a tuple (a comma too many), None or out of its range,
`betas` that are no pair, or `nesterov=True` without momentum. The value stands in the call or in a name that holds
nothing else.

    optim.SGD(model.parameters(), lr="0.1")                        # LR310
    optim.SGD(model.parameters(), lr=0.1)                          # right

    optim.Adam(model.parameters(), lr=1e-3, betas=(0, 0.999))      # LR310 since torch 2.6
    optim.Adam(model.parameters(), lr=1e-3, betas=(0.0, 0.999))    # right

    optim.SGD(model.parameters(), lr=0.1, nesterov=True)                  # LR310
    optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True)    # right

## Why it harms

It raises: `TypeError: '<' not supported between instances of 'str' and 'float'`, `ValueError: Invalid learning rate:
-1.0`, `ValueError: betas must be either both floats or both Tensors`, `ValueError: Nesterov momentum requires a
momentum and zero dampening`.

## Fix and its safety

Safe, since the code always raises and only one repair makes sense: a text that holds a number becomes the number, and
an int among `betas` the float of the same value. Not offered otherwise.

## What it cannot see

Values from the command line, from configuration files and from attributes; those in param groups, which torch itself
does not look at before the first step. Calls in a `try` that catches errors, or under `pytest.raises`, are left alone.
Arguments in the place of others are the subject of LR303 and LR311. Tensors, and LRs that are legal but useless (0,
1000).

## torch versions

`lr` and `betas` in all releases, the others from 2.0 on (before, some of them were not looked at). An int beside a
float in the `betas` of Adam and AdamW since 2.6.

## References

* https://pytorch.org/docs/stable/optim.html#constructing-it
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import Construction, optimizer_constructions
from lrlint.program.hyperparameters import misplaced
from lrlint.program.literals import literal_values, refused_value
from lrlint.rule import OPTIMIZERS, Rule, Severity
from lrlint.torch_api.limits import refusal

RULE = Rule(
    code="LR310",
    name="invalid-hyperparameter-literal",
    summary="an optimizer gets a value that torch refuses",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.SAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for one in optimizer_constructions(program):
        if one.unknown or one.surplus or one.doubled or one.has_parameters_beside or misplaced(one):
            continue
        parameter, reason = next(_refused(one), ("", ""))
        if parameter and not is_attempt(program, one.call):
            yield _finding(program, one, parameter, reason)


def _refused(one: Construction) -> Iterator[tuple[str, str]]:
    """The parameters whose values the class refuses, with what is wrong."""
    for parameter in one.bound:
        reason = refused_value(one, parameter)
        if reason:
            yield parameter, reason
    if one.class_name == "SGD" and _lacks_momentum(one):
        yield "nesterov", "it needs a momentum and no dampening: ValueError"


def _lacks_momentum(one: Construction) -> bool:
    if one.is_open or set(literal_values(one, "nesterov")) != {True}:
        return False
    momenta, dampenings = literal_values(one, "momentum"), literal_values(one, "dampening")
    is_still = "momentum" not in one.bound or (momenta and all(one == 0 for one in momenta))
    return bool(is_still or (dampenings and all(one != 0 for one in dampenings)))


def _finding(program: Program, one: Construction, parameter: str, reason: str) -> Finding:
    written = one.bound[parameter].written
    return Finding(
        RULE,
        *program.place(written or one.call),
        f"`{one.class_name}` refuses {one.quoted(parameter)}: {reason}",
        "",
        (),
        _fix(program, one, parameter, written),
    )


def _fix(program: Program, one: Construction, parameter: str, written: ir.Argument | None) -> Fix | None:
    if written is None:
        return None
    if isinstance(written.value, ir.Constant) and isinstance(written.value.value, str):
        return _number(program, one, parameter, written.value, written.value.value.strip())
    if parameter == "betas" and isinstance(written.value, ir.Collection):
        return _floats(program, one, written.value.items)
    return None


def _number(program: Program, one: Construction, parameter: str, literal: ir.Constant, text: str) -> Fix | None:
    """`lr="0.1"` -> `lr=0.1`."""
    try:
        value = float(text)
    except ValueError:
        return None
    if not text.isascii() or not text[0].isdigit() or refusal(one.class_name, parameter, value, one.newest):
        return None
    edit = Edit(program.range(literal), text)
    return Fix(Applicability.SAFE, "write it as a number", (edit,))


def _floats(program: Program, one: Construction, items: tuple[ir.Expression, ...]) -> Fix | None:
    """`betas=(0, 0.999)` -> `betas=(0.0, 0.999)`."""
    values = [item.value if isinstance(item, ir.Constant) else None for item in items]
    if len(values) != 2 or not all(isinstance(value, int | float) for value in values):
        return None
    floats = tuple(float(value) for value in values if isinstance(value, int | float))
    if refusal(one.class_name, "betas", floats, one.newest):
        return None
    ints = [item for item, value in zip(items, values, strict=True) if type(value) is int]
    edits = tuple(Edit(program.range(item), f"{program.text(item)}.0") for item in ints)
    return Fix(Applicability.SAFE, "write both betas as floats", edits)
