"""A param group has a key that its optimizer does not know.

## What it finds

A dict given to an optimizer of torch with a key that no code reads, but that looks like an option: a misspelled one, a
name that another library has for it, or an option of another optimizer.

    optim.AdamW([{"params": model.fc.parameters(), "learning_rate": 1e-3}])        # LR308: the LR is the default
    optim.AdamW([{"params": model.fc.parameters(), "lr": 1e-3}])                   # right

    optim.AdamW([{"params": decayed, "weight_decay_rate": 0.1}])                   # LR308: it decays by 0.01
    optim.Adam([{"params": model.parameters(), "momentum": 0.8}])                  # LR308: it takes `betas`

## Why it harms

Torch keeps a key that it does not know in the group and does nothing with it, without a word: the group trains with the
value of the constructor, or with its default. Measured on torch 2.13: with `"learning_rate": 0.5` in a group of
`SGD(groups, lr=0.1)` each step has an LR of 0.1.

## Fix and its safety

Unsafe, since the value counts from then on: the key is renamed to the option. Not offered for an option of another
optimizer.

## What it cannot see

Groups that unknown code fills or gets. Keys that look like no option: many are there on purpose, for code that scales
the LR by group. A key that the program reads from a group, or that one of several optimizers knows which get the dict,
is left alone.

## torch versions

All.

## References

* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.program import Program, ir
from lrlint.program.facts import GroupDict
from lrlint.program.respelling import letters_between
from lrlint.program.search import descend, keys_of
from lrlint.program.values import Constant, Mapping, Value
from lrlint.rule import OPTIMIZERS, Rule, Severity
from lrlint.torch_api import signatures

RULE = Rule(
    code="LR308",
    name="unknown-param-group-key",
    summary="a param group has a key that its optimizer does not know",
    severity=Severity.CORRECTNESS,
    gate=("torch", "optim", OPTIMIZERS, "params"),
    fixes=(Applicability.UNSAFE,),
)

ALIASES = {
    "LR": "lr",
    "Lr": "lr",
    "learn_rate": "lr",
    "learning_rate": "lr",
    "learningRate": "lr",
    "learningrate": "lr",
    "wd": "weight_decay",
    "weight_decay_rate": "weight_decay",
    "weightDecay": "weight_decay",
    "weightdecay": "weight_decay",
}
"""What other libraries call an option, and people who know them."""

OF_OTHERS = frozenset(["amsgrad", "betas", "dampening", "momentum", "nesterov", "weight_decay"])
"""Options that only some optimizers have and nothing but an optimizer reads."""


def check(program: Program) -> Iterator[Finding]:
    given: dict[ir.Expression, list[GroupDict]] = {}
    for one in program.facts.group_dicts:
        given.setdefault(one.mapping.source, []).append(one)
    escaped = {one.source for one in program.facts.escaped if isinstance(one, Mapping)}
    for source, dicts in given.items():
        if source not in escaped:
            yield from _check_dict(program, source, dicts)


def _check_dict(program: Program, source: ir.Expression, dicts: list[GroupDict]) -> Iterator[Finding]:
    options = frozenset[str]().union(*(_options(one) for one in dicts))
    entries = dict(dicts[0].entries or ())
    for key, place in keys_of(source):
        meant = _meant(key, entries[key], options) if key in entries and key not in options else None
        if meant is None or (meant != key and meant in entries) or _reads(program, source, key):
            continue
        optimizer = dicts[0].optimizer
        class_name = optimizer.name.rpartition(".")[2]
        instead = f", its option is `{meant}`" if meant != key else ""
        yield Finding(
            RULE,
            *program.place(place),
            f"`{class_name}` knows no `{key}`{instead}: the group keeps it and nothing reads it",
            "without effect",
            (Related(*program.place(dicts[0].call), "this optimizer gets the group"),),
            _fix(program, place, key, meant) if meant != key else None,
        )


def _options(given: GroupDict) -> frozenset[str]:
    signature = signatures.optimizer(given.optimizer.name)
    return frozenset(one.name for one in signature.parameters) if signature is not None else frozenset()


def _meant(key: str, value: Value, options: frozenset[str]) -> str | None:
    """The option that a key stands for; the key itself if that is one of another optimizer; None for other keys."""
    if ALIASES.get(key) in options:
        return ALIASES[key]
    if key in OF_OTHERS:
        return None if isinstance(value, Constant) and not value.value else key
    near = [option for option in sorted(options - {"params"}) if letters_between(key, option) <= _slips(option)]
    return near[0] if len(near) == 1 else None


def _slips(option: str) -> int:
    """By how many letters a key may differ from an option and still mean it."""
    return 0 if len(option) <= 4 else 1 if len(option) <= 7 else 2


def _reads(program: Program, source: ir.Expression, key: str) -> bool:
    """Whether code that runs with the dict asks a group for the key: `group["lr_scale"]`, `"lr_scale" in group`."""
    for module in program.company_of(source):
        elements = list(program.elements_in(module))
        items = {name for one in elements if isinstance(one, ir.For | ir.Clause) for name in _names(one.target)}
        asked = (_asked(one, key) for one in elements)
        if any(name in items or "group" in name for owner in asked if owner is not None for name in _names(owner)):
            return True
    return False


def _names(expression: ir.Expression) -> Iterator[str]:
    for one in descend([expression]):
        if isinstance(one, ir.Name):
            yield one.id
        elif isinstance(one, ir.Attribute):
            yield one.attr


def _asked(element: object, key: str) -> ir.Expression | None:
    """What an element asks for the key."""
    if isinstance(element, ir.Subscript) and _is(element.index, key):
        return element.value
    if isinstance(element, ir.BinaryOperation) and element.operator in ("In", "NotIn") and _is(element.left, key):
        return element.right
    if isinstance(element, ir.Call) and isinstance(element.func, ir.Attribute) and element.arguments:
        return element.func.value if _is(element.arguments[0].value, key) else None
    return None


def _is(expression: ir.Expression | None, key: str) -> bool:
    return isinstance(expression, ir.Constant) and expression.value == key


def _fix(program: Program, place: ir.Expression | ir.Argument, key: str, meant: str) -> Fix | None:
    """Put the option's name in the place of the key, the quotes left as they are."""
    source, start = program.source_of(place), program.range(place).start
    found = source.text.find(key, start, program.range(place).end)
    if found < 0:
        return None
    edit = Edit(source.range(found, found + len(key)), meant)
    return Fix(Applicability.UNSAFE, f"rename `{key}` to `{meant}`", (edit,))
