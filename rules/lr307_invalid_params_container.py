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
parameters and groups beside each other, nor for `state_dict()`, and no brackets, stars or groups around a parameter
of a function, an attribute or an import, which others may give what belongs there.

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
from lrlint.program.assignments import is_told_here
from lrlint.program.facts import ParamsGiven
from lrlint.program.insertions import put_before, put_behind, surround
from lrlint.program.models import is_model, is_used_as_model
from lrlint.program.search import is_plain_call
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


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a container, and the edits that repair it."""

    message: str
    edits: tuple[Edit, ...] = ()
    title: str = ""
    severity: Severity | None = None

    @property
    def fix(self) -> Fix | None:
        """The repair, which is safe, as the code always raises."""
        return Fix(Applicability.SAFE, self.title, self.edits) if self.edits else None


def check(program: Program) -> Iterator[Finding]:
    given: dict[tuple[ir.Expression, str], list[ParamsGiven]] = {}
    for one in program.facts.params_given:
        given.setdefault((one.place, one.receiver), []).append(one)
    for (place, _), visits in given.items():
        mistakes = [_mistake(program, one) for one in visits]
        mistake = mistakes[0]
        if mistake is not None and all(mistakes):
            message = f"{program.quote(place)} {mistake.message}"
            yield Finding(RULE, *program.place(place), message, "", (), mistake.fix, mistake.severity)


def _mistake(program: Program, given: ParamsGiven) -> Mistake | None:
    if given.place is given.call:
        return None  # it came in a starred argument
    if given.receiver == "add_param_group":
        return _no_dict(program, given)
    return _no_iterable(program, given) or _wrong_items(program, given)


def _no_iterable(program: Program, given: ParamsGiven) -> Mistake | None:
    place, value = given.place, given.value
    if isinstance(value, Instance | Opaque) and is_model(program, place):
        message = "is a module, no iterable of its parameters: TypeError"
        return Mistake(message, (put_behind(program, place, ".parameters()"),), "ask it for its parameters")
    if isinstance(value, Opaque) and _is_method(program, place):
        return Mistake("is a method that is not called: TypeError", (put_behind(program, place, "()"),), "call it")
    if isinstance(value, Opaque) and is_plain_call(place, "state_dict"):
        return Mistake("is a dict, of which an optimizer would get the names: TypeError")
    if isinstance(value, Opaque) and _is_values_of_state_dict(place):
        message = "holds tensors that get no gradient: nothing is trained"
        return Mistake(message, severity=Severity.CORRECTNESS)
    if isinstance(value, Mapping):
        message = "is a dict, of which the optimizer would get the keys: TypeError, it wants a list of such groups"
        if given.receiver == "group":
            return Mistake("is a dict, of which the group would get the keys: TypeError")
        edits = surround(program, place, "[", "]") if is_told_here(program, place) else ()
        return Mistake(message, edits, "put it into a list")
    if given.receiver == "group" and isinstance(value, Opaque) and _is_set(place):
        message = "has no order, in which the optimizer could keep its state: TypeError"
        if not isinstance(place, ir.Call):
            return Mistake(message)
        edits = (Edit(program.range(place.func), "list(dict.fromkeys"), put_behind(program, place, ")"))
        return Mistake(message, edits, "make it a list without duplicates")
    return None


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
    is_sure = is_plain and all(is_told_here(program, written[index]) for index in nested)
    edits = tuple(put_before(program, written[index], "*") for index in nested) if is_sure else ()
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
    are_parameters = isinstance(value, Parameters) or all(isinstance(one, Several) for one in given.items or (None,))
    if are_parameters and is_told_here(program, place):
        return Mistake(message, surround(program, place, '{"params": ', "}"), "make a group of it")
    return Mistake(message)


def _is_method(program: Program, place: ir.Expression) -> bool:
    """Whether this is `X.parameters`, and `X` is a model."""
    is_named = isinstance(place, ir.Attribute) and place.attr in ("named_parameters", "parameters")
    return is_named and isinstance(place, ir.Attribute) and is_used_as_model(program, place.value)


def _is_values_of_state_dict(place: ir.Expression) -> bool:
    if not isinstance(place, ir.Call) or not isinstance(place.func, ir.Attribute):
        return False
    return is_plain_call(place, "values") and is_plain_call(place.func.value, "state_dict")


def _is_set(place: ir.Expression) -> bool:
    if isinstance(place, ir.Comprehension | ir.Collection):
        return place.kind == "set"
    return isinstance(place, ir.Call) and isinstance(place.func, ir.Name) and place.func.id == "set"
