"""Param groups, as far as the program tells what is in them."""

from __future__ import annotations

from dataclasses import dataclass

from lrlint.program import ir
from lrlint.program.values import Parameters


@dataclass(frozen=True, slots=True)
class Group:
    """A param group: `parameters` is what it holds under "params", None where that is not known in full."""

    source: ir.Expression | None
    parameters: tuple[Parameters, ...] | None
