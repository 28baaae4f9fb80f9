"""What names can mean, and what gives variables their values."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import NamedTuple


class Var(NamedTuple):
    """A variable: a name in a scope, an attribute of whichever object, or what a function returns."""

    kind: str  # "name", "attr", "return"
    home: int
    name: str


class Outside(NamedTuple):
    """A name of a module outside of the project: `torch.optim.SGD`."""

    dotted: str


class Builtin(NamedTuple):
    """A name of Python's own."""

    name: str


class OtherModule(NamedTuple):
    """A module of the project."""

    path: str


Meaning = Var | Outside | Builtin | OtherModule | None


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """One place that gives a variable its value.

    `kind`: "value", "augmented", "item" (of the iterable `value`), "parameter", "definition", "change" (by a method or
    an item that is set), "context".  `part` is the way from the value to the target's part: `a, (b, c) = …`.
    """

    kind: str
    node: ast.AST
    value: ast.expr | None = None
    part: tuple[int, ...] = ()
