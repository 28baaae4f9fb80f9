"""Comments: which of the lines above a scheduler's step are about it, and which about the paragraph that it begins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lrlint.program import ir

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


def comments_of_step(program: Program, statement: ir.Statement) -> int:
    """How many comment lines right above a scheduler's step go where it goes: all of them, or none.

    They do where they speak of the schedule, or the step is all that they can be about: a blank line, another comment
    or the end of the block follows.
    """
    count = comments_above(program, statement)
    source, place = program.source_of(statement), program.range(statement)
    lines = [source.line_text(place.line - back) for back in range(1, count + 1)]
    if any(map(_ABOUT_SCHEDULES.search, lines)):
        return count
    last, own = source.range(place.end, place.end).line, source.line_text(place.line)
    following = source.line_text(last + 1) if last < len(source.line_starts) else ""
    is_alone = not following.strip() or following.lstrip().startswith("#") or _indent(following) < _indent(own)
    return count if is_alone else 0


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
