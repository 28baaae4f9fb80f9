"""Built-in classes: what `isinstance` says of numbers, texts and of lists, tuples, sets and dicts that are written."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.values import Constant, Mapping, Sequence, Value

_CLASSES: dict[str, type] = {
    f"builtins.{one.__name__}": one
    for one in (bool, bytes, complex, dict, float, frozenset, int, list, object, set, str, tuple)
}

_DISPLAYS: dict[str, type] = {"list": list, "tuple": tuple, "set": set}


def is_of_builtin(value: Value, name: str) -> bool | None:
    """Whether a value is an object of a built-in class, by its dotted name; None where that is not known."""
    made_as, asked = _class_of(value), _CLASSES.get(name)
    return None if made_as is None or asked is None else issubclass(made_as, asked)


def _class_of(value: Value) -> type | None:
    """The class of a constant or of what a display makes; None for what stands for lists and other iterables alike."""
    if isinstance(value, Constant):
        return None if isinstance(value.value, tuple | type) else type(value.value)
    if isinstance(value, Mapping):
        return dict if isinstance(value.source, ir.Dict) else None
    source = value.source if isinstance(value, Sequence) else None
    if isinstance(source, ir.Collection):
        return _DISPLAYS.get(source.kind)
    return list if isinstance(source, ir.Comprehension) and source.kind == "list" else None
