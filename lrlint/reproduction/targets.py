"""Targets of assignments: the variables that they set or change."""

from __future__ import annotations

import ast

from lrlint.reproduction.meanings import Var
from lrlint.reproduction.slice import Slice


def var_of(s: Slice, target: ast.expr) -> Var | None:
    """The variable that a target sets, or changes an item of."""
    if isinstance(target, ast.Subscript):
        owner = target.value
        while isinstance(owner, ast.Subscript):
            owner = owner.value
        return var_of(s, owner)
    meaning = s.scene.meaning(target)
    if isinstance(meaning, Var):
        return meaning
    return Var("attr", 0, target.attr) if isinstance(target, ast.Attribute) else None


def key_of(target: ast.expr) -> tuple[str, ...]:
    return (
        (str(target.slice.value),)
        if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant)
        else ()
    )
