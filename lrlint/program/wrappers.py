"""Wrappers: schedulers of the program's own classes that hold another scheduler and hand the work on to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import OwnSchedulerBuild
from lrlint.program.objects import find_member, linearize, outside_bases
from lrlint.program.search import Element, descend, targets_of
from lrlint.program.values import Class, Constant, External, Function, Scheduler
from lrlint.torch_api import signatures

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.torch_api.target import Target

_ABSTRACT = frozenset(["LRScheduler", "_LRScheduler"])

_CARE = frozenset(["_get_lr_called_within_step", "get_last_lr"])
"""What is mentioned by a `get_lr` that knows how torch's own is to be asked."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """A call of `self.attr.get_lr()` in the `get_lr` of a scheduler, of the scheduler that it wraps.

    `schedulers` are those that the program wraps, first built first, none where it leaves that to others.
    """

    call: ir.Call
    schedulers: tuple[Scheduler, ...]


def delegations(program: Program) -> Iterator[Delegation]:
    """The calls by which wrappers surely ask a scheduler that steps by torch's rules."""
    builds: dict[ir.DefineClass, list[OwnSchedulerBuild]] = {}
    for build in program.facts.own_scheduler_builds:
        for klass in linearize(build.klass):
            builds.setdefault(klass.definition, []).append(build)
    for definition, visits in builds.items():
        klass = next(one for one in linearize(visits[0].klass) if one.definition is definition)
        for call, attr in _questions(klass):
            schedulers = _wrapped(program, klass, visits, attr) if _hands_on(klass, attr) else None
            if schedulers is not None:
                yield Delegation(call, schedulers)


def _questions(klass: Class) -> Iterator[tuple[ir.Call, str]]:
    """The calls `self.attr.get_lr()` in the `get_lr` that a class defines, with that attribute."""
    method = dict(klass.members).get("get_lr")
    if not isinstance(method, Function) or not method.function.mentions.isdisjoint(_CARE):
        return
    for element in descend(method.function.body):
        attr = _called(method.function, element, "get_lr")
        if attr is not None and isinstance(element, ir.Call) and not element.arguments:
            yield element, attr


def _hands_on(klass: Class, attr: str) -> bool:
    """Whether a class gets an object under this attribute when it is made, steps it, and leaves its epoch alone."""
    methods = [m.function for one in linearize(klass) for _, m in one.members if isinstance(m, Function)]
    inside = [(method, element) for method in methods for element in descend(method.body)]
    targets = [(method, element, target) for method, element in inside for target in targets_of(element)]
    if any(_sets_epoch(method, target, attr) for method, _, target in targets):
        return False
    given = [_is_given(method, element) for method, element, target in targets if _own(method, target) == attr]
    return bool(given) and all(given) and any(_called(method, one, "step") == attr for method, one in inside)


def _sets_epoch(method: ir.Function, target: ir.Expression, attr: str) -> bool:
    return isinstance(target, ir.Attribute) and target.attr == "last_epoch" and _own(method, target.value) == attr


def _is_given(method: ir.Function, element: Element) -> bool:
    """Whether an assignment keeps what the constructor was called with."""
    names = {parameter.name for parameter in method.parameters}
    value = element.value if isinstance(element, ir.Assign) else None
    return method.name == "__init__" and isinstance(value, ir.Name) and value.id in names


def _called(method: ir.Function, element: Element, name: str) -> str | None:
    """The attribute whose object gets a call of `name` in a method."""
    if not isinstance(element, ir.Call) or not isinstance(element.func, ir.Attribute) or element.func.attr != name:
        return None
    return _own(method, element.func.value)


def _own(method: ir.Function, expression: ir.Expression) -> str | None:
    """The attribute that `self.attr` names in a method."""
    if not isinstance(expression, ir.Attribute) or not isinstance(expression.value, ir.Name) or not method.parameters:
        return None
    return expression.attr if expression.value.id == method.parameters[0].name else None


def _wrapped(
    program: Program, klass: Class, builds: list[OwnSchedulerBuild], attr: str
) -> tuple[Scheduler, ...] | None:
    """What the objects that are made hold under an attribute; None unless these are torch's own schedulers."""
    in_view = [build for build in builds if build.is_in_view]
    if not in_view:
        return None if klass.definition.name in _called_names(program, klass) else ()
    values = [build.attributes.get(attr, Constant(None)) for build in in_view]
    held = {one for value in values for one in alternatives(value)} - {Constant(None)}
    schedulers = [one for one in held if isinstance(one, Scheduler) and has_get_lr_of_torch(one)]
    is_known = bool(held) and len(schedulers) == len(held)
    return tuple(sorted(schedulers, key=lambda one: one.ident)) if is_known else None


def _called_names(program: Program, klass: Class) -> set[str]:
    """The last names of all that is called by code that runs with a class."""
    called = [element.func for element in program.elements_with(klass.definition) if isinstance(element, ir.Call)]
    names = {func.id for func in called if isinstance(func, ir.Name)}
    return names | {func.attr for func in called if isinstance(func, ir.Attribute)}


def has_get_lr_of_torch(scheduler: Scheduler) -> bool:
    """Whether a scheduler's `get_lr` is the one of its class in torch."""
    if scheduler.class_name in _ABSTRACT:
        return False
    return scheduler.klass is None or find_member(scheduler.klass, "get_lr") is None


def error_of_get_lr(class_name: str, target: Target) -> str:
    """The exception with which a scheduler of torch that computes no LR itself answers `get_lr()`."""
    is_declared = signatures.has_method(f"torch.optim.lr_scheduler.{class_name}", "get_lr", target.newest)
    return "NotImplementedError" if is_declared else "AttributeError"


def is_scheduler_class(klass: Class | None) -> bool:
    """Whether a class derives from a scheduler of torch, whose methods may ask for the next LR."""
    bases = outside_bases(klass) if klass is not None else ()
    return any(isinstance(base, External) and signatures.scheduler(base.name) is not None for base in bases)
