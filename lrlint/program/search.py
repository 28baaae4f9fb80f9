"""Searches in the lowered form: what stands inside of statements and expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from operator import attrgetter
from typing import Any

from lrlint.program import ir

_IS_ELEMENT = re.compile(r"\b(?:Argument|Clause|Expression|Function|Parameter|Statement|Name|Attribute)\b")
"""The types of fields, as they are written, that hold elements."""

Element = ir.Statement | ir.Expression | ir.Argument | ir.Clause | ir.Function | ir.Parameter


def descend(elements: Iterable[Element]) -> Iterator[Element]:
    """The elements and all that they hold, bodies of nested functions included."""
    stack: list[Any] = list(elements)
    while stack:
        element = stack.pop()
        if isinstance(element, tuple):
            stack.extend(element)
        elif element is not None:
            yield element
            stack.extend(_HELD[type(element)](element))


def ancestors(elements: Iterable[Element], wanted: Element) -> tuple[Element, ...]:
    """What `wanted` stands in, outermost first, and itself at the end; nothing if it does not stand in `elements`."""
    for element in elements:
        if element is wanted:
            return (element,)
        inner = ancestors(children(element), wanted)
        if inner:
            return (element, *inner)
    return ()


def targets_of(element: Element) -> tuple[ir.Expression, ...]:
    """What an assignment assigns to, tuples taken apart."""
    targets = element.targets if isinstance(element, ir.Assign) else ()
    if isinstance(element, ir.AugmentedAssign):
        targets = (element.target,)
    return tuple(
        one for target in targets for one in (target.items if isinstance(target, ir.Collection) else (target,))
    )


def keys_of(source: ir.Expression) -> Iterator[tuple[str, ir.Expression | ir.Argument]]:
    """The words that a dict has as keys, as it is written with braces or a call of `dict`, each with its place."""
    for key, _ in source.items if isinstance(source, ir.Dict) else ():
        if isinstance(key, ir.Constant) and isinstance(key.value, str):
            yield key.value, key
    for argument in source.arguments if isinstance(source, ir.Call) else ():
        if argument.keyword is not None:
            yield argument.keyword, argument


def block_of(statements: tuple[ir.Statement, ...], wanted: ir.Statement) -> tuple[ir.Statement, ...] | None:
    """The block that a statement stands in, among these statements or in their blocks and definitions."""
    if wanted in statements:
        return statements
    for statement in statements:
        for block in _inner_blocks(statement):
            found = block_of(block, wanted)
            if found is not None:
                return found
    return None


def assigned_to(name: str, statements: Iterable[ir.Statement]) -> list[ir.Expression]:
    """What statements assign to a name, also as one of several names."""
    return [
        value
        for element in descend(statements)
        if isinstance(element, ir.Assign)
        for target, value in pairs_of(element)
        if isinstance(target, ir.Name) and target.id == name
    ]


def pairs_of(assignment: ir.Assign) -> Iterator[tuple[ir.Expression, ir.Expression]]:
    """The targets of an assignment with their values, where each has one of its own."""
    for target in assignment.targets:
        value = assignment.value
        if not isinstance(target, ir.Collection):
            yield target, value
        elif isinstance(value, ir.Collection) and len(value.items) == len(target.items):
            yield from zip(target.items, value.items, strict=True)


def calls_of(methods: frozenset[str], elements: Iterable[Element]) -> Iterator[ir.Call]:
    """The calls of methods with these names, on whatever object."""
    for element in descend(elements):
        if isinstance(element, ir.Call) and isinstance(element.func, ir.Attribute) and element.func.attr in methods:
            yield element


def is_plain_call(expression: ir.Expression, method: str) -> bool:
    """Whether this is a call of a method without arguments: `model.parameters()`."""
    if not isinstance(expression, ir.Call) or not isinstance(expression.func, ir.Attribute):
        return False
    return expression.func.attr == method and not expression.arguments


def is_call_on(call: ir.Call, name: str, method: str) -> bool:
    """Whether a call is one of this method of what a name holds: `items.append(x)`."""
    func = call.func
    is_method = isinstance(func, ir.Attribute) and func.attr == method
    return is_method and isinstance(func, ir.Attribute) and isinstance(func.value, ir.Name) and func.value.id == name


def place_of(block: tuple[ir.Statement, ...], element: Element) -> tuple[tuple[ir.Statement, ...], int] | None:
    """The innermost block within a block that holds an element, and the position of its statement there."""
    for index, statement in enumerate(block):
        if holds(statement, element):
            compound = statement.statement if isinstance(statement, ir.Passable) else statement
            inner = (place_of(one, element) for one in _inner_blocks(compound))
            return next((place for place in inner if place is not None), (block, index))
    return None


def holds(statement: ir.Statement, element: Element) -> bool:
    """Whether an element is a part of a statement."""
    return any(one is element for one in descend([statement]))


def leaves_loop(statements: Iterable[ir.Statement]) -> bool:
    """Whether control can leave the loop around these statements, or its round, from among them."""
    return any(_leaves(statement, is_inner=False) for statement in statements)


def exits(
    statements: Iterable[ir.Statement], loop: ir.Loop | None = None
) -> Iterator[tuple[ir.Leave | ir.Return, ir.Loop | None]]:
    """The `break`, `continue`, `raise` and `return` in statements, each with the innermost loop around it.

    The bodies of nested functions are left out; `loop` is the one around the statements.
    """
    for statement in statements:
        if isinstance(statement, ir.Leave | ir.Return):
            yield statement, loop
        inner = statement if isinstance(statement, ir.Loop) else loop
        for block in _blocks(statement):
            yield from exits(block, inner)


def continues(statements: Iterable[ir.Statement]) -> bool:
    """Whether `continue` can end a round of the loop around these statements."""
    return any(
        (isinstance(statement, ir.Leave) and statement.kind == "continue")
        or (not isinstance(statement, ir.Loop) and any(map(continues, _blocks(statement))))
        for statement in statements
    )


def _leaves(statement: ir.Statement, is_inner: bool) -> bool:
    if isinstance(statement, ir.Return):
        return True
    if isinstance(statement, ir.Leave):
        return statement.kind != "raise" and not is_inner
    if any(isinstance(part, ir.Yield) for part in descend(_own_expressions(statement))):
        return True
    within = is_inner or isinstance(statement, ir.Loop)
    return any(_leaves(inner, within) for block in _blocks(statement) for inner in block)


def _own_expressions(statement: ir.Statement) -> Iterator[ir.Expression]:
    """The expressions of a statement, without those of its blocks."""
    for value in _HELD[type(statement)](statement):
        if isinstance(value, ir.Expression):
            yield value
        elif isinstance(value, tuple):
            yield from (item for item in value if isinstance(item, ir.Expression))


def _blocks(statement: ir.Statement) -> Iterator[tuple[ir.Statement, ...]]:
    """The blocks of a compound statement, a function's or class's own body excepted."""
    if isinstance(statement, ir.If | ir.Loop):
        yield from (statement.body, statement.orelse)
    elif isinstance(statement, ir.Try):
        yield from (statement.body, *statement.handlers, statement.orelse, statement.final)
    elif isinstance(statement, ir.With):
        yield statement.body
    elif isinstance(statement, ir.Passable):
        yield (statement.statement,)
    elif isinstance(statement, ir.Match):
        yield from statement.cases


def children(element: Element) -> Iterator[Element]:
    """The elements that an element holds directly."""
    stack: list[object] = list(reversed(_HELD[type(element)](element)))
    while stack:
        value = stack.pop()
        if isinstance(value, tuple):
            stack.extend(reversed(value))
        elif isinstance(value, Element):
            yield value


def _inner_blocks(statement: ir.Statement) -> Iterator[tuple[ir.Statement, ...]]:
    """The blocks of a compound statement, those of a definition included."""
    if isinstance(statement, ir.Define):
        yield statement.function.body
    elif isinstance(statement, ir.DefineClass):
        yield statement.body
    else:
        yield from _blocks(statement)


class _Held(dict[Any, Callable[[Any], tuple[Any, ...]]]):
    """By the kind of an element, what gives the values of its fields in which other elements are."""

    def __missing__(self, kind: Any) -> Callable[[Any], tuple[Any, ...]]:
        names = [one.name for one in fields(kind) if _IS_ELEMENT.search(str(one.type)) and one.name != "region"]
        self[kind] = _getter(names)
        return self[kind]


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    if not names:
        return lambda element: ()
    name = names[0]
    return lambda element: (getattr(element, name),)


_HELD = _Held()
