"""Calls: into functions and classes of the program, into torch and other modules, into the unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lrlint.program import ir
from lrlint.program.alternatives import alternatives, chosen, depth, in_order, leaves, map_choice, one_of
from lrlint.program.arguments import NO_ARGUMENTS, Arguments
from lrlint.program.binding import bind, takes
from lrlint.program.build import build_own_scheduler
from lrlint.program.externals import call_external
from lrlint.program.facts import OwnSchedulerBuild
from lrlint.program.harmless import is_harmless_class
from lrlint.program.methods import call_method
from lrlint.program.modules import is_of_interest, resolved
from lrlint.program.objects import (
    bind_method,
    elements,
    entries_of,
    find_member,
    linearize,
    outside_bases,
    settle,
)
from lrlint.program.records import fill
from lrlint.program.relevance import (
    around,
    holds_relevant,
    inherited_methods,
    is_relevant,
    names_to_follow,
)
from lrlint.program.state import join
from lrlint.program.steps import call_step
from lrlint.program.table import MAX_CHOICES
from lrlint.program.unknown import call_unknown, escape
from lrlint.program.values import (
    Bound,
    Class,
    External,
    Function,
    Imported,
    Instance,
    Mapping,
    OneOf,
    Opaque,
    Optimizer,
    Partial,
    Property,
    Scheduler,
    Value,
)
from lrlint.program.walk import Frame
from lrlint.torch_api import signatures
from lrlint.torch_api.factories import building_names

_MODULE = External("torch.nn.Module")


def call(frame: Frame, callee: Value, expression: ir.Call, arguments: Arguments) -> Value:
    """The value of a call, with its effects on the state of the walk."""
    frame.walk.tick()
    if isinstance(callee, Imported):
        return _call_imported(frame, callee, expression, arguments)
    if isinstance(callee, OneOf):
        return _call_either(frame, callee, expression, arguments)
    if isinstance(callee, Bound):
        return _call_bound(frame, callee, expression, arguments)
    if isinstance(callee, Function):
        frame.walk.facts.note_callee(expression, callee.function)
        unpacked = _unpacked(frame, arguments)
        return invoke(frame, callee, unpacked) if takes(callee, unpacked) else call_unknown(frame, callee, unpacked)
    if isinstance(callee, Partial):
        return _call_partial(frame, callee, expression, arguments)
    if isinstance(callee, Property):
        return call(frame, invoke(frame, callee.getter, NO_ARGUMENTS), expression, arguments)
    if isinstance(callee, Class):
        frame.walk.facts.note_callee(expression, callee.definition)
        own = _own_scheduler(frame, callee, expression, arguments) or _own_optimizer(frame, callee, expression)
        return own or instantiate(frame, callee, _unpacked(frame, arguments))
    if isinstance(callee, External):
        return call_external(frame, callee.name, expression, arguments)
    method = _method_of_call(callee) if isinstance(callee, Instance) else None
    if method is not None:
        frame.walk.facts.note_callee(expression, method.function)
        return invoke(frame, method, _unpacked(frame, arguments))
    return call_unknown(frame, callee, arguments)


def _method_of_call(callee: Instance) -> Function | None:
    """The method that runs when an object is called, if it is in view: a model of torch's runs its `forward`."""
    member = find_member(callee.klass, "__call__")
    if member is None and _MODULE in outside_bases(callee.klass):
        member = find_member(callee.klass, "forward")
    if member is None or not isinstance(member.value, Function):
        return None
    return bind_method(member.value, callee, member.klass)


def _unpacked(frame: Frame, arguments: Arguments) -> Arguments:
    """`f(*pair, **settings)` with the items of lists and dicts that are known in their places."""
    positional, named = list(arguments.positional), dict(arguments.keywords)
    for star, value in arguments.rest:
        items = (value,) if star == "" else elements(frame, value) if star == "*" else ()
        entries = (entries_of(frame, value) if isinstance(value, Mapping) else None) if star == "**" else {}
        if items is None or entries is None:
            return arguments
        positional += items
        named |= {str(name): one for name, one in entries.items()}
    if not arguments.rest:
        return arguments
    return Arguments(tuple(positional), named, False, (*positional, *named.values()))


def _call_imported(frame: Frame, callee: Imported, expression: ir.Call, arguments: Arguments) -> Value:
    is_wanted = is_of_interest(frame, callee) or holds_relevant(frame, arguments.values)
    if not is_wanted and not _is_method_of_base(callee, arguments):
        # It has nothing to do with optimizers so far, so its module need not be read.
        return replace(frame.walk.opaque(), origin=callee)
    found = resolved(frame, callee)
    if isinstance(found, Imported):
        return call_unknown(frame, found, arguments)
    return call(frame, found, expression, arguments)


def _is_method_of_base(callee: Imported, arguments: Arguments) -> bool:
    """`BaseModel.__init__(self, options)`, which gives the object its lists of optimizers."""
    return len(callee.names) > 1 and any(isinstance(one, Instance) for one in arguments.positional[:1])


def _call_bound(frame: Frame, callee: Bound, expression: ir.Call, arguments: Arguments) -> Value:
    if _is_step(callee):
        return call_step(frame, callee.owner, expression, arguments)
    method = method_of_origin(frame, callee, arguments)
    if method is not None:
        frame.walk.facts.note_callee(expression, method.function)
        return invoke(frame, method, arguments)
    return call_method(frame, callee, expression, arguments)


def method_of_origin(frame: Frame, callee: Bound, arguments: Arguments) -> Function | None:
    """A method of an object whose class, in another module, was not read when it was made.

    None if neither the object nor the arguments have to do with optimizers.
    """
    owner = callee.owner
    if not isinstance(owner, Opaque) or owner.origin is None or owner.path:
        return None
    if not holds_relevant(frame, (owner, *arguments.values)):
        return None
    made = resolved(frame, owner.origin)
    klass = made.owner if isinstance(made, Function) and made.is_class_method else made  # Config.from_args(…)
    member = find_member(klass, callee.attr) if isinstance(klass, Class) else None
    if member is None or not isinstance(member.value, Function):
        return None
    return bind_method(member.value, owner, member.klass)


def _call_either(frame: Frame, callee: OneOf, expression: ir.Call, arguments: Arguments) -> Value:
    if all(map(_is_step, alternatives(callee))):
        owners = [one.owner for one in alternatives(callee) if isinstance(one, Bound)]
        return call_step(frame, one_of(owners, callee.born), expression, arguments)
    if all(isinstance(one, Bound) and isinstance(one.owner, Scheduler) and one.attr != "step" for one in callee.values):
        return one_of([call(frame, one, expression, arguments) for one in callee.values], frame.walk.tick())
    before = frame.walk.state
    values: dict[Value, Value] = {}
    states = []
    decision = frame.walk.tick()
    owned = {one: _schedulers_of(frame, one) for one in in_order(alternatives(callee))}
    for one in owned:
        frame.walk.state = before.copy()
        for scheduler in {scheduler for held in owned.values() for scheduler in held} - owned[one]:
            # where this one is called, those of the others were not built
            frame.walk.state.progress.pop(scheduler, None)
        with frame.walk.guarded_by(callee, decision, one):
            values[one] = call(frame, one, expression, arguments)
        states.append(frame.walk.state)
    joined = join(states, frame.walk.tick())
    assert joined is not None
    frame.walk.state = joined
    return _result_of_either(frame, callee, values)


def _result_of_either(frame: Frame, callee: OneOf, values: dict[Value, Value]) -> Value:
    """What a call of one of several gives, still with what decides which one it is."""
    born = frame.walk.tick()

    def result_of(leaf: Value) -> Value:
        return chosen(values[leaf]) if leaf in values else one_of([values[one] for one in leaves(leaf)], born)

    if callee.choice is not None and leaves(callee.choice) <= values.keys():
        choice = map_choice(callee.choice, result_of)
        if depth(choice) <= MAX_CHOICES:
            return settle(frame, choice)
    return one_of(values.values(), born)


def _is_step(callee: Value) -> bool:
    return isinstance(callee, Bound) and callee.attr == "step" and isinstance(callee.owner, Scheduler | Optimizer)


def _call_partial(frame: Frame, partial: Partial, expression: ir.Call, arguments: Arguments) -> Value:
    given = partial.arguments.followed_by(arguments)
    if partial.arguments.positional and isinstance(partial.callee, External):
        given = replace(given, has_star=True)  # the call itself shows only some of them
    return call(frame, partial.callee, expression, given)


def _schedulers_of(frame: Frame, callee: Value) -> frozenset[Scheduler]:
    """The schedulers that the object of a method holds in its attributes; a scheduler itself for its own methods."""
    if isinstance(callee, Bound) and isinstance(callee.owner, Scheduler):
        return frozenset([callee.owner])
    owner = callee.owner if isinstance(callee, Function) else None
    held = frame.state.attributes.row(owner).values() if isinstance(owner, Instance) else ()
    return frozenset(one for value in held for one in leaves(value) if isinstance(one, Scheduler))


def invoke(frame: Frame, function: Function, arguments: Arguments) -> Value:
    """The value of a call of a function of the program."""
    walk, body = frame.walk, function.function
    walk.visited.add(body)
    given = arguments.values if function.owner is None else (*arguments.values, function.owner)
    module, seen = function.scope.module, (one for _, one in around(frame, function))
    follows_all = _initializes_base(function, given)
    if not (follows_all or holds_relevant(frame, (*given, *seen)) or _handles_relevant(frame, function)):
        return walk.result_of(body.name, module.options)
    if body.is_generator or not walk.may_enter(body):
        return call_unknown(frame, function, arguments)
    scope, bound = function.scope.inner(body), bind(frame, function, arguments)
    relevant = None if follows_all else names_to_follow(frame, function, bound)
    if relevant is not None and body.mentions.isdisjoint(relevant):
        return walk.result_of(body.name, module.options)
    for name, value in bound.items():
        walk.state.names.set(scope, name, chosen(value))
    inner = Frame(walk, scope, frame.statement, relevant, function.owner, function.klass)
    walk.stack.append(body)
    try:
        return walk.run(inner, body)
    finally:
        walk.stack.pop()
        if not body.has_inner:
            walk.state.names.drop(scope)  # no function is left that could see the names


def _handles_relevant(frame: Frame, function: Function) -> bool:
    """Whether a function mentions what has to do with something relevant whoever calls it."""
    mentions = function.function.mentions
    if not mentions.isdisjoint(function.scope.module.relevance.names):
        return True
    return not mentions.isdisjoint(inherited_methods(frame, function.owner))


def _initializes_base(function: Function, given: Iterable[Value]) -> bool:
    """Whether a function of another module makes the lists that an object of a relevant class will put things into."""
    if function.function.name != "__init__":
        return False
    classes = (value.klass for value in given if isinstance(value, Instance))
    return any(one.scope.module is not function.scope.module and is_relevant(one) for one in classes)


def _own_optimizer(frame: Frame, klass: Class, expression: ir.Call) -> Optimizer | None:
    """An optimizer of a class of the program, of which nothing else is known; None where it may wrap another one."""
    bases = [base.name for base in outside_bases(klass) if isinstance(base, External)]
    if not any(signatures.optimizer(base) for base in bases):
        return None
    names = {*(base.rpartition(".")[2] for base in bases), *(one.definition.name for one in linearize(klass))}
    mentioned = frozenset(name for one in linearize(klass) for name in one.definition.mentions)
    if any("optimizer" in name and name not in ("optim", "optimizer") for name in mentioned - names):
        return None  # a base_optimizer, say
    if not mentioned.isdisjoint(building_names() - names):
        return None
    optimizer = Optimizer(frame.walk.tick(), "torch.optim.Optimizer", expression, ())
    frame.state.groups[optimizer] = None
    return optimizer


def _own_scheduler(frame: Frame, klass: Class, expression: ir.Call, arguments: Arguments) -> Scheduler | None:
    """A scheduler of a class of the program that leaves `step` as it is in torch."""
    bases = [
        base.name for base in outside_bases(klass) if isinstance(base, External) and signatures.scheduler(base.name)
    ]
    if len(bases) != 1 or find_member(klass, "step") is not None:
        return None
    return build_own_scheduler(frame, bases[0], expression, arguments, klass)


def instantiate(frame: Frame, klass: Class, arguments: Arguments) -> Instance:
    """A new object of a class of the program."""
    bases = outside_bases(klass)
    if any(not is_harmless_class(base) for base in bases):
        for value in arguments.values:
            escape(frame, value)
    instance = Instance(frame.walk.tick(), klass)
    initialize = find_member(klass, "__init__")
    if initialize is None and klass.fields is not None:
        fill(frame, instance, arguments)
        initialize, arguments = find_member(klass, "__post_init__"), NO_ARGUMENTS
    if initialize is not None and isinstance(initialize.value, Function):
        invoke(frame, bind_method(initialize.value, instance, initialize.klass), arguments)
    if any(isinstance(base, External) and signatures.scheduler(base.name) for base in bases):
        attributes = {name: settle(frame, one) for name, one in frame.state.attributes.row(instance).items()}
        is_in_view = bool(arguments.values) or not arguments.has_star
        frame.walk.facts.own_scheduler_builds.append(OwnSchedulerBuild(klass, attributes, is_in_view))
    return instance
