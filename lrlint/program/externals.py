"""Calls of functions and classes that come from imports or are built in."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lrlint.program import ir
from lrlint.program.alternatives import alternatives, one_of
from lrlint.program.amounts import ROUNDING, amount_of_call, with_amount
from lrlint.program.arguments import Arguments
from lrlint.program.build import (
    PLATEAU,
    build_any_scheduler,
    build_optimizer,
    build_own_scheduler,
    build_scheduler,
    copy_scheduler,
)
from lrlint.program.builtin_classes import is_of_builtin
from lrlint.program.dispatch import is_any_scheduler, member_of, member_of_project
from lrlint.program.harmless import IDENTITY_FUNCTIONS, PURE_FUNCTIONS, is_harmless
from lrlint.program.iterables import ITERABLES
from lrlint.program.iterators import may_read, read_all
from lrlint.program.modules import resolved_arguments
from lrlint.program.objects import as_value, class_of, elements, get_attribute, new_sequence, set_attribute
from lrlint.program.records import named_tuple, namespace
from lrlint.program.scaling import SCALERS, build_scaler
from lrlint.program.steps import step_optimizer
from lrlint.program.unknown import call_unknown, escape_optional
from lrlint.program.values import (
    Class,
    Constant,
    External,
    Function,
    Imported,
    Instance,
    OneOf,
    Optimizer,
    Partial,
    Scheduler,
    Sequence,
    Super,
    Value,
)
from lrlint.program.walk import Frame
from lrlint.torch_api import factories, members, signatures


def call_external(frame: Frame, name: str, expression: ir.Call, arguments: Arguments) -> Value:
    """The value of a call of something imported or built in, with its effects."""
    if name in _SPECIAL or signatures.find(name) or factories.scheduler_class(name) or is_any_scheduler(name):
        arguments = resolved_arguments(frame, arguments)
        value = _call_known(frame, name, expression, arguments)
        if value is not None:
            return value
    if name in _EXCEPTIONS:
        return Constant(_EXCEPTIONS[name])
    _read_arguments(frame, name, expression, arguments)
    if name.endswith(".optimizer_step"):  # torch_xla's xm.optimizer_step(optimizer)
        for value in arguments.values:
            step_optimizer(frame, value, expression)
        return frame.walk.opaque()
    if name in PURE_FUNCTIONS or name in ROUNDING:
        return with_amount(frame.walk.derived(*arguments.values), amount_of_call(name, arguments.values))
    if name in IDENTITY_FUNCTIONS:
        return frame.walk.identified(*arguments.values)
    if is_harmless(name) and not any(isinstance(value, Function) for value in arguments.values):
        return frame.walk.opaque()
    return call_unknown(frame, External(name), arguments)


def _call_known(frame: Frame, name: str, expression: ir.Call, arguments: Arguments) -> Value | None:
    """The value of a call of what lrlint knows by name; None if nothing is known of this call."""
    if name in _MIXING:
        for value in arguments.values:
            escape_optional(frame, value)
    if name in _SPECIAL:
        return _SPECIAL[name](frame, expression, arguments)
    if signatures.optimizer(name):
        return build_optimizer(frame, name, expression, arguments)
    if signatures.scheduler(name) or factories.scheduler_class(name):
        return _build_scheduler(frame, name, expression, arguments)
    return _build_any_scheduler(frame, expression, arguments) if is_any_scheduler(name) else None


def _build_scheduler(frame: Frame, name: str, expression: ir.Call, arguments: Arguments) -> Value:
    """A scheduler, built by its class or by a function of another package."""
    scheduler_class = factories.scheduler_class(name)
    if scheduler_class is None:
        return build_scheduler(frame, name, expression, arguments)
    built = build_own_scheduler(frame, scheduler_class, expression, arguments, None)
    return built or call_unknown(frame, External(name), arguments)


def _build_any_scheduler(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`getattr(lr_scheduler, name)(optimizer, …)`: a ReduceLROnPlateau, or one of the others."""
    if not arguments.positional and arguments.values:
        arguments = replace(arguments, positional=elements(frame, arguments.values[0]) or ())  # passed on as *args
    built = build_any_scheduler(frame, expression, arguments)
    return one_of(built, frame.walk.tick()) if built else None


def _read_arguments(frame: Frame, name: str, expression: ir.Call, arguments: Arguments) -> None:
    """A function gets iterators: it reads the first one, or nobody knows."""
    if name in _READERS:
        given = [argument.value for argument in expression.arguments[:1] if not argument.star]
        for place, value in zip(given, arguments.values, strict=False):
            read_all(frame, value, place, "clip_grad_value_" if name.endswith(".clip_grad_value_") else "code")
    elif name not in _NO_READERS:
        for value in arguments.values:
            may_read(frame, value)


def _partial(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if not arguments.positional:
        return None
    rest = replace(arguments, positional=arguments.positional[1:], values=arguments.values[1:])
    return Partial(arguments.positional[0], rest)


def _vars(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    owner = arguments.positional[0] if len(arguments.positional) == 1 else None
    return External(f"{owner.name}.__dict__") if isinstance(owner, External) else None


def _initialize_amp(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """apex's `amp.initialize(model, optimizer)` gives back what it gets, which it steps nothing of."""
    given = {**dict(zip(("models", "optimizers"), arguments.positional, strict=False)), **arguments.keywords}
    models, optimizers = given.get("models"), given.get("optimizers", Constant(None))
    if arguments.has_star or models is None:
        return None
    return models if optimizers == Constant(None) else new_sequence(frame, "tuple", expression, (models, optimizers))


def _deep_copy(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    original = arguments.positional[0] if len(arguments.positional) == 1 else None
    return copy_scheduler(frame, original, expression) if isinstance(original, Scheduler) else None


def _getattr(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) < 2:
        return None
    owner, name = arguments.positional[:2]
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        if isinstance(owner, Imported):
            return member_of_project(frame, owner, name)
        return member_of(owner, name) if isinstance(owner, External) else None
    return as_value(frame, get_attribute(frame, owner, name.value, expression))


def _setattr(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 3:
        return None
    owner, name, value = arguments.positional
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return None
    for one in alternatives(owner):
        set_attribute(frame, one, name.value, value)
    return Constant(None)


def _hasattr(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    owner, name = arguments.positional
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return None
    if isinstance(owner, Scheduler):
        return _has_member(frame, owner, name.value)
    if name.value in frame.walk.varying | frame.walk.untracked:
        return frame.walk.opaque()
    return None


def _has_member(frame: Frame, scheduler: Scheduler, name: str) -> Value | None:
    if frame.state.attributes.get(scheduler, name) is not None:
        return Constant(True)
    known = members.has_member(scheduler.class_name, name)
    if known is None or name in frame.walk.varying or (known is False and scheduler.klass is not None):
        return None
    return Constant(known)


def _type(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    return class_of(arguments.positional[0]) if len(arguments.positional) == 1 else None


def _str(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`str(type(scheduler))`."""
    value = arguments.positional[0] if len(arguments.positional) == 1 else None
    if isinstance(value, External) and signatures.scheduler(value.name):
        return Constant(f"<class '{value.name}'>")
    return None


def _is_subclass_call(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if len(arguments.positional) != 2:
        return None
    one, of = arguments.positional
    known = _is_subclass(one.name, of.name) if isinstance(one, External) and isinstance(of, External) else None
    return None if known is None else Constant(known)


def _super(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    if frame.owner is None or frame.klass is None:
        return None
    return Super(frame.owner, frame.klass)


def _import_module(frame: Frame, expression: ir.Call, arguments: Arguments) -> Value | None:
    """`importlib.import_module("torch.optim.lr_scheduler")`."""
    name = arguments.positional[0] if len(arguments.values) == 1 and arguments.positional else None
    if not isinstance(name, Constant) or not isinstance(name.value, str):
        return None
    found = frame.walk.project.find(frame.module.path, name.value)
    return Imported(found) if found is not None else External(name.value)


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
    known = is_of_builtin(value, classes.name) if isinstance(classes, External) else None
    if known is not None:
        return known
    if isinstance(value, Optimizer | Scheduler) and isinstance(classes, External):
        is_one = _is_subclass(value.name, classes.name)
        is_open = isinstance(value, Scheduler) and value.is_of_any_class and classes.name != PLATEAU
        return is_one or None if is_open else is_one
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


_EXCEPTIONS = {
    f"builtins.{name}": value
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
}

_READERS = frozenset(
    [
        *(f"builtins.{name}" for name in ("frozenset", "max", "min", "set", "sorted", "sum")),
        *(f"torch.nn.utils.{name}" for name in ("clip_grad_norm_", "clip_grad_value_", "parameters_to_vector")),
        *(f"torch.nn.utils.clip_grad.{name}" for name in ("clip_grad_norm_", "clip_grad_value_")),
    ]
)
"""Functions that read their first argument to its end."""

_NO_READERS = IDENTITY_FUNCTIONS | {"builtins.len", "builtins.print", "builtins.repr", "builtins.str"}

_MIXING = frozenset(
    [*(f"builtins.{name}" for name in ("enumerate", "filter", "map", "reversed", "sorted", "zip")), "itertools.chain"]
)
"""Functions of iterables that put the items elsewhere."""

_Special = Callable[[Frame, ir.Call, Arguments], Value | None]
_SPECIAL: dict[str, _Special] = {
    **ITERABLES,
    "builtins.vars": _vars,
    "functools.partial": _partial,
    "copy.deepcopy": _deep_copy,
    "importlib.import_module": _import_module,
    "apex.amp.initialize": _initialize_amp,
    "builtins.getattr": _getattr,
    "builtins.hasattr": _hasattr,
    "builtins.super": _super,
    "builtins.setattr": _setattr,
    "collections.namedtuple": named_tuple,
    "typing.NamedTuple": named_tuple,
    "types.SimpleNamespace": namespace,
    "argparse.Namespace": namespace,
    "builtins.isinstance": _is_instance,
    **{name: partial(build_scaler, position) for name, position in SCALERS.items()},
    "builtins.issubclass": _is_subclass_call,
    "builtins.str": _str,
    "builtins.type": _type,
}
