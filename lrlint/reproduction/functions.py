"""Functions, classes and calls as the text has them."""

from __future__ import annotations

import ast

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


Callee = FunctionNode | ast.ClassDef


Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef)


CHANGING = frozenset(["append", "extend", "insert", "update", "add", "remove", "pop", "clear", "setdefault"])
"""Methods that change a list, dict or set."""


def parameters_of(function: FunctionNode | ast.Lambda) -> list[ast.arg]:
    """The parameters of a function, starred ones included."""
    arguments = function.args
    starred = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]


def decorators_of(function: FunctionNode) -> frozenset[str]:
    """The last names of the decorators of a function."""
    called = (one.func if isinstance(one, ast.Call) else one for one in function.decorator_list)
    return frozenset(one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called)


def default_of(function: FunctionNode | ast.Lambda, parameter: ast.arg) -> ast.expr | None:
    """The default of a parameter."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if parameter in positional:
        index = positional.index(parameter) - len(positional) + len(arguments.defaults)
        return arguments.defaults[index] if index >= 0 else None
    if parameter in arguments.kwonlyargs:
        return arguments.kw_defaults[arguments.kwonlyargs.index(parameter)]
    return None


def bound_arguments(call: ast.Call, function: FunctionNode, skips_first: bool) -> dict[int, ast.arg] | None:
    """Which parameter gets each argument of a call, by the id of the argument; None where stars hide it."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return None
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args][1 if skips_first else 0 :]
    named = {one.arg: one for one in parameters_of(function)}
    found: dict[int, ast.arg] = {}
    for index, argument in enumerate(call.args):
        parameter = positional[index] if index < len(positional) else arguments.vararg
        if parameter is not None:
            found[id(argument)] = parameter
    for keyword in call.keywords:
        parameter = named.get(keyword.arg or "", arguments.kwarg)
        if parameter is not None:
            found[id(keyword.value)] = parameter
    return found


def set_by_name(call: ast.Call) -> str | None:
    """The attribute that `setattr(…)` sets, if its name is written there."""
    if not (isinstance(call.func, ast.Name) and call.func.id == "setattr" and len(call.args) == 3):
        return None
    name = call.args[1]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


NAMESPACES = frozenset(["SimpleNamespace", "Namespace", "EasyDict"])


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def arguments_of(node: ast.Call) -> list[ast.expr]:
    """What a call passes, by position and by name."""
    return [*node.args, *(one.value for one in node.keywords)]


def asks_for(node: ast.expr, name: str) -> bool:
    """Whether an expression asks something for an attribute."""
    return any(isinstance(one, ast.Attribute) and one.attr == name for one in ast.walk(node))


def gives_key(value: ast.expr, part: tuple[int, ...]) -> bool:
    """Whether a part of what a loop goes through is a key of a dict."""
    func = value.func if isinstance(value, ast.Call) else None
    return isinstance(func, ast.Attribute) and (func.attr == "keys" or (func.attr == "items" and part[:1] == (0,)))
