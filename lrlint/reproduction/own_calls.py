"""Calls of the program's own functions and classes, without the arguments that their slices do not need."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lrlint.reproduction.functions import FUNCTIONS, Callee, bound_arguments, parameters_of
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.meanings import OtherModule, Var
from lrlint.reproduction.purity import is_generator, is_module
from lrlint.reproduction.record import NotReproducibleError
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.texts import Names, leaf


def call_own(s: Slice, node: ast.Call, callees: Sequence[Callee], role: Role, names: Names) -> str:
    """A call of functions or classes of the program."""
    functions = [one for one in callees if _is_worth_it(s, node, one, role)]
    if not functions:
        return leaf(s, node, role, names)
    pieces: list[tuple[ast.AST, str]] = []
    if not isinstance(node.func, ast.Name) or not isinstance(s.scene.meaning(node.func), Var):
        pieces.append((node.func, _callee_text(s, node, functions[0])))
    else:
        pieces.append((node.func, _variable_name(s, node.func)))
    for one in functions:
        s.keep(one)
        if isinstance(one, FUNCTIONS) and role is not Role.ANY:
            s.need(Var("return", id(one), ""), role)
    head = pieces[0][1]
    arguments = _passed(s, node, functions)
    return f"{head}({', '.join(arguments)})"


def _variable_name(s: Slice, node: ast.Name) -> str:
    meaning = s.scene.meaning(node)
    if isinstance(meaning, Var):
        s.need(meaning, Role.OBJECT)
        return meaning.name
    return node.id


def _callee_text(s: Slice, node: ast.Call, callee: Callee) -> str:
    func = node.func
    if isinstance(func, ast.Attribute):
        if isinstance(s.scene.meaning(func.value), OtherModule):
            return callee.name
        klass = s.scene.klass(callee)
        owner_role = Role.MODEL if klass is not None and is_module(s.scene, klass) else Role.OBJECT
        return f"{s.write(func.value, owner_role)}.{func.attr}"
    return s.write(func, Role.OBJECT)


def _is_worth_it(s: Slice, node: ast.Call, callee: Callee, role: Role) -> bool:
    """Whether a call is made in the script, or something stands for what it returns."""
    if id(callee) in s.acting or id(callee) in s.kept or (role is Role.ANY and id(callee) in s.setting):
        return True
    if isinstance(callee, ast.ClassDef):
        return s.knowledge.is_acting(callee) or (
            not is_module(s.scene, callee) and role not in (Role.ITEMS, Role.LOSS, Role.MODEL, Role.NUMBER)
        )
    if is_generator(callee):
        return False
    if role in (Role.OBJECT, Role.OPTIMIZER, Role.PARAMS, Role.PARAMETER, Role.CALLABLE):
        return True
    return role in (Role.NUMBER, Role.FLAG, Role.TEXT) and s.knowledge.is_known(node)


def _passed(s: Slice, node: ast.Call, callees: Sequence[Callee]) -> list[str]:
    """The arguments of a call of the program's own functions, without those that the slices of these do not take."""
    passed: list[str] = []
    given = [(one, "") for one in node.args] + [(one.value, one.arg or "**") for one in node.keywords]
    for argument, keyword in given:
        role = _needed_role(s, node, argument, callees)
        if role is None:
            continue
        if keyword == "**" or isinstance(argument, ast.Starred):
            star, value = ("*", argument.value) if isinstance(argument, ast.Starred) else ("**", argument)
            if s.knowledge.is_unknown(value):
                raise NotReproducibleError(f"the arguments `{star}{s.scene.text(value)}` are not known")
            passed.append(star + s.write(value, Role.OBJECT))
            continue
        names = (keyword,) if keyword else ()
        passed.append(
            (f"{keyword}=" if keyword else "")
            + s.write(argument, role, names or _parameter_names(s, node, argument, callees))
        )
    return passed


def _parameter_names(s: Slice, node: ast.Call, argument: ast.expr, callees: Sequence[Callee]) -> Names:
    for callee in callees:
        function = s.scene.initializer(callee)
        bound = bound_arguments(node, function, s.scene.is_bound(node, callee)) if function is not None else None
        if bound and id(argument) in bound:
            return (bound[id(argument)].arg,)
    return ()


def _needed_role(s: Slice, node: ast.Call, argument: ast.expr, callees: Sequence[Callee]) -> Role | None:
    """What the called functions need an argument for; None if they do not."""
    roles: list[Role] = []
    for callee in callees:
        function = s.scene.initializer(callee)
        if function is None:
            if isinstance(callee, ast.ClassDef) and (callee.bases or callee.decorator_list):
                roles.append(Role.OPTIMIZER if "optim" in s.scene.text(argument) else Role.OBJECT)
            continue
        bound = bound_arguments(node, function, s.scene.is_bound(node, callee))
        if bound is None:
            s.keep_whole(function)
            roles.append(Role.ANY)
            continue
        parameter = bound.get(id(argument))
        if parameter is None:
            continue
        if s.scene.klass(function) is not None and parameters_of(function)[:1] == [parameter]:
            roles.append(Role.OBJECT)
            continue
        var = Var("name", id(function), parameter.arg)
        if id(function) in s.whole:
            roles.append(s.roles.get(var, Role.ANY))
        elif s.is_needed(var):
            roles.append(s.roles[var])
    return max(roles, default=None)
