"""A condition on names of parameters or modules holds a string that is always true.

## What it finds

In a loop over `named_parameters()`, `named_modules()` and their like: a string literal that is an operand of `or` or
`and` by itself; two `!=` of one name joined by `or`; a tuple of strings on the left of `in`.

    if "conv" or "fc" in name:                      # LR305: always true, "conv" is not asked for
    if "conv" in name or "fc" in name:              # right

    if name != "bias" or name != "scale":           # LR305: always true
    if name not in ("bias", "scale"):               # right

    if ("bias", "bn") in name:                      # LR305: TypeError
    if any(part in name for part in ("bias", "bn")):    # right

## Why it harms

Parameters get into the wrong group without a word. Measured on torch 2.13: where `if "bias" or "norm" in name` chooses
what has no weight decay, all of the parameters have none. The tuple raises `TypeError: 'in <string>' requires string as
left operand, not tuple`.

## Fix and its safety

Unsafe, since the groups become others: the comparison is repeated for each of the strings. Offered where all of the
operands are joined by one operator, since with both there are two readings; not for `not in` and `!=`, where it would
have to be the other operator.

## What it cannot see

Conditions that are stored in a variable first. `"bias" not in name or "weight" not in name`, which is true of
nearly all names: the same form with other words is right.

## torch versions

All; the mistake is one of Python.

## References

* https://docs.python.org/3/reference/expressions.html#boolean-operations
* https://pytorch.org/docs/stable/optim.html#per-parameter-options
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.name_tests import NAMED, tests_on_names
from lrlint.program.search import descend
from lrlint.rule import Rule, Severity

_GAP = r"(?:[\s\\]|#[^\n]*\n)*"
_LITERAL = rf"""(?:"(?!"")(?:[^"\\\n]|\\.)+"|'(?!'')(?:[^'\\\n]|\\.)+'){_GAP}"""
_TEXT = rf"{_GAP}(?:\({_GAP})*[A-Za-z]?(?:{_LITERAL})+"
_BEGINNING = r"(?:[(\[{,:]|[^=!<>]=|\b(?:if|elif|while|and|or|return|assert)\b)"
_SHAPES = (
    rf"{_BEGINNING}(?:{_TEXT}|{_GAP}\({_TEXT}(?:\){_GAP})+)(?:or|and)\b",  # if "bias" or
    rf"\b(?:or|and)\b{_TEXT}(?=[)\]}},:;]|(?:if|else|for|and|or)\b|(?<=\n)|\Z)",  # or "bias":
    rf"!={_TEXT}(?:\){_GAP})*or\b",  # != "bias" or
    rf"[\"']{_GAP}[,)\]}}](?:{_GAP}[)\]}}])*{_GAP}(?:not{_GAP})?in\b",  # ("bias", "norm") in
)
"""What a condition looks like that this rule is about."""

RULE = Rule(
    code="LR305",
    name="constant-condition-in-grouping",
    summary="a condition on names of parameters holds a string that is always true",
    severity=Severity.CORRECTNESS,
    gate=("torch", "|".join(sorted(NAMED))),
    fixes=(Applicability.UNSAFE,),
    shape="|".join(_SHAPES),
)


def check(program: Program) -> Iterator[Finding]:
    reported: set[ir.Expression] = set()
    for module in program.modules:
        for element in program.of_kind_in(module, ir.For, ir.Comprehension):
            name, tests = tests_on_names(element)
            for test in tests:
                for finding, place in _check_test(program, test, name):
                    if place not in reported:
                        reported.add(place)
                        yield finding


def _check_test(program: Program, test: ir.Expression, name: str) -> Iterator[tuple[Finding, ir.Expression]]:
    if not any(isinstance(one, ir.Name) and one.id == name for one in descend([test])):
        return
    for operator, operands, whole in _chains(test):
        if any(_is_text(one) for one in operands) and not all(_is_text(one) for one in operands):
            yield _text_finding(program, operator, operands, whole), whole
        elif operator == "Or" and _are_different(operands):
            yield _finding(program, whole, "is always true: no name is both of these", None), whole
    for one in descend([test]):
        if isinstance(one, ir.BinaryOperation) and one.operator in ("In", "NotIn") and _is_tuple_in(one, name):
            message = "raises TypeError: a string can't hold a tuple"
            yield _finding(program, one, message, None, Severity.ERROR), one


def _chains(test: ir.Expression) -> Iterator[tuple[str, list[ir.Expression], ir.BoolOperation]]:
    """The operands that `or` or `and` joins in a test, chain by chain."""
    if isinstance(test, ir.BoolOperation):
        operands = list(_operands(test, test.operator))
        yield test.operator, operands, test
        for operand in operands:
            yield from _chains(operand)
    elif isinstance(test, ir.UnaryOperation):
        yield from _chains(test.operand)


def _operands(test: ir.Expression, operator: str) -> Iterator[ir.Expression]:
    if isinstance(test, ir.BoolOperation) and test.operator == operator:
        yield from _operands(test.left, operator)
        yield from _operands(test.right, operator)
    else:
        yield test


def _is_text(expression: ir.Expression) -> bool:
    return isinstance(expression, ir.Constant) and isinstance(expression.value, str) and expression.value != ""


def _are_different(operands: list[ir.Expression]) -> bool:
    """Whether operands are `name != "a"` and `name != "b"`, with nothing else the same."""
    compared = [one for one in operands if isinstance(one, ir.BinaryOperation) and one.operator == "NotEqual"]
    pairs = [(one.left, one.right) for one in compared]
    texts = {left.id: set[object]() for left, _ in pairs if isinstance(left, ir.Name)}
    for left, right in pairs:
        if isinstance(left, ir.Name) and isinstance(right, ir.Constant) and isinstance(right.value, str):
            texts[left.id].add(right.value)
    return any(len(values) > 1 for values in texts.values())


def _is_tuple_in(comparison: ir.BinaryOperation, name: str) -> bool:
    left, right = comparison.left, comparison.right
    is_tuple = isinstance(left, ir.Collection) and len(left.items) > 0 and all(map(_is_text, left.items))
    return is_tuple and isinstance(right, ir.Name) and right.id == name


def _text_finding(program: Program, operator: str, operands: list[ir.Expression], whole: ir.BoolOperation) -> Finding:
    text = next(one for one in operands if _is_text(one))
    if operator == "Or":
        message = f"is always true, because {program.quote(text)} is: it is not asked for"
    else:
        message = f"does not ask for {program.quote(text)}, which is always true"
    return _finding(program, whole, message, _fix(program, operands))


def _finding(
    program: Program,
    place: ir.Expression,
    message: str,
    fix: Fix | None,
    severity: Severity | None = None,
) -> Finding:
    return Finding(RULE, *program.place(place), f"{program.quote(place)} {message}", "", (), fix, severity)


def _fix(program: Program, operands: list[ir.Expression]) -> Fix | None:
    """`"a" or "b" in name` -> `"a" in name or "b" in name`, and `name == "a" or "b"` likewise."""
    others = [one for one in operands if not _is_text(one)]
    compared = [one for one in others if isinstance(one, ir.BinaryOperation) and one.operator in ("In", "Equal")]
    if len(compared) < len(others):
        return None
    subjects = {(one.operator, program.text(one.right if one.operator == "In" else one.left)) for one in compared}
    if len(subjects) != 1:
        return None
    operator, subject = subjects.pop()
    edits = []
    for one in operands:
        if _is_text(one):
            place = program.range(one)
            at = place.end if operator == "In" else place.start
            content = f" in {subject}" if operator == "In" else f"{subject} == "
            edits.append(Edit(program.source_of(one).range(at, at), content))
    return Fix(Applicability.UNSAFE, "ask for each of the strings", tuple(edits))
