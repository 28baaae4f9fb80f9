"""Uses: what the code does with an object that one name stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.places import definitions_around
from lrlint.program.search import Element, descend, targets_of

if TYPE_CHECKING:
    from lrlint.program import Program

READS = frozenset(["get_last_lr", "get_lr", "last_epoch", "load_state_dict", "state_dict"])
"""Members of a scheduler that neither step it nor hand it on."""

SEES_ALL = frozenset(["globals", "locals", "vars"])
RUNS_TEXT = frozenset(["eval", "exec"])


@dataclass(frozen=True, slots=True)
class Local:
    """A name that holds the object made by the call `site`, which nothing else gets hold of.

    `function` is the one whose name it is, None for a name of the module; `steps` are the calls of its `step`.
    """

    name: str
    site: ir.Call
    function: ir.Define | None
    statement: ir.Assign
    steps: Sequence[ir.Call]


def only_holder(program: Program, site: ir.Call) -> Local | None:
    """The name that alone holds what a call gives; None if anything else may hold it.

    The name is assigned to, compared with None, asked whether it is true, read and stepped, and nothing else.
    """
    module = program.statements_around(site)
    statement = next((s for s in reversed(program.path_to(site)) if isinstance(s, ir.Assign) and _gives(s, site)), None)
    if statement is None or len(statement.targets) != 1 or not isinstance(statement.targets[0], ir.Name):
        return None
    name = statement.targets[0].id
    around = definitions_around(program, statement)
    function = around[-1] if around else None
    if isinstance(function, ir.DefineClass) or (function is not None and name in function.function.outer):
        return None
    if function is None and _is_imported(program, site):
        return None
    elements = list(descend(module if function is None else function.function.body))
    if any(map(_sees_names, elements)):
        return None
    occurrences = sum(isinstance(e, ir.Name) and e.id == name for e in elements)
    steps = [e for e in elements if isinstance(e, ir.Call) and _is_step(e, name)]
    harmless = sum(_harmless_uses(e, name) for e in elements)
    return Local(name, site, function, statement, steps) if occurrences == harmless + len(steps) else None


def _is_imported(program: Program, site: ir.Call) -> bool:
    """Whether a module that runs with the one of `site` may import that one, as far as its name tells."""
    home = program.module_of(site)
    stem = PurePath(home.path).stem
    imports = (one for module in program.company_of(site) - {home} for one in program.of_kind_in(module, ir.Import))
    return any(stem in dotted.split(".") for one in imports for dotted in _imported(one))


def _imported(statement: ir.Import) -> list[str]:
    """The modules, and names that may be modules, of an import."""
    return [binding.dotted for binding in statement.bindings] + [statement.star or ""]


def _gives(statement: ir.Assign, site: ir.Call) -> bool:
    """Whether a statement assigns what a call gives, perhaps by a condition."""
    value = statement.value
    return value is site or (isinstance(value, ir.Conditional) and site in (value.body, value.orelse))


def _sees_names(element: Element) -> bool:
    """`locals()` and `exec(…)`, which see names without naming them."""
    if not isinstance(element, ir.Call) or not isinstance(element.func, ir.Name):
        return False
    return element.func.id in RUNS_TEXT or (element.func.id in SEES_ALL and not element.arguments)


def _is_step(call: ir.Call, name: str) -> bool:
    return isinstance(call.func, ir.Attribute) and call.func.attr == "step" and _is_name(call.func.value, name)


def _harmless_uses(element: Element, name: str) -> int:
    """How often an element itself uses a name without handing on what it stands for."""
    if isinstance(element, ir.Assign):
        return _count(targets_of(element), name)
    if isinstance(element, ir.Attribute):
        return int(element.attr in READS and _is_name(element.value, name))
    if isinstance(element, ir.If | ir.Conditional):
        return int(_is_name(element.test, name))
    if isinstance(element, ir.UnaryOperation):
        return int(element.operator == "Not" and _is_name(element.operand, name))
    if isinstance(element, ir.BinaryOperation) and element.operator in ("Is", "IsNot", "Equal", "NotEqual"):
        return _count((element.left, element.right), name)
    return 0


def _count(expressions: Iterable[ir.Expression], name: str) -> int:
    return sum(_is_name(expression, name) for expression in expressions)


def _is_name(expression: ir.Expression, name: str) -> bool:
    return isinstance(expression, ir.Name) and expression.id == name
