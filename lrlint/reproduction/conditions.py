"""Tests as a script has them: what is not known in them comes out as it must."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lrlint.reproduction.guesses import Role
from lrlint.reproduction.meanings import Var
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.texts import spliced


def note_names(s: Slice, node: ast.expr, texts: Iterable[ast.expr]) -> None:
    """Give what stands for a model the parts that code looks for in the names of its parameters."""
    if not _is_parameter_name(s, node):
        return
    for one in texts:
        word = (
            one.value.strip(".").partition(".")[0]
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
            else ""
        )
        if word.isidentifier() and word not in ("bias", "weight"):
            s.note_part(word)


def _is_parameter_name(s: Slice, node: ast.expr) -> bool:
    """Whether an expression is the name of a parameter of a model."""
    meaning = s.scene.meaning(node)
    if not isinstance(meaning, Var):
        return False
    values = [one.value for one in s.scene.definitions.get(meaning, ()) if one.kind == "item" and one.value is not None]
    return any(
        isinstance(one, ast.Attribute) and one.attr in ("named_parameters", "named_modules", "named_children")
        for value in values
        for one in ast.walk(value)
    )


def decide(s: Slice, node: ast.expr, way: bool, is_filter: bool = False) -> str:
    """A test; what is not known in it comes out such that the whole comes out as `way` says."""
    if s.knowledge.is_known(node) or (is_filter and not s.knowledge.is_unknown(node)):
        return s.write(node, Role.FLAG)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return spliced(s, node, [(node.operand, decide(s, node.operand, not way, is_filter))])
    if isinstance(node, ast.BoolOp):
        notes = list(s.notes)
        parts = [(one, decide(s, one, way, is_filter)) for one in node.values]
        if all(text in ("True", "False") for _, text in parts):
            s.notes = notes
            return s.stand_in(node, str(way))
        return spliced(s, node, parts)
    if is_filter and isinstance(node, (ast.Compare, ast.Attribute, ast.Call)):
        return _filter(s, node)
    return s.stand_in(node, str(way))


def _filter(s: Slice, node: ast.expr) -> str:
    """A condition on parameters of a model."""
    if isinstance(node, ast.Attribute):
        return spliced(s, node, [(node.value, s.write(node.value, Role.PARAMETER))])
    if isinstance(node, ast.Compare):
        return spliced(s, node, [(one, s.write(one, Role.TEXT)) for one in (node.left, *node.comparators)])
    return s.stand_in(node, "True")
