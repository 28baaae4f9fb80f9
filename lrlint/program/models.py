"""Models: which expressions stand for a `torch.nn.Module`, as the text of their module tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.imported import imported_names, meanings
from lrlint.program.places import function_around
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import assigned_to

if TYPE_CHECKING:
    from lrlint.program import Program

BASE = frozenset(["torch.nn.Module"])
LAYERS = frozenset(
    f"torch.nn.{name}" for name in ["Conv1d", "Conv2d", "Embedding", "GRU", "LSTM", "Linear", "Sequential"]
)
"""Those of torch's models over which nobody iterates to find parameters."""

METHODS = frozenset(["eval", "load_state_dict", "named_parameters", "parameters", "state_dict", "train", "zero_grad"])
"""Methods that say that an object is a model."""

ITERATION = frozenset(["__getattr__", "__getitem__", "__iter__"])


def is_model(program: Program, expression: ir.Expression) -> bool:
    """Whether a name gets nothing but new models, none of which can be iterated over."""
    if not isinstance(expression, ir.Name):
        return False
    function = function_around(program, expression)
    if function is not None and any(one.name == expression.id for one in function.function.parameters):
        return False
    values = assigned_to(expression.id, program.statements_around(expression))
    return bool(values) and all(isinstance(one, ir.Call) and _makes_model(program, one.func) for one in values)


def is_used_as_model(program: Program, expression: ir.Expression) -> bool:
    """Whether the module calls a method of models on an expression of this name."""
    name = dotted_name(expression)
    return name is not None and any(
        isinstance(one, ir.Call)
        and isinstance(one.func, ir.Attribute)
        and one.func.attr in METHODS
        and dotted_name(one.func.value) == name
        for one in program.elements_around(expression)
    )


def _makes_model(program: Program, function: ir.Expression) -> bool:
    imported = imported_names(program.module_of(function))
    if _are(meanings(dotted_name(function), imported), LAYERS):
        return True
    name = function.id if isinstance(function, ir.Name) else ""
    elements = program.elements_around(function)
    classes = [one for one in elements if isinstance(one, ir.DefineClass) and one.name == name]
    if len(classes) != 1 or len(classes[0].bases) != 1 or classes[0].decorators:
        return False
    members = {one.function.name for one in classes[0].body if isinstance(one, ir.Define)}
    base = meanings(dotted_name(classes[0].bases[0]), imported)
    return _are(base, BASE) and members.isdisjoint(ITERATION)


def _are(names: frozenset[str], wanted: frozenset[str]) -> bool:
    return bool(names) and names <= wanted
