"""Attempts: calls whose failure the code around them expects."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.search import ancestors

if TYPE_CHECKING:
    from lrlint.program import Program

EXPECTING = ("raises", "assertRaises", "assertRaisesRegex", "suppress")
"""Context managers that want an exception or swallow it."""


def is_attempt(program: Program, call: ir.Call) -> bool:
    """Whether a call stands, in its own function, where its exception is caught: in a `try`, or in `pytest.raises`."""
    caught = False
    for outer, inner in pairwise(ancestors(program.statements_around(call), call)):
        if isinstance(outer, ir.Define):
            caught = False
        if isinstance(outer, ir.Try) and outer.handlers and inner in outer.body:
            caught = True
        if isinstance(outer, ir.With) and any(map(_expects, outer.items)) and inner in outer.body:
            caught = True
    return caught


def _expects(item: tuple[ir.Expression, ir.Expression | None]) -> bool:
    manager = item[0].func if isinstance(item[0], ir.Call) else None
    name = manager.attr if isinstance(manager, ir.Attribute) else manager.id if isinstance(manager, ir.Name) else ""
    return name in EXPECTING
