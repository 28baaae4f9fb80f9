"""Param groups that a program takes out of an optimizer, empties or replaces by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.search import Element, targets_of
from lrlint.program.values import Optimizer

if TYPE_CHECKING:
    from lrlint.program import Program

READING_METHODS = frozenset(["copy", "get", "index", "items", "keys", "values"])


def regroups(elements: Iterable[Element]) -> bool:
    """Whether any of these elements may change which parameters an optimizer has, other than by `add_param_group`.

    optimizer.param_groups = []
    optimizer.param_groups.clear()
    group["params"] = []
    """
    return any(_regroups(element) for element in elements)


def group_count(program: Program, optimizers: Collection[Optimizer]) -> int | None:
    """How many param groups each of the optimizers surely has; None where that is not known or not the same."""
    changed = {addition.optimizer for addition in program.group_additions} | program.facts.escaped
    if not changed.isdisjoint(optimizers):
        return None
    builds = [build for build in program.facts.optimizer_builds if build.optimizer in optimizers]
    counts = {None if build.groups is None else len(build.groups) for build in builds}
    return counts.pop() if len(counts) == 1 and builds else None


def _regroups(element: Element) -> bool:
    if isinstance(element, ir.Assign) and _is_list(element.value):
        return True  # the name may be changed anywhere
    if isinstance(element, ir.Call):
        return _changes_owner(element) or any(_is_constant(a.value, "param_groups") for a in element.arguments)
    return any(_is_contents(target) for target in targets_of(element))


def _changes_owner(call: ir.Call) -> bool:
    if not isinstance(call.func, ir.Attribute):
        return False
    return call.func.attr not in READING_METHODS and _is_contents(call.func.value)


def _is_contents(expression: ir.Expression) -> bool:
    """Whether this is the list of groups, one of them, a stretch of them, or the parameters of a group."""
    if _is_list(expression):
        return True
    if not isinstance(expression, ir.Subscript):
        return False
    return _is_list(expression.value) or (expression.index is not None and _is_constant(expression.index, "params"))


def _is_list(expression: ir.Expression) -> bool:
    return isinstance(expression, ir.Attribute) and expression.attr == "param_groups"


def _is_constant(expression: ir.Expression, value: str) -> bool:
    return isinstance(expression, ir.Constant) and expression.value == value
