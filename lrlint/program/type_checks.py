"""Type checks: an `if` that raises because of the class that something is of."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.evaluate import evaluate
from lrlint.program.operators import truth
from lrlint.program.search import descend
from lrlint.program.walk import Frame


def is_refused(frame: Frame, statement: ir.Statement) -> bool:
    """Whether a statement is such a check, and surely raises here: `if not isinstance(x, list): raise TypeError()`."""
    while isinstance(statement, ir.If) and _asks_for_class(statement):
        holds = truth(evaluate(frame, statement.test))
        block = statement.body if holds else statement.orelse
        if holds is None or not block:
            return False
        statement = block[-1]
    return isinstance(statement, ir.Leave) and statement.kind == "raise"


def _asks_for_class(statement: ir.If) -> bool:
    """Whether a branch ends in a `raise` or in another `if`, and the test calls `isinstance` and nothing else."""
    ends = [block[-1] for block in (statement.body, statement.orelse) if block]
    if not any(isinstance(end, ir.If) or (isinstance(end, ir.Leave) and end.kind == "raise") for end in ends):
        return False
    called = [one.func for one in descend([statement.test]) if isinstance(one, ir.Call)]
    return bool(called) and all(isinstance(one, ir.Name) and one.id == "isinstance" for one in called)
