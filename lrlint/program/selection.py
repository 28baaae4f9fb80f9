"""Selections: parameters of a module as values, which of them it are, and what gives them."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrlint.program import ir

if TYPE_CHECKING:
    from lrlint.program.values import Opaque


@dataclass(frozen=True, slots=True)
class Condition:
    """A test that some parameters of a module have passed, and how it came out.

    `key` is the same wherever the same is asked of the same; `is_fixed` says that the answer depends on nothing but the
    names of the parameters and constants.
    """

    key: Hashable
    holds: bool
    is_fixed: bool = field(compare=False)


TRAINABLE = "requires_grad"
"""The first part of the key of `p.requires_grad`; the second is the time when it was asked."""


@dataclass(frozen=True, slots=True)
class OneShot:
    """An iterator, which gives its items once: a generator, a `filter`, a `map`; `source` is what made it."""

    ident: int
    source: ir.Expression = field(compare=False)


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of `module` that meet all `conditions`, or what is computed from each of them.

    `source` is the expression that chose them; `owners` are the modules of the program that hold `module`.  `item` says
    what there is for each parameter: itself ("parameter"), a "pair" of its name and itself, its "id", or something
    "else".  They come through `iterators`, all of which are used up by reading them once; the items of a list come
    through none.
    """

    module: Opaque
    conditions: frozenset[Condition]
    source: ir.Expression
    owners: frozenset[Opaque] = frozenset()
    item: str = "parameter"
    iterators: frozenset[OneShot] = frozenset()

    @property
    def predicate(self) -> str:
        """ "" for all of the parameters, "requires_grad" for the trainable ones, "unknown" for any other choice."""
        if not self.conditions:
            return ""
        is_trainable = all(isinstance(c.key, tuple) and c.key[0] == TRAINABLE and c.holds for c in self.conditions)
        return "requires_grad" if is_trainable else "unknown"

    @property
    def are_parameters(self) -> bool:
        """Whether an optimizer can take the items; it takes parameters with their names, too."""
        return self.item in ("parameter", "pair")

    def lies_in(self, other: Parameters) -> bool:
        """Whether `module` is the module of `other` or a part of it."""
        outer = other.module
        if outer in self.owners:
            return True
        inside = self.module.path[: len(outer.path)] == outer.path
        return inside and (self.module.ident, self.module.version) == (outer.ident, outer.version)

    def may_share(self, other: Parameters) -> bool:
        """Whether some of these may be among others, too, or the other way round."""
        return self.lies_in(other) or other.lies_in(self)


@dataclass(frozen=True, slots=True)
class Several:
    """A stretch of the items of a list: one for each of some parameters."""

    parameters: Parameters
