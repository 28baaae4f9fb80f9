"""Calls of functions and classes that come from imports or are built in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lrlint.program import ir
from lrlint.program.arguments import Arguments
from lrlint.program.build import build_optimizer, build_scheduler
from lrlint.program.harmless import IDENTITY_FUNCTIONS, PURE_FUNCTIONS, SCHEDULER_MEMBERS, is_harmless
from lrlint.program.iterators import may_read, new_iterator, parts_of, read_all
from lrlint.program.objects import as_value, elements, get_attribute, items_of, new_sequence
from lrlint.program.parameters import as_collection, filter_parameters, map_parameters
from lrlint.program.steps import step_optimizer
from lrlint.program.unknown import call_unknown
from lrlint.program.values import (
    Class,
    Constant,
    Enumeration,
    External,
    Function,
    Instance,
    Mapping,
    OneOf,
    Optimizer,
    Range,
    Scheduler,
    Sequence,
    Super,
    Value,
    alternatives,
)
from lrlint.program.walk import Frame
from lrlint.torch_api import signatures


def call_external(frame: Frame, name: str, expression: ir.Call, arguments: Arguments) -> Value:
    """The value of a call of something imported or built in, with its effects."""
    special = _SPECIAL.get(name)
    if special is not None:
        value = special(frame, expression, arguments)
        if value is not None:
            return value
    if signatures.optimizer(name):
        return build_optimizer(frame, name, expression, arguments)
    if signatures.scheduler(name):
        return build_scheduler(frame, name, expression, arguments)
    _read_arguments(frame, name, expression, arguments)
    if name.endswith(".optimizer_step"):  # torch_xla's xm.optimizer_step(optimizer)
        for value in arguments.values:
            step_optimizer(frame, value, expression)
        return frame.walk.opaque()
    if name in PURE_FUNCTIONS:
        return frame.walk.derived(*arguments.values)
    if name in IDENTITY_FUNCTIONS:
        return frame.walk.identified(*arguments.values)
    if is_harmless(name) and not any(isinstance(value, Function) for value in arguments.values):
        return frame.walk.opaque()
    return call_unknown(frame, External(name), arguments)


def _read_arguments(frame: Frame, name: str, expression: ir.Call, arguments: Arguments) -> None:
    """A function gets iterators: it reads the first one, or nobody knows."""
    if name in _READERS:
        given = [argument.value for argument in expression.arguments[:1] if not argument.star]
        for place, value in zip(given, arguments.values, strict=False):
            read_all(frame, value, place, "clip_grad_value_" if name.endswith(".clip_grad_value_") else "code")
    elif name not in _NO_READERS:
        for value in arguments.values:
            may_read(frame, value)


def _range(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    positional = arguments.positional
    if arguments.has_star or not positional:
        return None
    if len(positional) == 1:
        return Range(0)
    start = positional[0]
    is_known = isinstance(start, Constant) and isinstance(start.value, int) and len(positional) == 2
    return Range(start.value if is_known and isinstance(start, Constant) and isinstance(start.value, int) else None)


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
    if isinstance(value, Sequence) and kind in ("list", "tuple"):
        return new_sequence(frame, kind, expression, items_of(frame, value))
    return value if isinstance(value, Range | Enumeration) else None


def _dict(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`dict(params=x, lr=0.1)`."""
    if arguments.positional or arguments.has_star or not arguments.keywords:
        return None
    return Mapping(frame.walk.tick(), expression, tuple(arguments.keywords.items()))


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
    if arguments.has_star or not parts or None in parts:
        return None
    return new_iterator(frame, expression, [part for several in parts for part in several or ()])


def _enumerate(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if arguments.has_star or not arguments.positional:
        return None
    starts = [*arguments.positional[1:], *arguments.keywords.values(), Constant(0)]
    start = starts[0].value if isinstance(starts[0], Constant) and isinstance(starts[0].value, int) else None
    items = elements(frame, arguments.positional[0])
    if items is None:
        may_read(frame, arguments.positional[0])
    are_data = all(isinstance(item, Constant) and not isinstance(item.value, str) for item in items or ())
    if items is None or start != 0 or are_data:
        return Enumeration(start)
    pairs = [new_sequence(frame, "tuple", expression, (Constant(i), v)) for i, v in enumerate(items)]
    return new_sequence(frame, "list", expression, tuple(pairs))


def _zip(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    columns = [elements(frame, value) for value in arguments.positional]
    if arguments.has_star or arguments.keywords or not columns or None in columns:
        return None
    rows = zip(*(column for column in columns if column is not None), strict=False)
    return new_sequence(frame, "list", expression, tuple(new_sequence(frame, "tuple", expression, row) for row in rows))


def _getattr(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) < 2:
        return None
    owner, name = arguments.positional[:2]
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return None
    return as_value(frame, get_attribute(frame, owner, name.value, expression))


def _hasattr(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    owner, name = arguments.positional
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return None
    if isinstance(owner, Scheduler):
        return Constant(name.value in SCHEDULER_MEMBERS or name.value in dict(owner.arguments))
    if name.value in frame.walk.varying:
        return frame.walk.opaque()
    return None


def _super(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if frame.owner is None or frame.klass is None:
        return None
    return Super(frame.owner, frame.klass)


def _is_instance(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    value, classes = arguments.positional
    verdicts = {is_instance(frame, one, classes) for one in alternatives(value)}
    verdict = verdicts.pop() if len(verdicts) == 1 else None
    return None if verdict is None else Constant(verdict)


def is_instance(frame: Frame, value: Value, classes: Value) -> bool | None:
    """`isinstance(value, classes)`; None where that is not known."""
    if isinstance(classes, Sequence | OneOf):
        several = elements(frame, classes) if isinstance(classes, Sequence) else tuple(alternatives(classes))
        verdicts = [is_instance(frame, value, one) for one in several or ()]
        if True in verdicts and isinstance(classes, Sequence):
            return True
        return False if verdicts and all(verdict is False for verdict in verdicts) else None
    if isinstance(value, Optimizer | Scheduler) and isinstance(classes, External):
        return _is_subclass(value.name, classes.name)
    if isinstance(value, Optimizer | Scheduler) and isinstance(classes, Class):
        return False
    if isinstance(value, Constant) and value.value is None and isinstance(classes, External | Class):
        return False
    if isinstance(value, Instance) and classes == value.klass:
        return True
    return None


def _is_subclass(name: str, of: str) -> bool | None:
    """Whether one class of torch derives from another; None for classes that are not torch's own."""
    signature = signatures.find(name)
    if signature is None:
        return None
    if of in (signature.name, *signature.aliases):
        return True
    if signatures.find(of) is None and not of.startswith("torch.optim"):
        return None if of.startswith("torch.") else False
    return any(_is_subclass(base, of) for base in signature.bases)


_READERS = frozenset(
    [
        *(f"builtins.{name}" for name in ("frozenset", "max", "min", "set", "sorted", "sum")),
        *(f"torch.nn.utils.{name}" for name in ("clip_grad_norm_", "clip_grad_value_", "parameters_to_vector")),
        *(f"torch.nn.utils.clip_grad.{name}" for name in ("clip_grad_norm_", "clip_grad_value_")),
    ]
)
"""Functions that read their first argument to its end."""

_NO_READERS = IDENTITY_FUNCTIONS | {"builtins.len", "builtins.print", "builtins.repr", "builtins.str"}

_Special = Callable[[Frame, ir.Call, Arguments], Value | None]
_SPECIAL: dict[str, _Special] = {
    "builtins.range": _range,
    "tqdm.trange": _range,
    "tqdm.auto.trange": _range,
    "tqdm.notebook.trange": _range,
    "builtins.list": _new_list,
    "builtins.tuple": _new_list,
    "builtins.set": _new_list,
    "builtins.iter": _same,
    "tqdm.tqdm": _same,
    "tqdm.auto.tqdm": _same,
    "tqdm.notebook.tqdm": _same,
    "builtins.dict": _dict,
    "builtins.filter": _filter,
    "builtins.map": _map,
    "itertools.chain": _chain,
    "builtins.enumerate": _enumerate,
    "builtins.zip": _zip,
    "builtins.getattr": _getattr,
    "builtins.hasattr": _hasattr,
    "builtins.super": _super,
    "builtins.isinstance": _is_instance,
}
