"""A list of ids is only searched, which a set does without going through it.

## What it finds

`list(map(id, …))` or `[id(p) for p in …]` under a name that is used with `in` and `not in` alone.

    ids = list(map(id, model.fc.parameters()))                             # LR506
    ids = set(map(id, model.fc.parameters()))                              # right
    rest = [p for p in model.parameters() if id(p) not in ids]

## Why it harms

It does not change what is trained. Each search compares with one id after the other, so that the whole takes as many
comparisons as there are parameters in both, multiplied. It is also the form that is easily taken for the parameters
themselves (LR302).

## Fix and its safety

Safe, since `in` gives the same for both: `set(…)` in the place of `list(…)`, braces in that of brackets.

## What it cannot see

Names that are used for anything else, or in other files.

## torch versions

All.

## References

* https://docs.python.org/3/reference/expressions.html#membership-test-operations
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.rewrite import dotted_name
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR506",
    name="id-list-membership",
    summary="a list of ids is only searched, and could be a set",
    severity=Severity.STYLE,
    gate=("torch", "id", "parameters|named_parameters"),
    default=False,
    fixes=(Applicability.SAFE,),
)


def check(program: Program) -> Iterator[Finding]:
    for module in program.modules:
        elements = program.elements_in(module)
        names = [one for one in elements if isinstance(one, ir.Name)]
        searches = {one.right for one in elements if isinstance(one, ir.BinaryOperation) and _is_search(one)}
        for statement in elements:
            if not isinstance(statement, ir.Assign) or not _lists_ids(statement.value):
                continue
            target = statement.targets[0]
            uses = [one for one in names if one.id == dotted_name(target) and one is not target]
            if len(statement.targets) == 1 and isinstance(target, ir.Name) and uses and searches.issuperset(uses):
                message = f"`{target.id}` is only searched: a set of the ids does not have to be gone through"
                yield Finding(RULE, *program.place(statement.value), message, fix=_fix(program, statement.value))


def _is_search(test: ir.BinaryOperation) -> bool:
    return test.operator in ("In", "NotIn")


def _lists_ids(value: ir.Expression) -> bool:
    """Whether this is `list(map(id, x))` or `[id(p) for p in x]`."""
    if isinstance(value, ir.Comprehension):
        return value.kind == "list" and isinstance(value.element, ir.Call) and _is_id(value.element.func)
    if not isinstance(value, ir.Call) or dotted_name(value.func) != "list" or len(value.arguments) != 1:
        return False
    inner = value.arguments[0].value
    is_map = isinstance(inner, ir.Call) and dotted_name(inner.func) == "map" and len(inner.arguments) == 2
    return is_map and isinstance(inner, ir.Call) and _is_id(inner.arguments[0].value)


def _is_id(function: ir.Expression) -> bool:
    return isinstance(function, ir.Name) and function.id == "id"


def _fix(program: Program, value: ir.Expression) -> Fix:
    source, place = program.source_of(value), program.range(value)
    edits: tuple[Edit, ...]
    if isinstance(value, ir.Call):
        edits = (Edit(program.range(value.func), "set"),)
    else:
        ends = source.range(place.start, place.start + 1), source.range(place.end - 1, place.end)
        edits = tuple(Edit(one, brace) for one, brace in zip(ends, "{}", strict=True))
    return Fix(Applicability.SAFE, "make it a set", edits)
