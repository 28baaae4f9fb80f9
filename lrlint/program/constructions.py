"""Constructions: what the constructor calls of torch's schedulers pass, and where they pass it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.facts import SchedulerBuild, by_call
from lrlint.program.search import ancestors, assigned_to, descend
from lrlint.program.values import OneOf, Value
from lrlint.torch_api import signatures

if TYPE_CHECKING:
    from lrlint.program import Program


@dataclass(frozen=True, slots=True)
class Construction:
    """A call that always builds a scheduler of one class of torch itself, with all its visits."""

    call: ir.Call
    builds: tuple[SchedulerBuild, ...]
    class_name: str

    def values(self, name: str) -> frozenset[Value]:
        """All that a parameter gets; nothing if some visit passes nothing for it."""
        given = [build.scheduler.argument(name) for build in self.builds]
        passed = [value for value in given if value is not None]
        if len(passed) < len(given):
            return frozenset()
        return frozenset(one for value in passed for one in (value.values if isinstance(value, OneOf) else (value,)))

    def value(self, name: str) -> Value | None:
        """What a parameter gets on each visit; None if that is nothing, or not always the same."""
        values = self.values(name)
        return next(iter(values)) if len(values) == 1 else None

    def argument(self, name: str) -> ir.Argument | None:
        """The argument for a parameter; None if none stands in the call itself, or stars make it uncertain."""
        arguments = self.call.arguments
        scheduler = self.builds[0].scheduler
        if any(one.star for one in arguments) or len(arguments) != len(scheduler.arguments):
            return None  # a partial, say, has kept some
        signature = signatures.scheduler(scheduler.name)
        slots = [one.name for one in signature.parameters if not one.keyword_only] if signature is not None else []
        positional = [one for one in arguments if one.keyword is None]
        named = {one.keyword: one for one in arguments if one.keyword is not None}
        return named.get(name) or dict(zip(slots, positional, strict=False)).get(name)

    def expression(self, program: Program, name: str) -> ir.Expression | None:
        """The expression that gives a parameter its value, where a name is assigned only once also behind that."""
        argument = self.argument(name)
        return None if argument is None else behind_names(program, argument.value)


def constructions(program: Program, *class_names: str) -> Iterator[Construction]:
    """The calls that build schedulers of these classes, of all if none are given; in the order of the walk."""
    for call, builds in by_call(program.facts.scheduler_builds).items():
        names = {build.scheduler.class_name for build in builds}
        are_plain = all(build.scheduler.klass is None and not build.scheduler.is_guess for build in builds)
        if are_plain and len(names) == 1 and (not class_names or names <= set(class_names)):
            yield Construction(call, builds, names.pop())


def behind_names(program: Program, expression: ir.Expression) -> ir.Expression:
    """What is assigned to a name, if that is done once in the function that the name stands in, or else in the module.

    Any other expression is given back as it is.
    """
    if not isinstance(expression, ir.Name):
        return expression
    module = program.statements_around(expression)
    for around in reversed(ancestors(module, expression)):
        if isinstance(around, ir.Comprehension) and _is_target(expression, around):
            return expression
        if isinstance(around, ir.Function) and any(parameter.name == expression.id for parameter in around.parameters):
            return expression
        if isinstance(around, ir.Function) and expression.id in around.assigned:
            return _only(expression, assigned_to(expression.id, around.body))
    return _only(expression, assigned_to(expression.id, module))


def _is_target(name: ir.Name, comprehension: ir.Comprehension) -> bool:
    targets = descend(clause.target for clause in comprehension.clauses)
    return any(isinstance(target, ir.Name) and target.id == name.id for target in targets)


def _only(name: ir.Name, assigned: list[ir.Expression]) -> ir.Expression:
    return assigned[0] if len(assigned) == 1 else name
