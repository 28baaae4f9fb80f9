"""Directions: whether a metric falls or rises as training goes well, judged by the names that people give it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from lrlint.program import ir
from lrlint.program.metrics import name_of, words_of
from lrlint.program.search import Element, children, descend, targets_of

Direction = Literal["falls", "rises"]

_WORDS: dict[Direction, frozenset[str]] = {
    "falls": frozenset(
        ["loss", "losses", "err", "error", "errors", "ppl", "perplexity", "mae", "mse", "rmse", "wer", "cer", "nll"]
    ),
    "rises": frozenset(
        [
            "acc",
            "accs",
            "accuracy",
            "accuracies",
            "f1",
            "auc",
            "auroc",
            "dice",
            "iou",
            "miou",
            "psnr",
            "ssim",
            "bleu",
            "recall",
            "precision",
        ]
    ),
}

_TURNING = frozenset(
    [
        "change",
        "complement",
        "decrease",
        "delta",
        "diff",
        "difference",
        "drop",
        "elbo",
        "gain",
        "improvement",
        "inv",
        "inverse",
        "inverted",
        "minus",
        "neg",
        "negated",
        "negative",
        "reduction",
        "reversed",
        "scale",
    ]
)
"""Words of names that go the other way than their other words say, or neither way."""


def direction_of(expression: ir.Expression, statements: Sequence[ir.Statement]) -> Direction | None:
    """Which way a metric goes as training goes well; None where its name, or what it is computed from, does not tell.

    `statements` are those of the program.
    """
    name = name_of(expression)
    direction = _direction_of_name(name or "")
    if name is None or direction is None:
        return None
    elements = list(descend(statements))
    if isinstance(expression, ir.Name) and _is_parameter(name, elements):
        return None
    functions: dict[str, list[ir.Function]] = {}
    for element in elements:
        if isinstance(element, ir.Define):
            functions.setdefault(element.function.name, []).append(element.function)
    sources = [expression]
    for source, index in _sources_of(name, elements):
        sources += [source, *_results(source, index, functions)]
    return None if any(_turns(source, direction) for source in sources) else direction


def _direction_of_name(name: str) -> Direction | None:
    words = set(words_of(name))
    found: list[Direction] = [direction for direction, known in _WORDS.items() if words & known]
    return found[0] if len(found) == 1 and not words & _TURNING else None


def _is_parameter(name: str, elements: Sequence[Element]) -> bool:
    """Whether a caller decides what a name stands for."""
    return any(isinstance(element, ir.Parameter) and element.name == name for element in elements)


def _sources_of(name: str, elements: Sequence[Element]) -> Iterator[tuple[ir.Expression, int | None]]:
    """What is put into names, attributes and items of this name; its place among several that get their values."""
    for element in elements:
        if isinstance(element, ir.Assign | ir.AugmentedAssign):
            names = [name_of(target) for target in targets_of(element)]
            if name in names:
                yield element.value, names.index(name) if len(names) > 1 else None


def _results(
    source: ir.Expression, index: int | None, functions: Mapping[str, Sequence[ir.Function]]
) -> Iterator[ir.Expression]:
    """What the function that gives a value may return, by its name."""
    if not isinstance(source, ir.Call):
        return
    func = source.func
    name = func.id if isinstance(func, ir.Name) else func.attr if isinstance(func, ir.Attribute) else ""
    for function in functions.get(name, ()):
        for element in descend(function.body):
            if isinstance(element, ir.Return) and element.value is not None:
                yield _item(element.value, index)


def _item(value: ir.Expression, index: int | None) -> ir.Expression:
    is_there = index is not None and isinstance(value, ir.Collection) and index < len(value.items)
    return value.items[index] if is_there and isinstance(value, ir.Collection) and index is not None else value


def _turns(expression: ir.Expression, direction: Direction) -> bool:
    """Whether something in an expression turns a metric round, or is one that goes the other way.

    What else a function gets, such as a `loss_fn`, says nothing of what it returns.
    """
    if isinstance(expression, ir.UnaryOperation) and expression.operator == "Minus":
        return True
    if isinstance(expression, ir.BinaryOperation) and _turns_operand(expression):
        return True
    if isinstance(expression, ir.Name | ir.Attribute | ir.Constant):
        name = expression.value if isinstance(expression, ir.Constant) else name_of(expression)
        return isinstance(name, str) and _goes_otherwise(name, direction)
    if isinstance(expression, ir.Call) and len(expression.arguments) > 1:
        return _turns(expression.func, direction)
    inner = (element.value if isinstance(element, ir.Argument) else element for element in children(expression))
    return any(isinstance(element, ir.Expression) and _turns(element, direction) for element in inner)


def _goes_otherwise(name: str, direction: Direction) -> bool:
    words = set(words_of(name))
    return bool(words & _TURNING) or any(words & known for way, known in _WORDS.items() if way != direction)


def _turns_operand(operation: ir.BinaryOperation) -> bool:
    """`1 - x` and `1 / x`; a metric divided by a number goes on as before."""
    is_inverse = operation.operator == "Divide" and isinstance(operation.left, ir.Constant)
    return operation.operator == "Subtract" or is_inverse
