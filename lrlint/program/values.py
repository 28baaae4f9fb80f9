"""Values: what a name or an expression can stand for, as far as training is concerned.

Every value made during the walk carries an `ident`, a number that grows with time: it tells two objects of one
construction site apart, and whether a value is older than a loop (`born`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.selection import Parameters, Several

if TYPE_CHECKING:
    from lrlint.program.arguments import Arguments
    from lrlint.program.state import Scope

ALWAYS = 0
"""`born` of values that are the same whenever they are asked for."""


@dataclass(frozen=True, slots=True)
class Length:
    """The number of items of an object."""

    of: Value


@dataclass(frozen=True, slots=True)
class Amount:
    """How a number was computed: the product of `factors`, divided by the known number `divisor`.

    A factor is the literal in the code that holds a number, an unknown or imported number, or the length of an object.
    What was added to the product, taken from it or rounded off is left out.
    """

    factors: tuple[Factor, ...]
    divisor: float = 1.0


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that lrlint knows nothing of but that it is the same object wherever `ident` and `path` agree.

    `path` are the attributes (and constant subscripts) read from the object `ident`; `version` counts the unknown
    calls that may have changed the object; `counters` the loops whose counter it was computed from, and `first` what it
    is on their first round, Ellipsis if that is not known.  `default` is what it is unless somebody says otherwise on
    the command line or in another module, Ellipsis if there is no such value; only comparisons with counters ask for
    it.  The default of an object with options is a dict with the defaults of its attributes.  `amount` is how it was
    computed, if it is a number; `through` the objects whose items it goes through, if it is an iterator; `origin` the
    name in another module of the project whose call gave it.
    """

    ident: int
    born: int = field(compare=False)
    path: tuple[str, ...] = ()
    version: int = 0
    counters: frozenset[ir.Loop] = field(default=frozenset(), compare=False)
    first: object = field(default=..., compare=False)
    default: object = field(default=..., compare=False)
    amount: Amount | None = field(default=None, compare=False)
    through: tuple[Value, ...] = field(default=(), compare=False)
    origin: Imported | None = field(default=None, compare=False)

    def __hash__(self) -> int:
        return self.ident  # states look up little else


@dataclass(frozen=True, slots=True)
class Constant:
    """A known value; `amount` is how it was computed, if it is a number."""

    value: object
    amount: Amount | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class External:
    """A name from an import that is not followed: `torch.optim.SGD`."""

    name: str


@dataclass(frozen=True, slots=True)
class Imported:
    """A dotted name in another module of the project, which is looked up where it is used; without names, the module.

    `module` is the absolute path of the module's file, or of the folder of a package without one.
    """

    module: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counter:
    """The target of `for … in range(start, …)`, plus a constant: `start + offset` on the first round.

    `start` is None where the code does not tell it; it is taken not to be negative then.  `pace` is what is added to it
    from round to round, None where that is not known.
    """

    loop: ir.Loop
    start: int | None
    offset: int = 0
    is_first_round: bool = True
    pace: int | None = 1

    @property
    def first(self) -> int | None:
        """The value on the first round."""
        return None if self.start is None else self.start + self.offset

    @property
    def lowest(self) -> int | None:
        """The least value on any round; None where it is not known."""
        rises = self.pace is not None and self.pace > 0
        return (self.start or 0) + self.offset if rises else None


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the program: the scope that it sees and the values of its defaults.

    A method has the object that it is bound to as its `owner`, and the `klass` whose body holds it; `is_static` says
    that calls do not pass the owner, `is_class_method` that the owner is a class.
    """

    function: ir.Function
    scope: Scope
    defaults: tuple[tuple[str, Value], ...] = field(default=(), compare=False)
    owner: Value | None = None
    klass: Class | None = field(default=None, compare=False)
    is_static: bool = True
    is_class_method: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Class:
    """A class of the program; `bases` are values in the order of the class statement.

    `fields` are what the constructor of a dataclass or named tuple takes, None for other classes.
    """

    definition: ir.DefineClass
    scope: Scope
    bases: tuple[Value, ...]
    members: tuple[tuple[str, Value], ...]
    fields: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Instance:
    """An object of a class of the program; its attributes are in the state."""

    ident: int
    klass: Class


@dataclass(frozen=True, slots=True, eq=False)
class Partial:
    """`functools.partial(callee, …)` with the arguments that it keeps."""

    callee: Value
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Property:
    """An attribute that is computed by a method when it is read."""

    getter: Function


@dataclass(frozen=True, slots=True)
class Super:
    """`super()` in a method of `klass`, bound to `owner`."""

    owner: Value
    klass: Class


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
    """`range(start, stop, pace)`; a number is None where the code does not tell it, `stop` where the pace is not 1."""

    start: int | None
    stop: Value | None = None
    pace: int | None = 1


@dataclass(frozen=True, slots=True)
class Enumeration:
    """`enumerate(of)` of unknown items; `start` is None where the code does not tell it."""

    start: int | None
    of: Value


@dataclass(frozen=True, slots=True)
class Optimizer:
    """An optimizer that the program constructs: `name` is torch's dotted class name, `site` the constructor call."""

    ident: int
    name: str = field(compare=False)
    site: ir.Call = field(compare=False)
    arguments: tuple[tuple[str, Value], ...] = field(compare=False)

    def __hash__(self) -> int:
        return self.ident

    def argument(self, name: str) -> Value | None:
        """What is passed for a parameter of the constructor, None if nothing is."""
        return dict(self.arguments).get(name)


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A scheduler that the program constructs on `optimizer`.

    One of a class of the program that derives from torch's class `name` has that class as its `klass`.  `is_guess`: it
    stands for what a name that is not known may have picked, and nobody says that it ever does.
    """

    ident: int
    name: str = field(compare=False)
    site: ir.Call = field(compare=False)
    optimizer: Value = field(compare=False)
    arguments: tuple[tuple[str, Value], ...] = field(compare=False)
    klass: Class | None = field(default=None, compare=False)
    is_guess: bool = field(default=False, compare=False)

    def argument(self, name: str) -> Value | None:
        """What is passed for a parameter of the constructor, None if nothing is."""
        return dict(self.arguments).get(name)

    @property
    def class_name(self) -> str:
        """The class without its module: StepLR."""
        return self.name.rpartition(".")[2]

    @property
    def is_of_any_class(self) -> bool:
        """Whether it may be of each class of torch but ReduceLROnPlateau: nobody builds one of the base class."""
        return self.class_name == "LRScheduler" and self.klass is None


@dataclass(frozen=True, slots=True)
class GradScaler:
    """A GradScaler of torch that the program constructs.

    `enabled` is what decides whether it scales: None where it surely does, Constant(False) where it surely does not.
    """

    ident: int
    site: ir.Call = field(compare=False)
    enabled: Value | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class ScaledLoss:
    """`scaler.scale(loss)`: `site` is the call, `branches` are those that the walk was in (see `Visit`)."""

    scaler: GradScaler
    site: ir.Call
    branches: frozenset[tuple[int, object]] = field(compare=False)


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
class Absent:
    """Stands for an item of a list or dict on the paths that did not put it there."""


ABSENT = Absent()


@dataclass(frozen=True, slots=True)
class Choice:
    """`yes` or `no`, by the outcome of one test; only the state holds such values, who reads gets what is left.

    NEVER stands where no run comes to with that outcome.
    """

    test: Test
    yes: Value
    no: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """Any of several values, by the path taken; `born` is when the paths met, `choice` says which on which path."""

    values: frozenset[Value]
    born: int = field(compare=False)
    choice: Choice | None = field(default=None, compare=False)


Factor = ir.Constant | External | Opaque | Length
"""What numbers are computed from."""

Value = (
    Opaque
    | Constant
    | External
    | Imported
    | Counter
    | Function
    | Class
    | Instance
    | Partial
    | Property
    | Super
    | Parameters
    | Sequence
    | Mapping
    | Range
    | Enumeration
    | Optimizer
    | Scheduler
    | GradScaler
    | ScaledLoss
    | Bound
    | Absent
    | Choice
    | OneOf
)


def number_of(value: Value | None) -> int | float | None:
    """The number that a value surely is, truth values among them; None for other values."""
    return value.value if isinstance(value, Constant) and isinstance(value.value, int | float) else None


def integer_of(value: Value | None) -> int | None:
    """The integer that a value surely is, truth values among them; None for other values."""
    return value.value if isinstance(value, Constant) and isinstance(value.value, int) else None
