"""Lasting attributes: those that no round of a running loop can assign, as the names in the loops tell.

A condition on such a one comes out the same in all of their rounds: `if self.critic_scheduler is not None`, where a
method that builds it runs before the loop.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lrlint.program import ir
from lrlint.program.search import Element, descend, targets_of
from lrlint.program.walk import Walk

_WRITES_ANY = frozenset(["setattr", "__dict__"])
"""What code mentions that may assign attributes whose names it does not show."""

_NO_NAMES: frozenset[str] = frozenset()

_Definition = ir.Function | ir.DefineClass


@dataclass(frozen=True, slots=True)
class _Body:
    """Code that runs: what it mentions, its local variables left out, and which attributes it assigns."""

    mentions: frozenset[str]
    stores: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Bodies:
    """What runs in a module when something of a name is called; under "", what may run without being named.

    `loops` are the rounds of its loops.
    """

    called: dict[str, list[_Body]]
    loops: dict[ir.Loop, _Body]


def is_lasting(walk: Walk, attr: str) -> bool:
    """Whether no running loop assigns an attribute of this name, in its body or in what that may call."""
    return not any(_may_assign(walk, activation.loop, attr) for activation in walk.activations)


def _may_assign(walk: Walk, loop: ir.Loop, attr: str) -> bool:
    """Whether a round of a loop, or a function of the modules so far that has a name mentioned there, assigns it."""
    modules = [_bodies(loaded.scope.module.lowered) for loaded in walk.loaded.values()]
    waiting = [module.loops[loop] for module in modules if loop in module.loops]
    waiting += [body for module in modules for body in module.called.get("", ())]
    seen: set[str] = set()
    while waiting:
        body = waiting.pop()
        if attr in body.stores or not body.mentions.isdisjoint(_WRITES_ANY):
            return True
        names = body.mentions - seen
        seen |= names
        waiting += [one for name in names for module in modules for one in module.called.get(name, ())]
    return False


@lru_cache(maxsize=256)
def _bodies(module: ir.Module) -> _Bodies:
    found = _Bodies({}, {})
    imported = frozenset(one.local for one in module.bindings)
    definitions = [one for one in descend(module.body.body) if isinstance(one, _Definition)]
    for definition in (module.body, *definitions):  # outer ones first
        elements = list(descend(definition.body))
        inner = frozenset(one.name for one in elements if isinstance(one, _Definition))
        own = _NO_NAMES if definition is module.body else _variables(definition) - imported - inner
        whole = _body(elements, own)
        if definition is not module.body:
            found.called.setdefault(_called_as(definition), []).append(whole)
        loops = (one for one in elements if isinstance(one, ir.For | ir.While))
        found.loops.update((loop, _round(loop, own, whole)) for loop in loops)
    return found


def _variables(definition: _Definition) -> frozenset[str]:
    """The names that a function binds in its own body."""
    return definition.assigned if isinstance(definition, ir.Function) else _NO_NAMES


def _called_as(definition: _Definition) -> str:
    """The name by which code says that a definition runs, "" where Python or torch run it: `__call__`, `forward`.

    A constructor has the name of its class.
    """
    name = definition.name
    is_special = name == "forward" or (name.startswith("__") and name != "__init__")
    return "" if is_special else name


def _round(loop: ir.Loop, own: frozenset[str], function: _Body) -> _Body:
    """What the rounds of a loop run; a local variable may stand for anything that its `function` mentions."""
    elements = list(descend((loop,)))
    inside = _body(elements, own)
    called = (one.func for one in elements if isinstance(one, ir.Call))
    calls_own = any(isinstance(func, ir.Name) and func.id in own for func in called)
    return _Body(inside.mentions | function.mentions, inside.stores) if calls_own else inside


def _body(elements: Sequence[Element], own: frozenset[str]) -> _Body:
    names = frozenset(one.id for one in elements if isinstance(one, ir.Name))
    attributes = frozenset(one.attr for one in elements if isinstance(one, ir.Attribute))
    targets = [target for element in elements for target in _targets(element)]
    stores = frozenset(one.attr for one in descend(targets) if isinstance(one, ir.Attribute))
    return _Body((names - own) | attributes, stores)


def _targets(element: Element) -> Iterable[ir.Expression]:
    if isinstance(element, ir.For):
        return (element.target,)
    if isinstance(element, ir.With):
        return [target for _, target in element.items if target is not None]
    return targets_of(element)
