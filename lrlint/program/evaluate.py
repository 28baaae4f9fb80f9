"""Expressions -> values."""

from __future__ import annotations

from collections.abc import Callable

from lrlint.program import ir
from lrlint.program.alternatives import alternatives, map_choice, may_be, one_of
from lrlint.program.amounts import computed, literal, with_amount
from lrlint.program.arguments import NO_ARGUMENTS, Arguments
from lrlint.program.calls import call, invoke, method_of_origin
from lrlint.program.changes import set_entry, set_slot
from lrlint.program.comprehensions import Evaluation, comprehend, slots
from lrlint.program.dispatch import get_entry
from lrlint.program.facts import MemberUse, MethodCall
from lrlint.program.iterators import ITERATOR, may_read, parts_of, read_all, search
from lrlint.program.modules import resolved, resolved_arguments
from lrlint.program.objects import (
    as_constant,
    as_value,
    bind_name,
    elements,
    entries_of,
    get_attribute,
    get_item,
    look_up,
    new_sequence,
    set_attribute,
    settle,
    storage,
)
from lrlint.program.operators import apply_operator, is_among, truth
from lrlint.program.parameters import comprehend_parameters, concatenate
from lrlint.program.relevance import holds_relevant
from lrlint.program.repeated import as_of_now, attribute_as_of_now
from lrlint.program.scaling import note_backward
from lrlint.program.selection import Parameters
from lrlint.program.state import Scope, join
from lrlint.program.steps import call_step
from lrlint.program.unknown import escape_optional
from lrlint.program.values import (
    Bound,
    Class,
    Constant,
    Function,
    GradScaler,
    Imported,
    Instance,
    Mapping,
    OneOf,
    Opaque,
    Optimizer,
    Property,
    Scheduler,
    Sequence,
    Super,
    Value,
)
from lrlint.program.walk import Frame
from lrlint.torch_api import members


def evaluate(frame: Frame, expression: ir.Expression) -> Value:
    """The value of an expression, with the effects of evaluating it on the state of the walk."""
    value = _EVALUATORS[type(expression)](frame, expression)
    return resolved(frame, value) if isinstance(value, _UNRESOLVED) else value


def hold(frame: Frame, expression: ir.Expression) -> Value:
    """Like `evaluate`, but a name from another module is not looked up: nothing is done with it yet."""
    return _EVALUATORS[type(expression)](frame, expression)


def assign(frame: Frame, target: ir.Expression, value: Value) -> None:
    """Bind the names, attributes and items of a target to (the parts of) a value."""
    if isinstance(target, ir.Name):
        bind_name(frame, target.id, value)
        if may_be(value, Instance) and target.id not in frame.walk.carriers and holds_relevant(frame, (value,)):
            frame.walk.carriers.add(target.id)
    elif isinstance(target, ir.Attribute):
        owner = evaluate(frame, target.value)
        _note_member_use(frame, owner, target, is_stored=True)
        for one in alternatives(owner):
            set_attribute(frame, one, target.attr, value)
            if isinstance(one, Opaque) and isinstance(target.value, ir.Name) and holds_relevant(frame, (value,)):
                frame.walk.carriers.add(target.value.id)
    elif isinstance(target, ir.Subscript):
        _assign_item(frame, target, value)
    elif isinstance(target, ir.Collection):
        _unpack(frame, target.items, value)
    elif isinstance(target, ir.Starred):
        assign(frame, target.value, value)


def _unpack(frame: Frame, targets: tuple[ir.Expression, ...], value: Value) -> None:
    items = elements(frame, value)
    if items is not None and len(items) == len(targets) and not any(isinstance(t, ir.Starred) for t in targets):
        for target, item in zip(targets, items, strict=True):
            assign(frame, target, item)
        return
    for index, target in enumerate(targets):
        assign(frame, target, _item_of_each(frame, value, index))


def _item_of_each(frame: Frame, value: Value, index: int) -> Value:
    """The item of whichever tuple a function returned."""
    if isinstance(value, OneOf) and value.choice is not None:
        return settle(frame, map_choice(value.choice, lambda one: _item_unless_none(frame, one, index)))
    items = [get_item(frame, one, Constant(index)) for one in alternatives(value)]
    return one_of(items, frame.walk.age(value))


def _item_unless_none(frame: Frame, value: Value, index: int) -> Value:
    return value if value == Constant(None) else _item_of_each(frame, value, index)


def _assign_item(frame: Frame, target: ir.Subscript, value: Value) -> None:
    owner = evaluate(frame, target.value)
    index = evaluate(frame, target.index) if target.index is not None else None
    for one in alternatives(owner):
        if isinstance(one, Mapping):
            set_entry(frame, one, index or frame.walk.opaque(), value)
        elif isinstance(one, Sequence):
            set_slot(frame, one, index or frame.walk.opaque(), value)
        elif isinstance(one, Opaque):
            frame.walk.changed[one.ident] = frame.walk.tick()


def _name(frame: Frame, expression: ir.Name) -> Value:
    value, module = look_up(frame, expression.id), frame.module
    is_untracked = expression.id in module.relevance.untracked
    if not is_untracked and expression.id not in module.lowered.varying:
        return value
    return as_of_now(frame, value, is_untracked)


def _constant(frame: Frame, expression: ir.Constant) -> Value:
    return literal(expression)


def _unknown(frame: Frame, expression: ir.Expression) -> Value:
    for part in expression.parts:
        evaluate(frame, part)
    return frame.walk.opaque()


def _attribute(frame: Frame, expression: ir.Attribute) -> Value:
    owner = hold(frame, expression.value)
    _note_member_use(frame, owner, expression, is_stored=False)
    member = get_attribute(frame, owner, expression.attr, expression)
    value = _value_of_member(frame, member)
    is_untracked = expression.attr in frame.walk.untracked
    if not is_untracked and expression.attr not in frame.walk.varying:
        return value
    return attribute_as_of_now(frame, expression.attr, value, is_untracked)


def _note_member_use(frame: Frame, owner: Value, place: ir.Attribute, is_stored: bool) -> None:
    if isinstance(owner, (Optimizer, Scheduler, OneOf)):
        owners = alternatives(owner)
        if any(isinstance(one, Optimizer | Scheduler) for one in owners):
            frame.walk.facts.member_uses.append(MemberUse(place, frame.visit(), owners, is_stored))


def _value_of_member(frame: Frame, member: Value) -> Value:
    if isinstance(member, Property):
        return invoke(frame, member.getter, NO_ARGUMENTS)
    method = method_of_origin(frame, member, NO_ARGUMENTS) if isinstance(member, Bound) else None
    return method or as_value(frame, member)


def _call(frame: Frame, expression: ir.Call) -> Value:
    func = expression.func
    if isinstance(func, ir.Attribute):
        receiver = evaluate(frame, func.value) if func.attr == "step" else hold(frame, func.value)
        arguments = _arguments(frame, expression)
        if func.attr == "step" and not any(isinstance(v, Instance | Super | Class) for v in alternatives(receiver)):
            return call_step(frame, receiver, expression, resolved_arguments(frame, arguments))
        if func.attr == "backward":
            note_backward(frame, receiver, expression)
        _note_method_call(frame, receiver, expression, func.attr, arguments)
        return call(frame, get_attribute(frame, receiver, func.attr, func), expression, arguments)
    callee = hold(frame, func)
    arguments = _arguments(frame, expression)
    return call(frame, callee, expression, arguments)


def _note_method_call(frame: Frame, receiver: Value, call: ir.Call, attr: str, arguments: Arguments) -> None:
    owners, facts = alternatives(receiver), frame.walk.facts
    is_replaced = any(frame.state.attributes.get(storage(owner), attr) is not None for owner in owners)
    if any(isinstance(owner, GradScaler | Optimizer | Scheduler) for owner in owners) and not is_replaced:
        noted = MethodCall(call, frame.visit(), attr, owners, arguments.positional, frame.klass)
        facts.method_calls.append(noted)
        if attr == "load_state_dict":
            frame.state.loads |= {owner: noted for owner in owners if isinstance(owner, Optimizer)}
    elif attr in members.EVERY:
        facts.foreign_calls.add(call)


def _arguments(frame: Frame, expression: ir.Call) -> Arguments:
    values = [hold(frame, argument.value) for argument in expression.arguments]
    for argument, value in zip(expression.arguments, values, strict=True):
        if argument.star == "*" and parts_of(frame, value):
            read_all(frame, value, argument.value)
    return Arguments.of(zip(expression.arguments, values, strict=True))


def _starred(frame: Frame, expression: ir.Starred) -> Value:
    return evaluate(frame, expression.value)


def _collection(frame: Frame, expression: ir.Collection) -> Value:
    values = [hold(frame, item) for item in expression.items]
    if any(isinstance(item, ir.Starred) for item in expression.items):
        stretches = [
            (item, value if isinstance(item, ir.Starred) else new_sequence(frame, "list", item, (value,)))
            for item, value in zip(expression.items, values, strict=True)
        ]
        return concatenate(frame, expression, stretches)
    return new_sequence(frame, expression.kind, expression, tuple(values))


def _dict(frame: Frame, expression: ir.Dict) -> Value:
    entries: dict[object, Value] | None = {}
    for key, item in expression.items:
        name = evaluate(frame, key) if key is not None else None
        value = hold(frame, item)
        entries = {**entries, name.value: value} if entries is not None and isinstance(name, Constant) else None
    return Mapping(frame.walk.tick(), expression, None if entries is None else tuple(entries.items()))


def _subscript(frame: Frame, expression: ir.Subscript) -> Value:
    owner = evaluate(frame, expression.value)
    if expression.index is None:
        return frame.walk.derived(owner)
    index = evaluate(frame, expression.index)
    if not isinstance(owner, OneOf):
        return get_entry(frame, owner, index)  # what it depends on is kept
    return one_of((get_entry(frame, one, index) for one in alternatives(owner)), frame.walk.tick())


def _lambda(frame: Frame, expression: ir.Lambda) -> Value:
    return define(frame, expression.function, frame.scope)


def define(
    frame: Frame, function: ir.Function, scope: Scope, is_static: bool = True, is_class_method: bool = False
) -> Function:
    """The value of a function that is defined at this point."""
    defaults = tuple((p.name, hold(frame, p.default)) for p in function.parameters if p.default is not None)
    return Function(function, scope, defaults, is_static=is_static, is_class_method=is_class_method)


def _comprehension(frame: Frame, expression: ir.Comprehension) -> Value:
    scope, frame.scope = frame.scope, frame.scope.inner(None)
    try:
        return _comprehend(frame, expression)
    finally:
        frame.scope = scope


def _comprehend(frame: Frame, expression: ir.Comprehension) -> Value:
    first = expression.clauses[0]
    iterable = evaluate(frame, first.iterable)
    chosen = comprehend_parameters(frame, expression, iterable)
    if chosen is not None:
        return chosen
    known = comprehend(frame, expression, iterable, Evaluation(evaluate, assign))
    if known is not None:
        return known
    places = slots(frame, expression, iterable)
    if places is not None:
        return places
    escape_optional(frame, iterable)
    may_read(frame, iterable)
    for clause in expression.clauses:
        assign(frame, clause.target, frame.walk.opaque())
        for part in clause.conditions if clause is first else (clause.iterable, *clause.conditions):
            may_read(frame, evaluate(frame, part))
    return frame.walk.derived(iterable, evaluate(frame, expression.element))


def _conditional(frame: Frame, expression: ir.Conditional) -> Value:
    test = evaluate(frame, expression.test)
    known = truth(test)
    if known is not None:
        return evaluate(frame, expression.body if known else expression.orelse)
    return _either(frame, test, expression.body, expression.orelse)


def _either(frame: Frame, test: Value, *choices: ir.Expression | None) -> Value:
    """The value of one of several expressions, None standing for `test` itself, as an unknown `test` decides."""
    before = frame.walk.state
    values, states = [], []
    decision = frame.walk.tick()
    for way, choice in enumerate(choices):
        frame.walk.state = before.copy()
        with frame.walk.guarded_by(test, decision, way):
            values.append(test if choice is None else evaluate(frame, choice))
        states.append(frame.walk.state)
    joined = join(states, frame.walk.tick())
    assert joined is not None
    frame.walk.state = joined
    both_unknown = all(isinstance(value, Opaque) for value in values)
    return (
        frame.walk.derived(test, *values) if both_unknown else one_of(values, max(map(frame.walk.age, (test, *values))))
    )


def _bool_operation(frame: Frame, expression: ir.BoolOperation) -> Value:
    left = evaluate(frame, expression.left)
    known = truth(left)
    decides = expression.operator == "Or"
    if known is not None:
        return left if known is decides else evaluate(frame, expression.right)
    right = _either(frame, left, expression.right)
    if truth(right) is decides:
        return right
    return (
        frame.walk.derived(left, right) if expression.operator == "And" else one_of((left, right), frame.walk.age(left))
    )


def _unary_operation(frame: Frame, expression: ir.UnaryOperation) -> Value:
    operand = evaluate(frame, expression.operand)
    if expression.operator == "Not":
        known = truth(operand)
        return frame.walk.derived(operand) if known is None else Constant(not known)
    if expression.operator == "Minus" and isinstance(operand, Constant) and isinstance(operand.value, int | float):
        return Constant(-operand.value)
    return frame.walk.derived(operand)


def _binary_operation(frame: Frame, expression: ir.BinaryOperation) -> Value:
    left, right = evaluate(frame, expression.left), evaluate(frame, expression.right)
    if expression.operator == "Add" and isinstance(left, Sequence) and left.kind != ITERATOR:
        return concatenate(frame, expression, ((expression.left, left), (expression.right, right)))
    if expression.operator in ("In", "NotIn") and isinstance(right, Parameters):
        _search(frame, expression, right)
    if expression.operator in ("In", "NotIn") and isinstance(right, Sequence):
        right = as_constant(frame, right)
        items = elements(frame, right) if isinstance(right, Sequence) else None
        if items:
            found = is_among(frame.walk, left, items)
            return Constant(found.value is (expression.operator == "In")) if isinstance(found, Constant) else found
    if expression.operator in ("In", "NotIn") and isinstance(left, Constant) and isinstance(right, Mapping):
        entries = entries_of(frame, right)
        if entries is not None:
            return Constant((left.value in entries) is (expression.operator == "In"))
    result = apply_operator(frame.walk, expression.operator, left, right)
    return with_amount(result, computed(expression.operator, left, right))


def _search(frame: Frame, expression: ir.BinaryOperation, iterator: Parameters) -> None:
    """`x in iterator` reads some of it; in a loop, one x after the other searches in what is left."""
    made = max((one.ident for one in iterator.iterators), default=0)
    if any(activation.born > made for activation in frame.walk.activations):
        search(frame, expression, iterator, is_whole=False)
    may_read(frame, iterator)


def _named_expression(frame: Frame, expression: ir.NamedExpression) -> Value:
    value = evaluate(frame, expression.value)
    assign(frame, expression.target, value)
    return value


_UNRESOLVED = (Imported, OneOf)

_EVALUATORS: dict[type[ir.Expression], Callable[..., Value]] = {
    ir.Expression: _unknown,
    ir.Text: _unknown,
    ir.Yield: _unknown,
    ir.Constant: _constant,
    ir.Name: _name,
    ir.Attribute: _attribute,
    ir.Call: _call,
    ir.Starred: _starred,
    ir.Collection: _collection,
    ir.Dict: _dict,
    ir.Subscript: _subscript,
    ir.Lambda: _lambda,
    ir.Comprehension: _comprehension,
    ir.Conditional: _conditional,
    ir.BoolOperation: _bool_operation,
    ir.UnaryOperation: _unary_operation,
    ir.BinaryOperation: _binary_operation,
    ir.NamedExpression: _named_expression,
}
