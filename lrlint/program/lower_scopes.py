"""The scopes of a module while it is lowered: what is bound, mentioned and stored in each, and what flows where."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lrlint.program import ir
from lrlint.program.carrying import PLAIN_ATTRIBUTES


@dataclass
class Scope:
    """What is known so far of a function or class whose body is being lowered.

    `members` are the attributes that are asked of each name; `exits` counts what keeps the walk from passing over a
    block: ways out of it, definitions and imports.  `local` are the names that the functions in it bind.
    """

    name: str = ""
    kind: str = "function"
    loops: int = 0
    assigned: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    objects: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    handed: set[str] = field(default_factory=set)
    members: dict[str, set[str]] = field(default_factory=dict)
    flows: list[ir.Flow] = field(default_factory=list)
    local: set[str] = field(default_factory=set)
    returned: list[ir.Expression] = field(default_factory=list)
    exits: int = 0
    is_generator: bool = False
    has_inner: bool = False


class ScopeLowering:
    """The functions and classes that are being lowered, innermost last."""

    def __init__(self) -> None:
        self.scopes: list[Scope] = []
        self.varying: set[str] = set()
        self.regions: list[ir.Region] = []
        self.options: list[ir.Call] = []
        self.parsers: set[str] = set()
        self.rebinding: list[tuple[str, set[str]]] = []
        self.repeatable: set[str] = set()
        self.bindings: list[ir.Binding] = []
        self.packages: set[str] = set()

    def enter(self, name: str = "", kind: str = "function") -> Scope:
        """Begin the body of a function, class or module."""
        self.scopes.append(Scope(name, kind))
        return self.scopes[-1]

    def rebound(self, mentions: frozenset[str]) -> set[str]:
        """The outer names that functions assign which may run more than once.

        One that is mentioned at the margin alone, outside of loops, runs once: `mentions` are those of the module.
        """
        once = mentions - self.repeatable
        return {name for function, names in self.rebinding if function not in once for name in names}

    def leave(self) -> ir.Region | None:
        """End the innermost body.  The region that this makes, if it is a function in no other one."""
        inner, outer = self.scopes.pop(), self.scopes[-1]
        outer.mentions |= inner.mentions
        outer.objects |= inner.objects
        outer.stores |= inner.stores
        outer.has_inner = True
        inner.local |= inner.assigned - inner.outer if inner.kind == "function" else set()
        if inner.kind == "function" and not any(scope.kind == "function" for scope in self.scopes):
            region = ir.Region(tuple(inner.flows), frozenset(inner.local))
            self.regions.append(region)
            return region
        outer.flows += inner.flows
        outer.local |= inner.local
        return None

    @contextmanager
    def recording(self) -> Iterator[Scope]:
        """What is added to the innermost scope meanwhile, as a scope of its own."""
        scope = self.scopes[-1]
        recorded = Scope(
            scope.name,
            scope.kind,
            scope.loops,
            outer=scope.outer,
            members=scope.members,
            flows=scope.flows,
            returned=scope.returned,
        )
        self.scopes[-1] = recorded
        yield recorded
        self.scopes[-1] = scope
        scope.assigned |= recorded.assigned
        scope.mentions |= recorded.mentions
        scope.objects |= recorded.objects
        scope.stores |= recorded.stores
        scope.local |= recorded.local
        scope.handed |= recorded.handed
        scope.exits += recorded.exits
        scope.is_generator |= recorded.is_generator
        scope.has_inner |= recorded.has_inner

    def note_flow(self, targets: Iterable[ast.expr], mentions: ir.Mentions, *values: ir.Expression) -> None:
        """Note what the names and attributes in `targets` get their value from."""
        bound = [one for target in targets for one in _bound(target)]
        members = {one.attr for one in bound if type(one) is ast.Attribute} - PLAIN_ATTRIBUTES
        self.define({one.id for one in bound if type(one) is ast.Name}, mentions.names, members, values)

    def note_returned(self, scope: Scope) -> None:
        """Note what calls of a function give, whose body ends here."""
        if not scope.returned:
            return
        name, mentions = frozenset([scope.name]), frozenset(scope.mentions)
        is_method, values = self.scopes[-2].kind == "class", tuple(scope.returned)
        members = name if is_method else frozenset()
        scope.flows.append(ir.Flow(mentions, name - members, members, values=values))

    def define(
        self,
        names: Iterable[str],
        mentions: Iterable[str],
        members: Iterable[str] = (),
        values: tuple[ir.Expression, ...] | None = None,
    ) -> None:
        """Note a flow into names of the innermost scope, and into attributes; the names of a class are attributes."""
        scope = self.scopes[-1]
        if scope.kind == "class":
            names, members = (), (*names, *members)
        scope.flows.append(ir.Flow(frozenset(mentions), frozenset(names), frozenset(members), values=values))

    def note_body(self, names: Iterable[str], mentions: Iterable[str], stores: Iterable[str]) -> None:
        """Note what code mentions that runs when one of `names` is called, and what it assigns."""
        scope = self.scopes[-1]
        members: Iterable[str] = ()
        if scope.kind == "class":
            names, members = (), names
        scope.flows.append(
            ir.Flow(frozenset(mentions), frozenset(names), frozenset(members), frozenset(stores), is_run=True)
        )


def last_name(node: ast.AST) -> Iterable[str]:
    """`x` of x, `y` of x.y."""
    if type(node) is ast.Name:
        return (node.id,)
    if type(node) is ast.Attribute:
        return (node.attr,)
    return ()


def _bound(node: ast.expr) -> Iterable[ast.Name | ast.Attribute]:
    """The names and attributes that an assignment to a target gives a value."""
    if isinstance(node, ast.Name | ast.Attribute):
        yield node
    elif isinstance(node, ast.Tuple | ast.List):
        for element in node.elts:
            yield from _bound(element)
    elif isinstance(node, ast.Starred | ast.Subscript):
        yield from _bound(node.value)
