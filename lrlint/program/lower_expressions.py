"""Python's expressions -> lowered form."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from lrlint.program import ir
from lrlint.program.harmless import HARMLESS_METHODS, MODE_METHODS
from lrlint.program.lower_scopes import ScopeLowering, last_name
from lrlint.program.options import PARSING_METHODS
from lrlint.ranges import Stretch

if TYPE_CHECKING:
    from lrlint.tree import Tree


class ExpressionLowering(ScopeLowering):
    """The expressions of the scope that is being lowered."""

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self._tree = tree

    def expression(self, node: ast.expr) -> ir.Expression:
        """The lowered form of an expression."""
        return _EXPRESSIONS.get(type(node), ExpressionLowering._other)(self, node)

    def mentioning(self, node: ast.expr) -> tuple[ir.Expression, ir.Mentions]:
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

    def target(self, node: ast.expr) -> ir.Expression:
        """An expression that is assigned to: the names in it become local."""
        if type(node) is ast.Name:
            return self.bound_name(node.id, node)
        scope = self.scopes[-1]
        if type(node) is ast.Attribute:
            scope.stores.add(node.attr)
            if scope.loops or scope.name != "__init__":
                self.varying.add(node.attr)
        elif type(node) is ast.Tuple or type(node) is ast.List:
            for element in node.elts:
                self.target(element.value if type(element) is ast.Starred else element)
        return self.expression(node)

    def bound_name(self, name: str, node: ast.AST) -> ir.Expression:
        """A name that a node assigns to: it becomes local."""
        scope = self.scopes[-1]
        scope.assigned.add(name)
        scope.mentions.add(name)
        if scope.loops:
            self.varying.add(name)
            self.repeatable.add(name)
        return ir.Name(node, id=name)

    def _other(self, node: ast.expr) -> ir.Expression:
        parts = tuple(self.expression(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        return ir.Expression(node, parts)

    def _formatted_string(self, node: ast.JoinedStr) -> ir.Expression:
        """An f-string; only the expressions directly in its braces count."""
        parts = [self.expression(part.value) for part in node.values if type(part) is ast.FormattedValue]
        return ir.Text(node, tuple(parts))

    def _name(self, node: ast.Name) -> ir.Expression:
        scope = self.scopes[-1]
        scope.mentions.add(node.id)
        if scope.loops:
            self.repeatable.add(node.id)
        return ir.Name(node, id=node.id)

    def _constant(self, node: ast.Constant) -> ir.Expression:
        value = node.value
        if value is ... or type(value) is complex:
            return ir.Expression(node)
        return ir.Constant(node, value=value)

    def _attribute(self, node: ast.Attribute) -> ir.Expression:
        scope = self.scopes[-1]
        scope.mentions.add(node.attr)
        owner = node.value
        if type(owner) is not ast.Name:
            return ir.Attribute(node, value=self.expression(owner), attr=node.attr)
        name = owner.id
        scope.members.setdefault(name, set()).add(node.attr)
        (scope.objects if name in ir.OBJECTS else scope.mentions).add(name)
        return ir.Attribute(node, value=ir.Name(owner, id=name), attr=node.attr)

    def _call(self, node: ast.Call) -> ir.Expression:
        func = self.expression(node.func)
        self.scopes[-1].handed.update(_handed(node))
        if isinstance(func, ir.Attribute) and func.attr == "step" and isinstance(func.value, ir.Attribute):
            self.define((), ["step"], [func.value.attr])  # self.optimizer.step()
        arguments = tuple([self._argument(one, node) for one in _in_order(node)])
        call = ir.Call(node, func=func, arguments=arguments)
        if isinstance(func, ir.Attribute) and func.attr == "add_argument":
            self.options.append(call)
        if isinstance(func, ir.Name) and func.id == "setattr" and len(arguments) == 3:
            self._note_attribute(arguments[1].value)
        return call

    def _argument(self, node: ast.expr | ast.keyword, call: ast.Call) -> ir.Argument:
        if type(node) is ast.keyword:
            return ir.Argument(node, self.expression(node.value), node.arg, "" if node.arg else "**")
        if type(node) is ast.Starred:
            return ir.Argument(node, self.expression(node.value), None, "*")
        assert isinstance(node, ast.expr)
        return ir.Argument(Stretch(node, node, call), self.expression(node), None, "")

    def _note_attribute(self, name: ir.Expression) -> None:
        """Note that `setattr` assigns an attribute."""
        scope = self.scopes[-1]
        if not isinstance(name, ir.Constant) or not isinstance(name.value, str):
            return
        scope.stores.add(name.value)
        if scope.name != "__init__":
            self.varying.add(name.value)
        self.define((), scope.mentions, [name.value])

    def _collection(self, node: ast.List | ast.Tuple | ast.Set) -> ir.Expression:
        items = tuple([self.expression(element) for element in node.elts])
        return ir.Collection(node, kind=_COLLECTIONS[type(node)], items=items)

    def _starred(self, node: ast.Starred) -> ir.Expression:
        return ir.Starred(node, value=self.expression(node.value))

    def _dict(self, node: ast.Dict) -> ir.Expression:
        items = tuple(
            (self.expression(key) if key is not None else None, self.expression(value))
            for key, value in zip(node.keys, node.values, strict=True)
        )
        return ir.Dict(node, items=items)

    def _subscript(self, node: ast.Subscript) -> ir.Expression:
        value, index = self.expression(node.value), node.slice
        is_one = type(index) is not ast.Slice and (type(index) is not ast.Tuple or self._tree.is_in_parentheses(index))
        return ir.Subscript(node, value=value, index=self.expression(index) if is_one else None)

    def _lambda(self, node: ast.Lambda) -> ir.Expression:
        def lower_body() -> tuple[ir.Statement, ...]:
            return (ir.Return(node.body, self.expression(node.body)),)

        return ir.Lambda(node, function=self.function(node, "<lambda>", node.args, (), lower_body))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> ir.Expression:
        clauses = self._clauses(node.generators)
        kind = _COMPREHENSIONS[type(node)]
        return ir.Comprehension(node, kind=kind, element=self.expression(node.elt), clauses=clauses)

    def _dict_comprehension(self, node: ast.DictComp) -> ir.Expression:
        clauses = self._clauses(node.generators)
        key, value = self.expression(node.key), self.expression(node.value)
        return ir.Comprehension(node, (key,), kind="dict", element=value, clauses=clauses)

    def _clauses(self, generators: Iterable[ast.comprehension]) -> tuple[ir.Clause, ...]:
        lowered = []
        for one in generators:
            conditions = tuple([self.expression(condition) for condition in one.ifs])
            lowered.append(ir.Clause(self.expression(one.target), self.expression(one.iter), conditions))
        return tuple(lowered)

    def _conditional(self, node: ast.IfExp) -> ir.Expression:
        test = self.expression(node.test)
        return ir.Conditional(node, test=test, body=self.expression(node.body), orelse=self.expression(node.orelse))

    def _bool_operation(self, node: ast.BoolOp) -> ir.Expression:
        """`a and b and c` as `(a and b) and c`."""
        operator, values = type(node.op).__name__, node.values
        lowered = self.expression(values[0])
        for value in values[1:]:
            whole = node if value is values[-1] else Stretch(values[0], value, node)
            lowered = ir.BoolOperation(whole, operator=operator, left=lowered, right=self.expression(value))
        return lowered

    def _unary_operation(self, node: ast.UnaryOp) -> ir.Expression:
        return ir.UnaryOperation(node, operator=_UNARY[type(node.op)], operand=self.expression(node.operand))

    def _binary_operation(self, node: ast.BinOp) -> ir.Expression:
        return ir.BinaryOperation(
            node,
            operator=BINARY_OPERATORS[type(node.op)],
            left=self.expression(node.left),
            right=self.expression(node.right),
        )

    def _comparison(self, node: ast.Compare) -> ir.Expression:
        left = self.expression(node.left)
        lowered: list[ir.Expression] = []
        for operator, comparator in zip(node.ops, node.comparators, strict=True):
            right = self.expression(comparator)
            lowered.append(ir.BinaryOperation(node, operator=_COMPARISONS[type(operator)], left=left, right=right))
            left = right
        return reduce(lambda one, other: ir.BoolOperation(node, operator="And", left=one, right=other), lowered)

    def _named_expression(self, node: ast.NamedExpr) -> ir.Expression:
        value = self.expression(node.value)
        return ir.NamedExpression(node, target=self.target(node.target), value=value)

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> ir.Expression:
        self.scopes[-1].is_generator = True
        self.scopes[-1].exits += 1
        parts = (self.expression(node.value),) if node.value else ()
        self.scopes[-1].returned += parts
        return ir.Yield(node, parts)

    def function(
        self,
        node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
        name: str,
        parameters: ast.arguments,
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

    def _parameters(self, node: ast.arguments) -> tuple[ir.Parameter, ...]:
        positional = [*node.posonlyargs, *node.args]
        without_default = [None] * (len(positional) - len(node.defaults))
        lowered = self._several(positional, [*without_default, *node.defaults], "positional")
        if node.vararg is not None:
            lowered.append(ir.Parameter(node.vararg.arg, None, "*"))
        lowered += self._several(node.kwonlyargs, node.kw_defaults, "keyword")
        if node.kwarg is not None:
            lowered.append(ir.Parameter(node.kwarg.arg, None, "**"))
        return tuple(lowered)

    def _several(self, nodes: Sequence[ast.arg], defaults: Sequence[ast.expr | None], kind: str) -> list[ir.Parameter]:
        return [
            ir.Parameter(node.arg, self.expression(default) if default is not None else None, kind)
            for node, default in zip(nodes, defaults, strict=True)
        ]


def _in_order(call: ast.Call) -> Sequence[ast.expr | ast.keyword]:
    """The arguments of a call as they are written: one with a star may stand behind those with keywords."""
    if not call.keywords:
        return call.args
    arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
    if call.args and _start(call.args[-1]) > _start(call.keywords[0]):
        arguments.sort(key=_start)
    return arguments


def _start(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _handed(node: ast.Call) -> Iterable[str]:
    """The names that a call passes, and the one whose method it calls."""
    for argument in node.args:
        yield from last_name(argument.value if type(argument) is ast.Starred else argument)
    for keyword in node.keywords:
        yield from last_name(keyword.value)
    if type(node.func) is ast.Attribute and node.func.attr not in _KEEPING_METHODS:
        yield from last_name(node.func.value)


_KEEPING_METHODS = HARMLESS_METHODS | MODE_METHODS

_COLLECTIONS: dict[type[ast.expr], str] = {ast.List: "list", ast.Tuple: "tuple", ast.Set: "set"}
_COMPREHENSIONS: dict[type[ast.expr], str] = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}

_UNARY: dict[type[ast.unaryop], str] = {
    ast.Invert: "BitInvert",
    ast.Not: "Not",
    ast.UAdd: "Plus",
    ast.USub: "Minus",
}

BINARY_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "Add",
    ast.BitAnd: "BitAnd",
    ast.BitOr: "BitOr",
    ast.BitXor: "BitXor",
    ast.Div: "Divide",
    ast.FloorDiv: "FloorDivide",
    ast.LShift: "LeftShift",
    ast.MatMult: "MatrixMultiply",
    ast.Mod: "Modulo",
    ast.Mult: "Multiply",
    ast.Pow: "Power",
    ast.RShift: "RightShift",
    ast.Sub: "Subtract",
}
"""What the lowered form calls them, in assignments such as `x += y`, too."""

_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "Equal",
    ast.Gt: "GreaterThan",
    ast.GtE: "GreaterThanEqual",
    ast.In: "In",
    ast.Is: "Is",
    ast.IsNot: "IsNot",
    ast.Lt: "LessThan",
    ast.LtE: "LessThanEqual",
    ast.NotEq: "NotEqual",
    ast.NotIn: "NotIn",
}

_EXPRESSIONS: dict[type[ast.expr], Callable[[ExpressionLowering, Any], ir.Expression]] = {
    ast.Attribute: ExpressionLowering._attribute,
    ast.BinOp: ExpressionLowering._binary_operation,
    ast.BoolOp: ExpressionLowering._bool_operation,
    ast.Call: ExpressionLowering._call,
    ast.Compare: ExpressionLowering._comparison,
    ast.Constant: ExpressionLowering._constant,
    ast.Dict: ExpressionLowering._dict,
    ast.DictComp: ExpressionLowering._dict_comprehension,
    ast.GeneratorExp: ExpressionLowering._comprehension,
    ast.IfExp: ExpressionLowering._conditional,
    ast.JoinedStr: ExpressionLowering._formatted_string,
    ast.Lambda: ExpressionLowering._lambda,
    ast.List: ExpressionLowering._collection,
    ast.ListComp: ExpressionLowering._comprehension,
    ast.Name: ExpressionLowering._name,
    ast.NamedExpr: ExpressionLowering._named_expression,
    ast.Set: ExpressionLowering._collection,
    ast.SetComp: ExpressionLowering._comprehension,
    ast.Starred: ExpressionLowering._starred,
    ast.Subscript: ExpressionLowering._subscript,
    ast.Tuple: ExpressionLowering._collection,
    ast.UnaryOp: ExpressionLowering._unary_operation,
    ast.Yield: ExpressionLowering._yield,
    ast.YieldFrom: ExpressionLowering._yield,
}
