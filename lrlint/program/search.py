"""Searches in the lowered form: what stands inside of statements and expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lrlint.program import ir

Element = ir.Statement | ir.Expression | ir.Argument | ir.Clause | ir.Function | ir.Parameter


def descend(elements: Iterable[Element]) -> Iterator[Element]:
    """The elements and all that they hold, bodies of nested functions included."""
    stack: list[object] = list(elements)
    while stack:
        element = stack.pop()
        if isinstance(element, tuple):
            stack.extend(element)
        elif isinstance(element, Element):
            yield element
            stack.extend(getattr(element, name) for name in _fields(element))


def targets_of(element: Element) -> tuple[ir.Expression, ...]:
    """What an assignment assigns to, tuples taken apart."""
    targets = element.targets if isinstance(element, ir.Assign) else ()
    if isinstance(element, ir.AugmentedAssign):
        targets = (element.target,)
    return tuple(
        one for target in targets for one in (target.items if isinstance(target, ir.Collection) else (target,))
    )


def place_of(block: tuple[ir.Statement, ...], element: Element) -> tuple[tuple[ir.Statement, ...], int] | None:
    """The innermost block within a block that holds an element, and the position of its statement there."""
    for index, statement in enumerate(block):
        if holds(statement, element):
            inner = (place_of(one, element) for one in _inner_blocks(statement))
            return next((place for place in inner if place is not None), (block, index))
    return None


def holds(statement: ir.Statement, element: Element) -> bool:
    """Whether an element is a part of a statement."""
    return any(one is element for one in descend([statement]))


def leaves_loop(statements: Iterable[ir.Statement]) -> bool:
    """Whether control can leave the loop around these statements, or its round, from among them."""
    return any(_leaves(statement, is_inner=False) for statement in statements)


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
    for name in _fields(statement):
        value = getattr(statement, name)
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


def _inner_blocks(statement: ir.Statement) -> Iterator[tuple[ir.Statement, ...]]:
    """The blocks of a compound statement, those of a definition included."""
    if isinstance(statement, ir.Passable):
        yield from _inner_blocks(statement.statement)
    elif isinstance(statement, ir.Define):
        yield statement.function.body
    elif isinstance(statement, ir.DefineClass):
        yield statement.body
    else:
        yield from _blocks(statement)


def _fields(element: Element) -> tuple[str, ...]:
    return tuple(name for name in element.__dataclass_fields__ if name != "node")
