"""Closures: what functions see of the code around them."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program.state import Scope
from lrlint.program.values import Function, Value
from lrlint.program.walk import Frame


def outer_scopes(function: Function) -> list[Scope]:
    """The scopes around a function, from the one that it is defined in to that of the module."""
    scopes = [function.scope]
    while (parent := scopes[-1].parent) is not None:
        scopes.append(parent)
    return scopes


def captured(frame: Frame, function: Function, scopes: Iterable[Scope]) -> list[tuple[str, Value]]:
    """The names of outer scopes that a function mentions, with what they stand for now."""
    mentioned = function.function.mentions | function.function.objects
    rows = [frame.state.names.row(scope) for scope in scopes]
    return [(name, value) for row in rows for name, value in row.items() if name in mentioned]


def closure_scope(scope: Scope) -> Scope:
    """The scope that functions defined in `scope` see: the names of a class body are hidden from its methods."""
    return scope.parent if scope.is_class and scope.parent is not None else scope
