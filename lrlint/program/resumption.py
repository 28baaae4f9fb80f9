"""Resumption: which epochs a run that goes on reads from its checkpoint, as the text of one function says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.assignments import behind_names
from lrlint.program.imported import imported_names, meanings
from lrlint.program.places import function_around
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import ancestors, assigned_to, descend, holds, targets_of

if TYPE_CHECKING:
    from lrlint.program import Program

_LOAD = frozenset(["torch.load"])


def epoch_of_checkpoint(program: Program, number: ir.Expression, call: ir.Call) -> ir.Expression | None:
    """Where a number that a call gets is read from a checkpoint, on some way to the call; None if it is not.

    `checkpoint["epoch"]` of `last_epoch=start_epoch - 1`, with `start_epoch = checkpoint["epoch"]` above it.
    """
    name = dotted_name(_without_offset(behind_names(program, _without_offset(number))))
    around = function_around(program, call)
    body = program.statements_around(call) if around is None else around.function.body
    for one in descend(body):
        if not isinstance(one, ir.Assign) or name is None or name not in map(dotted_name, targets_of(one)):
            continue
        read = _without_offset(one.value)
        if (
            function_around(program, one) is around
            and _is_item(program, body, read)
            and _leads_to(program, body, one, call)
        ):
            return read
    return None


def _without_offset(number: ir.Expression) -> ir.Expression:
    """`x` of `x - 1` and `x + 1`."""
    is_sum = isinstance(number, ir.BinaryOperation) and number.operator in ("Add", "Subtract")
    return number.left if is_sum and isinstance(number, ir.BinaryOperation) else number


def _is_item(program: Program, body: Sequence[ir.Statement], read: ir.Expression) -> bool:
    """Whether this is `checkpoint["epoch"]`, of what `torch.load` gave."""
    if not isinstance(read, ir.Subscript) or not isinstance(read.index, ir.Constant):
        return False
    if not isinstance(read.value, ir.Name) or "epoch" not in str(read.index.value):
        return False
    values = assigned_to(read.value.id, body)
    imported = imported_names(program.module_of(read))
    names = [meanings(dotted_name(one.func), imported) if isinstance(one, ir.Call) else frozenset() for one in values]
    return bool(names) and all(one and one <= _LOAD for one in names)


def _leads_to(program: Program, body: Sequence[ir.Statement], statement: ir.Statement, call: ir.Call) -> bool:
    """Whether a run can come from a statement above a call to it."""
    if program.range(statement).start > program.range(call).start:
        return False
    forks = [one for one in ancestors(body, statement) if isinstance(one, ir.If) and holds(one, call)]
    return all(_is_in(statement, one.body) == _is_in(call, one.body) for one in forks)


def _is_in(element: ir.Statement | ir.Call, block: Sequence[ir.Statement]) -> bool:
    return any(holds(one, element) for one in block)
