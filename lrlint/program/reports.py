"""Reports: whether a value is only shown to people (printed, logged, plotted), so that no training depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.nesting import Nesting
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import Element, descend

if TYPE_CHECKING:
    from lrlint.program import Program

REPORTING_METHODS = frozenset(
    [
        "add_histogram",
        "add_scalar",
        "add_scalars",
        "add_text",
        "critical",
        "debug",
        "error",
        "info",
        "log",
        "log_metric",
        "log_metrics",
        "plot",
        "print",
        "semilogy",
        "set_description",
        "set_postfix",
        "set_postfix_str",
        "warning",
        "write",
        "writerow",
    ]
)
"""Methods of loggers, writers, progress bars and plots."""

PURE_FUNCTIONS = frozenset(
    ["enumerate", "float", "format", "len", "list", "map", "max", "min", "repr", "round", "str", "sum", "tuple", "zip"]
)
PURE_METHODS = frozenset(["format", "item", "join", "mean", "tolist"])
CONTAINERS = frozenset(["OrderedDict", "defaultdict", "dict", "list"])
COLLECTING_METHODS = frozenset(["append", "extend"])
MATH = frozenset(["math", "np", "numpy", "torch"])


def is_only_reported(program: Program, expression: ir.Expression) -> bool:
    """Whether the value of an expression, also under names that it is assigned to, surely only goes into reports."""
    return _Search(program.nesting(expression), program.statements_around(expression)).is_reported(expression)


@dataclass(frozen=True, slots=True)
class _Search:
    """A search in the `statements` of a module; `seen` are the names that are being looked at."""

    nesting: Nesting
    statements: Sequence[ir.Statement]
    seen: frozenset[str] = frozenset()

    def is_reported(self, expression: ir.Expression) -> bool:
        path = self.nesting.path(expression)
        element: Element = expression
        for outer in reversed(path[:-1]):
            if isinstance(outer, ir.Call) and not _passes_on(outer, element):
                return self._takes(path, outer)
            if isinstance(outer, ir.Evaluate):
                return True
            if isinstance(outer, ir.Assign | ir.AugmentedAssign | ir.For | ir.Clause):
                targets = _targets(outer) if element in _sources(outer) else ()
                return bool(targets) and all(self._is_target_reported(path, target) for target in targets)
            if not isinstance(outer, (*_TRANSPARENT, ir.Call)) and type(outer) not in (ir.Expression, ir.Text):
                return False
            element = outer
        return False

    def _takes(self, path: tuple[Element, ...], call: ir.Call) -> bool:
        """Whether a call reports its arguments, or puts them into a list that is only reported."""
        if isinstance(call.func, ir.Name):
            return call.func.id == "print"
        if not isinstance(call.func, ir.Attribute):
            return False
        if call.func.attr in COLLECTING_METHODS:
            return self._is_container_reported(path, call.func.value)
        return call.func.attr in REPORTING_METHODS and dotted_name(call.func.value) not in MATH

    def _is_target_reported(self, path: tuple[Element, ...], target: ir.Expression) -> bool:
        if isinstance(target, ir.Subscript):
            return self._is_container_reported(path, target.value)
        return isinstance(target, ir.Name) and self._is_name_reported(path, target.id)

    def _is_container_reported(self, path: tuple[Element, ...], container: ir.Expression) -> bool:
        if not isinstance(container, ir.Name) or not _is_made_here(_scope(self.statements, path), container.id):
            return False
        return self._is_name_reported(path, container.id)

    def _is_name_reported(self, path: tuple[Element, ...], name: str) -> bool:
        """Whether all that is read from a name, in the scope at the end of `path`, only goes into reports."""
        if name in self.seen:
            return True
        function = next((one for one in reversed(path) if isinstance(one, ir.Function | ir.Comprehension)), None)
        if isinstance(function, ir.Function) and (name not in function.assigned or name in function.outer):
            return False  # it belongs to a scope further out
        inner = _Search(self.nesting, self.statements, self.seen | {name})
        return all(inner.is_reported(read) for read in _reads(_scope(self.statements, path), name))


def _passes_on(call: ir.Call, element: Element) -> bool:
    """Whether a value comes out of a call as a number or text: `float(x)`, `"{}".format(x)`, `x.item()`."""
    if isinstance(call.func, ir.Name):
        return element is not call.func and call.func.id in PURE_FUNCTIONS
    return isinstance(call.func, ir.Attribute) and call.func.attr in PURE_METHODS


def _scope(statements: Sequence[ir.Statement], path: tuple[Element, ...]) -> Sequence[Element]:
    """The innermost function's body or comprehension at the end of a path, or the module."""
    scope = next((one for one in reversed(path) if isinstance(one, ir.Function | ir.Comprehension)), None)
    return statements if scope is None else scope.body if isinstance(scope, ir.Function) else (scope,)


def _sources(outer: _Binding) -> tuple[ir.Expression, ...]:
    """The expression whose value goes into the targets."""
    return (outer.value,) if isinstance(outer, ir.Assign | ir.AugmentedAssign) else (outer.iterable,)


def _targets(outer: _Binding) -> tuple[ir.Expression, ...]:
    """What is assigned to, tuples taken apart."""
    stack, found = list(outer.targets if isinstance(outer, ir.Assign) else (outer.target,)), []
    while stack:
        target = stack.pop()
        if isinstance(target, ir.Collection):
            stack += target.items
        else:
            found.append(target)
    return tuple(found)


def _is_made_here(scope: Sequence[Element], name: str) -> bool:
    """Whether a name stands for a list or dict that is made in this scope, and for nothing else."""
    makers = [
        _sources(element)[0]
        for element in descend(scope)
        if isinstance(element, _Binding) and any(isinstance(t, ir.Name) and t.id == name for t in _targets(element))
    ]
    return bool(makers) and all(map(_is_new_container, makers))


def _is_new_container(value: ir.Expression) -> bool:
    if isinstance(value, ir.Call):
        return isinstance(value.func, ir.Name) and value.func.id in CONTAINERS
    return isinstance(value, ir.Collection | ir.Dict)


def _reads(scope: Sequence[Element], name: str) -> Iterator[ir.Name]:
    """The places where a name is read, other than to put something into its list or dict."""
    elements = list(descend(scope))
    written: set[Element] = set()
    for element in elements:
        if isinstance(element, _Binding):
            written.update(descend(_targets(element)))
        elif isinstance(element, ir.Attribute) and element.attr in COLLECTING_METHODS:
            written.update(descend([element.value]))
    return (one for one in elements if isinstance(one, ir.Name) and one.id == name and one not in written)


_Binding = ir.Assign | ir.AugmentedAssign | ir.For | ir.Clause
_TRANSPARENT = (
    ir.Argument,
    ir.Attribute,
    ir.BinaryOperation,
    ir.BoolOperation,
    ir.Collection,
    ir.Comprehension,
    ir.Conditional,
    ir.Dict,
    ir.Starred,
    ir.Subscript,
    ir.UnaryOperation,
)
"""What a value goes through on its way into a report."""
