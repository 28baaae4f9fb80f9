"""The lowered form of a module: what its statements and expressions mean, without how they are written.

Every element keeps the `node` of Python's tree that it came from, so that a finding can point at the text.  Elements
are compared by identity: two equal calls in two places are two calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrlint.ranges import Node


OBJECTS = frozenset(["self", "cls"])
"""The names by which methods call the object or class that they belong to."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """An expression whose value lrlint does not follow; its `parts` are still evaluated, in order."""

    node: Node
    parts: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Expression):
    """A literal number, string, truth value or None."""

    value: object = None


@dataclass(frozen=True, slots=True, eq=False)
class Text(Expression):
    """An f-string, alone or beside others; its `parts` are what stands in its braces."""


@dataclass(frozen=True, slots=True, eq=False)
class Name(Expression):
    id: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Attribute(Expression):
    value: Expression
    attr: str


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """One argument of a call; `star` is "", "*" or "**"."""

    node: Node
    value: Expression
    keyword: str | None
    star: str


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Call(Expression):
    func: Expression
    arguments: tuple[Argument, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Starred(Expression):
    value: Expression


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Collection(Expression):
    """A list, tuple or set display."""

    kind: str
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dict(Expression):
    """A dict display; the key None stands for `**value`."""

    items: tuple[tuple[Expression | None, Expression], ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Subscript(Expression):
    """`value[index]`; `index` is None for slices and for several indices."""

    value: Expression
    index: Expression | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Lambda(Expression):
    function: Function


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """`for target in iterable if conditions…` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Comprehension(Expression):
    """`kind` is "list", "set", "generator" or "dict" (whose `element` is the value)."""

    kind: str
    element: Expression
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conditional(Expression):
    test: Expression
    body: Expression
    orelse: Expression


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BoolOperation(Expression):
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class UnaryOperation(Expression):
    operator: str
    operand: Expression


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BinaryOperation(Expression):
    """`left operator right`: arithmetic, or a comparison of two operands."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NamedExpression(Expression):
    target: Expression
    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Yield(Expression):
    """`yield` or `yield from`; what comes back from outside is unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """`kind` is "positional", "keyword", "*" or "**"."""

    name: str
    default: Expression | None
    kind: str


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function, method or lambda.

    `assigned` are the names that its own body binds; `mentions` all names and attributes in it, those of nested
    functions included, save `self` and `cls` where only attributes of them are asked for, which are in `objects`;
    `outer` the names that it declares global or nonlocal; `stores` the attributes that it assigns, and `own_members`
    those of its first parameter.  `has_inner`: functions are defined in it.  `region` is None in a nested function.
    """

    node: Node
    name: str
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expression, ...]
    body: tuple[Statement, ...]
    assigned: frozenset[str]
    outer: frozenset[str]
    mentions: frozenset[str]
    objects: frozenset[str]
    stores: frozenset[str]
    own_members: frozenset[str]
    is_generator: bool
    has_inner: bool
    region: Region | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement without a meaning for training (`pass`)."""

    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class Mentions:
    """The names and attributes in an expression; `handed` are the names in it that a call may change the object of."""

    names: frozenset[str]
    handed: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Evaluate(Statement):
    """An expression as a statement, `assert` and `del` included."""

    value: Expression
    mentions: Mentions


@dataclass(frozen=True, slots=True, eq=False)
class Assign(Statement):
    targets: tuple[Expression, ...]
    value: Expression
    mentions: Mentions


@dataclass(frozen=True, slots=True, eq=False)
class AugmentedAssign(Statement):
    target: Expression
    operator: str
    value: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Return(Statement):
    value: Expression | None


@dataclass(frozen=True, slots=True, eq=False)
class Leave(Statement):
    """`break`, `continue` or `raise`, as `kind` says."""

    kind: str
    value: Expression | None = None


@dataclass(frozen=True, slots=True, eq=False)
class If(Statement):
    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class For(Statement):
    target: Expression
    iterable: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class While(Statement):
    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


Loop = For | While


@dataclass(frozen=True, slots=True, eq=False)
class Try(Statement):
    """`caught` is what each of the handlers names behind `except`, None where it names nothing."""

    body: tuple[Statement, ...]
    caught: tuple[Expression | None, ...]
    handlers: tuple[tuple[Statement, ...], ...]
    orelse: tuple[Statement, ...]
    final: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class With(Statement):
    items: tuple[tuple[Expression, Expression | None], ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Match(Statement):
    """A `match` with patterns that take objects apart, which are not followed: the names that they bind are unknown.

    One that compares its subject is lowered to `if`.
    """

    subject: Expression
    cases: tuple[tuple[Statement, ...], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Passable(Statement):
    """A compound statement whose end is always reached, and which defines and imports nothing.

    The walk may pass over it if it mentions nothing relevant; `assigned` are the names that it binds.
    """

    statement: Statement
    mentions: Mentions
    assigned: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Define(Statement):
    function: Function


@dataclass(frozen=True, slots=True, eq=False)
class DefineClass(Statement):
    """A class; `fields` are the names that its body annotates."""

    name: str
    bases: tuple[Expression, ...]
    body: tuple[Statement, ...]
    mentions: frozenset[str]
    decorators: tuple[Expression, ...] = ()
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binding:
    """A local name that stands for `name` of `module`, or for the module itself.

    Relative modules keep their leading dots.
    """

    local: str
    module: str
    name: str | None = None

    @property
    def dotted(self) -> str:
        """Module and name as one dotted name."""
        if self.name is None:
            return self.module
        return f"{self.module}{'' if self.module.endswith('.') else '.'}{self.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Import(Statement):
    """`modules` are those that it loads, by their whole names; `star` is the module of `from module import *`."""

    bindings: tuple[Binding, ...]
    modules: tuple[str, ...]
    star: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """What is mentioned where something gets its value, or in the body of what is defined under a name.

    `names` and `members` are the names and the attributes that get it; `stores` the attributes and outer names that
    such a body assigns.  `values` is what the value is made of, None where it is no expression.  A function whose body
    `is_run` does not hold what it mentions.
    """

    mentions: frozenset[str]
    names: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    stores: frozenset[str] = frozenset()
    values: tuple[Expression, ...] | None = None
    is_run: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A function with all functions in it: the flows between their names, of which `local` are theirs alone."""

    flows: tuple[Flow, ...]
    local: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A module: its body as a function, and the names and attributes that change while a loop runs.

    `flows` are those outside of functions, and `regions` the others.  `options` are the calls of `add_argument` in it,
    `parsers` the names of functions that may return parsed options; `bindings` is what its imports bind, anywhere.
    """

    body: Function
    varying: frozenset[str]
    flows: tuple[Flow, ...]
    regions: tuple[Region, ...]
    options: tuple[Call, ...] = ()
    parsers: frozenset[str] = frozenset()
    bindings: tuple[Binding, ...] = ()
