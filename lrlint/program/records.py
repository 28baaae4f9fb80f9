"""Records: objects of dataclasses, named tuples and namespaces, whose constructor only assigns its arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lrlint.program import ir
from lrlint.program.arguments import Arguments
from lrlint.program.objects import elements, find_member, set_attribute
from lrlint.program.values import Class, Constant, External, Instance, Opaque, Sequence, Value
from lrlint.program.walk import Frame

_DECORATORS = frozenset(
    [
        "attr.dataclass",
        "attr.define",
        "attr.frozen",
        "attr.mutable",
        "attrs.define",
        "attrs.frozen",
        "attrs.mutable",
        "dataclasses.dataclass",
    ]
)


def fields_of(own: Iterable[str], decorators: Iterable[Value], bases: tuple[Value, ...]) -> tuple[str, ...] | None:
    """The fields of a class whose body annotates `own`; None if it is no record."""
    inherited = [base.fields for base in bases if isinstance(base, Class) and base.fields is not None]
    is_record = inherited or External("typing.NamedTuple") in bases
    if not is_record and not any(isinstance(one, External) and one.name in _DECORATORS for one in decorators):
        return None
    return tuple(dict.fromkeys((*(name for fields in inherited for name in fields), *own)))


def fill(frame: Frame, record: Instance, arguments: Arguments) -> None:
    """Assign the arguments of its constructor to the fields of a new record.

    A field that is not surely given has a value of its own, which is that of the class unless somebody says otherwise.
    """
    fields = record.klass.fields or ()
    given = {**dict(zip(fields, arguments.positional, strict=False)), **arguments.keywords}
    for name in fields:
        value = given.get(name) or _default(frame, record.klass, name, arguments)
        if value is not None:
            set_attribute(frame, record, name, value)


def _default(frame: Frame, klass: Class, name: str, arguments: Arguments) -> Value | None:
    member = find_member(klass, name)
    if member is None:
        return frame.walk.opaque()
    if arguments.has_star and isinstance(member.value, Constant):
        return replace(frame.walk.opaque(), default=member.value.value)
    return frame.walk.opaque() if isinstance(member.value, Opaque) or arguments.has_star else None


def named_tuple(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`namedtuple("Pair", "optimizer scheduler")`."""
    names = _names(frame, arguments.positional[1]) if len(arguments.positional) > 1 else None
    return None if names is None else _record_class(frame, expression, names)


def namespace(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`SimpleNamespace(optimizer=optimizer, scheduler=scheduler)`."""
    if arguments.positional:
        return None
    record = Instance(frame.walk.tick(), _record_class(frame, expression, tuple(arguments.keywords)))
    fill(frame, record, arguments)
    return record


def _names(frame: Frame, value: Value) -> tuple[str, ...] | None:
    if isinstance(value, Constant) and isinstance(value.value, str):
        return tuple(value.value.replace(",", " ").split())
    items = elements(frame, value) if isinstance(value, Sequence) else None
    names = [_first(frame, item) for item in items or ()]
    return tuple(name for name in names if name) if items and all(names) else None


def _first(frame: Frame, item: Value) -> str | None:
    """The name of a field: `"optimizer"`, or `("optimizer", Optimizer)`."""
    pair = elements(frame, item) if isinstance(item, Sequence) else None
    name = pair[0] if pair else item
    return name.value if isinstance(name, Constant) and isinstance(name.value, str) else None


def _record_class(frame: Frame, expression: ir.Call, fields: tuple[str, ...]) -> Class:
    definition = ir.DefineClass(expression.node, "", (), (), frozenset())
    return Class(definition, frame.scope, (External("typing.NamedTuple"),), (), fields)
