"""Choices: conditions that are asked more than once and come out the same each time.

if args.schedule == "plateau": scheduler = ReduceLROnPlateau(optimizer)
else: scheduler = StepLR(optimizer, 30)
…
if args.schedule == "plateau": scheduler.step(val_loss)     # surely the ReduceLROnPlateau
"""

from __future__ import annotations

from dataclasses import dataclass

from lrlint.program import ir
from lrlint.program.evaluate import evaluate
from lrlint.program.objects import as_constant
from lrlint.program.values import Constant, Opaque, Sequence, Test, Value
from lrlint.program.walk import Frame

TEXT_METHODS = frozenset(["lower", "strip", "upper"])
"""Methods that make a text of a text, the same one each time."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A test, or its negation."""

    test: Test
    holds: bool = True


def condition_of(frame: Frame, expression: ir.Expression) -> Condition | None:
    """An expression as a test that comes out the same wherever it is asked; None if it is none."""
    if isinstance(expression, ir.UnaryOperation) and expression.operator == "Not":
        inner = condition_of(frame, expression.operand)
        return None if inner is None else Condition(inner.test, not inner.holds)
    if isinstance(expression, ir.BinaryOperation):
        test = _comparison(frame, expression)
        return None if test is None else Condition(test, expression.operator in ("Equal", "Is", "In"))
    test = _prefix(frame, expression) if isinstance(expression, ir.Call) else _test(frame, expression, ...)
    return None if test is None else Condition(test)


def assume(frame: Frame, expression: ir.Expression, holds: bool) -> None:
    """Note that a condition came out as `holds` on the path that begins here."""
    if isinstance(expression, ir.BoolOperation) and holds is (expression.operator == "And"):
        assume(frame, expression.left, holds)
        assume(frame, expression.right, holds)
        return
    condition = condition_of(frame, expression)
    if condition is not None:
        frame.state.verdicts[condition.test] = condition.holds is holds


def _comparison(frame: Frame, expression: ir.BinaryOperation) -> Test | None:
    """`a == 1`, `a in ("x", "y")`, `"x" in a`, or the opposite of one of them."""
    right = evaluate(frame, expression.right)
    if expression.operator in ("Equal", "NotEqual", "Is", "IsNot"):
        is_exact = isinstance(right, Constant) and not isinstance(right.value, float)
        return _test(frame, expression.left, right.value) if is_exact and isinstance(right, Constant) else None
    if expression.operator not in ("In", "NotIn"):
        return None
    if isinstance(right, Sequence):
        right = as_constant(frame, right)
    if not isinstance(right, Constant):
        return _containment(frame, evaluate(frame, expression.left), right, expression.right)
    if isinstance(right.value, tuple) and len(right.value) == 1:
        return _test(frame, expression.left, right.value[0])
    return _test(frame, expression.left, ..., f"in {right.value!r}")


def _containment(frame: Frame, item: Value, container: Value, subject: ir.Expression) -> Test | None:
    """`"x" in a`: of a text this stays as it is, of a dict only until something may have changed it."""
    if not isinstance(item, Constant) or not isinstance(container, Opaque):
        return None
    return _test(frame, subject, ..., f"version {frame.walk.version(container.ident)}", f"contains {item.value!r}")


def _prefix(frame: Frame, call: ir.Call) -> Test | None:
    """`a.startswith("x")`."""
    if not isinstance(call.func, ir.Attribute) or call.func.attr not in ("startswith", "endswith"):
        return None
    value = evaluate(frame, call.arguments[0].value) if len(call.arguments) == 1 else None
    if not isinstance(value, Constant):
        return None
    return _test(frame, call.func.value, ..., f"{call.func.attr} {value.value!r}")


def _test(frame: Frame, subject: ir.Expression, constant: object, *asked: str) -> Test | None:
    """A test of an unknown object, or of what `asked` says about it; None if it may come out otherwise next time."""
    if isinstance(subject, ir.Call) and isinstance(subject.func, ir.Attribute) and not subject.arguments:
        method = subject.func.attr
        return _test(frame, subject.func.value, constant, f"{method}()", *asked) if method in TEXT_METHODS else None
    if not isinstance(subject, ir.Name | ir.Attribute | ir.Subscript):
        return None
    value = evaluate(frame, subject)
    if not isinstance(value, Opaque) or value.counters or value.first is not ...:
        return None
    is_stable = all(value.born < activation.born for activation in frame.walk.activations)
    return Test(value.ident, (*value.path, *asked), constant) if is_stable else None
