"""Comments: which of the lines above a scheduler's step are about it, and which about the paragraph that it begins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.search import block_of

if TYPE_CHECKING:
    from lrlint.program import Program

_ABOUT_SCHEDULES = re.compile(
    r"(?<![^\W\d_])"  # no letter before: `lr_scheduler` are two words
    r"([a-z]*lrs?|learning[ _-]?rates?|sched[a-z]*|anneal[a-z]*|decay[a-z]*|warm[a-z]*|cosine|plateau|step the)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
"""What is said of schedules: `StepLR`, `learning rate`, `annealing`."""


def comments_above(program: Program, statement: ir.Statement) -> int:
    """How many comment lines stand right above a statement, indented as it is."""
    module, place = program.module_of(statement), program.range(statement)
    source, count = module.source, 0
    start = source.line_text(place.line)[: place.column - 1] + "#"
    while count < place.line - 1:
        line = place.line - 1 - count
        if not source.line_text(line).startswith(start) or module.tree.ends_string(line):
            break
        count += 1
    return count


def comments_of_steps(program: Program, first: ir.Statement, last: ir.Statement) -> int:
    """How many comment lines right above steps of schedulers go where these go: all of them, or none.

    The steps are the statements of a block from `first` to `last`.  The comments go with them where they speak of the
    schedule, unless they head the step of another scheduler as well, which stays; and where the steps are all that they
    can be about: a blank line, another comment or the end of the block follows.
    """
    count = comments_above(program, first)
    source, place = program.source_of(first), program.range(first)
    lines = [source.line_text(place.line - back) for back in range(1, count + 1)]
    end = program.range(last).end
    line, own = source.range(end, end).line, source.line_text(place.line)
    if any(map(_ABOUT_SCHEDULES.search, lines)):
        return 0 if _steps_on(program, first, line + 1) else count
    following = source.line_text(line + 1) if line < len(source.line_starts) else ""
    is_alone = not following.strip() or following.lstrip().startswith("#") or _indent(following) < _indent(own)
    return count if is_alone else 0


def _steps_on(program: Program, beside: ir.Statement, line: int) -> bool:
    """Whether the statement that begins on a line, in the block of another one, steps a scheduler and does no more."""
    block = block_of(program.statements_around(beside), beside) or ()
    following = [one for one in block if program.range(one).line == line]
    return any(step_in(one) in program.scheduler_steps for one in following)


def step_in(statement: ir.Statement) -> ir.Call | None:
    """The call that a statement consists of, or the only one in an `if` without more branches."""
    if isinstance(statement, ir.Passable):
        return step_in(statement.statement)
    if isinstance(statement, ir.If) and len(statement.body) == 1 and not statement.orelse:
        return step_in(statement.body[0])
    value = statement.value if isinstance(statement, ir.Evaluate) else None
    return value if isinstance(value, ir.Call) else None


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
