"""Where code freezes parameters of a module, or lets them be trained again.

for p in model.parameters():
    p.requires_grad = False
model.fc.requires_grad_(True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lrlint.program import ir
from lrlint.program.rewrite import dotted_name, module_name
from lrlint.program.search import Element


@dataclass(frozen=True, slots=True)
class Freezing:
    """A statement that sets whether the parameters of `module`, by its dotted name, are trained."""

    statement: ir.Statement
    module: str
    is_trained: bool


def freezings(elements: Iterable[Element]) -> Iterator[Freezing]:
    """The statements among these elements that do so for all parameters of a module."""
    for element in elements:
        if isinstance(element, ir.For) and len(element.body) == 1 and isinstance(element.target, ir.Name):
            module, value = module_name(element.iterable), _set_for(element.target.id, element.body[0])
            if module is not None and value is not None:
                yield Freezing(element, module, value)
        elif isinstance(element, ir.Evaluate):
            called = _called(element.value)
            if called is not None:
                yield Freezing(element, *called)


def _set_for(name: str, statement: ir.Statement) -> bool | None:
    """What `p.requires_grad = x` or `p.requires_grad_(x)` sets for `p`."""
    if isinstance(statement, ir.Evaluate):
        called = _called(statement.value)
        return called[1] if called is not None and called[0] == name else None
    if not isinstance(statement, ir.Assign) or not isinstance(statement.value, ir.Constant):
        return None
    is_set = [dotted_name(target) for target in statement.targets] == [f"{name}.requires_grad"]
    return bool(statement.value.value) if is_set else None


def _called(expression: ir.Expression) -> tuple[str, bool] | None:
    """`x` and the truth value of `x.requires_grad_(…)`."""
    if not isinstance(expression, ir.Call) or not isinstance(expression.func, ir.Attribute):
        return None
    owner, given = dotted_name(expression.func.value), [one.value for one in expression.arguments]
    if expression.func.attr != "requires_grad_" or owner is None or len(given) > 1:
        return None
    if not given:
        return owner, True
    return (owner, bool(given[0].value)) if isinstance(given[0], ir.Constant) else None


def is_within(module: str, whole: str) -> bool:
    """Whether a dotted name means a module or a part of it."""
    return f"{module}.".startswith(f"{whole}.")
