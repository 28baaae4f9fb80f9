"""Values: what a name or an expression can stand for, as far as training is concerned.

Every value made during the walk carries an `ident`, a number that grows with time: it tells two objects of one
construction site apart, and whether a value is older than a loop (`born`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lrlint.program import ir

if TYPE_CHECKING:
    from lrlint.program.state import Scope

MAX_ALTERNATIVES = 8

ALWAYS = 0
"""`born` of values that are the same whenever they are asked for."""


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that lrlint knows nothing of but that it is the same object wherever `ident` and `path` agree.

    `path` are the attributes (and constant subscripts) read from the object `ident`; `version` counts the unknown
    calls that may have changed the object; `counters` the loops whose counter it was computed from, and `first` what it
    is on their first round, Ellipsis if that is not known.
    """

    ident: int
    born: int = field(compare=False)
    path: tuple[str, ...] = ()
    version: int = 0
    counters: frozenset[ir.Loop] = field(default=frozenset(), compare=False)
    first: object = field(default=..., compare=False)


@dataclass(frozen=True, slots=True)
class Constant:
    value: object


@dataclass(frozen=True, slots=True)
class External:
    """A name from an import that is not followed: `torch.optim.SGD`."""

    name: str


@dataclass(frozen=True, slots=True)
class Counter:
    """The target of `for … in range(start, …)`, plus a constant: `start + offset` on the first round.

    `start` is None where the code does not tell it.
    """

    loop: ir.Loop
    start: int | None
    offset: int = 0
    is_first_round: bool = True

    @property
    def first(self) -> int | None:
        """The value on the first round."""
        return None if self.start is None else self.start + self.offset


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the program: the scope that it sees and the values of its defaults.

    A method has the object that it is bound to as its `owner`, and the `klass` whose body holds it; `is_static` says
    that calls do not pass the owner.
    """

    function: ir.Function
    scope: Scope
    defaults: tuple[tuple[str, Value], ...] = field(default=(), compare=False)
    owner: Value | None = None
    klass: Class | None = field(default=None, compare=False)
    is_static: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the program; `bases` are values in the order of the class statement."""

    definition: ir.DefineClass
    scope: Scope
    bases: tuple[Value, ...]
    members: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the program; its attributes are in the state."""

    ident: int
    klass: Class


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of `klass`, bound to `owner`."""

    owner: Value
    klass: Class


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


@dataclass(frozen=True, slots=True)
class Several:
    """A stretch of the items of a list: one for each of some parameters."""

    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list or tuple made with `items`, None if they are not known; the state knows of changes since then.

    `ident` tells two lists apart.
    """

    ident: int
    kind: str = field(compare=False)
    source: ir.Expression = field(compare=False)
    items: tuple[Value | Several, ...] | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class Mapping:
    """A dict made with these entries, None if its keys are not all constant; the state knows of changes since then."""

    ident: int
    source: ir.Expression = field(compare=False)
    entries: tuple[tuple[object, Value], ...] | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class Range:
    """`range(start, …)`; `start` is None where the code does not tell it."""

    start: int | None


@dataclass(frozen=True, slots=True)
class Enumeration:
    """`enumerate(…)` of unknown items; `start` is None where the code does not tell it."""

    start: int | None


@dataclass(frozen=True, slots=True)
class Optimizer:
    """An optimizer that the program constructs: `name` is torch's dotted class name, `site` the constructor call."""

    ident: int
    name: str = field(compare=False)
    site: ir.Call = field(compare=False)
    arguments: tuple[tuple[str, Value], ...] = field(compare=False)

    def argument(self, name: str) -> Value | None:
        """What is passed for a parameter of the constructor, None if nothing is."""
        return dict(self.arguments).get(name)


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A scheduler that the program constructs on `optimizer`."""

    ident: int
    name: str = field(compare=False)
    site: ir.Call = field(compare=False)
    optimizer: Value = field(compare=False)
    arguments: tuple[tuple[str, Value], ...] = field(compare=False)

    def argument(self, name: str) -> Value | None:
        """What is passed for a parameter of the constructor, None if nothing is."""
        return dict(self.arguments).get(name)

    @property
    def class_name(self) -> str:
        """The class without its module: StepLR."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Bound:
    """A method of an object that is not of the program: `optimizer.step`, `model.parameters`, `items.append`."""

    owner: Value
    attr: str
    source: ir.Expression


@dataclass(frozen=True, slots=True)
class Test:
    """Whether the unknown object that `ident` and `path` name equals `constant`; with Ellipsis, whether it is true."""

    ident: int
    path: tuple[str, ...]
    constant: object


@dataclass(frozen=True, slots=True)
class Choice:
    """`yes` or `no`, by the outcome of one test; only the state holds such values, who reads gets what is left."""

    test: Test
    yes: Value
    no: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of several values, by the path taken; `born` is when the paths met."""

    values: frozenset[Value]
    born: int = field(compare=False)


Value = (
    Opaque
    | Constant
    | External
    | Counter
    | Function
    | Class
    | Instance
    | Super
    | Parameters
    | Sequence
    | Mapping
    | Range
    | Enumeration
    | Optimizer
    | Scheduler
    | Bound
    | Choice
    | OneOf
)


def alternatives(value: Value) -> frozenset[Value]:
    """The values that a value may be; None is left out where there are others, as any use of it would raise."""
    if not isinstance(value, OneOf):
        return frozenset([value])
    return frozenset(v for v in value.values if v != Constant(None)) or value.values


def counters(value: Value) -> frozenset[ir.Loop]:
    """The loops whose counter a value was computed from."""
    if isinstance(value, Counter):
        return frozenset([value.loop])
    if isinstance(value, Opaque):
        return value.counters
    if isinstance(value, OneOf):
        return frozenset(loop for v in value.values for loop in counters(v))
    return frozenset()


def aged(value: Value, born: int) -> Value:
    """The same value, but as one that can have changed at the time `born`."""
    return replace(value, born=born) if isinstance(value, Opaque | OneOf) else value


def leaves(value: Value) -> frozenset[Value]:
    """The values at the ends of all choices."""
    if isinstance(value, Choice):
        return leaves(value.yes) | leaves(value.no)
    return value.values if isinstance(value, OneOf) else frozenset([value])


def depth(value: Value) -> int:
    """How many choices lie in each other."""
    return 1 + max(depth(value.yes), depth(value.no)) if isinstance(value, Choice) else 0


def one_of(values: Iterable[Value], born: int) -> Value:
    """Any of several values, as one value."""
    flat = {leaf for value in values for leaf in leaves(value)}
    if len(flat) == 1:
        return flat.pop()
    if len(flat) > MAX_ALTERNATIVES or sum(map(_is_number, flat)) > 1:
        return Opaque(born, born)
    return OneOf(frozenset(flat), born)


def _is_number(value: Value) -> bool:
    """Whether a value is a number other than the two that stand for truth values."""
    return isinstance(value, Constant) and isinstance(value.value, int | float) and value.value not in (0, 1)
