"""LibCST expressions -> lowered form."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import lru_cache, reduce
from typing import Any

import libcst as cst

from lrlint.program import ir
from lrlint.program.harmless import HARMLESS_METHODS, MODE_METHODS
from lrlint.program.lower_scopes import ScopeLowering, last_name
from lrlint.program.options import PARSING_METHODS


class ExpressionLowering(ScopeLowering):
    """The expressions of the scope that is being lowered."""

    def expression(self, node: cst.BaseExpression) -> ir.Expression:
        """The lowered form of an expression."""
        return _EXPRESSIONS.get(type(node), ExpressionLowering._other)(self, node)

    def mentioning(self, node: cst.BaseExpression) -> tuple[ir.Expression, ir.Mentions]:
        """An expression, and what it mentions."""
        scope = self.scopes[-1]
        mentions, handed = scope.mentions, scope.handed
        scope.mentions, scope.handed = set(), set()
        expression = self.expression(node)
        found = ir.Mentions(frozenset(scope.mentions), frozenset(scope.handed))
        mentions |= scope.mentions
        handed |= scope.handed
        scope.mentions, scope.handed = mentions, handed
        return expression, found

    def target(self, node: cst.BaseExpression) -> ir.Expression:
        """An expression that is assigned to: the names in it become local."""
        scope = self.scopes[-1]
        if type(node) is cst.Name:
            scope.assigned.add(node.value)
        if type(node) is cst.Attribute:
            scope.stores.add(node.attr.value)
        if scope.loops or (type(node) is cst.Attribute and scope.name != "__init__"):
            self.varying.update(last_name(node))
        if type(node) is cst.Tuple or type(node) is cst.List:
            for element in node.elements:
                self.target(element.value)
        return self.expression(node)

    def _other(self, node: cst.CSTNode) -> ir.Expression:
        parts = tuple(self.expression(child) for child in node.children if isinstance(child, cst.BaseExpression))
        return ir.Expression(node, parts)

    def _formatted_string(self, node: cst.CSTNode) -> ir.Expression:
        """An f-string; only the expressions directly in its braces count."""
        parts = [
            self.expression(part.expression)
            for part in getattr(node, "parts", ())
            if type(part) is cst.FormattedStringExpression
        ]
        return ir.Text(node, tuple(parts))

    def _concatenated_string(self, node: cst.ConcatenatedString) -> ir.Expression:
        """Strings side by side, of which there may be thousands: each is nested in the one before."""
        pieces: list[cst.BaseExpression] = [node.left]
        rest: cst.BaseExpression = node.right
        while isinstance(rest, cst.ConcatenatedString):
            pieces.append(rest.left)
            rest = rest.right
        lowered = tuple(self.expression(piece) for piece in (*pieces, rest))
        values = [piece.value for piece in lowered if isinstance(piece, ir.Constant)]
        if len(values) == len(lowered) and all(isinstance(value, str) for value in values):
            return ir.Constant(node, value="".join(map(str, values)))
        return ir.Text(node, lowered)

    def _name(self, node: cst.Name) -> ir.Expression:
        if node.value in _NAMED_CONSTANTS:
            return ir.Constant(node, value=_NAMED_CONSTANTS[node.value])
        scope = self.scopes[-1]
        scope.mentions.add(node.value)
        if scope.loops:
            self.repeatable.add(node.value)
        return ir.Name(node, id=node.value)

    def _literal(self, node: cst.Integer | cst.Float | cst.SimpleString) -> ir.Expression:
        return ir.Constant(node, value=_literal_value(node.value))

    def _attribute(self, node: cst.Attribute) -> ir.Expression:
        scope = self.scopes[-1]
        scope.mentions.add(node.attr.value)
        if type(node.value) is not cst.Name:
            return ir.Attribute(node, value=self.expression(node.value), attr=node.attr.value)
        name = node.value.value
        scope.members.setdefault(name, set()).add(node.attr.value)
        (scope.objects if name in ir.OBJECTS else scope.mentions).add(name)
        return ir.Attribute(node, value=ir.Name(node.value, id=name), attr=node.attr.value)

    def _call(self, node: cst.Call) -> ir.Expression:
        func = self.expression(node.func)
        self.scopes[-1].handed.update(_handed(node))
        if isinstance(func, ir.Attribute) and func.attr == "step" and isinstance(func.value, ir.Attribute):
            self.define((), ["step"], [func.value.attr])  # self.optimizer.step()
        arguments = tuple(
            ir.Argument(a, self.expression(a.value), a.keyword.value if a.keyword else None, a.star) for a in node.args
        )
        call = ir.Call(node, func=func, arguments=arguments)
        if isinstance(func, ir.Attribute) and func.attr == "add_argument":
            self.options.append(call)
        if isinstance(func, ir.Name) and func.id == "setattr" and len(arguments) == 3:
            self._note_attribute(arguments[1].value)
        return call

    def _note_attribute(self, name: ir.Expression) -> None:
        """Note that `setattr` assigns an attribute."""
        scope = self.scopes[-1]
        if not isinstance(name, ir.Constant) or not isinstance(name.value, str):
            return
        scope.stores.add(name.value)
        if scope.name != "__init__":
            self.varying.add(name.value)
        self.define((), scope.mentions, [name.value])

    def _collection(self, node: cst.List | cst.Tuple | cst.Set) -> ir.Expression:
        items = tuple(self._element(element) for element in node.elements)
        return ir.Collection(node, kind=type(node).__name__.lower(), items=items)

    def _element(self, node: cst.BaseElement) -> ir.Expression:
        value = self.expression(node.value)
        return ir.Starred(node, value=value) if type(node) is cst.StarredElement else value

    def _dict(self, node: cst.Dict) -> ir.Expression:
        items = tuple(
            (self.expression(e.key) if type(e) is cst.DictElement else None, self.expression(e.value))
            for e in node.elements
        )
        return ir.Dict(node, items=items)

    def _subscript(self, node: cst.Subscript) -> ir.Expression:
        value = self.expression(node.value)
        index = node.slice[0].slice if len(node.slice) == 1 else None
        if type(index) is cst.Index:
            return ir.Subscript(node, value=value, index=self.expression(index.value))
        return ir.Subscript(node, value=value, index=None)

    def _lambda(self, node: cst.Lambda) -> ir.Expression:
        def lower_body() -> tuple[ir.Statement, ...]:
            return (ir.Return(node.body, self.expression(node.body)),)

        return ir.Lambda(node, function=self.function(node, "<lambda>", node.params, (), lower_body))

    def _comprehension(self, node: cst.BaseComp) -> ir.Expression:
        clauses = tuple(self._clauses(node.for_in))
        if isinstance(node, cst.DictComp):
            key, value = self.expression(node.key), self.expression(node.value)
            return ir.Comprehension(node, (key,), kind="dict", element=value, clauses=clauses)
        assert isinstance(node, cst.ListComp | cst.SetComp | cst.GeneratorExp)
        return ir.Comprehension(
            node, kind=_COMPREHENSIONS[type(node)], element=self.expression(node.elt), clauses=clauses
        )

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
        return ir.BoolOperation(
            node, operator=operator, left=self.expression(node.left), right=self.expression(node.right)
        )

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
        operators = [type(target.operator).__name__ for target in node.comparisons]
        lowered: list[ir.Expression] = []
        for operator, right in zip(operators, rights, strict=True):
            lowered.append(ir.BinaryOperation(node, operator=operator, left=left, right=right))
            left = right
        return reduce(lambda one, other: ir.BoolOperation(node, operator="And", left=one, right=other), lowered)

    def _named_expression(self, node: cst.NamedExpr) -> ir.Expression:
        value = self.expression(node.value)
        return ir.NamedExpression(node, target=self.target(node.target), value=value)

    def _yield(self, node: cst.Yield) -> ir.Expression:
        self.scopes[-1].is_generator = True
        self.scopes[-1].exits += 1
        value = node.value.item if isinstance(node.value, cst.From) else node.value
        parts = (self.expression(value),) if value else ()
        self.scopes[-1].returned += parts
        return ir.Yield(node, parts)

    def function(
        self,
        node: cst.FunctionDef | cst.Lambda,
        name: str,
        parameters: cst.Parameters,
        decorators: tuple[ir.Expression, ...],
        lower_body: Callable[[], tuple[ir.Statement, ...]],
    ) -> ir.Function:
        """A function, method or lambda, whose body `lower_body` lowers in the scope of the function."""
        lowered = self._parameters(parameters)  # defaults belong to the scope outside
        scope = self.enter(name)
        scope.assigned.update(parameter.name for parameter in lowered)
        statements = lower_body()
        self.note_returned(scope)
        region = self.leave()
        assigned = frozenset(scope.assigned - scope.outer)
        mentions = frozenset(scope.mentions)
        rebound = scope.outer & scope.assigned
        self.rebinding.append((name, rebound))
        self.repeatable |= mentions
        if not mentions.isdisjoint(PARSING_METHODS | self.parsers):
            self.parsers.add(name)
        called = [] if name == "__init__" else [name]  # a constructor is called by its class's name
        self.note_body(called, mentions, scope.stores | rebound)
        return ir.Function(
            node,
            name,
            lowered,
            decorators,
            statements,
            assigned,
            frozenset(scope.outer),
            mentions,
            frozenset(scope.objects),
            frozenset(scope.stores),
            frozenset(scope.members.get(lowered[0].name, ())) if lowered else frozenset(),
            scope.is_generator,
            scope.has_inner,
            region,
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


@lru_cache(maxsize=4096)
def _literal_value(text: str) -> object:
    """The value of a number or string.  Evaluation costs as much as all other lowering: plain strings pass it by."""
    if text[0] in "\"'" and "\\" not in text:
        quote = 3 if text.startswith(('"""', "'''")) else 1
        return text[quote:-quote]
    return ast.literal_eval(text)


def _handed(node: cst.Call) -> Iterable[str]:
    """The names that a call passes, and the one whose method it calls."""
    for argument in node.args:
        yield from last_name(argument.value)
    if type(node.func) is cst.Attribute and node.func.attr.value not in _KEEPING_METHODS:
        yield from last_name(node.func.value)


_KEEPING_METHODS = HARMLESS_METHODS | MODE_METHODS
_NAMED_CONSTANTS = {"True": True, "False": False, "None": None}
_COMPREHENSIONS: dict[type[cst.BaseComp], str] = {
    cst.ListComp: "list",
    cst.SetComp: "set",
    cst.GeneratorExp: "generator",
}

_EXPRESSIONS: dict[type[cst.CSTNode], Callable[[ExpressionLowering, Any], ir.Expression]] = {
    cst.Name: ExpressionLowering._name,
    cst.Integer: ExpressionLowering._literal,
    cst.Float: ExpressionLowering._literal,
    cst.SimpleString: ExpressionLowering._literal,
    cst.ConcatenatedString: ExpressionLowering._concatenated_string,
    cst.FormattedString: ExpressionLowering._formatted_string,
    cst.Attribute: ExpressionLowering._attribute,
    cst.Call: ExpressionLowering._call,
    cst.List: ExpressionLowering._collection,
    cst.Tuple: ExpressionLowering._collection,
    cst.Set: ExpressionLowering._collection,
    cst.Dict: ExpressionLowering._dict,
    cst.Subscript: ExpressionLowering._subscript,
    cst.Lambda: ExpressionLowering._lambda,
    cst.ListComp: ExpressionLowering._comprehension,
    cst.SetComp: ExpressionLowering._comprehension,
    cst.GeneratorExp: ExpressionLowering._comprehension,
    cst.DictComp: ExpressionLowering._comprehension,
    cst.IfExp: ExpressionLowering._conditional,
    cst.BooleanOperation: ExpressionLowering._bool_operation,
    cst.UnaryOperation: ExpressionLowering._unary_operation,
    cst.BinaryOperation: ExpressionLowering._binary_operation,
    cst.Comparison: ExpressionLowering._comparison,
    cst.NamedExpr: ExpressionLowering._named_expression,
    cst.Yield: ExpressionLowering._yield,
}
