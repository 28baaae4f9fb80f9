"""Edits that keep a program as its author wrote it: arguments dropped, statements moved or inserted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lrlint.edit import Edit
from lrlint.program import ir
from lrlint.program.search import descend, leaves_loop

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.facts import SchedulerStep

READS = frozenset(["get_last_lr", "get_lr"])
"""Methods of a scheduler that only tell the LR."""


def drop_arguments(program: Program, call: ir.Call) -> Edit | None:
    """Make `f(x)` `f()`.  None if a comment stands among the arguments."""
    text = program.source.text
    whole, function = program.range(call), program.range(call.func)
    start = text.index("(", function.end) + 1
    if "#" in text[start : whole.end]:
        return None
    return Edit(program.source.range(start, whole.end - 1), "")


def without_arguments(program: Program, call: ir.Call) -> str | None:
    """The text of `f(x)` as `f()`.  None if a comment stands among the arguments."""
    edit = drop_arguments(program, call)
    if edit is None:
        return None
    whole = program.range(call)
    return program.source.text[whole.start : edit.range.start] + program.source.text[edit.range.end : whole.end]


def move_behind_optimizer(
    program: Program, step: SchedulerStep, optimizer_step: ir.Call, content: str
) -> tuple[Edit, ...] | None:
    """Move a scheduler's step to the end of its loop, or else directly behind the optimizer's step beside it.

    `content` is what the call becomes.  Comments at the statement go with it.  None if nothing says that the move
    keeps everything else as it is: the step must be a statement on lines of its own, directly in the loop, and the
    code that it passes must neither leave the round nor use the scheduler for more than reading the LR.
    """
    place = _place_in_loop(step)
    if place is None:
        return None
    body, index = place
    last = len(body) - 1
    beside = [i for i, s in enumerate(body) if i > index and isinstance(s, ir.Evaluate) and s.value is optimizer_step]
    for target in (last, *beside):
        passed = body[index + 1 : target + 1]
        if target > index and not leaves_loop(passed) and not _uses(program, passed, step.call):
            return _move(program, step, body[target], content)
    return None


def insert_before(program: Program, statement: ir.Statement, line: str) -> Edit | None:
    """Put a line before a statement; None if the statement does not begin its own line."""
    source = program.source
    place = program.range(statement)
    line_start = source.line_starts[place.line - 1]
    indent = source.text[line_start : place.start]
    if indent.strip():
        return None
    return Edit(source.range(line_start, line_start), f"{indent}{line}{_newline(program)}")


def uses_of(program: Program, receiver: ir.Expression, elements: Sequence[ir.Statement]) -> tuple[int, int]:
    """How often a name or dotted name occurs in statements, and how often of these only the LR is read from it."""
    written = dotted_name(receiver)
    occurrences = reads = 0
    for element in descend(elements):
        if isinstance(element, ir.Name | ir.Attribute | ir.Subscript) and dotted_name(element) == written:
            occurrences += 1
        if isinstance(element, ir.Attribute) and element.attr in READS and dotted_name(element.value) == written:
            reads += 1
    return occurrences, reads


def dotted_name(expression: ir.Expression) -> str | None:
    """`self.schedulers["main"]` as one text; None for anything but names, their attributes and constant items."""
    if isinstance(expression, ir.Name):
        return expression.id
    if isinstance(expression, ir.Attribute):
        owner = dotted_name(expression.value)
        return None if owner is None else f"{owner}.{expression.attr}"
    if isinstance(expression, ir.Subscript) and isinstance(expression.index, ir.Constant):
        owner = dotted_name(expression.value)
        return None if owner is None else f"{owner}[{expression.index.value!r}]"
    return None


def module_name(iterable: ir.Expression) -> str | None:
    """`model.fc` of `model.fc.parameters()`; None for other expressions."""
    if not isinstance(iterable, ir.Call) or iterable.arguments or not isinstance(iterable.func, ir.Attribute):
        return None
    return dotted_name(iterable.func.value) if iterable.func.attr == "parameters" else None


def _place_in_loop(step: SchedulerStep) -> tuple[tuple[ir.Statement, ...], int] | None:
    """The body of the innermost loop and the position of the step in it."""
    statement = step.statement
    if not step.loops or not isinstance(statement, ir.Evaluate) or statement.value is not step.call:
        return None
    body = step.loops[-1].body
    return (body, body.index(statement)) if statement in body else None


def _uses(program: Program, statements: Sequence[ir.Statement], call: ir.Call) -> bool:
    """Whether statements use the receiver of a call for more than reading the LR."""
    receiver = call.func.value if isinstance(call.func, ir.Attribute) else call.func
    if dotted_name(receiver) is None:
        return True
    occurrences, reads = uses_of(program, receiver, statements)
    return occurrences > reads


def _move(program: Program, step: SchedulerStep, target: ir.Statement, content: str) -> tuple[Edit, ...] | None:
    source = program.source
    text, starts = source.text, source.line_starts
    call, statement = program.range(step.call), program.range(step.statement)
    first, behind = starts[statement.line - 1], _line_end(program, statement.end)
    indent, rest = text[first : statement.start], text[statement.end : behind].strip()
    if indent.strip() or (rest and not rest.startswith("#")):
        return None  # other statements stand on the same lines
    comments = step.statement.comments if isinstance(step.statement, ir.Evaluate) else 0
    start = starts[statement.line - 1 - comments]
    moved = text[start : call.start] + content + text[call.end : behind]
    next_line = _line_behind(program, start, starts[source.range(behind, behind).line])
    target_end = program.range(target).end
    at = _line_end(program, target_end)
    behind_target = text[target_end:at].strip()
    if behind_target and not behind_target.startswith("#"):
        return None  # another statement follows on the line
    insertion = Edit(source.range(at, at), _newline(program) + moved)
    return (Edit(source.range(start, next_line), ""), insertion)


def _line_behind(program: Program, start: int, next_line: int) -> int:
    """Where the text goes on once the lines from `start` to `next_line` are gone, without blank lines left over."""
    source = program.source
    line = source.range(start, start).line
    above = source.line_text(line - 1).strip() if line > 1 else ""
    if above and not above.endswith(":"):
        return next_line
    following = source.range(next_line, next_line).line
    while following < len(source.line_starts) and not source.line_text(following).strip():
        following += 1
    return source.line_starts[following - 1]


def _line_end(program: Program, offset: int) -> int:
    """The offset behind the last character of a line, its newline excluded."""
    source = program.source
    line = source.range(offset, offset).line
    return source.line_starts[line - 1] + len(source.line_text(line))


def _newline(program: Program) -> str:
    """The newline of the source, as its first line has it."""
    starts, text = program.source.line_starts, program.source.text
    if len(starts) < 2:
        return "\n"
    line_end = _line_end(program, 0)
    return text[line_end : starts[1]]
