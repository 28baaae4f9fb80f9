"""Entries: the places where a walk begins, so that all code that builds optimizers or schedulers is walked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import leaves
from lrlint.program.arguments import Arguments
from lrlint.program.calls import instantiate, invoke
from lrlint.program.execute import run_block, run_function
from lrlint.program.facts import Facts
from lrlint.program.flow import Flow
from lrlint.program.modules import begin
from lrlint.program.objects import bind_method, linearize
from lrlint.program.relevance import is_relevant, mentions_of
from lrlint.program.state import Progress, Scope, State, Stepped, forget_progress, join
from lrlint.program.values import ALWAYS, Class, External, Function, Value
from lrlint.program.walk import Frame, LoadedModule, Walk, WalkLimitError
from lrlint.torch_api import factories, signatures
from lrlint.torch_api.factories import building_names

if TYPE_CHECKING:
    from lrlint.program.project import Module, Project

UNKNOWN_ARGUMENTS = Arguments((), {}, True, ())
"""The arguments of a call that is not in view: every parameter is unknown."""

Definition = Class | Function


@dataclass(slots=True)
class Walks:
    """What the walks of one program share: their facts, the functions and modules they were in, and their clock.

    `parties` are the modules of each walk; `unfinished` those whose walk was given up, with what it was in there.
    """

    project: Project
    facts: Facts = field(default_factory=Facts)
    visited: set[ir.Function] = field(default_factory=set)
    loaded: dict[Module, None] = field(default_factory=dict)
    shared: dict[str, LoadedModule] = field(default_factory=dict)
    parties: list[frozenset[Module]] = field(default_factory=list)
    unfinished: dict[Module, ir.Function | ir.Statement] = field(default_factory=dict)
    clock: int = ALWAYS


def walk_module(module: Module, walks: Walks) -> None:
    """Walk a module: its body, then the functions and classes that neither the body nor an earlier walk got to."""
    if module.lowered.body.mentions.isdisjoint(building_names() | module.imported):
        return
    walk = Walk(run_function, walks.project, walks.facts, walks.visited, walks.clock, shared=walks.shared)
    scope = Scope(module.lowered.body, None, module)
    frame = Frame(walk, scope, ir.Statement(module.lowered.body.node), module.relevance.names)
    try:
        begin(walk, scope)
        run_block(frame, module.lowered.body.body, Flow())
        _walk_definitions(frame)
    except WalkLimitError:  # the facts so far hold; what was not walked is not known
        walks.unfinished[module] = walk.entry or frame.statement
    finally:
        walks.clock = walk.clock
        loaded = dict.fromkeys(loaded.scope.module for loaded in walk.loaded.values())
        walks.loaded |= loaded
        walks.parties.append(frozenset(loaded))


def _walk_definitions(frame: Frame) -> None:
    """Walk what the module's body did not call, callers before the functions that they call."""
    walk = frame.walk
    end = walk.state
    forget_progress(end)  # nobody knows when the functions are called
    names = end.names.row(frame.scope)
    definitions = {name: value for name, value in names.items() if isinstance(value, Definition)}
    of_interest = _of_interest(definitions, _building_names(names) | frame.module.imported)
    for name, value in reversed(definitions.items()):
        walk.state = end.copy()
        if name not in of_interest or value.scope.module is not frame.module:
            continue
        walk.entry = value.definition if isinstance(value, Class) else value.function
        if isinstance(value, Class):
            _walk_class(frame, value)
        elif value.function not in walk.visited:
            invoke(frame, value, UNKNOWN_ARGUMENTS)


def _building_names(names: Mapping[str, Value]) -> frozenset[str]:
    """The names without which no optimizer or scheduler can be built: the classes, also as they were imported."""
    aliases = {
        name for name, value in names.items() if any(isinstance(v, External) and _builds(v.name) for v in leaves(value))
    }
    return building_names() | aliases


def _builds(name: str) -> bool:
    return signatures.find(name) is not None or factories.scheduler_class(name) is not None


def _of_interest(definitions: Mapping[str, Definition], building: frozenset[str]) -> frozenset[str]:
    """The building names, and the definitions that mention one of them or another definition of interest."""
    mentions = {name: mentions_of(value) for name, value in definitions.items()}
    found = building
    while True:
        more = {name for name, mentioned in mentions.items() if name not in found and not mentioned.isdisjoint(found)}
        if not more:
            return found
        found |= more


def _walk_class(frame: Frame, klass: Class) -> None:
    """Walk the methods of a class on an object of unknown history.

    What any method assigns to the object's attributes is known to all of them.  A scheduler's optimizer counts as not
    stepped when a method begins only if no other method steps it.
    """
    walk = frame.walk
    entries = _entry_methods(walk, klass)
    if not entries:
        return
    instance = instantiate(frame, klass, UNKNOWN_ARGUMENTS)
    methods = [bind_method(method, instance, owner) for method, owner in entries]
    after_init = walk.state
    if not after_init.progress and not any(map(_stores_relevant, methods)):
        for method in methods:  # none can know what another has done
            walk.state = after_init.copy()
            invoke(frame, method, UNKNOWN_ARGUMENTS)
        return
    if len(methods) == 1:
        invoke(frame, methods[0], UNKNOWN_ARGUMENTS)
        return
    facts = walk.facts
    walk.facts = Facts()  # of these first walks only the states count
    joined = _join([after_init, *_ends(frame, methods, after_init)], walk)
    before = _before_methods(joined, after_init)
    walk.start_over()
    ends = _ends(frame, methods, before) if joined.progress else [joined] * len(methods)
    walk.start_over()
    walk.facts = facts
    for method in methods:
        others = [end for other, end in zip(methods, ends, strict=True) if other is not method]
        walk.state = _before_method(before, others)
        invoke(frame, method, UNKNOWN_ARGUMENTS)


def _entry_methods(walk: Walk, klass: Class) -> list[tuple[Function, Class]]:
    """The methods that nothing in view calls, inherited ones as well, each with the class whose body holds it.

    An inherited one that was walked for another class counts again if it calls what is new in this one.
    """
    members = {name: (value, one) for one in reversed(linearize(klass)) for name, value in one.members}
    methods = [
        (value, one)
        for value, one in members.values()
        if isinstance(value, Function) and (one is klass or is_relevant(value))
    ]
    new = [m for m, one in methods if one is klass and m.function not in walk.visited and is_relevant(m)]
    names = {method.function.name for method in new}
    open_methods = [
        (method, one)
        for method, one in methods
        if method.function.name != "__init__"
        and (method.function not in walk.visited or not names.isdisjoint(method.function.own_members))
    ]
    called = {name for method, _ in methods for name in method.function.own_members if name != method.function.name}
    return [(method, one) for method, one in open_methods if method.function.name not in called] or open_methods


def _stores_relevant(method: Function) -> bool:
    return not method.function.stores.isdisjoint(method.scope.module.relevance.names)


def _ends(frame: Frame, methods: Iterable[Function], before: State) -> list[State]:
    """The state behind each method, called alone."""
    ends = []
    for method in methods:
        frame.walk.state = before.copy()
        invoke(frame, method, UNKNOWN_ARGUMENTS)
        ends.append(frame.walk.state)
    return ends


def _join(states: Iterable[State], walk: Walk) -> State:
    joined = join(states, walk.tick())
    assert joined is not None
    return joined


def _before_methods(joined: State, after_init: State) -> State:
    """The state before the methods, as if none but the one that built a scheduler had been called, nor loaded a state.

    What happened between a scheduler's construction and the end of the method around it comes before all else.
    """
    fresh = joined.copy()
    fresh.progress = {s: replace(after_init.progress.get(s, p), early=frozenset()) for s, p in joined.progress.items()}
    fresh.loads = {}
    return fresh


def _before_method(before: State, ends: Iterable[State]) -> State:
    """The state before a method, where the other methods, with these ends, may have run or not."""
    state = before.copy()
    for end in ends:
        for scheduler, known in end.progress.items():
            if scheduler in state.progress:
                state.progress[scheduler] = _maybe_after(state.progress[scheduler], known)
    return state


def _maybe_after(before: Progress, known: Progress) -> Progress:
    return replace(
        before,
        stepped=Stepped.NO if before.stepped is known.stepped is Stepped.NO else Stepped.MAYBE,
        optimizer_stepped=before.optimizer_stepped or known.optimizer_stepped,
        optimizer_first=before.optimizer_first or known.optimizer_stepped,
    )
