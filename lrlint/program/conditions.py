"""Conditions on parameters: what `if "bias" in name and p.ndim >= 2` asks of each of them.

Two conditions have the same key if they ask the same, however it is written: where `"bias" in name` holds,
`not "bias" in n` does not.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from collections.abc import Sequence as SequenceOf
from dataclasses import dataclass, replace

from lrlint.program import ir
from lrlint.program.facts import Membership
from lrlint.program.iterators import parts_of, search
from lrlint.program.modules import resolved
from lrlint.program.objects import as_constant, as_value, get_attribute, get_item, look_up
from lrlint.program.search import descend
from lrlint.program.selection import TRAINABLE, Condition, Parameters
from lrlint.program.values import Constant, External, Opaque, Sequence, Value
from lrlint.program.walk import Frame

_ID = ("id", ("parameter",))
"""The key of `id(p)`."""

NAME, PARAMETER, PAIR, ITEM = "name", "parameter", "pair", "item"
"""What a variable stands for, as the first part of its key; an item is what `any(…)` goes through."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the conditions are about: the keys of the variables for one item, and those that are assigned meanwhile."""

    variables: Mapping[str, tuple[Hashable, ...]]
    unstable: frozenset[str] = frozenset()


def subject_of(
    frame: Frame, target: ir.Expression, parameters: Parameters, unstable: frozenset[str] = frozenset()
) -> Subject:
    """The subject of `for target in parameters`, at this time."""
    name, parameter = (NAME, parameters.module), (PARAMETER, frame.walk.tick())
    variables: dict[str, tuple[Hashable, ...]] = {}
    if isinstance(target, ir.Name) and parameters.item == "parameter":
        variables = {target.id: parameter}
    elif isinstance(target, ir.Name) and parameters.item == "pair":
        variables = {target.id: (PAIR, name, parameter)}
    elif isinstance(target, ir.Name):
        variables = {target.id: (parameters.item,)}
    elif isinstance(target, ir.Collection) and parameters.item == "pair" and len(target.items) == 2:
        keys = zip(target.items, (name, parameter), strict=True)
        variables = {one.id: key for one, key in keys if isinstance(one, ir.Name)}
    return Subject({name: key for name, key in variables.items() if name not in unstable}, unstable)


def item_of_element(frame: Frame, element: ir.Expression, subject: Subject) -> str:
    """What an expression gives for each parameter: `Parameters.item`."""
    reader = _Keys(frame, subject)
    key = reader.key(element)
    kind = key[0] if isinstance(key, tuple) else None
    if kind in (PARAMETER, PAIR) or key == (kind,):
        return str(kind)
    if key == _ID:
        return "id"
    if isinstance(element, ir.Collection) and element.kind == "tuple" and len(element.items) == 2:
        kinds = [key[0] if isinstance(key := reader.key(item), tuple) else None for item in element.items]
        if kinds == [NAME, PARAMETER]:
            return "pair"
    return "else"


def conditions_of(frame: Frame, test: ir.Expression, holds: bool, subject: Subject) -> frozenset[Condition]:
    """What is known of an item for which `test` comes out as `holds`."""
    if isinstance(test, ir.UnaryOperation) and test.operator == "Not":
        return conditions_of(frame, test.operand, not holds, subject)
    if isinstance(test, ir.BoolOperation) and holds is (test.operator == "And"):
        left = conditions_of(frame, test.left, holds, subject)
        return left | conditions_of(frame, test.right, holds, subject)
    if isinstance(test, ir.BinaryOperation) and test.operator in _OPPOSITES:
        test, holds = replace(test, operator=_OPPOSITES[test.operator]), not holds
    reader = _Keys(frame, subject)
    key = reader.key(test)
    if key is None:
        return frozenset([Condition(("unknown", frame.walk.tick()), holds, is_fixed=False)])
    return frozenset([Condition(key, holds, reader.is_fixed and reader.is_about_name)])


def note_searches(frame: Frame, test: ir.Expression, among: SequenceOf[Parameters]) -> None:
    """Note the iterators in which a condition on each parameter in `among` searches."""
    for part in descend([test]):
        if isinstance(part, ir.BinaryOperation) and part.operator in ("In", "NotIn"):
            value = value_of(frame, part.right)
            searched = None if value is None else parts_of(frame, value)
            if value is not None and searched:
                is_whole = all(any(one.lies_in(other) for other in among) for one in searched)
                search(frame, part, value, is_whole)


@dataclass(slots=True)
class _Keys:
    """Reads expressions; `is_fixed` is false once anything but names of parameters and constants was read.

    `is_about_name` is true once a name was.
    """

    frame: Frame
    subject: Subject
    is_fixed: bool = True
    is_about_name: bool = False

    def key(self, expression: ir.Expression) -> Hashable | None:
        """A key of the value for one item; None where that depends on what is not known."""
        if isinstance(expression, ir.Constant):
            return Constant(expression.value)
        if isinstance(expression, ir.Name) and expression.id in self.subject.variables:
            return self._variable(self.subject.variables[expression.id])
        if isinstance(expression, ir.Name | ir.Attribute):
            return self._attribute(expression) or self._known(expression)
        if isinstance(expression, ir.Subscript):
            return self._item(expression)
        if isinstance(expression, ir.Call):
            return self._call(expression)
        if isinstance(expression, ir.BinaryOperation) and expression.operator in ("In", "NotIn"):
            self._note_membership(expression)
        if isinstance(expression, ir.BinaryOperation | ir.BoolOperation):
            return self._combined(expression.operator, expression.left, expression.right)
        if isinstance(expression, ir.Collection):
            return self._combined(expression.kind, *expression.items)
        return None

    def _note_membership(self, test: ir.BinaryOperation) -> None:
        """`p in parameters`, where `p` is the item itself and not its id."""
        key = self.key(test.left)
        if not isinstance(key, tuple) or key[0] != PARAMETER or _root(test.right) in self.subject.unstable:
            return
        parts = _parameters_of(self.frame, test.right)
        if parts and all(part.item == "parameter" for part in parts):
            self.frame.walk.facts.memberships.append(Membership(test, self.frame.visit(), test.right, parts))

    def _variable(self, key: tuple[Hashable, ...]) -> Hashable:
        self.is_about_name |= key[0] == NAME
        return key

    def _combined(self, kind: str, *parts: ir.Expression) -> Hashable | None:
        keys = [self.key(part) for part in parts]
        if kind in ("list", "tuple") and keys and all(isinstance(key, Constant) for key in keys):
            return Constant(tuple(key.value for key in keys if isinstance(key, Constant)))
        return None if None in keys else (kind, *keys)

    def _attribute(self, expression: ir.Name | ir.Attribute) -> Hashable | None:
        if not isinstance(expression, ir.Attribute):
            return None
        owner = self.key(expression.value) if self._is_about_item(expression.value) else None
        return None if owner is None else self._member(owner, expression.attr)

    def _member(self, owner: Hashable, attr: str) -> Hashable:
        """`p.ndim`: the same at all times; `p.requires_grad`: as it is now."""
        if not isinstance(owner, tuple) or owner[0] != PARAMETER:
            return ("attribute", owner, attr)
        self.is_fixed = False
        if attr == "requires_grad":
            return (TRAINABLE, *owner[1:])
        return ("attribute", (PARAMETER,) if attr in _LASTING else owner, attr)

    def _known(self, expression: ir.Expression) -> Hashable | None:
        """The value of an expression that is not about the item."""
        value = None if _root(expression) in self.subject.unstable else value_of(self.frame, expression)
        if isinstance(value, Sequence):
            value = as_constant(self.frame, value)
        if isinstance(value, Constant):
            return value
        self.is_fixed = False
        if isinstance(value, Sequence):
            parts = parts_of(self.frame, value)
            return parts if parts and not any(part.iterators for part in parts) else None
        return value if isinstance(value, Opaque) and not value.counters else None

    def _item(self, expression: ir.Subscript) -> Hashable | None:
        """`pair[0]` is the name, `pair[1]` the parameter."""
        owner = self.key(expression.value)
        if owner is None or not isinstance(expression.index, ir.Constant):
            return None
        index = expression.index.value
        if isinstance(owner, tuple) and owner[0] == PAIR and index in (0, 1):
            return self._variable(owner[1 + int(index)])
        return ("item", owner, index)

    def _call(self, expression: ir.Call) -> Hashable | None:
        """`name.startswith("head")`, `p.dim()`, `any(part in name for part in parts)`, `id(p)`."""
        arguments = [argument.value for argument in expression.arguments]
        if any(argument.star or argument.keyword for argument in expression.arguments):
            return None
        if isinstance(expression.func, ir.Attribute) and self._is_about_item(expression.func.value):
            owner = self.key(expression.func.value)
            keys = [self.key(argument) for argument in arguments]
            if owner is None or None in keys:
                return None
            return ("call", self._member(owner, expression.func.attr), *keys)
        function = value_of(self.frame, expression.func)
        if not isinstance(function, External) or len(arguments) == 0:
            return None
        if function.name in ("builtins.any", "builtins.all") and isinstance(arguments[0], ir.Comprehension):
            return self._quantified(function.name, arguments[0])
        if function.name not in _PURE and not function.name.startswith("re."):
            return None
        keys = [self.key(argument) for argument in arguments]
        if None in keys:
            return None
        if function.name == "builtins.id" and isinstance(keys[0], tuple) and keys[0][0] == PARAMETER:
            self.is_fixed = False
            return _ID
        return (function.name, *keys)

    def _quantified(self, name: str, comprehension: ir.Comprehension) -> Hashable | None:
        clause = comprehension.clauses[0]
        if len(comprehension.clauses) > 1 or clause.conditions or not isinstance(clause.target, ir.Name):
            return None
        iterable = self.key(clause.iterable)
        inner = replace(self.subject, variables={**self.subject.variables, clause.target.id: (ITEM, iterable)})
        reader = _Keys(self.frame, inner)
        element = reader.key(comprehension.element)
        self.is_fixed &= reader.is_fixed
        self.is_about_name |= reader.is_about_name
        return None if iterable is None or element is None else (name, element)

    def _is_about_item(self, expression: ir.Expression) -> bool:
        """Whether an expression is one of the variables, or an attribute or item of it."""
        return _root(expression) in self.subject.variables


def _root(expression: ir.Expression) -> str | None:
    """`model` of `model.fc.weight.dim()`."""
    while isinstance(expression, ir.Attribute | ir.Subscript | ir.Call):
        expression = expression.func if isinstance(expression, ir.Call) else expression.value
    return expression.id if isinstance(expression, ir.Name) else None


def value_of(frame: Frame, expression: ir.Expression) -> Value | None:
    """The value of a name, or of an attribute or constant item of one, as it is now."""
    value = _held(frame, expression)
    return None if value is None else resolved(frame, value)


def _held(frame: Frame, expression: ir.Expression) -> Value | None:
    if isinstance(expression, ir.Name):
        return look_up(frame, expression.id)
    if isinstance(expression, ir.Attribute):
        owner = _held(frame, expression.value)
        return None if owner is None else as_value(frame, get_attribute(frame, owner, expression.attr, expression))
    if isinstance(expression, ir.Subscript) and isinstance(expression.index, ir.Constant):
        owner = value_of(frame, expression.value)
        return None if owner is None else get_item(frame, owner, Constant(expression.index.value))
    return None


def _parameters_of(frame: Frame, expression: ir.Expression) -> tuple[Parameters, ...]:
    """What a list of parameters holds, or an iterator that is made on the spot: `model.fc.parameters()`."""
    value = value_of(frame, expression)
    if value is not None:
        return parts_of(frame, value) or ()
    if not isinstance(expression, ir.Call) or not isinstance(expression.func, ir.Attribute) or expression.arguments:
        return ()
    owner = value_of(frame, expression.func.value) if expression.func.attr == "parameters" else None
    return (Parameters(owner, frozenset(), expression),) if isinstance(owner, Opaque) else ()


_OPPOSITES = {
    "NotIn": "In",
    "NotEqual": "Equal",
    "IsNot": "Is",
    "GreaterThanEqual": "LessThan",
    "LessThanEqual": "GreaterThan",
}
"""Comparisons, and those that come out the other way."""

_LASTING = frozenset(["dim", "ndim", "ndimension", "numel", "shape", "size"])
"""What stays the same of a parameter."""

_PURE = frozenset(["builtins.id", "builtins.len", "builtins.str"])
