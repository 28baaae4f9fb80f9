"""Carrying: whether what an expression gives may be, or lead to, something that the walk follows.

`optimizer.param_groups[0]["lr"]` and `f"{optimizer}"` mention an optimizer, but what they give is a number and a text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lrlint.program import ir

_PLAIN_FUNCTIONS = frozenset(
    [
        *("abs", "bool", "float", "format", "hasattr", "hash", "id", "int", "isinstance", "issubclass", "len"),
        *("open", "print", "range", "repr", "round", "str"),
    ]
)
"""Functions of Python that return numbers, texts or nothing, whatever they are given."""

_PLAIN_METHODS = frozenset(
    [
        *("backward", "clone", "detach", "dim", "element_size", "format", "get_last_lr", "get_lr", "item", "join"),
        *("load_state_dict", "mean", "nelement", "norm", "numel", "numpy", "size", "state_dict", "step", "sum"),
        *("tolist", "zero_grad"),
    ]
)
"""Methods of tensors, modules, optimizers and schedulers that return numbers, texts, tensors, states or nothing."""

PLAIN_ATTRIBUTES = frozenset(["data", "device", "dtype", "grad", "is_cuda", "ndim", "requires_grad", "shape"])
"""Attributes of tensors and parameters, which lead to no optimizer."""

_COMPARING = frozenset(
    [
        *("Equal", "GreaterThan", "GreaterThanEqual", "In", "Is", "IsNot", "LessThan", "LessThanEqual"),
        *("NotEqual", "NotIn"),
    ]
)


_PLAIN_PACKAGES = frozenset(
    [
        *("PIL", "cv2", "datetime", "glob", "json", "logging", "math", "matplotlib", "numpy", "os", "pandas"),
        *("pathlib", "re", "scipy", "shutil", "subprocess", "sys", "time", "yaml"),
    ]
)
"""Packages whose functions return no object that they are given."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names and attributes that have to do with something relevant.

    What uses one of `followed` is worth following; those of `held`, a part of them, may stand for such objects
    themselves, or for functions that return them.  `plain` are functions, and modules of such, that never do.
    """

    followed: frozenset[str]
    held: frozenset[str]
    plain: frozenset[str] = frozenset()

    def without(self, others: Names) -> Names:
        """Those of these names that the others do not have."""
        return Names(self.followed - others.followed, self.held - others.held, self.plain)

    def with_held(self, more: Iterable[str]) -> Names:
        """These names, and some that may stand for relevant objects."""
        return Names(self.followed.union(more), self.held.union(more), self.plain)

    def with_followed(self, more: Iterable[str]) -> Names:
        """These names, and some that are worth following."""
        return Names(self.followed.union(more), self.held, self.plain)


def plain_names(bindings: Iterable[ir.Binding]) -> frozenset[str]:
    """The names of functions, and of modules of functions, that return no object that they are given."""
    imported = (one.local for one in bindings if one.module.partition(".")[0] in _PLAIN_PACKAGES)
    return _PLAIN_FUNCTIONS.union(imported)


def carries(value: ir.Expression, names: Names) -> bool:
    """Whether what an expression gives may be something relevant, or lead to it."""
    check = _CHECKS.get(type(value))
    return check(value, names) if check is not None else any(carries(part, names) for part in value.parts)


def _nothing(value: ir.Expression, names: Names) -> bool:
    return False


def _name(value: ir.Name, names: Names) -> bool:
    return value.id in names.followed  # a function as well, whatever it returns


def _attribute(value: ir.Attribute, names: Names) -> bool:
    if value.attr in PLAIN_ATTRIBUTES:
        return False
    return value.attr in names.followed or carries(value.value, names)


def _call(value: ir.Call, names: Names) -> bool:
    if _root_of(value.func) in names.plain - names.held:
        return False
    return _returns(value.func, names) or any(carries(argument.value, names) for argument in value.arguments)


def _root_of(value: ir.Expression) -> str:
    """`x` of `x.y.z`, "" of other expressions."""
    while isinstance(value, ir.Attribute):
        value = value.value
    return value.id if isinstance(value, ir.Name) else ""


def _returns(func: ir.Expression, names: Names) -> bool:
    """Whether a function, whatever its arguments, may return something relevant."""
    if isinstance(func, ir.Name):
        return func.id in names.held
    if not isinstance(func, ir.Attribute):
        return carries(func, names)
    return func.attr in names.held or (func.attr not in _PLAIN_METHODS and carries(func.value, names))


def _subscript(value: ir.Subscript, names: Names) -> bool:
    return not _is_hyperparameter(value) and carries(value.value, names)


def _is_hyperparameter(value: ir.Subscript) -> bool:
    """`optimizer.param_groups[0]["lr"]`."""
    group, key = value.value, value.index
    if not isinstance(key, ir.Constant) or key.value == "params" or not isinstance(group, ir.Subscript):
        return False
    return isinstance(group.value, ir.Attribute) and group.value.attr == "param_groups"


def _conditional(value: ir.Conditional, names: Names) -> bool:
    return carries(value.body, names) or carries(value.orelse, names)


def _either(value: ir.BoolOperation | ir.BinaryOperation, names: Names) -> bool:
    return value.operator not in _COMPARING and (carries(value.left, names) or carries(value.right, names))


def _lambda(value: ir.Lambda, names: Names) -> bool:
    return not value.function.mentions.isdisjoint(names.followed)


def _comprehension(value: ir.Comprehension, names: Names) -> bool:
    iterables = (clause.iterable for clause in value.clauses)
    return any(carries(part, names) for part in (value.element, *value.parts, *iterables))


_CHECKS: dict[type[ir.Expression], Callable[..., bool]] = {
    ir.Constant: _nothing,
    ir.Text: _nothing,
    ir.UnaryOperation: lambda value, names: carries(value.operand, names),
    ir.Name: _name,
    ir.Attribute: _attribute,
    ir.Call: _call,
    ir.Starred: lambda value, names: carries(value.value, names),
    ir.Collection: lambda value, names: any(carries(item, names) for item in value.items),
    ir.Dict: lambda value, names: any(carries(item, names) for _, item in value.items),
    ir.Subscript: _subscript,
    ir.Lambda: _lambda,
    ir.Comprehension: _comprehension,
    ir.Conditional: _conditional,
    ir.BoolOperation: _either,
    ir.BinaryOperation: _either,
    ir.NamedExpression: lambda value, names: carries(value.value, names),
}
