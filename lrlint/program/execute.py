"""Statements: where the paths of a program go, and what the state is on them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace

from lrlint.program import ir
from lrlint.program.alternatives import alternatives, chosen, is_exception
from lrlint.program.changes import extend
from lrlint.program.choices import assume, condition_of
from lrlint.program.closures import closure_scope
from lrlint.program.comprehensions import Evaluation, outline
from lrlint.program.evaluate import assign, define, evaluate, hold
from lrlint.program.facts import Uncalled
from lrlint.program.flow import Flow, continue_from
from lrlint.program.fresh import keep_fresh_flags
from lrlint.program.loops import run_for, run_while
from lrlint.program.modules import import_name, is_of_interest, resolved
from lrlint.program.narrow import narrow, tells_apart
from lrlint.program.objects import bind_name, is_builtin, note_changes, settle
from lrlint.program.operators import apply_operator, truth
from lrlint.program.parameters import spread
from lrlint.program.records import fields_of
from lrlint.program.relevance import is_relevant
from lrlint.program.state import State, join, join_branches
from lrlint.program.steps import forget_fast_forward
from lrlint.program.type_checks import is_refused
from lrlint.program.values import Class, Constant, External, Imported, Opaque, Property, Sequence, Value
from lrlint.program.walk import Frame, Guard

_RETURNED = "return"
"""The name, which no program can use, under which the state holds what a function returns."""


@dataclass(frozen=True, slots=True)
class _Fork:
    """An `if` whose `test` is unknown in the state `before` it, decided at the time `decision`.

    `narrows`: how it comes out may tell what values in it are.
    """

    statement: ir.If
    test: Value
    decision: int
    before: State
    narrows: bool


def run_function(frame: Frame, function: ir.Function) -> Value:
    """Run the body of a function in a frame of its own; what it returns."""
    flow = Flow()
    walk = frame.walk
    with walk.guards_inside():
        if run_block(frame, function.body, flow):
            flow.returns.append((walk.state, Constant(None)))
    returns = [(state, value) for state, value in flow.returns if not is_exception(value)] or flow.returns
    for state, value in returns:
        state.names.set(frame.scope, _RETURNED, chosen(value))
    joined = join((state for state, _ in returns), walk.tick())
    returned = joined.names.get(frame.scope, _RETURNED) if joined is not None else None
    if joined is None or returned is None:  # it always raises
        return walk.opaque()
    walk.state = joined
    return settle(frame, returned)


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
    if not frame.passes_over(statement.mentions) or is_refused(frame, statement.statement):
        return run_block(frame, (statement.statement,), flow)
    note_changes(frame, statement.mentions.handed)
    for name in statement.assigned:
        bind_name(frame, name, frame.walk.opaque())
    return True


def _evaluate(frame: Frame, statement: ir.Evaluate, flow: Flow) -> bool:
    is_call = isinstance(statement.value, ir.Call)
    if is_call and frame.passes_over(statement.mentions) and not _initializes_base(frame, statement.mentions):
        note_changes(frame, statement.mentions.handed)
    else:
        value = evaluate(frame, statement.value)
        if isinstance(statement.value, ir.Attribute):
            frame.walk.facts.uncalled.append(Uncalled(statement, alternatives(value)))
    return True


def _initializes_base(frame: Frame, mentions: ir.Mentions) -> bool:
    """`super().__init__()` in a relevant class: the base class may make lists that the class puts things into."""
    return "__init__" in mentions.names and frame.klass is not None and is_relevant(frame.klass)


def _assign(frame: Frame, statement: ir.Assign, flow: Flow) -> bool:
    is_computed = isinstance(statement.value, ir.Comprehension) or _calls_named_function(statement.value)
    if is_computed and frame.passes_over(statement.mentions):
        note_changes(frame, statement.mentions.handed)
        how = Evaluation(evaluate, assign)
        value = outline(frame, statement.value, how) or _unseen(frame, statement.value)
    else:
        value = hold(frame, statement.value)
    if value == Constant(None) and any(isinstance(target, ir.Collection) for target in statement.targets):
        return False  # None can't be unpacked
    for target in statement.targets:
        assign(frame, target, value)
    return True


def _calls_named_function(value: ir.Expression) -> bool:
    """Whether a value comes out of a call, other than of a function that is built in."""
    return isinstance(value, ir.Call) and not (isinstance(value.func, ir.Name) and is_builtin(value.func.id))


def _unseen(frame: Frame, value: ir.Expression) -> Value:
    """What a call gives that the walk passes over: nothing is known of it but where it comes from."""
    result = frame.result_of(_name_of_called(value))
    called = value.func if isinstance(value, ir.Call) else None
    found = hold(frame, called) if isinstance(called, ir.Name | ir.Attribute) else None
    return replace(result, origin=found) if isinstance(found, Imported) else result


def _name_of_called(value: ir.Expression) -> str:
    func = value.func if isinstance(value, ir.Call) else value
    return func.id if isinstance(func, ir.Name) else func.attr if isinstance(func, ir.Attribute) else ""


def _augmented_assign(frame: Frame, statement: ir.AugmentedAssign, flow: Flow) -> bool:
    left, right = evaluate(frame, statement.target), evaluate(frame, statement.value)
    if statement.operator == "Add" and isinstance(left, Sequence) and left.kind == "list":
        extend(frame, left, spread(frame, right, statement.value))
        return True
    value = apply_operator(frame.walk, statement.operator, left, right)
    if frame.loops and not isinstance(value, Constant):  # grows from round to round
        value = replace(frame.walk.opaque(), first=value.first if isinstance(value, Opaque) else ...)
    assign(frame, statement.target, value)
    return True


def _return(frame: Frame, statement: ir.Return, flow: Flow) -> bool:
    value = hold(frame, statement.value) if statement.value else Constant(None)
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
    frame.walk.facts.decisions[decision] = statement
    fork = _Fork(statement, test, decision, before, tells_apart(frame, statement.test))
    ended, broken = _rounds_ended(frame, flow), len(flow.breaks)
    lasting: list[Guard] = []
    yes, no = (_run_branch(frame, fork, holds, flow, lasting) for holds in (True, False))
    if _rounds_ended(frame, flow) > ended and (yes is None) is not (no is None):
        frame.walk.guard(test, decision, no is None)  # the other branch is in the next round already
    elif len(flow.breaks) > broken and (yes is None) is not (no is None):
        frame.walk.guard(test, decision, no is None, leaves=frame.walk.activations[-1].born)
    frame.walk.guards += lasting
    if condition is None or yes is None or no is None:
        reached = continue_from(frame, [end for end in (yes, no) if end is not None])
    else:
        left, right = (yes, no) if condition.holds else (no, yes)
        frame.walk.state = join_branches(left, right, frame.walk.tick(), condition.test)
        reached = True
    keep_fresh_flags(frame, statement, before)
    return reached


def _rounds_ended(frame: Frame, flow: Flow) -> int:
    """How many paths have left a block to go on with the next round: of its loop, or of that around the caller."""
    is_of_caller = frame.walk.activations and not frame.loops
    return len(flow.continues) + (len(flow.returns) if is_of_caller else 0)


def _run_branch(frame: Frame, fork: _Fork, holds: bool, flow: Flow, lasting: list[Guard]) -> State | None:
    """The state behind a branch that an unknown test leads to; None if its end is not reached.

    The guards that last to the end of the round are added to `lasting`.
    """
    statement, around = fork.statement, len(frame.walk.guards) + 1
    frame.walk.state = fork.before.copy()
    if fork.narrows:
        narrow(frame, statement.test, holds)
    assume(frame, statement.test, holds)
    with frame.walk.guarded_by(fork.test, fork.decision, holds):
        reached = run_block(frame, statement.body if holds else statement.orelse, flow)
        if reached:
            lasting += frame.walk.guards[around:]
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
    decision = walk.tick()
    for way, handler in enumerate(statement.handlers):
        assert raised is not None
        walk.state = raised.copy()
        with walk.guarded_by(walk.opaque(), decision, way):
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
    decorators = [hold(frame, decorator) for decorator in function.decorators]
    names = {decorator.name.rpartition(".")[2] for decorator in decorators if isinstance(decorator, External)}
    is_static = not frame.scope.is_class or "staticmethod" in names
    is_class_method = frame.scope.is_class and "classmethod" in names
    defined = define(frame, function, closure_scope(frame.scope), is_static, is_class_method)
    value: Value = defined
    if frame.scope.is_class and not names.isdisjoint(_PROPERTIES):
        value = Property(defined)
    elif not names.isdisjoint(_REPLACING_DECORATORS) or any(map(_is_accessor, function.decorators)):
        value = frame.walk.opaque()
    bind_name(frame, function.name, value)
    return True


def _is_accessor(decorator: ir.Expression) -> bool:
    """`@scheduler.setter`: what the property is from then on is not followed."""
    return isinstance(decorator, ir.Attribute) and decorator.attr in ("deleter", "getter", "setter")


def _define_class(frame: Frame, statement: ir.DefineClass, flow: Flow) -> bool:
    handles = not statement.mentions.isdisjoint(frame.module.relevance.names - {"parameters"})
    bases = tuple(_base(frame, hold(frame, base), handles) for base in statement.bases)
    scope = frame.scope.inner(None, is_class=True)
    body = Frame(frame.walk, scope, statement, frame.relevant)
    run_block(body, statement.body, Flow())
    members = tuple(frame.state.names.row(scope).items())
    called = [one.func if isinstance(one, ir.Call) else one for one in statement.decorators]
    fields = fields_of(statement.fields, [evaluate(frame, one) for one in called], bases)
    bind_name(frame, statement.name, Class(statement, frame.scope, bases, members, fields))
    return True


def _base(frame: Frame, base: Value, handles: bool) -> Value:
    """A base class; one from another module is looked up only for a class that has to do with optimizers."""
    return resolved(frame, base) if handles or is_of_interest(frame, base) else base


def _import(frame: Frame, statement: ir.Import, flow: Flow) -> bool:
    for binding in statement.bindings:
        bind_name(frame, binding.local, import_name(frame, binding))
    stars = frame.walk.loaded[frame.module.path].stars
    if statement.star is not None and statement.star not in stars:
        stars.append(statement.star)
    return True


_PROPERTIES = frozenset(["property", "cached_property", "lazy_property"])

_REPLACING_DECORATORS = _PROPERTIES | frozenset(["contextmanager"])
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
