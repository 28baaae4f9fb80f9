"""The LRs that the param groups of an optimizer are built with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrlint.program.values import Constant, Optimizer, Value
from lrlint.torch_api import signatures

if TYPE_CHECKING:
    from lrlint.program import Program


def has_several_lrs(program: Program, optimizer: Optimizer) -> bool:
    """Whether the param groups of an optimizer are surely given LRs that differ, or are written as such."""
    build = program.optimizer_builds.get(optimizer.site)
    given = [one.entries for one in program.facts.group_dicts if one.optimizer == optimizer]
    if build is None or build.arguments.has_star or len(given) < 2:
        return False
    default = optimizer.argument("lr") or _default(optimizer)
    lrs: list[Value | None] = []
    for entries in given:
        if entries is None:
            return False
        lrs.append(dict(entries).get("lr", default))
    return None not in lrs and len(set(lrs)) > 1


def _default(optimizer: Optimizer) -> Value | None:
    signature = signatures.optimizer(optimizer.name)
    parameter = signature.parameter("lr") if signature is not None else None
    try:
        return Constant(float(parameter.default or "")) if parameter is not None else None
    except ValueError:
        return None
