"""Products: what an expression multiplies."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.search import descend

_BOUNDS = frozenset(["max", "min"])


def factors_of(expression: ir.Expression) -> tuple[list[ir.Expression], list[ir.Expression]]:
    """The factors of a product, and what it is divided by; any other expression is its own only factor.

    A product with a bound, `max(a * b, c)`, counts as the product.
    """
    if isinstance(expression, ir.BinaryOperation) and expression.operator in ("Multiply", "Divide"):
        factors, divisors = factors_of(expression.left)
        more, fewer = factors_of(expression.right)
        if expression.operator == "Divide":
            more, fewer = fewer, more
        return [*factors, *more], [*divisors, *fewer]
    product = _bounded(expression)
    return ([expression], []) if product is None else factors_of(product)


def _bounded(expression: ir.Expression) -> ir.Expression | None:
    if not isinstance(expression, ir.Call) or not isinstance(expression.func, ir.Name):
        return None
    values = [argument.value for argument in expression.arguments]
    products = [value for value in values if isinstance(value, ir.BinaryOperation)]
    return products[0] if expression.func.id in _BOUNDS and len(products) == 1 else None


def mentions_name(expression: ir.Expression, names: frozenset[str]) -> bool:
    """Whether one of some names stands in an expression."""
    return any(isinstance(element, ir.Name) and element.id in names for element in descend([expression]))
