"""Verbosity: the argument `verbose` that schedulers took up to torch 2.6, and what becomes of calls with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrlint.edit import Applicability, Fix
from lrlint.program import ir
from lrlint.program.rewrite import drop_argument
from lrlint.program.search import descend
from lrlint.torch_api.versions import Version

if TYPE_CHECKING:
    from lrlint.program import Program

LAST = Version(2, 6)
"""The last release whose schedulers take `verbose`."""


def raises(program: Program, call: ir.Call) -> bool:
    """Whether a call with it raises in the newest release that its file is meant for."""
    return program.target(call).newest > LAST


def consequence(program: Program, call: ir.Call) -> str:
    """What such a call leads to, as messages say it."""
    if raises(program, call):
        return "TypeError since torch 2.7"
    return "torch 2.2 and later warn, and torch 2.7 raises TypeError"


def without_verbose(program: Program, call: ir.Call, argument: ir.Argument) -> Fix | None:
    """Drop the argument; safe if it says nothing, or if no release that is meant takes it."""
    if any(isinstance(one, ir.Call | ir.NamedExpression | ir.Yield) for one in descend([argument])):
        return None
    edit = drop_argument(program, call, argument)
    is_false = isinstance(argument.value, ir.Constant) and not argument.value.value
    is_safe = is_false or program.target(call).oldest > LAST
    return Fix(Applicability.SAFE if is_safe else Applicability.UNSAFE, "drop `verbose`", (edit,)) if edit else None
