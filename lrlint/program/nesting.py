"""Nesting: what stands inside of what in one module, kept so that each question costs no search of the module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lrlint.program import ir
from lrlint.program.search import Element, children, descend, exits, pairs_of

Exit = tuple[ir.Leave | ir.Return, ir.Loop | None]
"""A statement that leaves a loop or function, and the innermost loop around it."""


class Nesting:
    """The statements of a module and all that they hold; what is asked for is worked out once."""

    def __init__(self, statements: tuple[ir.Statement, ...]) -> None:
        self._statements = statements
        self._parents: dict[Element, Element | None] = {}
        self._exits: dict[int, tuple[Exit, ...]] = {}  # by the ident of the body: its hash takes as long as it is
        self._bound: dict[int, dict[str, list[ir.Expression]]] = {}

    def path(self, element: Element) -> tuple[Element, ...]:
        """What an element stands in, outermost first, and itself at the end; nothing if it is not in the module.

        Of an element that stands in several places it is the first one.
        """
        if not self._parents:
            self._parents = dict(_parents(self._statements))
        if element not in self._parents:
            return ()
        path: list[Element] = []
        above: Element | None = element
        while above is not None:
            path.append(above)
            above = self._parents[above]
        return tuple(reversed(path))

    def exits(self, body: tuple[ir.Statement, ...]) -> tuple[Exit, ...]:
        """The `break`, `continue`, `raise` and `return` of the body of a function, or of the module."""
        if id(body) not in self._exits:
            self._exits[id(body)] = tuple(exits(body))
        return self._exits[id(body)]

    def assigned_to(self, name: str, body: tuple[ir.Statement, ...]) -> list[ir.Expression]:
        """All that is assigned to a name in the body of a function, or in the module."""
        if id(body) not in self._bound:
            self._bound[id(body)] = _bound_in(body)
        return self._bound[id(body)].get(name, [])


def _parents(statements: tuple[ir.Statement, ...]) -> Iterator[tuple[Element, Element | None]]:
    """Each element with the one around it, in the order of the text."""
    seen: set[Element] = set()
    stack: list[tuple[Element, Element | None]] = [(one, None) for one in reversed(statements)]
    while stack:
        element, parent = stack.pop()
        if element in seen:
            continue
        seen.add(element)
        yield element, parent
        stack.extend([(child, element) for child in children(element)][::-1])


def _bound_in(body: Iterable[ir.Statement]) -> dict[str, list[ir.Expression]]:
    """What is assigned to each name, as `search.assigned_to` tells it."""
    found: dict[str, list[ir.Expression]] = {}
    for element in descend(body):
        for target, value in pairs_of(element) if isinstance(element, ir.Assign) else ():
            if isinstance(target, ir.Name):
                found.setdefault(target.id, []).append(value)
    return found
