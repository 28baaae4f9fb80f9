"""Which expressions only compute: numbers, texts, lists, arithmetic, functions of math, and lambdas of such."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

FUNCTIONS = frozenset(
    {"abs", "bool", "float", "int", "len", "list", "max", "min", "pow", "range", "round", "sum", "tuple"}
)

_PARTS = (
    *(ast.Tuple, ast.List, ast.Dict, ast.Subscript, ast.Slice),
    *(ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp),
)


class NotPlainError(ValueError):
    """An expression could do more than compute; the message is for people, `node` is the part that could."""

    def __init__(self, message: str, node: ast.AST) -> None:
        super().__init__(message)
        self.node = node


def require_plain(node: ast.expr, names: frozenset[str] = frozenset()) -> None:
    """Raises NotPlainError for an expression that does more than compute with these names."""
    check = _CHECKS.get(type(node))
    if check is not None:
        check(node, names)
        return
    if not isinstance(node, _PARTS):
        raise NotPlainError("only numbers, texts, lists, arithmetic and lambdas of these can be in a schedule", node)
    for part in ast.iter_child_nodes(node):
        if isinstance(part, ast.expr):
            require_plain(part, names)


def _constant(node: ast.Constant, names: frozenset[str]) -> None:
    if node.value is not None and not isinstance(node.value, (int, float, str)):
        raise NotPlainError("this can't be in a schedule", node)


def _name(node: ast.Name, names: frozenset[str]) -> None:
    if node.id not in names and node.id not in FUNCTIONS:
        raise NotPlainError(f"{node.id} is not known here: write its value", node)


def _attribute(node: ast.Attribute, names: frozenset[str]) -> None:
    is_math = isinstance(node.value, ast.Name) and node.value.id == "math" and "math" not in names
    if not is_math or node.attr.startswith("_") or not hasattr(math, node.attr):
        raise NotPlainError(f"{ast.unparse(node)} is not known here: of attributes only those of math are", node)


def _call(node: ast.Call, names: frozenset[str]) -> None:
    called = node.func
    if not isinstance(called, (ast.Name, ast.Attribute)) or (isinstance(called, ast.Name) and called.id in names):
        raise NotPlainError("this can't be called here", called)
    require_plain(node.func, frozenset())
    if node.keywords:
        raise NotPlainError("functions take no keywords here", node.keywords[0].value)
    for argument in node.args:
        require_plain(argument, names)


def _lambda(node: ast.Lambda, names: frozenset[str]) -> None:
    arguments = node.args
    if arguments.vararg or arguments.kwarg:
        raise NotPlainError("write the parameters of a lambda one by one", node)
    for default in (*arguments.defaults, *(one for one in arguments.kw_defaults if one)):
        require_plain(default, names)
    own = {one.arg for one in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    require_plain(node.body, names | own)


_CHECKS: Mapping[type, Callable[..., None]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.Attribute: _attribute,
    ast.Call: _call,
    ast.Lambda: _lambda,
}
