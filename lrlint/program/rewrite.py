"""Edits that keep a program as its author wrote it: arguments dropped, statements moved or inserted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from lrlint.edit import Edit
from lrlint.program import ir
from lrlint.program.comments import comments_above, comments_of_steps, step_in
from lrlint.program.search import Element, block_of, descend, is_plain_call, leaves_loop, targets_of

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.facts import OptimizerStep, SchedulerStep
    from lrlint.source import Source

READS = frozenset(["get_last_lr", "get_lr"])
"""Methods of a scheduler that only tell the LR."""


def drop_arguments(program: Program, call: ir.Call) -> Edit | None:
    """Make `f(x)` `f()`.  None if a comment stands among the arguments."""
    source = program.source_of(call)
    text = source.text
    whole, function = program.range(call), program.range(call.func)
    start = text.index("(", function.end) + 1
    if "#" in text[start : whole.end]:
        return None
    return Edit(source.range(start, whole.end - 1), "")


def drop_argument(program: Program, call: ir.Call, argument: ir.Argument) -> Edit | None:
    """Make `f(x, y)` `f(x)`.  None if it is the only argument, or a comment stands at it."""
    if len(call.arguments) == 1:
        return None
    index, source = call.arguments.index(argument), program.source_of(call)
    place = program.range(argument)
    before = program.range(call.arguments[index - 1]).end if index else place.start
    behind = program.range(call.arguments[index + 1]).start if argument is not call.arguments[-1] else place.end
    is_first_in_line = "\n" in source.text[before : place.start] and "\n" not in source.text[place.end : behind]
    keeps_next = not index or (is_first_in_line and behind > place.end)
    start, end = (place.start, behind) if keeps_next else (before, place.end)
    return None if "#" in source.text[start:end] else Edit(source.range(start, end), "")


def append_argument(program: Program, call: ir.Call, argument: str) -> Edit | None:
    """Make `f(x)` `f(x, argument)`.  None if the call has no arguments, or one with stars that could be the same."""
    if not call.arguments or any(one.star for one in call.arguments):
        return None
    end = program.range(call.arguments[-1]).end
    return Edit(program.source_of(call).range(end, end), f", {argument}")


def without_arguments(program: Program, call: ir.Call) -> str | None:
    """The text of `f(x)` as `f()`.  None if a comment stands among the arguments."""
    edit = drop_arguments(program, call)
    if edit is None:
        return None
    whole, text = program.range(call), program.source_of(call).text
    return text[whole.start : edit.range.start] + text[edit.range.end : whole.end]


def move_behind_optimizer(
    program: Program, step: SchedulerStep, optimizer_step: ir.Call, content: str
) -> tuple[Edit, ...] | None:
    """Move a scheduler's step to the end of its loop, or else directly behind the optimizer's step beside it.

    `content` is what the call becomes.  Comments about the step go with it.  None if nothing says that the move
    keeps everything else as it is: the step must be a statement on lines of its own, directly in the loop, and the
    code that it passes must neither leave the round nor use the scheduler for more than reading the LR.
    """
    place = _place_in_loop(step)
    if place is None:
        return None
    body, index = place
    last = len(body) - 1
    updates = [s for s in body[index:] if isinstance(s, ir.Evaluate) and s.value is optimizer_step]
    beside = [body.index(_with_update(body, update)) for update in updates]
    for target in (last, *beside):
        passed = body[index + 1 : target + 1]
        if target > index and not leaves_loop(passed) and not _uses(program, passed, step.call):
            return _move_step(program, step, body[target], content)
    return None


def move_together(
    program: Program, step: SchedulerStep, others: Mapping[ir.Call, SchedulerStep]
) -> tuple[Edit, ...] | None:
    """Move a scheduler's step to the end of its loop, with those of `others` that stand on the lines around it.

    Each may be the only statement of an `if`, whose condition comes out the same in all rounds.  None if it stands
    alone, without such a condition, or if one of them can't be moved.
    """
    body = step.loops[-1].body if step.loops else ()
    index = next((i for i, one in enumerate(body) if step_in(one) is step.call), None)
    if index is None:
        return None
    first, last = index, index
    while first and _is_sister(program, body[first - 1], body[first], others):
        first -= 1
    while last + 1 < len(body) and _is_sister(program, body[last + 1], body[last], others):
        last += 1
    moving, passed = body[first : last + 1], body[last + 1 :]
    if moving == (step.statement,) or not passed or leaves_loop(passed):
        return None
    if not all(_can_pass(program, one, passed, step.loops[-1]) for one in moving):
        return None
    return _move_lines(program, moving, comments_of_steps(program, moving[0], moving[-1]), body[-1])


def _is_sister(
    program: Program, statement: ir.Statement, beside: ir.Statement, others: Mapping[ir.Call, SchedulerStep]
) -> bool:
    """Whether a statement takes one of these steps, and nothing but comments stands between it and another one."""
    source, (upper, lower) = program.source_of(beside), sorted(map(program.range, (statement, beside)))
    between = range(source.range(upper.end, upper.end).line + 1, lower.line)
    return step_in(statement) in others and all(source.line_text(line).lstrip().startswith("#") for line in between)


def _can_pass(program: Program, statement: ir.Statement, passed: Sequence[ir.Statement], loop: ir.Loop) -> bool:
    """Whether a step, and the `if` that it may be in, does the same behind the statements that it passes in a loop."""
    call = step_in(statement)
    if call is None or _uses(program, passed, call):
        return False
    inner = statement.statement if isinstance(statement, ir.Passable) else statement
    test = (inner.test,) if isinstance(inner, ir.If) else ()
    is_plain = not any(isinstance(one, ir.Call | ir.NamedExpression) for one in descend(test))
    return is_plain and not (names_in(test) - {None}) & _changed(loop)


def move_into_loop(program: Program, step: SchedulerStep, update: OptimizerStep) -> tuple[Edit, ...] | None:
    """Move a scheduler's step into a loop inside of its own, directly behind the step of the optimizer there.

    None unless both are statements on lines of their own, and stand directly in their loops in one function.
    """
    loops, target = update.visit.loops, update.visit.statement
    if _place_in_loop(step) is None or loops[:-1] != step.loops or target not in loops[-1].body:
        return None
    source, place = program.source_of(target), program.range(target)
    indent = source.text[source.line_starts[place.line - 1] : place.start]
    if indent.strip() or not isinstance(target, ir.Evaluate) or target.value is not update.call:
        return None
    return _move_step(program, step, _with_update(loops[-1].body, target), program.text(step.call))


def move_into_branch(
    program: Program, step: SchedulerStep, branch: ir.If, optimizer_step: ir.Call
) -> tuple[Edit, ...] | None:
    """Move a scheduler's step behind the optimizer's, which stands in a branch of the same loop.

    None where one of them is no statement of its own, directly in the loop or in the branch, or where the code between
    them uses the scheduler for more than reading the LR.
    """
    place = _place_in_loop(step)
    targets = [s for s in branch.body if isinstance(s, ir.Evaluate) and s.value is optimizer_step]
    if place is None or not targets:
        return None
    body, index = place
    holders = [i for i, s in enumerate(body) if s is branch or (isinstance(s, ir.Passable) and s.statement is branch)]
    if not holders:
        return None
    first, last = sorted((index, holders[0]))
    passed = [statement for statement in body[first : last + 1] if statement is not step.statement]
    if _uses(program, passed, step.call):
        return None
    return _move_step(program, step, _with_update(branch.body, targets[0]), program.text(step.call))


def _with_update(body: tuple[ir.Statement, ...], target: ir.Statement) -> ir.Statement:
    """`scaler.update()` where it comes next after the optimizer's step: the two belong together."""
    behind = next(iter(body[body.index(target) + 1 :]), target)
    call = behind.value if isinstance(behind, ir.Evaluate) else None
    func = call.func if isinstance(call, ir.Call) and not call.arguments else None
    return behind if isinstance(func, ir.Attribute) and func.attr == "update" else target


def move_call_behind(
    program: Program, call: ir.Call, statement: ir.Statement, target: ir.Statement
) -> tuple[Edit, ...] | None:
    """Move `statement`, which is `call`, behind another one further down in its block.

    None where the code between them sets a name in the call, deletes one, or uses the object whose method is called.
    """
    block = block_of(program.statements_around(call), statement) or ()
    is_call = isinstance(statement, ir.Evaluate) and statement.value is call
    if not is_call or target not in block or block.index(target) < block.index(statement):
        return None
    passed = block[block.index(statement) + 1 : block.index(target)]
    names = names_in((call,)) - {None}
    if _uses(program, passed, call) or any(names & _changed(s) for s in (*passed, target)):
        return None
    return _move_lines(program, (statement,), comments_above(program, statement), target)


def _changed(statement: ir.Statement) -> set[str | None]:
    """The names, dotted ones included, that a statement, or one inside of it, may bind or delete."""
    inside = list(descend((statement,)))
    deleted = [e.value for e in inside if isinstance(e, ir.Evaluate) and not isinstance(e.value, ir.Call)]
    bound = [target for element in inside for target in targets_of(element)]
    loops = [element.target for element in inside if isinstance(element, ir.For)]
    return set(map(dotted_name, bound)) | names_in((*deleted, *loops))


def names_in(elements: Iterable[Element]) -> set[str | None]:
    """The names and dotted names in some elements, among them None if there are others."""
    return {dotted_name(e) for e in descend(elements) if isinstance(e, ir.Name | ir.Attribute)}


def insert_before(program: Program, statement: ir.Statement, line: str) -> Edit | None:
    """Put a line before a statement; None if the statement does not begin its own line."""
    source = program.source_of(statement)
    place = program.range(statement)
    line_start = source.line_starts[place.line - 1]
    indent = source.text[line_start : place.start]
    if indent.strip():
        return None
    return Edit(source.range(line_start, line_start), f"{indent}{line}{_newline(source)}")


def insert_behind(program: Program, statement: ir.Statement, line: str) -> Edit | None:
    """Put a line behind a statement; None if the statement shares its lines with others."""
    source = program.source_of(statement)
    place = program.range(statement)
    indent = source.text[source.line_starts[place.line - 1] : place.start]
    at = _line_end(source, place.end)
    rest = source.text[place.end : at].strip()
    if indent.strip() or (rest and not rest.startswith("#")):
        return None
    return Edit(source.range(at, at), f"{_newline(source)}{indent}{line}")


def remove(program: Program, statement: ir.Statement) -> Edit | None:
    """Take out a statement, and its line unless a comment stands there; None if it shares its lines with others."""
    source = program.source_of(statement)
    place = program.range(statement)
    first, behind = source.line_starts[place.line - 1], _line_end(source, place.end)
    rest = source.text[place.end : behind].lstrip()
    if source.text[first : place.start].strip() or (rest and not rest.startswith("#")):
        return None
    if rest:
        return Edit(source.range(place.start, behind - len(rest)), "")
    if source.range(behind, behind).line == len(source.line_starts):
        return None  # the last line has no newline to go with it
    return Edit(source.range(first, source.line_starts[source.range(behind, behind).line]), "")


def uses_of(program: Program, receiver: ir.Expression, elements: Sequence[ir.Statement]) -> tuple[int, int]:
    """How often a name or dotted name occurs in statements, and how often of these only the LR is read from it."""
    *_, counts = (0, 0), *_counted_uses(receiver, elements)
    return counts


def _counted_uses(receiver: ir.Expression, elements: Sequence[ir.Statement]) -> Iterator[tuple[int, int]]:
    """The same, counted up."""
    written = dotted_name(receiver)
    occurrences = reads = 0
    for element in descend(elements):
        if isinstance(element, ir.Name | ir.Attribute | ir.Subscript) and dotted_name(element) == written:
            occurrences += 1
            yield occurrences, reads
        if isinstance(element, ir.Attribute) and element.attr in READS and dotted_name(element.value) == written:
            reads += 1
            yield occurrences, reads


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


def receiver_name(call: ir.Call) -> str | None:
    """`self.scaler` of `self.scaler.scale(loss)`; None for calls of other things than methods of such a name."""
    return dotted_name(call.func.value) if isinstance(call.func, ir.Attribute) else None


def module_name(iterable: ir.Expression) -> str | None:
    """`model.fc` of `model.fc.parameters()`; None for other expressions."""
    return receiver_name(iterable) if isinstance(iterable, ir.Call) and is_plain_call(iterable, "parameters") else None


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
    # One by one: an attribute is met before what it is read from, so that no later one makes up for a use.
    return any(occurrences > reads for occurrences, reads in _counted_uses(receiver, statements))


def _move_step(program: Program, step: SchedulerStep, target: ir.Statement, content: str) -> tuple[Edit, ...] | None:
    comments = comments_of_steps(program, step.statement, step.statement)
    return _move_lines(program, (step.statement,), comments, target, (step.call, content))


def move_behind(program: Program, statement: ir.Statement, target: ir.Statement) -> tuple[Edit, ...] | None:
    """Move a statement behind another one of its block, with the comment lines right above it.

    None if one of them shares its lines with other statements.
    """
    source = program.source_of(statement)
    line, comments = program.range(statement).line, 0
    while line - comments > 1 and source.line_text(line - comments - 1).strip().startswith("#"):
        comments += 1
    return _move_lines(program, (statement,), comments, target)


def _move_lines(
    program: Program,
    moving: Sequence[ir.Statement],
    comments: int,
    target: ir.Statement,
    change: tuple[ir.Call, str] | None = None,
) -> tuple[Edit, ...] | None:
    """Move statements, and the comment lines above them, behind another one, where they get the indentation of that."""
    source = program.source_of(moving[0])
    text, starts = source.text, source.line_starts
    statement, end, place = program.range(moving[0]), program.range(moving[-1]).end, program.range(target)
    first, behind = starts[statement.line - 1], _line_end(source, end)
    indent, rest = text[first : statement.start], text[end:behind].strip()
    if indent.strip() or (rest and not rest.startswith("#")):
        return None  # other statements stand on the same lines
    start = starts[statement.line - 1 - comments]
    moved = text[start:behind]
    if change is not None:
        call = program.range(change[0])
        moved = text[start : call.start] + change[1] + text[call.end : behind]
    moved = _indented(moved, indent, text[starts[place.line - 1] : place.start])
    next_line = _line_behind(source, start, starts[source.range(behind, behind).line])
    at = _line_end(source, place.end)
    behind_target = text[place.end : at].strip()
    if behind_target and not behind_target.startswith("#"):
        return None  # another statement follows on the line
    insertion = Edit(source.range(at, at), _newline(source) + moved)
    return (Edit(source.range(start, next_line), ""), insertion)


def _indented(lines: str, old: str, new: str) -> str:
    """Lines with another indentation."""
    return "".join(new + line.removeprefix(old) for line in lines.splitlines(keepends=True)) if new != old else lines


def _line_behind(source: Source, start: int, next_line: int) -> int:
    """Where the text goes on once the lines from `start` to `next_line` are gone, without blank lines left over."""
    line = source.range(start, start).line
    above = source.line_text(line - 1).strip() if line > 1 else ""
    if above and not above.endswith(":"):
        return next_line
    following = source.range(next_line, next_line).line
    while following < len(source.line_starts) and not source.line_text(following).strip():
        following += 1
    return source.line_starts[following - 1]


def _line_end(source: Source, offset: int) -> int:
    """The offset behind the last character of a line, its newline excluded."""
    line = source.range(offset, offset).line
    return source.line_starts[line - 1] + len(source.line_text(line))


def _newline(source: Source) -> str:
    """The newline of the source, as its first line has it."""
    starts, text = source.line_starts, source.text
    if len(starts) < 2:
        return "\n"
    line_end = _line_end(source, 0)
    return text[line_end : starts[1]]
