"""Python's tree -> lowered form, in one pass by dispatch on the type of the node: modules and statements."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lrlint.profile import timed
from lrlint.program import ir
from lrlint.program.harmless import HARMLESS_METHODS, is_harmless
from lrlint.program.lower_expressions import BINARY_OPERATORS, ExpressionLowering
from lrlint.program.lower_patterns import MAX_CONDITIONS, as_condition, bound_names, capture
from lrlint.program.lower_scopes import last_name
from lrlint.ranges import Stretch

if TYPE_CHECKING:
    from lrlint.tree import Tree


@timed("lower")
def lower_module(tree: Tree) -> ir.Module:
    """The lowered form of a whole module.

    Recurses by nesting: the tree must be one that `lrlint.tree.parse` let through.
    """
    lowering = _Lowering(tree)
    scope = lowering.enter(kind="module")
    statements = lowering.block(tree.module.body)
    assigned, mentions = frozenset(scope.assigned), frozenset(scope.mentions)
    body = ir.Function(
        node=tree.module,
        name="<module>",
        parameters=(),
        decorators=(),
        body=statements,
        assigned=assigned,
        outer=frozenset(),
        mentions=mentions,
        objects=frozenset(scope.objects),
        stores=frozenset(),
        own_members=frozenset(),
        is_generator=False,
        has_inner=True,
    )
    varying = frozenset(lowering.varying | lowering.rebound(mentions))
    flows, regions = tuple(scope.flows), tuple(lowering.regions)
    options, parsers = tuple(lowering.options), frozenset(lowering.parsers)
    return ir.Module(body, varying, flows, regions, options, parsers, tuple(lowering.bindings))


class _Lowering(ExpressionLowering):
    """The functions that are being lowered, innermost last."""

    def block(self, statements: Iterable[ast.stmt]) -> tuple[ir.Statement, ...]:
        """The statements of a block."""
        return tuple([self._statement(statement) for statement in statements])

    def _statement(self, node: ast.stmt) -> ir.Statement:
        lower = _STATEMENTS.get(type(node), _Lowering._pass)
        if type(node) not in _PASSABLE:
            return lower(self, node)
        with self.recording() as recorded:
            statement = lower(self, node)
        if recorded.exits:
            return statement
        mentions = ir.Mentions(frozenset(recorded.mentions), frozenset(recorded.handed))
        self.note_body((), mentions.names, recorded.stores)
        return ir.Passable(node, statement, mentions, frozenset(recorded.assigned))

    def _pass(self, node: ast.stmt) -> ir.Statement:
        return ir.Statement(node)

    def _evaluate(self, node: ast.Expr) -> ir.Statement:
        value, mentions = self.mentioning(node.value)
        receiver = self._receiver(node.value)
        if receiver is not None:
            self.note_flow([receiver], mentions, *_given(value))  # items.append(optimizer)
        return ir.Evaluate(node, value, mentions)

    def _receiver(self, node: ast.expr) -> ast.expr | None:
        """`x` of `x.f(y)`, which may hold y from then on.

        None for other expressions, for the methods' own object, for modules of well-known packages, and for methods
        that keep nothing.
        """
        if type(node) is not ast.Call or not (node.args or node.keywords) or type(node.func) is not ast.Attribute:
            return None
        if node.func.attr in HARMLESS_METHODS:
            return None
        owner = node.func.value
        if type(owner) is ast.Name and owner.id in ir.OBJECTS:
            return None
        return None if _root(owner) in self.packages else owner

    def _assert(self, node: ast.Assert) -> ir.Statement:
        return ir.Evaluate(node, *self.mentioning(node.test))

    def _delete(self, node: ast.Delete) -> ir.Statement:
        targets = node.targets
        if len(targets) > 1:
            lowered, mentions = zip(*map(self.mentioning, targets), strict=True)
            items = ir.Collection(Stretch(targets[0], targets[-1], node), kind="tuple", items=lowered)
            names = frozenset[str]().union(*(one.names for one in mentions))
            return ir.Evaluate(node, items, ir.Mentions(names, frozenset().union(*(one.handed for one in mentions))))
        target, mentioned = self.mentioning(targets[0])
        if type(targets[0]) is ast.Subscript:  # nobody knows what stands there from then on
            return ir.Assign(node, (target,), ir.Expression(node), mentioned)
        return ir.Evaluate(node, target, mentioned)

    def _assign(self, node: ast.Assign) -> ir.Statement:
        value, mentions = self.mentioning(node.value)
        self.note_flow(node.targets, mentions, value)
        return ir.Assign(node, tuple(map(self.target, node.targets)), value, mentions)

    def _annotated_assign(self, node: ast.AnnAssign) -> ir.Statement:
        if node.value is None:
            self.target(node.target)
            return ir.Statement(node)
        value, mentions = self.mentioning(node.value)
        self.note_flow([node.target], mentions, value)
        return ir.Assign(node, (self.target(node.target),), value, mentions)

    def _augmented_assign(self, node: ast.AugAssign) -> ir.Statement:
        value, mentions = self.mentioning(node.value)
        self.note_flow([node.target], mentions, value)
        self.varying.update(last_name(node.target))
        return ir.AugmentedAssign(node, self.target(node.target), BINARY_OPERATORS[type(node.op)], value)

    def _return(self, node: ast.Return) -> ir.Statement:
        self.scopes[-1].exits += 1
        value = self.expression(node.value) if node.value else None
        if value is not None:
            self.scopes[-1].returned.append(value)
        return ir.Return(node, value)

    def _raise(self, node: ast.Raise) -> ir.Statement:
        return ir.Leave(node, "raise", self.expression(node.exc) if node.exc else None)

    def _break(self, node: ast.Break) -> ir.Statement:
        self.scopes[-1].exits += 1
        return ir.Leave(node, "break")

    def _continue(self, node: ast.Continue) -> ir.Statement:
        self.scopes[-1].exits += 1
        return ir.Leave(node, "continue")

    def _outer(self, node: ast.Global | ast.Nonlocal) -> ir.Statement:
        self.scopes[-1].outer.update(node.names)
        return ir.Statement(node)

    def _if(self, node: ast.If) -> ir.Statement:
        test, body = self.expression(node.test), self.block(node.body)
        elif_ = _elif_of(node)
        if elif_ is not None:
            return ir.If(node, test, body, (self._if(elif_),))
        return ir.If(node, test, body, self.block(node.orelse))

    def _for(self, node: ast.For | ast.AsyncFor) -> ir.Statement:
        iterable, mentions = self.mentioning(node.iter)
        self.note_flow([node.target], mentions, iterable)
        with self._in_loop():
            target, body = self.target(node.target), self.block(node.body)
        return ir.For(node, target, iterable, body, self.block(node.orelse))

    def _while(self, node: ast.While) -> ir.Statement:
        with self._in_loop():
            test, body = self.expression(node.test), self.block(node.body)
        return ir.While(node, test, body, self.block(node.orelse))

    @contextmanager
    def _in_loop(self) -> Iterator[None]:
        self.scopes[-1].loops += 1
        yield
        self.scopes[-1].loops -= 1

    def _try(self, node: ast.Try) -> ir.Statement:
        body = self.block(node.body)
        caught = tuple([self.expression(handler.type) if handler.type else None for handler in node.handlers])
        handlers = tuple([self._handler(handler) for handler in node.handlers])
        return ir.Try(node, body, caught, handlers, self.block(node.orelse), self.block(node.finalbody))

    def _handler(self, node: ast.ExceptHandler) -> tuple[ir.Statement, ...]:
        if node.name:
            self.bound_name(node.name, node)
        return self.block(node.body)

    def _with(self, node: ast.With | ast.AsyncWith) -> ir.Statement:
        items = tuple([self._with_item(item) for item in node.items])
        return ir.With(node, items, self.block(node.body))

    def _with_item(self, item: ast.withitem) -> tuple[ir.Expression, ir.Expression | None]:
        value, mentions = self.mentioning(item.context_expr)
        if item.optional_vars is None:
            return value, None
        self.note_flow([item.optional_vars], mentions, value)
        return value, self.target(item.optional_vars)

    def _match(self, node: ast.Match) -> ir.Statement:
        subject = self.expression(node.subject)
        for case in node.cases:
            self.scopes[-1].assigned.update(bound_names(case.pattern))
        conditions = [as_condition(case, subject, self.expression) for case in node.cases]
        blocks = [(*capture(case, subject, self.bound_name), *self.block(case.body)) for case in node.cases]
        is_simple = None not in conditions and len(conditions) <= MAX_CONDITIONS
        if not is_simple or not isinstance(subject, ir.Name | ir.Attribute | ir.Subscript):
            return ir.Match(node, subject, tuple(blocks))
        rest: tuple[ir.Statement, ...] = ()
        for condition, block in zip(reversed(conditions), reversed(blocks), strict=True):
            assert condition is not None
            rest = (ir.If(node, condition, block, rest),)
        return rest[0]

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ir.Statement:
        self.scopes[-1].assigned.add(node.name)
        self.scopes[-1].exits += 1
        decorators = tuple([self.expression(decorator) for decorator in node.decorator_list])
        return ir.Define(node, self.function(node, node.name, node.args, decorators, lambda: self.block(node.body)))

    def _define_class(self, node: ast.ClassDef) -> ir.Statement:
        self.scopes[-1].assigned.add(node.name)
        self.scopes[-1].exits += 1
        with self.recording() as recorded:
            bases = tuple([self.expression(one.value if type(one) is ast.Starred else one) for one in node.bases])
            decorators = tuple([self.expression(decorator) for decorator in node.decorator_list])
        inherited = frozenset(recorded.mentions)
        scope = self.enter(kind="class")
        body = self.block(node.body)
        self.leave()
        mentions = inherited | scope.mentions
        self.define([node.name], mentions)
        self.define((), inherited, ["super"])
        return ir.DefineClass(node, node.name, bases, body, mentions, decorators, tuple(_fields(node.body)))

    def _import(self, node: ast.Import) -> ir.Statement:
        bindings = []
        for alias in node.names:
            top = alias.name.partition(".")[0]
            bindings.append(ir.Binding(alias.asname, alias.name) if alias.asname else ir.Binding(top, top))
        return self._bind_imports(node, tuple(bindings), tuple([alias.name for alias in node.names]))

    def _import_from(self, node: ast.ImportFrom) -> ir.Statement:
        module = "." * node.level + (node.module or "")
        if node.names[0].name == "*":
            return ir.Import(node, (), (module,), module)
        bindings = [ir.Binding(alias.asname or alias.name, module, alias.name) for alias in node.names]
        return self._bind_imports(node, tuple(bindings), (module,))

    def _bind_imports(self, node: ast.stmt, bindings: tuple[ir.Binding, ...], modules: tuple[str, ...]) -> ir.Statement:
        self.bindings += bindings
        self.packages.update(one.local for one in bindings if one.name is None and is_harmless(one.module))
        self.scopes[-1].assigned.update(binding.local for binding in bindings)
        self.scopes[-1].exits += 1
        for binding in bindings:
            parts = frozenset(binding.dotted.split("."))
            self.scopes[-1].mentions |= parts
            self.define([binding.local], parts)
        return ir.Import(node, bindings, modules)


def _elif_of(node: ast.If) -> ast.If | None:
    """The `elif` of an `if`: it begins below of it, an `if` in its `else` further right."""
    first = node.orelse[0] if node.orelse else None
    return first if isinstance(first, ast.If) and first.col_offset <= node.col_offset else None


def _fields(body: Iterable[ast.stmt]) -> Iterator[str]:
    """The names that the body of a class annotates, in order."""
    for statement in body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id


def _given(value: ir.Expression) -> Iterator[ir.Expression]:
    """What a call is given."""
    yield from (argument.value for argument in value.arguments) if isinstance(value, ir.Call) else ()


def _root(node: ast.expr) -> str:
    """`x` of `x.y.z`, "" of other expressions."""
    while type(node) is ast.Attribute:
        node = node.value
    return node.id if type(node) is ast.Name else ""


_STATEMENTS: dict[type[ast.stmt], Callable[[_Lowering, Any], ir.Statement]] = {
    ast.AnnAssign: _Lowering._annotated_assign,
    ast.Assert: _Lowering._assert,
    ast.Assign: _Lowering._assign,
    ast.AsyncFor: _Lowering._for,
    ast.AsyncFunctionDef: _Lowering._define,
    ast.AsyncWith: _Lowering._with,
    ast.AugAssign: _Lowering._augmented_assign,
    ast.Break: _Lowering._break,
    ast.ClassDef: _Lowering._define_class,
    ast.Continue: _Lowering._continue,
    ast.Delete: _Lowering._delete,
    ast.Expr: _Lowering._evaluate,
    ast.For: _Lowering._for,
    ast.FunctionDef: _Lowering._define,
    ast.Global: _Lowering._outer,
    ast.If: _Lowering._if,
    ast.Import: _Lowering._import,
    ast.ImportFrom: _Lowering._import_from,
    ast.Match: _Lowering._match,
    ast.Nonlocal: _Lowering._outer,
    ast.Raise: _Lowering._raise,
    ast.Return: _Lowering._return,
    ast.Try: _Lowering._try,
    ast.While: _Lowering._while,
    ast.With: _Lowering._with,
}

_PASSABLE: set[type[ast.stmt]] = {
    ast.AsyncFor,
    ast.AsyncWith,
    ast.For,
    ast.If,
    ast.Match,
    ast.Try,
    ast.While,
    ast.With,
}

if sys.version_info >= (3, 11):
    _STATEMENTS[ast.TryStar] = _Lowering._try
    _PASSABLE.add(ast.TryStar)
