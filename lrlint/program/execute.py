"""Statements: where the paths of a program go, and what the state is on them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as SequenceOf

from lrlint.program import ir
from lrlint.program.choices import assume, condition_of
from lrlint.program.evaluate import assign, define, evaluate
from lrlint.program.flow import Flow, continue_from
from lrlint.program.loops import run_for, run_while
from lrlint.program.narrow import narrow
from lrlint.program.objects import bind_name, closure_scope, extend, is_builtin, note_changes
from lrlint.program.operators import apply_operator, truth
from lrlint.program.parameters import spread
from lrlint.program.state import Scope, State, join, join_branches
from lrlint.program.steps import forget_fast_forward
from lrlint.program.values import Class, Constant, External, Sequence, Value, one_of
from lrlint.program.walk import Frame


def run_function(frame: Frame, function: ir.Function) -> Value:
    """Run the body of a function in a frame of its own; what it returns."""
    flow = Flow()
    walk = frame.walk
    if run_block(frame, function.body, flow):
        flow.returns.append((walk.state, Constant(None)))
    joined = join((state for state, _ in flow.returns), walk.tick())
    if joined is None:  # it always raises
        return walk.opaque()
    walk.state = joined
    return one_of((value for _, value in flow.returns), walk.tick())


def run_block(frame: Frame, block: SequenceOf[ir.Statement], flow: Flow) -> bool:
    """Run statements in order.  Whether their end is reached; the other ways out are noted in `flow`."""
    for statement in block:
        frame.walk.tick()
        frame.statement = statement
        if not _STATEMENTS[type(statement)](frame, statement, flow):
            return False
    return True


def _pass(frame: Frame, statement: ir.Statement, flow: Flow) -> bool:
    return True


def _passable(frame: Frame, statement: ir.Passable, flow: Flow) -> bool:
    if not frame.passes_over(statement.mentions):
        return run_block(frame, (statement.statement,), flow)
    note_changes(frame, statement.mentions.handed)
    for name in statement.assigned:
        bind_name(frame, name, frame.walk.opaque())
    return True


def _evaluate(frame: Frame, statement: ir.Evaluate, flow: Flow) -> bool:
    if isinstance(statement.value, ir.Call) and frame.passes_over(statement.mentions):
        note_changes(frame, statement.mentions.handed)
    else:
        evaluate(frame, statement.value)
    return True


def _assign(frame: Frame, statement: ir.Assign, flow: Flow) -> bool:
    is_computed = isinstance(statement.value, ir.Comprehension) or _calls_named_function(statement.value)
    if is_computed and frame.passes_over(statement.mentions):
        note_changes(frame, statement.mentions.handed)
        value: Value = frame.walk.opaque()
    else:
        value = evaluate(frame, statement.value)
    for target in statement.targets:
        assign(frame, target, value)
    return True


def _calls_named_function(value: ir.Expression) -> bool:
    """Whether a value comes out of a call, other than of a function that is built in."""
    return isinstance(value, ir.Call) and not (isinstance(value.func, ir.Name) and is_builtin(value.func.id))


def _augmented_assign(frame: Frame, statement: ir.AugmentedAssign, flow: Flow) -> bool:
    left, right = evaluate(frame, statement.target), evaluate(frame, statement.value)
    if statement.operator == "Add" and isinstance(left, Sequence) and left.kind == "list":
        extend(frame, left, spread(frame, right, statement.value))
        return True
    changed = frame.walk.opaque() if frame.loops else None  # grows from round to round
    value = apply_operator(frame.walk, statement.operator, left, right)
    assign(frame, statement.target, changed if changed and not isinstance(value, Constant) else value)
    return True


def _return(frame: Frame, statement: ir.Return, flow: Flow) -> bool:
    value = evaluate(frame, statement.value) if statement.value else Constant(None)
    flow.returns.append((frame.walk.state, value))
    return False


def _leave(frame: Frame, statement: ir.Leave, flow: Flow) -> bool:
    if statement.value is not None:
        evaluate(frame, statement.value)
    if statement.kind == "break":
        flow.breaks.append(frame.walk.state)
    elif statement.kind == "continue":
        forget_fast_forward(frame)
        flow.continues.append(frame.walk.state)
    return False


def _if(frame: Frame, statement: ir.If, flow: Flow) -> bool:
    test = evaluate(frame, statement.test)
    known = truth(test)
    condition = condition_of(frame, statement.test) if known is None else None
    if condition is not None:
        verdict = frame.state.verdict(condition.test)
        known = None if verdict is None else verdict is condition.holds
    if known is not None:
        return run_block(frame, statement.body if known else statement.orelse, flow)
    before, decision = frame.walk.state, frame.walk.tick()
    yes, no = (_run_branch(frame, before, statement, test, decision, holds, flow) for holds in (True, False))
    if condition is None or yes is None or no is None:
        return continue_from(frame, [end for end in (yes, no) if end is not None])
    left, right = (yes, no) if condition.holds else (no, yes)
    frame.walk.state = join_branches(left, right, frame.walk.tick(), condition.test)
    return True


def _run_branch(
    frame: Frame, before: State, statement: ir.If, test: Value, decision: int, holds: bool, flow: Flow
) -> State | None:
    """The state behind a branch that an unknown test leads to; None if its end is not reached."""
    frame.walk.state = before.copy()
    narrow(frame, statement.test, holds)
    assume(frame, statement.test, holds)
    with frame.walk.guarded_by(test, decision, holds):
        reached = run_block(frame, statement.body if holds else statement.orelse, flow)
    return frame.walk.state if reached else None


def _try(frame: Frame, statement: ir.Try, flow: Flow) -> bool:
    walk = frame.walk
    before = walk.state.copy()
    inner = Flow()
    ends = []
    finished = run_block(frame, statement.body, inner)
    after = walk.state
    raised = join((before, after.copy()), walk.tick())
    if finished and run_block(frame, statement.orelse, inner):
        ends.append(walk.state)
    for handler in statement.handlers:
        assert raised is not None
        walk.state = raised.copy()
        if run_block(frame, handler, inner):
            ends.append(walk.state)
    inner.run_finally(frame, statement.final, run_block)
    flow.take(inner)
    return continue_from(frame, ends) and run_block(frame, statement.final, flow)


def _with(frame: Frame, statement: ir.With, flow: Flow) -> bool:
    for context, target in statement.items:
        value = evaluate(frame, context)
        if target is not None:
            assign(frame, target, value)
    return run_block(frame, statement.body, flow)


def _match(frame: Frame, statement: ir.Match, flow: Flow) -> bool:
    subject = evaluate(frame, statement.subject)
    walk, before, decision = frame.walk, frame.walk.state, frame.walk.tick()
    ends = [before.copy()]
    for way, case in enumerate(statement.cases):
        walk.state = before.copy()
        with walk.guarded_by(walk.derived(subject), decision, way):
            if run_block(frame, case, flow):
                ends.append(walk.state)
    return continue_from(frame, ends)


def _define(frame: Frame, statement: ir.Define, flow: Flow) -> bool:
    function = statement.function
    decorators = [evaluate(frame, decorator) for decorator in function.decorators]
    names = {decorator.name.rpartition(".")[2] for decorator in decorators if isinstance(decorator, External)}
    is_static = not frame.scope.is_class or "staticmethod" in names
    value: Value = define(frame, function, closure_scope(frame.scope), is_static)
    if not names.isdisjoint(_REPLACING_DECORATORS):
        value = frame.walk.opaque()
    bind_name(frame, function.name, value)
    return True


def _define_class(frame: Frame, statement: ir.DefineClass, flow: Flow) -> bool:
    bases = tuple(evaluate(frame, base) for base in statement.bases)
    scope = Scope(None, frame.scope, is_class=True)
    body = Frame(frame.walk, scope, statement)
    run_block(body, statement.body, Flow())
    members = tuple(frame.state.names.row(scope).items())
    bind_name(frame, statement.name, Class(statement, frame.scope, bases, members))
    return True


def _import(frame: Frame, statement: ir.Import, flow: Flow) -> bool:
    for local, dotted in statement.bindings:
        bind_name(frame, local, External(dotted))
    if statement.star is not None and statement.star not in frame.walk.star_imports:
        frame.walk.star_imports.append(statement.star)
    return True


_REPLACING_DECORATORS = frozenset(["property", "cached_property", "contextmanager", "classmethod"])
"""Decorators whose result is not called like the function; all others are taken to run it as it is."""

_STATEMENTS: dict[type[ir.Statement], Callable[..., bool]] = {
    ir.Statement: _pass,
    ir.Passable: _passable,
    ir.Evaluate: _evaluate,
    ir.Assign: _assign,
    ir.AugmentedAssign: _augmented_assign,
    ir.Return: _return,
    ir.Leave: _leave,
    ir.If: _if,
    ir.For: lambda frame, statement, flow: run_for(frame, statement, flow, run_block),
    ir.While: lambda frame, statement, flow: run_while(frame, statement, flow, run_block),
    ir.Try: _try,
    ir.With: _with,
    ir.Match: _match,
    ir.Define: _define,
    ir.DefineClass: _define_class,
    ir.Import: _import,
}
