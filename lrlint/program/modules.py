"""Names from other modules of the project: a module is read, and its body run, when one of its names is used."""

from __future__ import annotations

from dataclasses import replace

from lrlint.program import ir
from lrlint.program.alternatives import alternatives, one_of
from lrlint.program.arguments import Arguments
from lrlint.program.objects import as_value, get_attribute, name_of_star, settle
from lrlint.program.state import Scope, State
from lrlint.program.values import ALWAYS, Constant, External, Imported, OneOf, Opaque, Value
from lrlint.program.walk import Frame, LoadedModule, Walk

MAX_REEXPORTS = 20


def resolved(frame: Frame, value: Value) -> Value:
    """What a name from another module stands for; any other value as it is."""
    if isinstance(value, Imported):
        return _look_up(frame, value)
    if isinstance(value, OneOf) and any(isinstance(one, Imported) for one in value.values):
        return one_of((resolved(frame, one) for one in value.values), value.born)
    return value


def resolved_arguments(frame: Frame, arguments: Arguments) -> Arguments:
    """Arguments of code outside of the project, which uses them right away."""
    if not any(isinstance(one, Imported) for value in arguments.values for one in alternatives(value)):
        return arguments
    return Arguments(
        tuple(resolved(frame, value) for value in arguments.positional),
        {name: resolved(frame, value) for name, value in arguments.keywords.items()},
        arguments.has_star,
        tuple(resolved(frame, value) for value in arguments.values),
    )


def import_name(frame: Frame, binding: ir.Binding) -> Value:
    """What an import binds: a name of another module of the project, or one from outside of it."""
    found = frame.walk.project.find(frame.module.path, binding.module)
    if found is None:
        return External(binding.dotted)
    return Imported(found, () if binding.name is None else (binding.name,))


def is_of_interest(frame: Frame, value: Value) -> bool:
    """Whether a name from another module may build an optimizer or scheduler, or hold one, as its text tells."""
    return isinstance(value, Imported) and frame.walk.project.is_of_interest(value.module, value.names)


def _look_up(frame: Frame, imported: Imported) -> Value:
    for _ in range(MAX_REEXPORTS):
        if not imported.names:
            return imported  # the module itself
        value = _name_of(frame, imported)
        if not isinstance(value, Imported):
            return value
        imported = value
    return frame.walk.opaque()


def _name_of(frame: Frame, imported: Imported) -> Value:
    """The first of the names looked up in its module, and the others as attributes of what it is."""
    walk, (first, *rest) = frame.walk, imported.names
    is_read = imported.module in walk.loaded or walk.project.binds(imported.module, first)
    loaded = load(walk, imported.module) if is_read else None
    bound = walk.state.names.get(loaded.scope, first) if loaded is not None else None
    if loaded is None or bound is None:
        child = walk.project.child(imported.module, first)
        if child is not None:
            return Imported(child, tuple(rest))
        if loaded is None:
            return walk.opaque()
        inner = Frame(walk, loaded.scope, frame.statement, loaded.scope.module.relevance.names)
        bound = name_of_star(inner, first) or walk.opaque()
    value = settle(frame, bound)
    if isinstance(value, Imported):
        return replace(value, names=(*value.names, *rest))
    for attr in rest:
        value = as_value(frame, get_attribute(frame, value, attr, ir.Expression(frame.statement.node)))
    if isinstance(value, Constant) and loaded is not None:
        return Opaque(loaded.ident, ALWAYS, imported.names, default=value.value)  # a setting: a run may have another
    return value


def load(walk: Walk, path: str) -> LoadedModule | None:
    """Run the body of a module, once in a walk; None if it can't be read.

    What it leaves behind is known to the state from then on.
    """
    loaded = walk.loaded.get(path) or _share(walk, path)
    if loaded is None:
        module = walk.project.module(path)
        if module is None:
            return None
        scope = Scope(module.lowered.body, None, module)
        loaded = begin(walk, scope)
        around = walk.state, walk.activations, walk.guards, walk.stack
        walk.state, walk.activations, walk.guards, walk.stack = State(), [], [], []
        walk.state.names.set(scope, "__name__", Constant(path))
        try:
            body = module.lowered.body
            walk.run(Frame(walk, scope, ir.Statement(body.node), module.relevance.names), body)
        finally:
            loaded.state = walk.state
            walk.state, walk.activations, walk.guards, walk.stack = around
        if loaded.is_inert:
            walk.shared[path] = loaded
    if loaded.scope not in walk.state.names.rows():
        walk.state.absorb(loaded.state)
    return loaded


def _share(walk: Walk, path: str) -> LoadedModule | None:
    """A module that an earlier walk has loaded, with those that it took something from; None if there is none."""
    shared = walk.shared.get(path)
    for scope in shared.state.names.rows() if shared is not None else ():
        inner = walk.shared.get(scope.module.path)
        if inner is not None and scope is inner.scope and scope.module.path not in walk.loaded:
            _add(walk, inner)
    return shared


def begin(walk: Walk, scope: Scope) -> LoadedModule:
    """Note that the body of a module is being run in `scope`."""
    loaded = LoadedModule(scope, walk.tick(), State())
    _add(walk, loaded)
    return loaded


def _add(walk: Walk, loaded: LoadedModule) -> None:
    module = loaded.scope.module
    walk.loaded[module.path] = loaded
    walk.varying |= module.lowered.varying
    walk.untracked |= module.relevance.untracked
