"""The era of a module: the releases of torch that have what it imports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.torch_api.removed import gone_since
from lrlint.torch_api.target import Target

if TYPE_CHECKING:
    from lrlint.program.project import Module


def bounded(target: Target, modules: Iterable[Module]) -> Target:
    """A target without the releases that lack what a module and those that it takes all names from import.

    Only imports at their margin count: one in a `try`, an `if` or a function need not be come to.
    """
    ends = [since for one in modules for dotted in _imported(one) if (since := gone_since(dotted)) is not None]
    return target.before(min(ends)) if ends else target


def _imported(module: Module) -> Iterator[str]:
    """The modules that a module imports wherever it runs, and the names that it takes from them."""
    for statement in module.lowered.body.body:
        if isinstance(statement, ir.Import):
            yield from statement.modules
            yield from (binding.dotted for binding in statement.bindings)
