"""An optimizer gets something that is no iterable of parameters.

## What it finds

In the place of the parameters, in the constructor of an optimizer or under "params" in a group: a module itself, its
method `parameters` without a call, its `state_dict()`, one dict, a list of lists or iterators, a set in a group.

    optim.SGD(model, lr=0.1)                                          # LR307
    optim.SGD(model.parameters, lr=0.1)                               # LR307
    optim.SGD(model.parameters(), lr=0.1)                             # right

    optim.SGD({"params": model.parameters()}, lr=0.1)                 # LR307
    optim.SGD([{"params": model.parameters()}], lr=0.1)               # right

    optim.SGD([encoder.parameters(), decoder.parameters()], lr=0.1)   # LR307
    optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=0.1) # right

And what is no dict in `optimizer.add_param_group(…)`.

## Why it harms

It raises TypeError: "'Net' object is not iterable", "'method' object is not iterable", "optimizer can only optimize
Tensors, but one of the params is str" (or `Module.parameters`, `list`, `dict`), "param_group must be a dict". The
exception is `model.state_dict().values()`, which torch takes and which trains nothing: measured on torch 2.13, the
weights stay as they are, since these tensors share the weights' memory but get no gradient.

## Fix and its safety

Safe, since the code always raises and one repair makes sense: `.parameters()` behind the module, the missing `()`,
brackets around the dict, a star before each iterable, `list(dict.fromkeys(…))` for the set. None for lists with
parameters and groups beside each other, nor for `state_dict()`.

## What it cannot see

Models that come out of calls of other packages, single tensors, the results of functions that are not in view.

## torch versions

All; before torch 2.1, `add_param_group` raises AssertionError.

## References

* https://pytorch.org/docs/stable/optim.html#constructing-it
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.facts import ParamsGiven
from lrlint.program.imported import imported_names, meanings
from lrlint.program.places import function_around
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import assigned_to
from lrlint.program.selection import Parameters, Several
from lrlint.program.values import Instance, Mapping, Opaque, Sequence
from lrlint.rule import OPTIMIZERS, Rule, Severity

RULE = Rule(
    code="LR307",
    name="invalid-params-container",
    summary="an optimizer gets something that is no iterable of parameters",
    severity=Severity.ERROR,
    gate=("torch", "optim", OPTIMIZERS),
    fixes=(Applicability.SAFE,),
)

OF_MODULES = frozenset(
    ["eval", "load_state_dict", "named_parameters", "parameters", "state_dict", "train", "zero_grad"]
)
"""Methods that say that an object is a module of torch."""


MODULE = frozenset(["torch.nn.Module"])
LAYERS = frozenset(
    f"torch.nn.{name}" for name in ["Conv1d", "Conv2d", "Embedding", "GRU", "LSTM", "Linear", "Sequential"]
)
"""Modules that are no list of parameters."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a container, and the edits that repair it: start, end, text."""

    message: str
    edits: tuple[tuple[int, int, str], ...] = ()
    title: str = ""
    severity: Severity | None = None


def check(program: Program) -> Iterator[Finding]:
    given: dict[tuple[ir.Expression, str], list[ParamsGiven]] = {}
    for one in program.facts.params_given:
        given.setdefault((one.place, one.receiver), []).append(one)
    for (place, _), visits in given.items():
        mistakes = [_mistake(program, one) for one in visits]
        mistake = mistakes[0]
        if mistake is not None and all(mistakes):
            message = f"{program.quote(place)} {mistake.message}"
            yield Finding(RULE, *program.place(place), message, "", (), _fix(program, place, mistake), mistake.severity)


def _mistake(program: Program, given: ParamsGiven) -> Mistake | None:
    if given.place is given.call:
        return None  # it came in a starred argument
    if given.receiver == "add_param_group":
        return _no_dict(program, given)
    return _no_iterable(program, given) or _wrong_items(program, given)


def _no_iterable(program: Program, given: ParamsGiven) -> Mistake | None:
    place, value = given.place, given.value
    if isinstance(value, Instance | Opaque) and _is_module(program, place):
        message = "is a module, no iterable of its parameters: TypeError"
        return Mistake(message, _around(program, place, "", ".parameters()"), "ask it for its parameters")
    if isinstance(value, Opaque) and _is_method(program, place):
        return Mistake("is a method that is not called: TypeError", _around(program, place, "", "()"), "call it")
    if isinstance(value, Opaque) and _is_call(place, "state_dict"):
        return Mistake("is a dict, of which an optimizer would get the names: TypeError")
    if isinstance(value, Opaque) and _is_values_of_state_dict(place):
        message = "holds tensors that get no gradient: nothing is trained"
        return Mistake(message, severity=Severity.CORRECTNESS)
    if isinstance(value, Mapping):
        message = "is a dict, of which the optimizer would get the keys: TypeError, it wants a list of such groups"
        if given.receiver == "group":
            return Mistake("is a dict, of which the group would get the keys: TypeError")
        return Mistake(message, _around(program, place, "[", "]"), "put it into a list")
    if given.receiver == "group" and isinstance(value, Opaque) and _is_set(place):
        message = "has no order, in which the optimizer could keep its state: TypeError"
        if not isinstance(place, ir.Call):
            return Mistake(message)
        name = program.range(place.func)
        edits = ((name.start, name.end, "list(dict.fromkeys"), *_around(program, place, "", ")"))
        return Mistake(message, edits, "make it a list without duplicates")
    return None


def _around(program: Program, place: ir.Expression, before: str, behind: str) -> tuple[tuple[int, int, str], ...]:
    """The edits that put something around an expression."""
    span = program.range(place)
    edits = ((span.start, span.start, before), (span.end, span.end, behind))
    return tuple(edit for edit in edits if edit[2])


def _wrong_items(program: Program, given: ParamsGiven) -> Mistake | None:
    items = given.items or ()
    if any(isinstance(item, Mapping) for item in items) and given.receiver == "optimizer":
        others = any(isinstance(item, Several | Parameters | Sequence) for item in items)
        return Mistake("holds groups and parameters beside each other: TypeError") if others else None
    nested = [index for index, item in enumerate(items) if _is_nested(item)]
    if not nested:
        return None
    what = "lists or iterators of parameters"
    written = given.place.items if isinstance(given.place, ir.Collection) else ()
    is_plain = len(written) == len(items) and not any(isinstance(one, ir.Starred) for one in written)
    starts = [program.range(written[index]).start for index in nested] if is_plain else []
    edits = tuple((start, start, "*") for start in starts)
    return Mistake(f"holds {what}, not parameters: TypeError", edits, "unpack them")


def _is_nested(item: object) -> bool:
    if isinstance(item, Sequence):
        return item.kind != "tuple"  # a name and its parameter, which torch 2.6 and later take
    return isinstance(item, Parameters) and item.are_parameters


def _no_dict(program: Program, given: ParamsGiven) -> Mistake | None:
    place, value = given.place, given.value
    if not isinstance(value, Parameters | Sequence) or (isinstance(value, Parameters) and not value.are_parameters):
        return None
    message = "is no dict, and `add_param_group` wants one: TypeError"
    start, end = program.range(place).start, program.range(place).end
    if isinstance(value, Parameters) or all(isinstance(item, Several) for item in given.items or (None,)):
        return Mistake(message, ((start, start, '{"params": '), (end, end, "}")), "make a group of it")
    return Mistake(message)


def _is_module(program: Program, place: ir.Expression) -> bool:
    """Whether a name gets nothing but new modules that can't be iterated over to find parameters."""
    if not isinstance(place, ir.Name):
        return False
    function = function_around(program, place)
    if function is not None and any(one.name == place.id for one in function.function.parameters):
        return False
    values = assigned_to(place.id, program.statements_around(place))
    return bool(values) and all(isinstance(one, ir.Call) and _makes_module(program, one.func) for one in values)


def _makes_module(program: Program, function: ir.Expression) -> bool:
    imported = imported_names(program.module_of(function))
    if _are(meanings(dotted_name(function), imported), LAYERS):
        return True
    name = function.id if isinstance(function, ir.Name) else ""
    elements = program.elements_around(function)
    classes = [one for one in elements if isinstance(one, ir.DefineClass) and one.name == name]
    if len(classes) != 1 or len(classes[0].bases) != 1 or classes[0].decorators:
        return False
    members = {one.function.name for one in classes[0].body if isinstance(one, ir.Define)}
    base = meanings(dotted_name(classes[0].bases[0]), imported)
    return _are(base, MODULE) and members.isdisjoint(("__getattr__", "__getitem__", "__iter__"))


def _are(names: frozenset[str], wanted: frozenset[str]) -> bool:
    return bool(names) and names <= wanted


def _is_method(program: Program, place: ir.Expression) -> bool:
    """Whether `X.parameters` is a method: `X` is used as a module elsewhere."""
    if not isinstance(place, ir.Attribute) or place.attr not in ("named_parameters", "parameters"):
        return False
    owner = dotted_name(place.value)
    return owner is not None and any(
        isinstance(one, ir.Call)
        and isinstance(one.func, ir.Attribute)
        and one.func.attr in OF_MODULES
        and dotted_name(one.func.value) == owner
        for one in program.elements_around(place)
    )


def _is_call(expression: ir.Expression, attr: str) -> bool:
    if not isinstance(expression, ir.Call) or not isinstance(expression.func, ir.Attribute):
        return False
    return expression.func.attr == attr and not expression.arguments


def _is_values_of_state_dict(place: ir.Expression) -> bool:
    if not isinstance(place, ir.Call) or not isinstance(place.func, ir.Attribute):
        return False
    return _is_call(place, "values") and _is_call(place.func.value, "state_dict")


def _is_set(place: ir.Expression) -> bool:
    if isinstance(place, ir.Comprehension | ir.Collection):
        return place.kind == "set"
    return isinstance(place, ir.Call) and isinstance(place.func, ir.Name) and place.func.id == "set"


def _fix(program: Program, place: ir.Expression, mistake: Mistake) -> Fix | None:
    if not mistake.edits:
        return None
    source = program.source_of(place)
    edits = tuple(Edit(source.range(start, end), text) for start, end, text in mistake.edits)
    return Fix(Applicability.SAFE, mistake.title, edits)
