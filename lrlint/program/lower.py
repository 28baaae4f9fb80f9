"""LibCST tree -> lowered form, in one pass without visitors or metadata."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import libcst as cst

from lrlint.program import ir
from lrlint.program.harmless import HARMLESS_METHODS, MODE_METHODS


def lower_module(module: cst.Module) -> ir.Module:
    """The lowered form of a whole module.

    Recurses by nesting: the tree must be one that `lrlint.tree.parse` let through.
    """
    lowering = _Lowering()
    scope = lowering.enter()
    statements = lowering.block(module.body)
    assigned, mentions = frozenset(scope.assigned), frozenset(scope.mentions)
    body = ir.Function(module, "<module>", (), (), statements, assigned, frozenset(), mentions, False, True)
    return ir.Module(body, frozenset(lowering.varying), tuple(lowering.flows))


@dataclass
class _Scope:
    name: str = ""
    loops: int = 0
    assigned: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    stores: set[str] = field(default_factory=set)
    handed: set[str] = field(default_factory=set)
    is_generator: bool = False
    has_inner: bool = False


class _Lowering:
    """The functions that are being lowered, innermost last."""

    def __init__(self) -> None:
        self._scopes: list[_Scope] = []
        self.varying: set[str] = set()
        self.flows: list[ir.Flow] = []

    def enter(self, name: str = "") -> _Scope:
        self._scopes.append(_Scope(name))
        return self._scopes[-1]

    def leave(self) -> None:
        inner = self._scopes.pop()
        self._scopes[-1].mentions |= inner.mentions
        self._scopes[-1].stores |= inner.stores
        self._scopes[-1].has_inner = True

    # Statements

    def block(self, statements: Iterable[cst.BaseStatement | cst.BaseSmallStatement]) -> tuple[ir.Statement, ...]:
        lowered: list[ir.Statement] = []
        for statement in statements:
            if isinstance(statement, cst.SimpleStatementLine) and isinstance(statement.body[0], cst.Expr):
                lowered.append(self._evaluate(statement.body[0], _comments_above(statement)))
                lowered.extend(self.block(statement.body[1:]))
            elif isinstance(statement, cst.SimpleStatementLine | cst.SimpleStatementSuite):
                lowered.extend(self.block(statement.body))
            else:
                lowered.append(_STATEMENTS.get(type(statement), _Lowering._pass)(self, statement))
        return tuple(lowered)

    def _suite(self, suite: cst.BaseSuite) -> tuple[ir.Statement, ...]:
        return self.block(suite.body)

    def _pass(self, node: cst.CSTNode) -> ir.Statement:
        return ir.Statement(node)

    def _evaluate(self, node: cst.Expr, comments: int = 0) -> ir.Statement:
        value, mentions = self._mentioning(node.value)
        if isinstance(node.value, cst.Call):
            self._note_flow([_receiver(node.value)], mentions)  # items.append(optimizer)
        return ir.Evaluate(node, value, mentions, comments)

    def _assert(self, node: cst.Assert) -> ir.Statement:
        return ir.Evaluate(node, *self._mentioning(node.test))

    def _delete(self, node: cst.Del) -> ir.Statement:
        return ir.Evaluate(node, *self._mentioning(node.target))

    def _assign(self, node: cst.Assign) -> ir.Statement:
        value, mentions = self._mentioning(node.value)
        targets = [target.target for target in node.targets]
        self._note_flow(targets, mentions)
        return ir.Assign(node, tuple(map(self._target, targets)), value, mentions)

    def _annotated_assign(self, node: cst.AnnAssign) -> ir.Statement:
        if node.value is None:
            self._target(node.target)
            return ir.Statement(node)
        value, mentions = self._mentioning(node.value)
        self._note_flow([node.target], mentions)
        return ir.Assign(node, (self._target(node.target),), value, mentions)

    def _augmented_assign(self, node: cst.AugAssign) -> ir.Statement:
        value = self.expression(node.value)
        operator = type(node.operator).__name__.removesuffix("Assign")
        self.varying.update(_last_name(node.target))
        return ir.AugmentedAssign(node, self._target(node.target), operator, value)

    def _return(self, node: cst.Return) -> ir.Statement:
        return ir.Return(node, self.expression(node.value) if node.value else None)

    def _raise(self, node: cst.Raise) -> ir.Statement:
        return ir.Leave(node, "raise", self.expression(node.exc) if node.exc else None)

    def _break(self, node: cst.Break) -> ir.Statement:
        return ir.Leave(node, "break")

    def _continue(self, node: cst.Continue) -> ir.Statement:
        return ir.Leave(node, "continue")

    def _outer(self, node: cst.Global | cst.Nonlocal) -> ir.Statement:
        names = {item.name.value for item in node.names}
        self._scopes[-1].outer |= names
        self.varying |= names
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
        iterable, mentions = self._mentioning(node.iter)
        self._note_flow([node.target], mentions)
        with self._in_loop():
            target, body = self._target(node.target), self._suite(node.body)
        return ir.For(node, target, iterable, body, self._orelse(node.orelse))

    def _while(self, node: cst.While) -> ir.Statement:
        with self._in_loop():
            test, body = self.expression(node.test), self._suite(node.body)
        return ir.While(node, test, body, self._orelse(node.orelse))

    @contextmanager
    def _in_loop(self) -> Iterator[None]:
        self._scopes[-1].loops += 1
        yield
        self._scopes[-1].loops -= 1

    def _try(self, node: cst.Try | cst.TryStar) -> ir.Statement:
        body = self._suite(node.body)
        handlers = tuple(self._handler(handler) for handler in node.handlers)
        return ir.Try(node, body, handlers, self._orelse(node.orelse), self._orelse(node.finalbody))

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> tuple[ir.Statement, ...]:
        if node.name:
            self._target(node.name.name)
        return self._suite(node.body)

    def _with(self, node: cst.With) -> ir.Statement:
        items = tuple(self._with_item(item) for item in node.items)
        return ir.With(node, items, self._suite(node.body))

    def _with_item(self, item: cst.WithItem) -> tuple[ir.Expression, ir.Expression | None]:
        value, mentions = self._mentioning(item.item)
        if item.asname is None:
            return value, None
        self._note_flow([item.asname.name], mentions)
        return value, self._target(item.asname.name)

    def _match(self, node: cst.Match) -> ir.Statement:
        subject = self.expression(node.subject)
        for case in node.cases:
            self._scopes[-1].assigned.update(_pattern_names(case.pattern))
        return ir.Match(node, subject, tuple(self._suite(case.body) for case in node.cases))

    def _define(self, node: cst.FunctionDef) -> ir.Statement:
        self._scopes[-1].assigned.add(node.name.value)
        decorators = tuple(self.expression(decorator.decorator) for decorator in node.decorators)
        return ir.Define(node, self._function(node, node.name.value, node.params, decorators, node.body))

    def _define_class(self, node: cst.ClassDef) -> ir.Statement:
        self._scopes[-1].assigned.add(node.name.value)
        bases = tuple(self.expression(argument.value) for argument in node.bases)
        scope = self.enter()
        body = self._suite(node.body)
        self.leave()
        self.flows.append(ir.Flow(frozenset([node.name.value]), frozenset(scope.mentions)))
        return ir.DefineClass(node, node.name.value, bases, body, frozenset(scope.mentions))

    def _import(self, node: cst.Import) -> ir.Statement:
        assert not isinstance(node.names, cst.ImportStar)
        bindings = []
        for alias in node.names:
            dotted = _dotted(alias.name)
            local = _dotted(alias.asname.name) if alias.asname else dotted.split(".")[0]
            bindings.append((local, dotted if alias.asname else local))
        return self._bind_imports(node, tuple(bindings))

    def _import_from(self, node: cst.ImportFrom) -> ir.Statement:
        module = "." * len(node.relative) + (_dotted(node.module) if node.module else "")
        if isinstance(node.names, cst.ImportStar):
            return ir.Import(node, (), module)
        separator = "" if module.endswith(".") else "."
        return self._bind_imports(
            node,
            tuple(
                (_dotted(alias.asname.name if alias.asname else alias.name), module + separator + _dotted(alias.name))
                for alias in node.names
            ),
        )

    def _bind_imports(self, node: cst.CSTNode, bindings: tuple[tuple[str, str], ...]) -> ir.Statement:
        self._scopes[-1].assigned.update(local for local, _ in bindings)
        for local, dotted in bindings:
            parts = frozenset(dotted.split("."))
            self._scopes[-1].mentions |= parts
            self.flows.append(ir.Flow(frozenset([local]), parts))
        return ir.Import(node, bindings)

    def _function(
        self,
        node: cst.FunctionDef | cst.Lambda,
        name: str,
        parameters: cst.Parameters,
        decorators: tuple[ir.Expression, ...],
        body: cst.BaseSuite | cst.BaseExpression,
    ) -> ir.Function:
        lowered = self._parameters(parameters)  # defaults belong to the scope outside
        scope = self.enter(name)
        scope.assigned.update(parameter.name for parameter in lowered)
        if isinstance(body, cst.BaseSuite):
            statements = self._suite(body)
        else:
            statements = (ir.Return(body, self.expression(body)),)
        self.leave()
        assigned = frozenset(scope.assigned - scope.outer)
        mentions = frozenset(scope.mentions)
        self.flows.append(ir.Flow(frozenset([name]), mentions, frozenset(scope.stores | scope.outer)))
        return ir.Function(
            node,
            name,
            lowered,
            decorators,
            statements,
            assigned,
            frozenset(scope.outer),
            mentions,
            scope.is_generator,
            scope.has_inner,
        )

    def _parameters(self, node: cst.Parameters) -> tuple[ir.Parameter, ...]:
        lowered = [self._parameter(p, "positional") for p in (*node.posonly_params, *node.params)]
        if isinstance(node.star_arg, cst.Param):
            lowered.append(self._parameter(node.star_arg, "*"))
        lowered += [self._parameter(p, "keyword") for p in node.kwonly_params]
        if node.star_kwarg:
            lowered.append(self._parameter(node.star_kwarg, "**"))
        return tuple(lowered)

    def _parameter(self, node: cst.Param, kind: str) -> ir.Parameter:
        return ir.Parameter(node.name.value, self.expression(node.default) if node.default else None, kind)

    # Expressions

    def expression(self, node: cst.BaseExpression) -> ir.Expression:
        return _EXPRESSIONS.get(type(node), _Lowering._other)(self, node)

    def _mentioning(self, node: cst.BaseExpression) -> tuple[ir.Expression, ir.Mentions]:
        """An expression, and what it mentions."""
        scope = self._scopes[-1]
        around, scope.mentions, scope.handed = scope.mentions, set(), set()
        expression = self.expression(node)
        mentions = ir.Mentions(frozenset(scope.mentions), frozenset(scope.handed))
        scope.mentions = around
        scope.mentions |= mentions.names
        return expression, mentions

    def _note_flow(self, targets: Iterable[cst.BaseExpression], mentions: ir.Mentions) -> None:
        names = frozenset(name for target in targets for name in _bound_names(target))
        self.flows.append(ir.Flow(names, mentions.names))

    def _target(self, node: cst.BaseExpression) -> ir.Expression:
        """An expression that is assigned to: the names in it become local."""
        scope = self._scopes[-1]
        if isinstance(node, cst.Name):
            scope.assigned.add(node.value)
        if isinstance(node, cst.Attribute):
            scope.stores.add(node.attr.value)
        if scope.loops or (isinstance(node, cst.Attribute) and scope.name != "__init__"):
            self.varying.update(_last_name(node))
        if isinstance(node, cst.Tuple | cst.List):
            for element in node.elements:
                self._target(element.value)
        return self.expression(node)

    def _other(self, node: cst.CSTNode) -> ir.Expression:
        parts = tuple(self.expression(child) for child in node.children if isinstance(child, cst.BaseExpression))
        return ir.Expression(node, parts)

    def _formatted_string(self, node: cst.CSTNode) -> ir.Expression:
        """An f-string; only the expressions directly in its braces count."""
        parts = [
            self.expression(part.expression)
            for part in getattr(node, "parts", ())
            if isinstance(part, cst.FormattedStringExpression)
        ]
        return ir.Expression(node, tuple(parts))

    def _concatenated_string(self, node: cst.ConcatenatedString) -> ir.Expression:
        value = node.evaluated_value
        if isinstance(value, str):
            return ir.Constant(node, value=value)
        return ir.Expression(node, (self.expression(node.left), self.expression(node.right)))

    def _name(self, node: cst.Name) -> ir.Expression:
        if node.value in _NAMED_CONSTANTS:
            return ir.Constant(node, value=_NAMED_CONSTANTS[node.value])
        self._scopes[-1].mentions.add(node.value)
        return ir.Name(node, id=node.value)

    def _literal(self, node: cst.Integer | cst.Float | cst.SimpleString) -> ir.Expression:
        return ir.Constant(node, value=ast.literal_eval(node.value))

    def _attribute(self, node: cst.Attribute) -> ir.Expression:
        self._scopes[-1].mentions.add(node.attr.value)
        return ir.Attribute(node, value=self.expression(node.value), attr=node.attr.value)

    def _call(self, node: cst.Call) -> ir.Expression:
        func = self.expression(node.func)
        self._scopes[-1].handed.update(_handed(node))
        arguments = tuple(
            ir.Argument(a, self.expression(a.value), a.keyword.value if a.keyword else None, a.star) for a in node.args
        )
        return ir.Call(node, func=func, arguments=arguments)

    def _collection(self, node: cst.List | cst.Tuple | cst.Set) -> ir.Expression:
        items = tuple(self._element(element) for element in node.elements)
        return ir.Collection(node, kind=type(node).__name__.lower(), items=items)

    def _element(self, node: cst.BaseElement) -> ir.Expression:
        value = self.expression(node.value)
        return ir.Starred(node, value=value) if isinstance(node, cst.StarredElement) else value

    def _dict(self, node: cst.Dict) -> ir.Expression:
        items = tuple(
            (self.expression(e.key) if isinstance(e, cst.DictElement) else None, self.expression(e.value))
            for e in node.elements
        )
        return ir.Dict(node, items=items)

    def _subscript(self, node: cst.Subscript) -> ir.Expression:
        value = self.expression(node.value)
        index = node.slice[0].slice if len(node.slice) == 1 else None
        if isinstance(index, cst.Index):
            return ir.Subscript(node, value=value, index=self.expression(index.value))
        return ir.Subscript(node, value=value, index=None)

    def _lambda(self, node: cst.Lambda) -> ir.Expression:
        return ir.Lambda(node, function=self._function(node, "<lambda>", node.params, (), node.body))

    def _comprehension(self, node: cst.BaseComp) -> ir.Expression:
        clauses = tuple(self._clauses(node.for_in))
        if isinstance(node, cst.DictComp):
            key, value = self.expression(node.key), self.expression(node.value)
            return ir.Comprehension(node, (key,), kind="dict", element=value, clauses=clauses)
        assert isinstance(node, cst.ListComp | cst.SetComp | cst.GeneratorExp)
        return ir.Comprehension(node, kind=_COMPREHENSIONS[type(node)], element=self.expression(node.elt), clauses=clauses)

    def _clauses(self, node: cst.CompFor) -> Iterable[ir.Clause]:
        clause: cst.CompFor | None = node
        while clause is not None:
            conditions = tuple(self.expression(condition.test) for condition in clause.ifs)
            yield ir.Clause(self.expression(clause.target), self.expression(clause.iter), conditions)
            clause = clause.inner_for_in

    def _conditional(self, node: cst.IfExp) -> ir.Expression:
        test = self.expression(node.test)
        return ir.Conditional(node, test=test, body=self.expression(node.body), orelse=self.expression(node.orelse))

    def _bool_operation(self, node: cst.BooleanOperation) -> ir.Expression:
        operator = type(node.operator).__name__
        return ir.BoolOperation(node, operator=operator, left=self.expression(node.left), right=self.expression(node.right))

    def _unary_operation(self, node: cst.UnaryOperation) -> ir.Expression:
        return ir.UnaryOperation(node, operator=type(node.operator).__name__, operand=self.expression(node.expression))

    def _binary_operation(self, node: cst.BinaryOperation) -> ir.Expression:
        operator = type(node.operator).__name__
        return ir.BinaryOperation(
            node, operator=operator, left=self.expression(node.left), right=self.expression(node.right)
        )

    def _comparison(self, node: cst.Comparison) -> ir.Expression:
        left = self.expression(node.left)
        rights = [self.expression(target.comparator) for target in node.comparisons]
        if len(rights) > 1:
            return ir.Expression(node, (left, *rights))
        operator = type(node.comparisons[0].operator).__name__
        return ir.BinaryOperation(node, operator=operator, left=left, right=rights[0])

    def _named_expression(self, node: cst.NamedExpr) -> ir.Expression:
        value = self.expression(node.value)
        return ir.NamedExpression(node, target=self._target(node.target), value=value)

    def _yield(self, node: cst.Yield) -> ir.Expression:
        self._scopes[-1].is_generator = True
        value = node.value.item if isinstance(node.value, cst.From) else node.value
        return ir.Yield(node, (self.expression(value),) if value else ())


def _comments_above(node: cst.SimpleStatementLine) -> int:
    """How many comment lines of the same indentation stand directly above a statement."""
    count = 0
    for line in reversed(node.leading_lines):
        if line.comment is None or not line.indent or line.whitespace.value:
            break
        count += 1
    return count


def _last_name(node: cst.CSTNode) -> Iterable[str]:
    """`x` of x, `y` of x.y."""
    if isinstance(node, cst.Name):
        yield node.value
    elif isinstance(node, cst.Attribute):
        yield node.attr.value


def _receiver(node: cst.Call) -> cst.BaseExpression:
    """`x` of `x.f()`, and `f` of `f()`."""
    return node.func.value if isinstance(node.func, cst.Attribute) else node.func


def _handed(node: cst.Call) -> Iterable[str]:
    """The names that a call passes, and the one whose method it calls."""
    for argument in node.args:
        yield from _last_name(argument.value)
    if isinstance(node.func, cst.Attribute) and node.func.attr.value not in HARMLESS_METHODS | MODE_METHODS:
        yield from _last_name(node.func.value)


def _bound_names(node: cst.CSTNode) -> Iterable[str]:
    """The names and attributes that an assignment to a target gives a value."""
    if isinstance(node, cst.Tuple | cst.List):
        for element in node.elements:
            yield from _bound_names(element.value)
    elif isinstance(node, cst.Subscript):
        yield from _bound_names(node.value)
    else:
        yield from _last_name(node)


def _dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    assert isinstance(node, cst.Name)
    return node.value


def _pattern_names(pattern: cst.CSTNode) -> Iterable[str]:
    """The names that a `match` pattern may bind."""
    stack: list[cst.CSTNode] = [pattern]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Name):
            yield node.value
        stack.extend(node.children)


_NAMED_CONSTANTS = {"True": True, "False": False, "None": None}
_COMPREHENSIONS: dict[type[cst.BaseComp], str] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.GeneratorExp: "generator",
}

_STATEMENTS: dict[type[cst.CSTNode], Callable[[_Lowering, cst.CSTNode], ir.Statement]] = {
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
}  # type: ignore[dict-item]  # each function takes the node type that it is listed under

_EXPRESSIONS: dict[type[cst.CSTNode], Callable[[_Lowering, cst.CSTNode], ir.Expression]] = {
    cst.Name: _Lowering._name,
    cst.Integer: _Lowering._literal,
    cst.Float: _Lowering._literal,
    cst.SimpleString: _Lowering._literal,
    cst.ConcatenatedString: _Lowering._concatenated_string,
    cst.FormattedString: _Lowering._formatted_string,
    cst.Attribute: _Lowering._attribute,
    cst.Call: _Lowering._call,
    cst.List: _Lowering._collection,
    cst.Tuple: _Lowering._collection,
    cst.Set: _Lowering._collection,
    cst.Dict: _Lowering._dict,
    cst.Subscript: _Lowering._subscript,
    cst.Lambda: _Lowering._lambda,
    cst.ListComp: _Lowering._comprehension,
    cst.SetComp: _Lowering._comprehension,
    cst.GeneratorExp: _Lowering._comprehension,
    cst.DictComp: _Lowering._comprehension,
    cst.IfExp: _Lowering._conditional,
    cst.BooleanOperation: _Lowering._bool_operation,
    cst.UnaryOperation: _Lowering._unary_operation,
    cst.BinaryOperation: _Lowering._binary_operation,
    cst.Comparison: _Lowering._comparison,
    cst.NamedExpr: _Lowering._named_expression,
    cst.Yield: _Lowering._yield,
}  # type: ignore[dict-item]  # each function takes the node type that it is listed under
