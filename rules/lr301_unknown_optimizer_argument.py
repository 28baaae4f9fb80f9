"""An optimizer gets an argument that its class does not take.

## What it finds

A constructor of one of torch's optimizers with a keyword that the class does not have, with an argument for a
parameter that has one already, or with too many of them.

    optim.SGD(model.parameters(), lr=0.1, momenum=0.9)     # LR301
    optim.SGD(model.parameters(), lr=0.1, momentum=0.9)    # right

    optim.Adam(model.parameters(), lr=0.01, momentum=0.9)  # LR301
    optim.Adam(model.parameters(), lr=0.01)                # right: the first of its betas is 0.9

## Why it harms

It raises: `TypeError: Adam.__init__() got an unexpected keyword argument 'momentum'`.

## Fix and its safety

Safe, since the code always raises and only one repair makes sense: a slip of the pen and the names of other libraries
(`learning_rate`, `epsilon`) are respelt, `beta1` and `beta2` become `betas`, and `momentum=0.9` of the Adam family is
dropped, which is what its first beta is anyway. Another momentum becomes that beta: unsafe. Not offered otherwise:
`decay`, say, lowers the LR in some libraries, and the weights in others.

## What it cannot see

Arguments behind `*` and `**`, calls of one of several classes, classes of the project. Calls in a `try` that catches
errors are left alone, since somebody may expect that they fail. Parameters in place of the LR are the subject of
LR303.

## torch versions

All. What the newest release does not take that the project allows is found, and the message says if others take it;
what only older ones refuse is not: `fused=True` where the project allows torch 1.12 to 2.0, for one.

## References

* https://pytorch.org/docs/stable/optim.html#algorithms
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.constructions import (
    Construction,
    Passed,
    has_twin,
    optimizer_constructions,
    refusal,
    releases_with,
)
from lrlint.program.respelling import meant_parameter, rename_keyword
from lrlint.program.rewrite import drop_argument
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR301",
    name="unknown-optimizer-argument",
    summary="an optimizer gets an argument that its class does not take",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.SAFE, Applicability.UNSAFE),
)

SYNONYMS = {"learning_rate": "lr", "epsilon": "eps", "l2_reg": "weight_decay", "learningrate": "lr"}
"""Names of a parameter in other libraries."""

FIRST_BETA = 0.9
"""The first of the default betas, in every class that has them."""


def check(program: Program) -> Iterator[Finding]:
    for one in optimizer_constructions(program):
        is_refused = one.unknown or (not one.has_parameters_beside and (one.doubled or one.surplus))
        if not is_refused or is_attempt(program, one.call):
            continue
        if not any(releases_with(one.signature.name, name) for name in one.unknown) or not has_twin(program, one):
            place, message = refusal(one, one.unknown)
            yield Finding(RULE, *program.place(place), message, "", (), _fix(program, one))


def _fix(program: Program, one: Construction) -> Fix | None:
    if one.is_open or one.doubled or one.surplus:
        return None
    given = {name: one.keywords[name] for name in one.unknown}
    takes_betas = "betas" in one.slots and "betas" not in one.bound
    if takes_betas and set(given) == {"beta1", "beta2"}:
        return _join_betas(program, given["beta1"].written, given["beta2"].written)
    if takes_betas and set(given) == {"momentum"}:
        return _replace_momentum(program, one, given["momentum"])
    (keyword, *others), name = given, None
    written = given[keyword].written
    if not others:
        name = meant_parameter(one, keyword, SYNONYMS)
    if name is None or written is None:
        return None
    applicability = Applicability.SAFE if one.is_refused_everywhere(keyword) else Applicability.UNSAFE
    return Fix(applicability, f"rename `{keyword}` to `{name}`", (rename_keyword(program, written, name),))


def _join_betas(program: Program, first: ir.Argument | None, second: ir.Argument | None) -> Fix | None:
    """`f(beta1=x, beta2=y)` -> `f(betas=(x, y))`, where the two follow each other."""
    if first is None or second is None:
        return None
    source, start, end = program.source_of(first), program.range(first), program.range(second)
    between = source.text[start.end : end.start]
    if start.end > end.start or between.strip() != ",":
        return None
    content = f"betas=({program.text(first.value)}, {program.text(second.value)})"
    edit = Edit(source.range(start.start, end.end), content)
    return Fix(Applicability.SAFE, "join `beta1` and `beta2` to `betas`", (edit,))


def _replace_momentum(program: Program, one: Construction, momentum: Passed) -> Fix | None:
    """`Adam(…, momentum=0.9)` -> `Adam(…)`, and any other momentum m -> `betas=(m, 0.999)`."""
    argument = momentum.written
    if argument is None or "#" in program.text(argument):
        return None
    if isinstance(argument.value, ir.Constant) and argument.value.value == FIRST_BETA:
        edit = drop_argument(program, one.call, argument)
        title = "drop `momentum`, which is the first beta anyway"
        return Fix(Applicability.SAFE, title, (edit,)) if edit else None
    place = program.range(argument)
    content = f"betas=({program.text(argument.value)}, 0.999)"
    edit = Edit(program.source_of(argument).range(place.start, place.end), content)
    return Fix(Applicability.UNSAFE, "make the momentum the first of `betas`", (edit,))
