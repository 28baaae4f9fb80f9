"""Hyperparameters: which one the code calls an argument by its name, and which in truth gets it."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.constructions import Construction
from lrlint.program.values import number_of

ALIASES = {
    "wd": "weight_decay",
    "l2": "weight_decay",
    "weightdecay": "weight_decay",
    "weight_dec": "weight_decay",
    "mom": "momentum",
    "epsilon": "eps",
    "learning_rate": "lr",
}
"""What people call torch's parameters."""


def written_name(argument: ir.Argument | None) -> str:
    """The parameter that an argument is called after: `args.weight_decay`, `config["wd"]`; empty if it has no name."""
    value = argument.value if argument is not None else None
    name = ""
    if isinstance(value, ir.Name):
        name = value.id
    elif isinstance(value, ir.Attribute):
        name = value.attr
    elif (
        isinstance(value, ir.Subscript) and isinstance(value.index, ir.Constant) and isinstance(value.index.value, str)
    ):
        name = value.index.value
    name = name.lower().strip("_")
    return ALIASES.get(name, name)


def misplaced(one: Construction) -> tuple[int, str] | None:
    """The first positional argument called like another parameter of an optimizer: its index, and the parameter.

    None if there is none, or if the argument is the default of both, so that nothing changes.
    """
    for index, (slot, passed) in enumerate(zip(one.slots, one.positional, strict=False)):
        name = written_name(passed.written)
        if index > 0 and name != slot and name in one.slots[1:] and not _is_default(one, index, name):
            return index, name
    return None


def _is_default(one: Construction, index: int, name: str) -> bool:
    value = one.positional[index].value
    parameters = [one.signature.parameter(each) for each in (one.slots[index], name)]
    defaults = {parameter.default for parameter in parameters if parameter is not None}
    number = number_of(value)
    return number is not None and defaults <= {repr(number), repr(float(number))}
