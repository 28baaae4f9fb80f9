"""LibCST tree -> lowered form, in one pass without visitors or metadata: modules and statements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import libcst as cst

from lrlint.program import ir
from lrlint.program.harmless import HARMLESS_METHODS, is_harmless
from lrlint.program.lower_expressions import ExpressionLowering
from lrlint.program.lower_patterns import MAX_CONDITIONS, as_condition, capture
from lrlint.program.lower_scopes import last_name


def lower_module(module: cst.Module) -> ir.Module:
    """The lowered form of a whole module.

    Recurses by nesting: the tree must be one that `lrlint.tree.parse` let through.
    """
    lowering = _Lowering()
    scope = lowering.enter(kind="module")
    statements = lowering.block(module.body)
    assigned, mentions = frozenset(scope.assigned), frozenset(scope.mentions)
    body = ir.Function(
        node=module,
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

    def block(self, statements: Iterable[cst.BaseStatement | cst.BaseSmallStatement]) -> tuple[ir.Statement, ...]:
        lowered: list[ir.Statement] = []
        for statement in statements:
            if type(statement) is cst.SimpleStatementLine and type(statement.body[0]) is cst.Expr:
                lowered.append(self._evaluate(statement.body[0], _comments_above(statement)))
                lowered.extend(self.block(statement.body[1:]))
            elif isinstance(statement, cst.SimpleStatementLine | cst.SimpleStatementSuite):
                lowered.extend(self.block(statement.body))
            else:
                lowered.append(self._statement(statement))
        return tuple(lowered)

    def _statement(self, node: cst.BaseStatement | cst.BaseSmallStatement) -> ir.Statement:
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

    def _suite(self, suite: cst.BaseSuite) -> tuple[ir.Statement, ...]:
        return self.block(suite.body)

    def _pass(self, node: cst.CSTNode) -> ir.Statement:
        return ir.Statement(node)

    def _evaluate(self, node: cst.Expr, comments: int = 0) -> ir.Statement:
        value, mentions = self.mentioning(node.value)
        receiver = self._receiver(node.value)
        if receiver is not None:
            self.note_flow([receiver], mentions, *_given(value))  # items.append(optimizer)
        return ir.Evaluate(node, value, mentions, comments)

    def _receiver(self, node: cst.BaseExpression) -> cst.BaseExpression | None:
        """`x` of `x.f(y)`, which may hold y from then on.

        None for other expressions, for the methods' own object, for modules of well-known packages, and for methods
        that keep nothing.
        """
        if type(node) is not cst.Call or not node.args or type(node.func) is not cst.Attribute:
            return None
        if node.func.attr.value in HARMLESS_METHODS:
            return None
        owner = node.func.value
        if type(owner) is cst.Name and owner.value in ir.OBJECTS:
            return None
        return None if _root(owner) in self.packages else owner

    def _assert(self, node: cst.Assert) -> ir.Statement:
        return ir.Evaluate(node, *self.mentioning(node.test))

    def _delete(self, node: cst.Del) -> ir.Statement:
        target, mentions = self.mentioning(node.target)
        if type(node.target) is cst.Subscript:  # nobody knows what stands there from then on
            return ir.Assign(node, (target,), ir.Expression(node), mentions)
        return ir.Evaluate(node, target, mentions)

    def _assign(self, node: cst.Assign) -> ir.Statement:
        value, mentions = self.mentioning(node.value)
        targets = [target.target for target in node.targets]
        self.note_flow(targets, mentions, value)
        return ir.Assign(node, tuple(map(self.target, targets)), value, mentions)

    def _annotated_assign(self, node: cst.AnnAssign) -> ir.Statement:
        if node.value is None:
            self.target(node.target)
            return ir.Statement(node)
        value, mentions = self.mentioning(node.value)
        self.note_flow([node.target], mentions, value)
        return ir.Assign(node, (self.target(node.target),), value, mentions)

    def _augmented_assign(self, node: cst.AugAssign) -> ir.Statement:
        value, mentions = self.mentioning(node.value)
        self.note_flow([node.target], mentions, value)
        operator = type(node.operator).__name__.removesuffix("Assign")
        self.varying.update(last_name(node.target))
        return ir.AugmentedAssign(node, self.target(node.target), operator, value)

    def _return(self, node: cst.Return) -> ir.Statement:
        self.scopes[-1].exits += 1
        value = self.expression(node.value) if node.value else None
        if value is not None:
            self.scopes[-1].returned.append(value)
        return ir.Return(node, value)

    def _raise(self, node: cst.Raise) -> ir.Statement:
        return ir.Leave(node, "raise", self.expression(node.exc) if node.exc else None)

    def _break(self, node: cst.Break) -> ir.Statement:
        self.scopes[-1].exits += 1
        return ir.Leave(node, "break")

    def _continue(self, node: cst.Continue) -> ir.Statement:
        self.scopes[-1].exits += 1
        return ir.Leave(node, "continue")

    def _outer(self, node: cst.Global | cst.Nonlocal) -> ir.Statement:
        names = {item.name.value for item in node.names}
        self.scopes[-1].outer |= names
        return ir.Statement(node)

    def _if(self, node: cst.If) -> ir.Statement:
        test = self.expression(node.test)
        body = self._suite(node.body)
        if node.orelse is None:
            return ir.If(node, test, body, ())
        if isinstance(node.orelse, cst.If):
            return ir.If(node, test, body, (self._if(node.orelse),))
        return ir.If(node, test, body, self._suite(node.orelse.body))

    def _orelse(self, orelse: cst.Else | cst.Finally | None) -> tuple[ir.Statement, ...]:
        return self._suite(orelse.body) if orelse else ()

    def _for(self, node: cst.For) -> ir.Statement:
        iterable, mentions = self.mentioning(node.iter)
        self.note_flow([node.target], mentions, iterable)
        with self._in_loop():
            target, body = self.target(node.target), self._suite(node.body)
        return ir.For(node, target, iterable, body, self._orelse(node.orelse))

    def _while(self, node: cst.While) -> ir.Statement:
        with self._in_loop():
            test, body = self.expression(node.test), self._suite(node.body)
        return ir.While(node, test, body, self._orelse(node.orelse))

    @contextmanager
    def _in_loop(self) -> Iterator[None]:
        self.scopes[-1].loops += 1
        yield
        self.scopes[-1].loops -= 1

    def _try(self, node: cst.Try | cst.TryStar) -> ir.Statement:
        body = self._suite(node.body)
        caught = tuple(self.expression(handler.type) if handler.type else None for handler in node.handlers)
        handlers = tuple(self._handler(handler) for handler in node.handlers)
        return ir.Try(node, body, caught, handlers, self._orelse(node.orelse), self._orelse(node.finalbody))

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> tuple[ir.Statement, ...]:
        if node.name:
            self.target(node.name.name)
        return self._suite(node.body)

    def _with(self, node: cst.With) -> ir.Statement:
        items = tuple(self._with_item(item) for item in node.items)
        return ir.With(node, items, self._suite(node.body))

    def _with_item(self, item: cst.WithItem) -> tuple[ir.Expression, ir.Expression | None]:
        value, mentions = self.mentioning(item.item)
        if item.asname is None:
            return value, None
        self.note_flow([item.asname.name], mentions, value)
        return value, self.target(item.asname.name)

    def _match(self, node: cst.Match) -> ir.Statement:
        subject = self.expression(node.subject)
        for case in node.cases:
            self.scopes[-1].assigned.update(_pattern_names(case.pattern))
        conditions = [as_condition(case, subject, self.expression) for case in node.cases]
        blocks = [(*capture(case, subject, self.target), *self._suite(case.body)) for case in node.cases]
        is_simple = None not in conditions and len(conditions) <= MAX_CONDITIONS
        if not is_simple or not isinstance(subject, ir.Name | ir.Attribute | ir.Subscript):
            return ir.Match(node, subject, tuple(blocks))
        rest: tuple[ir.Statement, ...] = ()
        for condition, block in zip(reversed(conditions), reversed(blocks), strict=True):
            assert condition is not None
            rest = (ir.If(node, condition, block, rest),)
        return rest[0]

    def _define(self, node: cst.FunctionDef) -> ir.Statement:
        self.scopes[-1].assigned.add(node.name.value)
        self.scopes[-1].exits += 1
        decorators = tuple(self.expression(decorator.decorator) for decorator in node.decorators)
        return ir.Define(
            node, self.function(node, node.name.value, node.params, decorators, lambda: self._suite(node.body))
        )

    def _define_class(self, node: cst.ClassDef) -> ir.Statement:
        self.scopes[-1].assigned.add(node.name.value)
        self.scopes[-1].exits += 1
        with self.recording() as recorded:
            bases = tuple(self.expression(argument.value) for argument in node.bases)
            decorators = tuple(self.expression(decorator.decorator) for decorator in node.decorators)
        inherited = frozenset(recorded.mentions)
        scope = self.enter(kind="class")
        body = self._suite(node.body)
        self.leave()
        mentions = inherited | scope.mentions
        self.define([node.name.value], mentions)
        self.define((), inherited, ["super"])
        return ir.DefineClass(node, node.name.value, bases, body, mentions, decorators, tuple(_fields(node.body)))

    def _import(self, node: cst.Import) -> ir.Statement:
        assert not isinstance(node.names, cst.ImportStar)
        bindings = []
        modules = tuple(_dotted(alias.name) for alias in node.names)
        for alias, dotted in zip(node.names, modules, strict=True):
            top = dotted.split(".")[0]
            bindings.append(ir.Binding(_dotted(alias.asname.name), dotted) if alias.asname else ir.Binding(top, top))
        return self._bind_imports(node, tuple(bindings), modules)

    def _import_from(self, node: cst.ImportFrom) -> ir.Statement:
        module = "." * len(node.relative) + (_dotted(node.module) if node.module else "")
        if isinstance(node.names, cst.ImportStar):
            return ir.Import(node, (), (module,), module)
        names = [(alias.asname.name if alias.asname else alias.name, alias.name) for alias in node.names]
        bindings = (ir.Binding(_dotted(local), module, _dotted(name)) for local, name in names)
        return self._bind_imports(node, tuple(bindings), (module,))

    def _bind_imports(
        self, node: cst.CSTNode, bindings: tuple[ir.Binding, ...], modules: tuple[str, ...]
    ) -> ir.Statement:
        self.bindings += bindings
        self.packages.update(one.local for one in bindings if one.name is None and is_harmless(one.module))
        self.scopes[-1].assigned.update(binding.local for binding in bindings)
        self.scopes[-1].exits += 1
        for binding in bindings:
            parts = frozenset(binding.dotted.split("."))
            self.scopes[-1].mentions |= parts
            self.define([binding.local], parts)
        return ir.Import(node, bindings, modules)


def _fields(body: cst.BaseSuite) -> Iterator[str]:
    """The names that the body of a class annotates, in order."""
    for line in body.body:
        for statement in line.body if isinstance(line, cst.SimpleStatementLine) else ():
            if isinstance(statement, cst.AnnAssign) and isinstance(statement.target, cst.Name):
                yield statement.target.value


def _comments_above(node: cst.SimpleStatementLine) -> int:
    """How many comment lines of the same indentation stand directly above a statement."""
    count = 0
    for line in reversed(node.leading_lines):
        if line.comment is None or not line.indent or line.whitespace.value:
            break
        count += 1
    return count


def _dotted(node: cst.CSTNode) -> str:
    if type(node) is cst.Attribute:
        return f"{_dotted(node.value)}.{node.attr.value}"
    assert isinstance(node, cst.Name)
    return node.value


def _given(value: ir.Expression) -> Iterator[ir.Expression]:
    """What a call is given."""
    yield from (argument.value for argument in value.arguments) if isinstance(value, ir.Call) else ()


def _root(node: cst.BaseExpression) -> str:
    """`x` of `x.y.z`, "" of other expressions."""
    while type(node) is cst.Attribute:
        node = node.value
    return node.value if type(node) is cst.Name else ""


def _pattern_names(pattern: cst.CSTNode) -> Iterable[str]:
    """The names that a `match` pattern may bind."""
    stack: list[cst.CSTNode] = [pattern]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name):
            yield node.value
        stack.extend(node.children)


_PASSABLE = frozenset([cst.If, cst.For, cst.While, cst.Try, cst.TryStar, cst.With, cst.Match])

_STATEMENTS: dict[type[cst.CSTNode], Callable[[_Lowering, Any], ir.Statement]] = {
    cst.Expr: _Lowering._evaluate,
    cst.Assert: _Lowering._assert,
    cst.Del: _Lowering._delete,
    cst.Assign: _Lowering._assign,
    cst.AnnAssign: _Lowering._annotated_assign,
    cst.AugAssign: _Lowering._augmented_assign,
    cst.Return: _Lowering._return,
    cst.Raise: _Lowering._raise,
    cst.Break: _Lowering._break,
    cst.Continue: _Lowering._continue,
    cst.Global: _Lowering._outer,
    cst.Nonlocal: _Lowering._outer,
    cst.If: _Lowering._if,
    cst.For: _Lowering._for,
    cst.While: _Lowering._while,
    cst.Try: _Lowering._try,
    cst.TryStar: _Lowering._try,
    cst.With: _Lowering._with,
    cst.Match: _Lowering._match,
    cst.FunctionDef: _Lowering._define,
    cst.ClassDef: _Lowering._define_class,
    cst.Import: _Lowering._import,
    cst.ImportFrom: _Lowering._import_from,
}
