"""Assignments as a script has them, and what functions return."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lrlint.reproduction.effects import has_acts, sets_group, write_evaluate
from lrlint.reproduction.functions import FunctionNode
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.lines import lines_of
from lrlint.reproduction.meanings import Var
from lrlint.reproduction.own_calls import call_own
from lrlint.reproduction.record import Line
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.targets import key_of, var_of
from lrlint.reproduction.texts import leaf


def write_assign(s: Slice, node: ast.Assign | ast.AnnAssign, depth: int) -> list[Line]:
    if node.value is None:
        return []
    targets: list[ast.expr] = list(node.targets) if isinstance(node, ast.Assign) else [node.target]
    written = [text for target in targets if (text := target_text(s, target)) is not None]
    if not written and sets_group(s, targets[0]):
        return lines_of(
            s,
            node,
            f"{_subscript_text(s, targets[0])} = {s.write(node.value, _role_of_key(targets[0]), key_of(targets[0]))}",
            depth,
        )
    if not written and id(node) in s.forced and not has_acts(s, node.value):
        return _forced_assign(s, node, targets, depth)
    if not written:
        return write_evaluate(s, node, node.value, depth)
    role, names = _role_of(s, targets)
    if (
        len(targets) == 1
        and isinstance(targets[0], (ast.Tuple, ast.List))
        and not isinstance(node.value, (ast.Tuple, ast.List))
    ):
        value = _taken_apart(s, node.value, targets[0], role)
    elif (
        len(targets) == 1
        and isinstance(targets[0], (ast.Tuple, ast.List))
        and isinstance(node.value, (ast.Tuple, ast.List))
        and len(targets[0].elts) == len(node.value.elts)
    ):
        value = ", ".join(_part(s, part, one) for part, one in zip(targets[0].elts, node.value.elts, strict=True))
    else:
        value = s.write(node.value, role, names)
    return lines_of(s, node, " = ".join([*written, value]), depth)


def _forced_assign(s: Slice, node: ast.Assign | ast.AnnAssign, targets: list[ast.expr], depth: int) -> list[Line]:
    """A statement that the finding is about, though nothing needs what it sets."""
    for target in targets:
        var = var_of(s, target)
        if var is not None:
            s.need(var, Role.OBJECT)
    return write_evaluate(s, node, node.value, depth) if node.value is not None else []


def _part(s: Slice, target: ast.expr, value: ast.expr) -> str:
    var = var_of(s, target)
    if var is None or not s.is_needed(var):
        return s.write(value, Role.OBJECT) if has_acts(s, value) else "None"
    return s.write(value, s.roles[var], (var.name,))


def _taken_apart(s: Slice, value: ast.expr, target: ast.Tuple | ast.List, role: Role) -> str:
    """A value that a target takes apart, such as what a function returns."""
    callees = s.scene.callees(value) if isinstance(value, ast.Call) else ()
    roles = [
        s.roles.get(var, Role.ANY) if (var := var_of(s, one)) is not None and s.is_needed(var) else None
        for one in target.elts
    ]
    if callees and isinstance(value, ast.Call):
        for callee in callees:
            for index, one in enumerate(roles):
                if one is not None:
                    s.need(Var("return", id(callee), str(index)), one)
        text = call_own(s, value, callees, Role.ANY, ())
        if text != "None":
            return text
        s.notes.pop() if s.notes else None
    if not s.knowledge.is_unknown(value):
        return s.write(value, role)
    parts = [_leaf_part(s, one, part) for one, part in zip(roles, target.elts, strict=True)]
    return s.stand_in(value, f"({', '.join(parts)})")


def _leaf_part(s: Slice, role: Role | None, target: ast.expr) -> str:
    if role is None:
        return "None"
    before = list(s.notes)
    text = leaf(s, target, role)
    s.notes = before
    return text


def _role_of(s: Slice, targets: Sequence[ast.expr]) -> tuple[Role, tuple[str, ...]]:
    """What targets need a value for, and what they are called."""
    found = [
        (s.roles[var], var.name)
        for target in targets
        for one in _parts(target)
        if (var := var_of(s, one)) is not None and s.is_needed(var)
    ]
    role, name = max(found)
    return role, (name,)


def _parts(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [part for one in target.elts for part in _parts(one)]
    return [target.value] if isinstance(target, ast.Starred) else [target]


def target_text(s: Slice, target: ast.expr) -> str | None:
    """The text of a target, `_` for what nobody needs; None if nobody needs any of it."""
    if isinstance(target, (ast.Tuple, ast.List)):
        parts = [target_text(s, one) for one in target.elts]
        return ", ".join(one or "_" for one in parts) if any(parts) else None
    if isinstance(target, ast.Starred):
        inner = target_text(s, target.value)
        return f"*{inner}" if inner else None
    var = var_of(s, target)
    if var is None or not s.is_needed(var):
        return None
    if isinstance(target, ast.Subscript):
        return _subscript_text(s, target)
    if isinstance(target, ast.Attribute):
        owner = Role.OBJECT
        if s.knowledge.is_unknown(target.value):
            owner = Role.MODEL if s.roles[var] is Role.MODEL and not _is_global(s, target.value) else Role.NAMESPACE
            if not isinstance(s.scene.meaning(target.value), Var):
                return None
        return f"{s.write(target.value, owner)}.{target.attr}"
    return var.name


def _is_global(s: Slice, node: ast.expr) -> bool:
    meaning = s.scene.meaning(node)
    return isinstance(meaning, Var) and s.is_needed(meaning)


def _subscript_text(s: Slice, target: ast.expr) -> str:
    assert isinstance(target, ast.Subscript)
    index = (
        s.scene.text(target.slice)
        if isinstance(target.slice, (ast.Constant, ast.Slice))
        else s.write(target.slice, Role.TEXT)
    )
    owner = target.value
    text = _subscript_text(s, owner) if isinstance(owner, ast.Subscript) else s.write(owner, Role.OBJECT)
    return f"{text}[{index}]"


def _role_of_key(target: ast.expr) -> Role:
    return Role.PARAMS if key_of(target) == ("params",) else Role.NUMBER


def write_augmented(s: Slice, node: ast.AugAssign, depth: int) -> list[Line]:
    operator = s.scene.text(node)[len(s.scene.text(node.target)) :].lstrip().partition("=")[0].rstrip()
    if sets_group(s, node.target):
        return lines_of(
            s, node, f"{_subscript_text(s, node.target)} {operator}= {s.write(node.value, Role.NUMBER)}", depth
        )
    target = target_text(s, node.target)
    if target is None:
        return write_evaluate(s, node, node.value, depth)
    role, names = _role_of(s, [node.target])
    if role is Role.LOSS:
        return []
    return lines_of(s, node, f"{target} {operator}= {s.write(node.value, role, names)}", depth)


def write_return(s: Slice, node: ast.Return, depth: int) -> list[Line]:
    function = s.scene.function(node)
    if node.value is None or function is None:
        return lines_of(s, node, "return", depth)
    whole = Var("return", id(function), "")
    if s.is_needed(whole):
        return lines_of(s, node, f"return {s.write(node.value, s.roles[whole])}", depth)
    parts = [var for var in s.roles if var.kind == "return" and var.home == id(function)]
    if parts:
        if isinstance(node.value, ast.Tuple):
            texts = [_returned(s, function, index, one) for index, one in enumerate(node.value.elts)]
            return lines_of(s, node, f"return {', '.join(texts)}", depth)
        return lines_of(s, node, f"return {s.write(node.value, max(s.roles[one] for one in parts))}", depth)
    lines = write_evaluate(s, node, node.value, depth)
    is_last = function.body[-1] is node
    return lines if is_last else [*lines, *lines_of(s, node, "return", depth)]


def _returned(s: Slice, function: FunctionNode, index: int, node: ast.expr) -> str:
    var = Var("return", id(function), str(index))
    if s.is_needed(var):
        return s.write(node, s.roles[var])
    return s.write(node, Role.OBJECT) if has_acts(s, node) else "None"


def write_global(s: Slice, node: ast.Global | ast.Nonlocal, depth: int) -> list[Line]:
    function = s.scene.function(node)
    home = s.scene.module(node).tree.module
    names = [
        one
        for one in node.names
        if s.is_needed(Var("name", id(home), one)) or (isinstance(node, ast.Nonlocal) and function)
    ]
    word = "global" if isinstance(node, ast.Global) else "nonlocal"
    return lines_of(s, node, f"{word} {', '.join(names)}", depth) if names else []
