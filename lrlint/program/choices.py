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
from lrlint.program.values import Constant, Opaque, Test
from lrlint.program.walk import Frame


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
    if isinstance(expression, ir.BinaryOperation) and expression.operator in ("Equal", "NotEqual", "Is", "IsNot"):
        constant = evaluate(frame, expression.right)
        if not isinstance(constant, Constant) or isinstance(constant.value, float):
            return None
        test = _test(frame, expression.left, constant.value)
        return None if test is None else Condition(test, expression.operator in ("Equal", "Is"))
    test = _test(frame, expression, ...)
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


def _test(frame: Frame, subject: ir.Expression, constant: object) -> Test | None:
    if not isinstance(subject, ir.Name | ir.Attribute | ir.Subscript):
        return None
    value = evaluate(frame, subject)
    if not isinstance(value, Opaque) or value.counters or value.first is not ...:
        return None
    is_stable = all(value.born < activation.born for activation in frame.walk.activations)
    return Test(value.ident, value.path, constant) if is_stable else None
