"""Contracts: what a scheduler of one's own owes its base class, and what its text says of that.

The base class's constructor makes the first step, which calls `get_lr`; every later step does, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.derived import Derived, base_calls, derived_classes
from lrlint.program.facts import SchedulerBuild
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import Element, calls_of, children, descend, exits, targets_of

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.project import Module

_BASES = frozenset(["LRScheduler", "_LRScheduler"])
_OWN_WAY = frozenset(["__getattr__", "__getattribute__", "_initial_step", "_update_lr", "step"])
"""Methods with which a class does by itself what torch does with `get_lr`."""

OF_BASE = frozenset(["_last_lr", "_step_count", "base_lrs", "last_epoch", "optimizer", "verbose"])
"""Attributes that the base class sets before it calls `get_lr`."""

_SETTING = frozenset(["__dict__", "locals", "setattr", "vars"])
"""What sets attributes without naming them."""

_CALLING = _SETTING | {"super"}
"""What may do what the base class's constructor does."""

_PER_GROUP = frozenset(["base_lrs", "optimizer.param_groups"])


@dataclass(frozen=True, slots=True)
class Contract:
    """A class that leaves all but its LRs to torch, with its `get_lr` and its constructor, if it has one."""

    derived: Derived
    get_lr: ir.Function
    constructor: ir.Define | None

    @property
    def builds_itself(self) -> bool:
        """Whether the class has a constructor that never calls the one of its base class."""
        if self.constructor is None or any(base_calls(self.derived, "__init__")):
            return False
        inside = self.constructor.function.body
        is_called = _names(inside, _CALLING) or any(calls_of(frozenset(["__init__"]), inside))
        return not is_called and "_step_count" not in self._stored

    @property
    def _stored(self) -> frozenset[str]:
        """The attributes that its methods assign."""
        return _attributes(one for method in self.derived.methods for one in method.body)


@dataclass(frozen=True, slots=True)
class TooLate:
    """A `call` of the base class's constructor above the `statements` that set what `get_lr` reads.

    `first` is what it reads first, and `sets_first` the statement that sets this.
    """

    call: ir.Evaluate
    first: str
    sets_first: ir.Statement
    statements: tuple[ir.Statement, ...]


def contracts(program: Program) -> Iterator[Contract]:
    """The schedulers of the program's own, those left out that others derive from, which may do what these do not."""
    bases: dict[frozenset[Module], frozenset[str]] = {}
    for derived in derived_classes(program, "scheduler"):
        definition = derived.definition
        members = {one.function.name: one for one in definition.body if isinstance(one, ir.Define)}
        get_lr = members.get("get_lr")
        if derived.base.rpartition(".")[2] not in _BASES or get_lr is None or not _OWN_WAY.isdisjoint(members):
            continue
        if definition.decorators or any(one.function.decorators for one in members.values()):
            continue
        company = program.company_of(definition)
        if company not in bases:
            bases[company] = _bases(program, definition)
        if not get_lr.function.is_generator and definition.name not in bases[company]:
            yield Contract(derived, get_lr.function, members.get("__init__"))


def builds_of(program: Program, contract: Contract) -> tuple[SchedulerBuild, ...]:
    """The visits of calls that build an object of the class."""
    klass = contract.derived.definition
    builds = program.facts.scheduler_builds
    return tuple(one for one in builds if one.scheduler.klass is not None and one.scheduler.klass.definition is klass)


def returned(contract: Contract) -> tuple[ir.Expression | None, ...]:
    """What `get_lr` gives back, at each of its returns."""
    return tuple(one.value for one, _ in exits(contract.get_lr.body) if isinstance(one, ir.Return))


def set_too_late(contract: Contract) -> TooLate | None:
    """The attributes that are set behind the call of the base class's constructor; None if they may be there before."""
    if contract.constructor is None:
        return None
    body = contract.constructor.function.body
    calls = list(base_calls(contract.derived, "__init__"))
    own = next((one for one in body if isinstance(one, ir.Evaluate) and one.value in calls), None)
    if own is None or len(calls) != 1 or _names(body, _SETTING):
        return None
    behind = body[body.index(own) + 1 :]
    elsewhere = [e for one in contract.derived.methods if one is not contract.constructor.function for e in one.body]
    before = _attributes([*body[: body.index(own)], *elsewhere]) | _members(contract.derived) | OF_BASE
    needed = [name for name in first_read(contract.get_lr) if name not in before and name in _attributes(behind)]
    if not needed:
        return None
    setting = tuple(one for one in behind if _attributes([one]) & set(needed))
    return TooLate(own, needed[0], next(one for one in setting if needed[0] in _attributes([one])), setting)


def first_read(method: ir.Function) -> tuple[str, ...]:
    """The attributes of its object that a method surely reads when it is called for the first time."""
    return tuple(_of_self(method, _evaluated(method.body)))


def _bases(program: Program, definition: ir.DefineClass) -> frozenset[str]:
    """The names from which classes derive that run together with one."""
    others = (one for one in program.elements_with(definition) if isinstance(one, ir.DefineClass))
    return frozenset((dotted_name(base) or "").rpartition(".")[2] for one in others for base in one.bases)


def _members(derived: Derived) -> frozenset[str]:
    """The names that the body of a class binds."""
    targets = (target for one in derived.definition.body for target in targets_of(one))
    assigned = (target.id for target in targets if isinstance(target, ir.Name))
    return frozenset([*assigned, *(method.name for method in derived.methods)])


def _names(elements: Iterable[Element], wanted: frozenset[str]) -> bool:
    """Whether some names, or attributes of them, stand in code."""
    inside = [one for one in descend(elements) if isinstance(one, ir.Name | ir.Attribute)]
    return any((one.id if isinstance(one, ir.Name) else one.attr) in wanted for one in inside)


def _attributes(elements: Iterable[Element]) -> frozenset[str]:
    """The attributes that code assigns, of whatever object."""
    targets = (target for element in descend(elements) for target in targets_of(element))
    return frozenset(target.attr for target in targets if isinstance(target, ir.Attribute))


def _of_self(method: ir.Function, expressions: Iterable[ir.Expression]) -> Iterator[str]:
    name = method.parameters[0].name if method.parameters else ""
    for one in expressions:
        if isinstance(one, ir.Attribute) and isinstance(one.value, ir.Name) and one.value.id == name:
            yield one.attr


def _evaluated(block: Iterable[ir.Statement]) -> Iterator[ir.Expression]:
    """The expressions that a block surely evaluates, up to where it may be left or an exception be caught."""
    for statement in block:
        one = statement.statement if isinstance(statement, ir.Passable) else statement
        if isinstance(one, ir.Try | ir.With | ir.Match):
            return
        if isinstance(one, ir.If | ir.While):
            yield from _parts(one.test)
        elif isinstance(one, ir.For):
            yield from _parts(one.iterable)
        elif isinstance(one, ir.Assign | ir.AugmentedAssign | ir.Evaluate | ir.Return) and one.value is not None:
            yield from _parts(one.value)
        if any(exits([one])):
            return


def _parts(expression: ir.Expression) -> Iterator[ir.Expression]:
    """An expression and those in it that are surely evaluated with it."""
    yield expression
    if isinstance(expression, ir.Conditional):
        yield from _parts(expression.test)
    elif isinstance(expression, ir.BoolOperation):
        yield from _parts(expression.left)
    elif isinstance(expression, ir.Comprehension):
        yield from _parts_of_comprehension(expression)
    elif not isinstance(expression, ir.Lambda):
        for child in children(expression):
            value = child.value if isinstance(child, ir.Argument) else child
            if isinstance(value, ir.Expression):
                yield from _parts(value)


def _parts_of_comprehension(comprehension: ir.Comprehension) -> Iterator[ir.Expression]:
    first, *others = comprehension.clauses
    yield from _parts(first.iterable)
    name = (dotted_name(first.iterable) or "").partition(".")[2]
    if name in _PER_GROUP and not others and not first.conditions:  # there is a group at least
        yield from _parts(comprehension.element)
