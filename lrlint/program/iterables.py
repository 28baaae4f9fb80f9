"""Calls of what makes iterables: `range`, `list`, `dict`, `filter`, `map`, `chain`, `zip` and their like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lrlint.program import ir
from lrlint.program.arguments import Arguments
from lrlint.program.comprehensions import MAX_UNROLLED, new_mapping
from lrlint.program.iterators import may_read, new_iterator, parts_of, read_all
from lrlint.program.objects import elements, entries_of, items_of, new_sequence
from lrlint.program.parameters import as_collection, filter_parameters, map_parameters
from lrlint.program.values import (
    Constant,
    Enumeration,
    External,
    Function,
    Instance,
    Mapping,
    Opaque,
    Range,
    Sequence,
    Value,
    integer_of,
)
from lrlint.program.walk import Frame


def _range(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    positional = arguments.positional
    if arguments.has_star or not positional:
        return None
    numbers = [integer_of(one) for one in positional]
    if len(positional) == 1 and _is_length(expression) and numbers[0] is not None and numbers[0] <= MAX_UNROLLED:
        return new_sequence(frame, "list", expression, tuple(map(Constant, range(numbers[0]))))
    if len(positional) == 1:
        return Range(0, positional[0])
    if len(positional) == 2:
        return Range(numbers[0], positional[1])
    return Range(numbers[0], None, numbers[2]) if len(positional) == 3 else None


def _is_length(expression: ir.Call) -> bool:
    """Whether a call is `range(len(…))`, which goes through the indices of a list."""
    stop = expression.arguments[0].value
    return isinstance(stop, ir.Call) and isinstance(stop.func, ir.Name) and stop.func.id == "len"


def _len(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    items = elements(frame, arguments.positional[0]) if len(arguments.positional) == 1 else None
    return None if items is None else Constant(len(items))


def _dict(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if arguments.has_star or len(arguments.positional) > 1:
        return None
    entries: list[tuple[Value, Value]] = []
    for value in arguments.positional:
        pairs = _pairs(frame, value)
        if pairs is None:
            return None
        entries += pairs
    entries += [(Constant(name), value) for name, value in arguments.keywords.items()]
    return new_mapping(frame, expression, entries)


def _pairs(frame: Frame, value: Value) -> list[tuple[Value, Value]] | None:
    """The keys and values of a dict, or of a list of pairs."""
    if isinstance(value, Mapping):
        known = entries_of(frame, value)
        return None if known is None else [(Constant(key), one) for key, one in known.items()]
    pairs = [elements(frame, item) for item in elements(frame, value) or (value,)]
    return [(pair[0], pair[1]) for pair in pairs if pair] if all(pair and len(pair) == 2 for pair in pairs) else None


def _same(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`iter(x)`, `tqdm(x)`: the same items."""
    if not arguments.positional:
        return None
    value = arguments.positional[0]
    parts = parts_of(frame, value)
    if parts:
        return new_iterator(frame, expression, parts)
    if isinstance(value, Sequence):
        return new_sequence(frame, value.kind, expression, items_of(frame, value))
    if isinstance(value, External | Instance | Opaque) and not any(
        isinstance(one, Function) for one in arguments.values
    ):
        return replace(frame.walk.opaque(), through=(value,))
    return value if isinstance(value, Range | Enumeration) else None


def _new_list(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`list(x)`, `tuple(x)`, `set(x)`: the items of now, in a list of their own."""
    kind = expression.func.id if isinstance(expression.func, ir.Name) else "list"
    if not arguments.values:
        return new_sequence(frame, kind, expression, ())
    if len(arguments.positional) != 1 or len(arguments.values) != 1:
        return None
    value, place = arguments.positional[0], expression.arguments[0].value
    if parts_of(frame, value):
        parts = read_all(frame, value, place)
        if parts is not None and len(parts) == 1:
            parts = (replace(parts[0], source=expression),)
        return as_collection(frame, kind, expression, parts)
    if kind == "set":
        return None  # others may be in it twice
    if isinstance(value, Sequence):
        return new_sequence(frame, kind, expression, items_of(frame, value))
    return _same(frame, expression, arguments)


def _filter(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    return filter_parameters(frame, expression, *arguments.positional)


def _map(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    function, iterable = arguments.positional
    return map_parameters(frame, expression, function == External("builtins.id"), iterable)


def _chain(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`chain(a, b)`: an iterator that reads the others when it is read."""
    parts = [parts_of(frame, value) for value in arguments.positional]
    if arguments.has_star or not parts:
        return None
    if None in parts:
        known = [elements(frame, value) for value in arguments.positional]
        items = tuple(item for several in known for item in several or ())
        return None if None in known else new_sequence(frame, "list", expression, items)
    return new_iterator(frame, expression, [part for several in parts for part in several or ()])


def _enumerate(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if arguments.has_star or not arguments.positional:
        return None
    starts = [*arguments.positional[1:], *arguments.keywords.values(), Constant(0)]
    start = integer_of(starts[0])
    items = elements(frame, arguments.positional[0])
    if items is None:
        may_read(frame, arguments.positional[0])
    are_data = all(isinstance(item, Constant) and not isinstance(item.value, str) for item in items or ())
    if items is None or start != 0 or are_data:
        return Enumeration(start, arguments.positional[0])
    pairs = [new_sequence(frame, "tuple", expression, (Constant(i), v)) for i, v in enumerate(items)]
    return new_sequence(frame, "list", expression, tuple(pairs))


def _reversed(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    value = arguments.positional[0] if len(arguments.positional) == 1 else None
    stop = integer_of(value.stop) if isinstance(value, Range) else None
    if stop is not None:
        return Range(stop - 1, None, -1)
    items = elements(frame, value) if value is not None else None
    return None if items is None else new_sequence(frame, "list", expression, items[::-1])


def _zip(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    columns = [elements(frame, value) for value in arguments.positional]
    if arguments.has_star or arguments.keywords or not columns:
        return None
    if None in columns:
        for value in arguments.positional:
            may_read(frame, value)
        return replace(frame.walk.opaque(), through=arguments.positional)
    rows = zip(*(column for column in columns if column is not None), strict=False)
    return new_sequence(frame, "list", expression, tuple(new_sequence(frame, "tuple", expression, row) for row in rows))


ITERABLES: dict[str, Callable[[Frame, ir.Call, Arguments], Value | None]] = {
    "builtins.range": _range,
    "tqdm.trange": _range,
    "tqdm.auto.trange": _range,
    "tqdm.notebook.trange": _range,
    "builtins.len": _len,
    "builtins.dict": _dict,
    "builtins.list": _new_list,
    "builtins.tuple": _new_list,
    "builtins.set": _new_list,
    "builtins.iter": _same,
    "tqdm.tqdm": _same,
    "tqdm.auto.tqdm": _same,
    "tqdm.notebook.tqdm": _same,
    "builtins.filter": _filter,
    "builtins.map": _map,
    "itertools.chain": _chain,
    "builtins.enumerate": _enumerate,
    "builtins.reversed": _reversed,
    "builtins.zip": _zip,
}
"""What gives their value, with the effects of the call; None if nothing is known of it."""
