"""Literals: the values of arguments that the code itself holds, and what torch says of them."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.constructions import Construction
from lrlint.program.search import descend
from lrlint.program.values import Constant, Sequence, Value
from lrlint.torch_api.limits import refusal
from lrlint.torch_api.signatures import releases

PAIRS = frozenset(["betas", "etas", "step_sizes", "ns_coefficients"])
"""The parameters that take several numbers."""

_FROM_ELSEWHERE = ir.Attribute | ir.Call | ir.Subscript


def literal_values(one: Construction, parameter: str) -> tuple[object, ...]:
    """What a parameter surely gets on each visit, if the code holds it; empty if it gets nothing or anything else.

    A tuple or list in place of a number counts if its items are unknown, too: they are `...` then.  None counts only
    where it stands in the call, since elsewhere it is what people begin with.
    """
    passed = one.bound.get(parameter)
    if passed is None or (passed.written is not None and _is_computed(passed.written.value)):
        return ()
    found = tuple(_plain(value, parameter) for value in one.values(parameter))
    is_shown = passed.written is not None and isinstance(passed.written.value, ir.Constant)
    return () if ... in found or (None in found and not is_shown) else found


def refused_value(one: Construction, parameter: str) -> str:
    """What torch finds wrong with the value of a parameter on every visit, empty if it takes one of them."""
    values, last = literal_values(one, parameter), releases()[-1]
    if not values or not all(refusal(one.class_name, parameter, value, last) for value in values):
        return ""  # without a look at the project's metadata
    texts = [refusal(one.class_name, parameter, value, one.newest) for value in values]
    return texts[0] if all(texts) else ""


def steps_of_cycle(one: Construction) -> int | None:
    """How many steps a OneCycleLR has, None if that is not known."""
    if one.class_name != "OneCycleLR" or one.is_open:
        return None
    total, epochs, steps = (one.possible_values(name) for name in ("total_steps", "epochs", "steps_per_epoch"))
    if any(value not in (None, Constant(None)) for value in one.values("total_steps")):
        return _whole_number(total)
    factors = _whole_number(epochs), _whole_number(steps)
    return factors[0] * factors[1] if factors[0] is not None and factors[1] is not None else None


def _whole_number(values: frozenset[Value]) -> int | None:
    """The one int that some values are, None for anything else."""
    numbers = {value.value if isinstance(value, Constant) else None for value in values}
    number = numbers.pop() if len(numbers) == 1 else None
    return number if isinstance(number, int) else None


def _plain(value: Value | None, parameter: str) -> object:
    if isinstance(value, Constant):
        return value.value if isinstance(value.value, int | float | str | tuple | list | None) else ...
    is_sequence = isinstance(value, Sequence) and value.kind in ("tuple", "list")
    return (...,) if is_sequence and parameter not in PAIRS else ...


def _is_computed(expression: ir.Expression) -> bool:
    """Whether an expression reads what other code may have set."""
    return any(isinstance(part, _FROM_ELSEWHERE) for part in descend([expression]))
