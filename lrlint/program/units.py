"""Units: whether the length of a schedule counts batches or, where gradients are accumulated, updates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.assignments import meanings_of_names
from lrlint.program.constructions import construction_of
from lrlint.program.objects import is_builtin
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import Element, assigned_to, descend
from lrlint.program.values import Scheduler, Sequence

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.accumulation import Accumulation

LENGTHS = frozenset(
    [
        "T_0",
        "T_max",
        "epochs",
        "lr_lambda",
        "milestones",
        "step_size",
        "step_size_down",
        "step_size_up",
        "steps_per_epoch",
        "total_iters",
        "total_steps",
    ]
)
"""The parameters of torch's schedulers that count steps of the scheduler."""

ARITHMETIC = frozenset(["math", "numpy"])
"""Packages whose functions count what their arguments count."""


class Unit(Enum):
    """What a number may count: nothing in particular, surely updates, or perhaps batches."""

    NONE = "none"
    UPDATES = "updates"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class _Names:
    """What names stand for: the modules that they are `imported` from, and all that is assigned to them."""

    imported: Mapping[str, str]
    meanings: Mapping[str, SequenceOf[Element]]

    @classmethod
    def of(cls, elements: Iterable[Element]) -> _Names:
        """The names of some code."""
        code = tuple(elements)
        bindings = [binding for one in code if isinstance(one, ir.Import) for binding in one.bindings]
        return cls({one.local: one.module for one in bindings}, meanings_of_names(code))


def may_count_batches(program: Program, accumulation: Accumulation) -> bool:
    """Whether the length of a scheduler that is stepped in every batch may count batches.

    It does not where it is a plain number, or was divided by the number of batches of one update.
    """
    divisor = _written(accumulation.divisor)
    names = _Names.of(program.elements_with(accumulation.step.call))
    units = {_unit_of_schedule(program, names, scheduler, divisor) for scheduler in accumulation.step.schedulers}
    return Unit.UNKNOWN in units


def is_one(program: Program, number: ir.Expression) -> bool:
    """Whether a number is, or may be, a 1 in the code: with it nothing is accumulated."""
    values = assigned_to(number.id, program.statements_with(number)) if isinstance(number, ir.Name) else [number]
    return any(isinstance(value, ir.Constant) and value.value == 1 for value in values)


def _written(number: ir.Expression) -> object:
    return number.value if isinstance(number, ir.Constant) else dotted_name(number)


def _unit_of_schedule(program: Program, names: _Names, scheduler: Scheduler, divisor: object) -> Unit:
    construction = construction_of(program, scheduler)
    if construction is None or construction.is_open:
        return Unit.UNKNOWN
    lengths = [construction.written(name) for name in construction.bound if name in LENGTHS]
    units = [Unit.UNKNOWN if one is None else _unit(names, (one.value,), divisor, frozenset()) for one in lengths]
    members = scheduler.argument("schedulers")
    if members is not None:
        units += _units_of_members(program, names, members, divisor)
    return _combined(units)


def _units_of_members(program: Program, names: _Names, members: object, divisor: object) -> list[Unit]:
    items = members.items if isinstance(members, Sequence) else None
    return [
        _unit_of_schedule(program, names, item, divisor) if isinstance(item, Scheduler) else Unit.UNKNOWN
        for item in items or (None,)
    ]


def _unit(names: _Names, elements: Iterable[Element], divisor: object, known: frozenset[str]) -> Unit:
    """What an expression counts, by the names in it; those in `known` count nothing in particular."""
    parts = list(descend(elements))
    if any(_is_of_divisor(part, ("Multiply",), divisor) for part in parts):
        return Unit.UNKNOWN
    if any(_is_of_divisor(part, ("Divide", "FloorDivide"), divisor) for part in parts):
        is_of_step = any(isinstance(part, ir.Parameter) for part in parts)  # a function that goes by updates itself
        return Unit.UNKNOWN if is_of_step else Unit.UPDATES
    known |= {part.name for part in parts if isinstance(part, ir.Parameter)}
    used = {part.id for part in parts if isinstance(part, ir.Name)} - known
    return _combined([_unit_of_name(names, name, divisor, known) for name in used])


def _is_of_divisor(part: Element, operators: tuple[str, ...], divisor: object) -> bool:
    """Whether something is multiplied with the divisor, or divided by it."""
    if divisor is None or not isinstance(part, ir.BinaryOperation) or part.operator not in operators:
        return False
    return _written(part.right) == divisor or (part.operator == "Multiply" and _written(part.left) == divisor)


def _unit_of_name(names: _Names, name: str, divisor: object, known: frozenset[str]) -> Unit:
    if is_builtin(name):
        return Unit.UNKNOWN if name == "len" else Unit.NONE
    if name in names.imported:
        return Unit.NONE if names.imported[name].partition(".")[0] in ARITHMETIC else Unit.UNKNOWN
    values = names.meanings.get(name)
    return _unit(names, values, divisor, known | {name}) if values else Unit.UNKNOWN


def _combined(units: Iterable[Unit]) -> Unit:
    found = set(units)
    return next((unit for unit in (Unit.UPDATES, Unit.UNKNOWN) if unit in found), Unit.NONE)
