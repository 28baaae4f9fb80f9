"""Metrics: which expressions are a loss or a score, judged by the names that people give them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lrlint.program import ir
from lrlint.program.search import descend

_METRIC = re.compile(
    r"(loss(es)?|acc|accuracy|accs|metrics?|scores?|val|valid|test|errors?|err|f1|auc|auroc|map|ap|iou|miou|dice|psnr"
    r"|ssim|bleu|wer|cer|ppl|perplexity|rewards?|rmse|mse|mae)"
)
_OPEN = frozenset(["ap", "map", "test", "val", "valid"])
"""Words that may also name what is no metric."""

_EVALUATION = re.compile(r"(valid|validate|validation|val|eval|evaluate|evaluation|test|loss)")
_WORDS = re.compile(r"(?:[A-Z]+(?![a-z])|[A-Za-z][a-z]*)\d*")
_SUMMARIES = frozenset(
    ["avg", "average", "item", "mean", "cpu", "detach", "numpy", "compute", "value", "val", "float", "sum", "data"]
)


def is_metric(expression: ir.Expression, statements: Sequence[ir.Statement]) -> bool:
    """Whether an expression is a metric by its name, or by the name of the function that every assignment to it calls.

    `statements` are those of the module.
    """
    name = name_of(expression)
    if name is None:
        return False
    words = words_of(name)
    if words and _METRIC.fullmatch(words[-1]):
        return True
    return isinstance(expression, ir.Name) and _comes_from_evaluation(expression.id, statements)


def is_called_metric(expression: ir.Expression) -> bool:
    """Whether the name of an expression can mean nothing but a metric, whatever it was computed from."""
    words = words_of(name_of(expression) or "")
    return bool(words) and words[-1] not in _OPEN and _METRIC.fullmatch(words[-1]) is not None


def name_of(expression: ir.Expression) -> str | None:
    """The name that says what a value is: `loss` of `loss.item()`, `val_loss` of `logs["val_loss"]`."""
    if isinstance(expression, ir.Name):
        return expression.id
    if isinstance(expression, ir.Attribute):
        return name_of(expression.value) if expression.attr in _SUMMARIES else expression.attr
    if isinstance(expression, ir.Subscript):
        key = expression.index.value if isinstance(expression.index, ir.Constant) else None
        return key if isinstance(key, str) else name_of(expression.value)
    if isinstance(expression, ir.Call):
        return _name_of_call(expression)
    if isinstance(expression, ir.BinaryOperation) and expression.operator in ("Divide", "Multiply", "Subtract", "Add"):
        left = name_of(expression.left)
        return name_of(expression.right) if left is None else left
    return name_of(expression.operand) if isinstance(expression, ir.UnaryOperation) else None


def _name_of_call(call: ir.Call) -> str | None:
    """`loss.item()` and `np.mean(losses)` are named by what they sum up, `evaluate(model)` by the function."""
    if isinstance(call.func, ir.Attribute) and call.func.attr in _SUMMARIES:
        return name_of(call.arguments[0].value) if call.arguments else name_of(call.func.value)
    if isinstance(call.func, ir.Name) and call.func.id in ("float", "sum") and call.arguments:
        return name_of(call.arguments[0].value)
    return "val" if _is_evaluation(call) else None


def _comes_from_evaluation(name: str, statements: Sequence[ir.Statement]) -> bool:
    values = [
        element.value
        for element in descend(statements)
        if isinstance(element, ir.Assign) and any(isinstance(t, ir.Name) and t.id == name for t in element.targets)
    ]
    return bool(values) and all(isinstance(value, ir.Call) and _is_evaluation(value) for value in values)


def _is_evaluation(call: ir.Call) -> bool:
    name = (
        call.func.attr
        if isinstance(call.func, ir.Attribute)
        else call.func.id
        if isinstance(call.func, ir.Name)
        else ""
    )
    return any(_EVALUATION.fullmatch(word) for word in words_of(name))


def words_of(name: str) -> list[str]:
    """The words of a snake_case or camelCase name, without the digits of `acc1` and `top5` (but with those of `f1`)."""
    words = [word.lower() for word in _WORDS.findall(name)]
    return [word if word == "f1" else word.rstrip("0123456789") for word in words]
