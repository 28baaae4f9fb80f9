"""Attempts: calls that the code around them expects to raise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.search import Element, holds

if TYPE_CHECKING:
    from lrlint.program import Program

_EXPECTING = frozenset(["assertRaises", "assertRaisesRegex", "raises", "suppress"])
"""What `pytest`, `unittest` and `contextlib` call it."""

_ENDINGS = frozenset(["GeneratorExit", "KeyboardInterrupt", "SystemExit"])
"""The exceptions of Python that are no errors, but end a run."""


def is_attempt(program: Program, call: ir.Expression) -> bool:
    """Whether the code around a call is ready for its error: a `try` that catches some, or a test that wants it."""
    around = program.path_to(call)
    return any(_expects(element, call) for element in around)


def failures_before(program: Program, call: ir.Call) -> Iterator[ir.Try]:
    """The `try` statements that have failed where a call is made, which stands in a handler of theirs."""
    for element in program.path_to(call):
        if isinstance(element, ir.Try) and any(holds(one, call) for handler in element.handlers for one in handler):
            yield element


def catches_errors(attempt: ir.Try) -> bool:
    """Whether a `try` has a handler for more than the end of the run, as Ctrl-C brings about."""
    return any(caught is None or not _is_ending(caught) for caught in attempt.caught)


def _is_ending(caught: ir.Expression) -> bool:
    if isinstance(caught, ir.Collection):
        return all(map(_is_ending, caught.items))
    return isinstance(caught, ir.Name) and caught.id in _ENDINGS


def _expects(element: Element, call: ir.Expression) -> bool:
    if isinstance(element, ir.Try):
        return catches_errors(element) and any(holds(statement, call) for statement in element.body)
    if isinstance(element, ir.With):
        return any(_is_expecting(context) for context, _ in element.items)
    return element is not call and _is_expecting(element)


def _is_expecting(element: Element) -> bool:
    """`pytest.raises(…)`, and `self.assertRaises(TypeError, lambda: …)`."""
    if not isinstance(element, ir.Call):
        return False
    func = element.func
    name = func.attr if isinstance(func, ir.Attribute) else func.id if isinstance(func, ir.Name) else ""
    return name in _EXPECTING
