"""Captures: which names a function looks up only when it is called, though a loop gives them new values until then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.assignments import behind_names
from lrlint.program.places import function_around
from lrlint.program.search import assigned_to, descend, holds, is_call_on

if TYPE_CHECKING:
    from lrlint.program import Program

_LISTS = frozenset(["list", "tuple"])


@dataclass(frozen=True, slots=True)
class Capture:
    """A lambda of which a loop makes several, and the `names` in it that have the values of the last round by then."""

    function: ir.Lambda
    names: tuple[str, ...]


def captures_in_list(program: Program, expression: ir.Expression) -> Iterator[Capture]:
    """The lambdas of a list that surely all use the last value of a name: of a comprehension, or put in by a loop."""
    value = behind_names(program, expression)
    if isinstance(value, ir.Call) and isinstance(value.func, ir.Name) and value.func.id in _LISTS and value.arguments:
        value = value.arguments[0].value
    if isinstance(value, ir.Comprehension) and isinstance(value.element, ir.Lambda):
        names = [name for clause in value.clauses if not _is_short(clause.iterable) for name in names_of(clause.target)]
        yield from _captures(value.element, names)
    if isinstance(expression, ir.Name):
        yield from _captures_of_loops(program, expression)


def free_names(function: ir.Function) -> frozenset[str]:
    """The names that a function takes from the code around it each time it is called."""
    used = {one.id for one in descend(function.body) if isinstance(one, ir.Name)}
    inner = {one.name for one in descend(function.body) if isinstance(one, ir.Parameter)}
    return frozenset(used - {one.name for one in function.parameters} - inner - function.assigned)


def names_of(target: ir.Expression) -> tuple[str, ...]:
    """The names that a target of a loop binds."""
    return tuple(one.id for one in descend([target]) if isinstance(one, ir.Name))


def _captures(function: ir.Lambda, names: Sequence[str]) -> Iterator[Capture]:
    found = free_names(function.function).intersection(names)
    if found:
        yield Capture(function, tuple(sorted(found)))


def _captures_of_loops(program: Program, held: ir.Name) -> Iterator[Capture]:
    """Those that a loop appends to a list of this name, in the function that the name stands in."""
    around = function_around(program, held)
    statements = program.statements_around(held) if around is None else around.function.body
    for loop in descend(statements):
        if not isinstance(loop, ir.For) or _is_short(loop.iterable) or holds(loop, held):
            continue  # or they are used while the names still have the values of their round
        for statement in loop.body:
            call = statement.value if isinstance(statement, ir.Evaluate) else None
            if not isinstance(call, ir.Call) or not is_call_on(call, held.id, "append") or len(call.arguments) != 1:
                continue
            function = call.arguments[0].value
            if isinstance(function, ir.Lambda):
                names = [name for name in free_names(function.function) if assigned_to(name, loop.body)]
                yield from _captures(function, (*names_of(loop.target), *names))


def _is_short(iterable: ir.Expression) -> bool:
    """Whether there is one round at most, or the same item in all of them, as far as the code shows the items."""
    if not isinstance(iterable, ir.Collection):
        return False
    values = [one.value if isinstance(one, ir.Constant) else one for one in iterable.items]
    is_starred = any(isinstance(one, ir.Starred) for one in iterable.items)
    return not is_starred and all(value == values[0] for value in values)
