"""Statements of a program as a script has them: those that the slice needs, each with what it needs of the others."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from lrlint.reproduction.assignments import write_assign, write_augmented, write_global, write_return
from lrlint.reproduction.control import write_for, write_if, write_match, write_try, write_while, write_with
from lrlint.reproduction.definitions import write_class, write_function
from lrlint.reproduction.effects import write_evaluate
from lrlint.reproduction.functions import FUNCTIONS
from lrlint.reproduction.lines import lines_of
from lrlint.reproduction.record import Line
from lrlint.reproduction.slice import Slice


def block(s: Slice, statements: Sequence[ast.stmt], depth: int) -> list[Line]:
    """The lines of those statements of a block that the script needs."""
    return [line for statement in statements for line in _written(s, statement, depth)]


def _written(s: Slice, node: ast.stmt, depth: int) -> list[Line]:
    writer = _WRITERS.get(type(node))
    return writer(s, node, depth) if writer is not None else []


def _expression(s: Slice, node: ast.Expr, depth: int) -> list[Line]:
    return write_evaluate(s, node, node.value, depth)


def _as_it_is(s: Slice, node: ast.stmt, depth: int) -> list[Line]:
    return lines_of(s, node, s.scene.text(node), depth)


def _delete(s: Slice, node: ast.Delete, depth: int) -> list[Line]:
    return lines_of(s, node, s.scene.text(node), depth) if id(node) in s.forced else []


_WRITERS: dict[type[ast.stmt], Callable[..., list[Line]]] = {
    **dict.fromkeys(FUNCTIONS, write_function),
    ast.ClassDef: write_class,
    **dict.fromkeys((ast.Assign, ast.AnnAssign), write_assign),
    ast.AugAssign: write_augmented,
    ast.Expr: _expression,
    ast.Return: write_return,
    **dict.fromkeys((ast.For, ast.AsyncFor), write_for),
    ast.While: write_while,
    ast.If: write_if,
    **dict.fromkeys((ast.With, ast.AsyncWith), write_with),
    ast.Try: write_try,
    ast.Match: write_match,
    **dict.fromkeys((ast.Break, ast.Continue), _as_it_is),
    **dict.fromkeys((ast.Global, ast.Nonlocal), write_global),
    ast.Delete: _delete,
}
