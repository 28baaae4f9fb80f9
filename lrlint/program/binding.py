"""Binding: which parameter of a function of the program gets which argument of a call."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.arguments import Arguments
from lrlint.program.objects import new_sequence
from lrlint.program.values import Function, Mapping, Value
from lrlint.program.walk import Frame

_PLAIN_DECORATORS = frozenset(["classmethod", "staticmethod"])


def takes(function: Function, arguments: Arguments) -> bool:
    """Whether a function may be called with these arguments; otherwise the call surely raises a TypeError.

    What a decorator makes of the function may take others.
    """
    lowered = function.function
    if arguments.has_star or not all(map(_is_plain, lowered.decorators)):
        return True
    by_place = [one for one in lowered.parameters if one.kind == "positional"]
    kinds = {one.kind for one in lowered.parameters}
    given = len(_positional(function, arguments))
    named = {one.name for one in lowered.parameters if one.kind in ("positional", "keyword")}
    if given > len(by_place) and "*" not in kinds:
        return False
    if not named.issuperset(arguments.keywords) and "**" not in kinds:
        return False
    filled = {one.name for one in by_place[:given]}.union(arguments.keywords)
    return all(one.name in filled or one.default is not None for one in lowered.parameters if one.name in named)


def _is_plain(decorator: ir.Expression) -> bool:
    return isinstance(decorator, ir.Name) and decorator.id in _PLAIN_DECORATORS


def _positional(function: Function, arguments: Arguments) -> tuple[Value, ...]:
    """The positional arguments, the object of a method among them."""
    if function.owner is None or function.is_static:
        return arguments.positional
    return (function.owner, *arguments.positional)


def bind(frame: Frame, function: Function, arguments: Arguments) -> dict[str, Value]:
    """The value of each parameter; one that is not surely given is unknown."""
    positional = list(_positional(function, arguments))
    defaults = dict(function.defaults)
    bound: dict[str, Value] = {}
    for parameter in function.function.parameters:
        if parameter.kind in ("*", "**"):
            bound[parameter.name] = _rest(frame, function.function, parameter, positional, arguments)
        elif parameter.kind == "positional" and positional:
            bound[parameter.name] = positional.pop(0)
        elif parameter.name in arguments.keywords:
            bound[parameter.name] = arguments.keywords[parameter.name]
        elif parameter.name in defaults and not arguments.has_star:
            bound[parameter.name] = defaults[parameter.name]
        else:
            bound[parameter.name] = frame.walk.opaque()
    return bound


def _rest(
    frame: Frame, function: ir.Function, parameter: ir.Parameter, positional: list[Value], arguments: Arguments
) -> Value:
    """The value of `*args` or `**kwargs`: all that no other parameter takes."""
    if arguments.has_star:
        return frame.walk.opaque()
    source = ir.Expression(function.node)
    if parameter.kind == "*":
        return new_sequence(frame, "tuple", source, tuple(positional))
    named = {one.name for one in function.parameters}
    rest = tuple((name, value) for name, value in arguments.keywords.items() if name not in named)
    return Mapping(frame.walk.tick(), source, rest)
