"""Arguments of functions that code calls which is not in view."""

from __future__ import annotations

import ast
from collections.abc import Collection

from lrlint.reproduction.functions import FunctionNode, decorators_of, default_of, parameters_of
from lrlint.reproduction.guesses import Role, number_for
from lrlint.reproduction.meanings import Var
from lrlint.reproduction.record import NotReproducibleError
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.texts import leaf, model


def entry_arguments(s: Slice, function: FunctionNode, given: Collection[ast.arg] = ()) -> str:
    """What stands for the arguments of a function that nothing in view calls, but for those that are given."""
    skipped = 1 if s.scene.klass(function) is not None and "staticmethod" not in decorators_of(function) else 0
    texts: list[str] = []
    for parameter in parameters_of(function)[skipped:]:
        var = Var("name", id(function), parameter.arg)
        if parameter in given or not s.is_needed(var) or parameter in (function.args.vararg, function.args.kwarg):
            continue
        if default_of(function, parameter) is not None and s.roles[var] is not Role.OPTIMIZER:
            continue
        texts.append(f"{parameter.arg}={_stand_in_for(s, parameter, s.roles[var])}")
    return ", ".join(texts)


def _stand_in_for(s: Slice, parameter: ast.arg, role: Role) -> str:
    name = parameter.arg.lower()
    if role is Role.NUMBER:
        return number_for((name,), s.settings)
    if role is Role.MODEL:
        return model(s)
    if role is Role.OBJECT and ("model" in name or "net" in name):
        return model(s)
    if role in (Role.OPTIMIZER, Role.OBJECT) and "optim" in name:
        role = Role.OPTIMIZER
    elif role is Role.OPTIMIZER:
        raise NotReproducibleError(f"nobody in view says what `{parameter.arg}` is")
    return leaf(s, ast.copy_location(_place(s, parameter), parameter), role)


def _place(s: Slice, parameter: ast.arg) -> ast.expr:
    """A name in the place of a parameter, so that stand-ins have a place."""
    node = ast.Name(parameter.arg, ast.Load())
    ast.copy_location(node, parameter)
    s.scene.adopt(node, parameter)
    return node
