"""Expressions of a program as a script has them: as they are written, with stand-ins for what is not known."""

from __future__ import annotations

import ast
from collections.abc import Callable

from lrlint.reproduction.calls import write_call
from lrlint.reproduction.conditions import decide, note_names
from lrlint.reproduction.displays import write_comprehension, write_conditional, write_dict, write_subscript
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.names import write_attribute, write_name
from lrlint.reproduction.purity import operands_of
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.texts import Names, leaf, spliced


def write(s: Slice, node: ast.expr, role: Role, names: Names = ()) -> str:
    """The text of an expression whose value the script needs for something."""
    if role is Role.LOSS and not isinstance(node, (ast.Name, ast.Tuple)):
        return s.help("dummy_loss") + "()"
    writer = _WRITERS.get(type(node))
    return writer(s, node, role, names) if writer is not None else leaf(s, node, role, names)


def _constant(s: Slice, node: ast.expr, role: Role, names: Names) -> str:
    return s.scene.text(node)


def _lambda(s: Slice, node: ast.Lambda, role: Role, names: Names) -> str:
    return spliced(s, node, [(node.body, write(s, node.body, Role.NUMBER, names))])


def _display(s: Slice, node: ast.List | ast.Tuple | ast.Set, role: Role, names: Names) -> str:
    inner = Role.PARAMETER if role is Role.PARAMS else role
    return spliced(s, node, [(one, write(s, one, inner, names)) for one in node.elts])


def _starred(s: Slice, node: ast.Starred, role: Role, names: Names) -> str:
    return spliced(s, node, [(node.value, write(s, node.value, role, names))])


def _named(s: Slice, node: ast.NamedExpr, role: Role, names: Names) -> str:
    return write(s, node.value, role, names)


def _text(s: Slice, node: ast.JoinedStr, role: Role, names: Names) -> str:
    return s.scene.text(node) if s.knowledge.is_known(node) else s.stand_in(node, '"text"')


def _operation(s: Slice, node: ast.expr, role: Role, names: Names) -> str:
    if s.knowledge.is_unknown(node) and role not in (Role.NUMBER, Role.ITEMS):
        return leaf(s, node, role, names)
    if isinstance(node, (ast.Compare, ast.BoolOp)) and not s.knowledge.is_known(node):
        return decide(s, node, True)
    operands = operands_of(node)
    for one in operands if isinstance(node, ast.Compare) else ():
        note_names(s, one, operands)
    inner = _role_of_operands(node, role)
    return spliced(s, node, [(one, write(s, one, inner, names)) for one in operands])


def _role_of_operands(node: ast.expr, role: Role) -> Role:
    """What an operation needs its operands for."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return Role.FLAG
    if role not in (Role.FLAG, Role.ANY):
        return role
    return Role.OBJECT if isinstance(node, ast.Compare) else Role.NUMBER


_WRITERS: dict[type[ast.expr], Callable[..., str]] = {
    ast.Constant: _constant,
    ast.Name: write_name,
    ast.Attribute: write_attribute,
    ast.Call: write_call,
    ast.Subscript: write_subscript,
    ast.Lambda: _lambda,
    ast.Dict: write_dict,
    **dict.fromkeys((ast.List, ast.Tuple, ast.Set), _display),
    **dict.fromkeys((ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp), write_comprehension),
    ast.IfExp: write_conditional,
    ast.Starred: _starred,
    ast.NamedExpr: _named,
    ast.JoinedStr: _text,
    **dict.fromkeys((ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare), _operation),
}
