"""Renewal: what each round of a loop builds anew, from things that are older than the loop."""

from __future__ import annotations

from collections.abc import Iterable

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import Element, descend, targets_of
from lrlint.program.selection import Parameters
from lrlint.program.values import Constant, External, Function, Opaque, Optimizer, Value
from lrlint.program.visit import Activation, Visit

TRAINING = frozenset(
    ["cuda", "eval", "forward", "named_parameters", "parameters", "state_dict", "to", "train", "zero_grad"]
)
"""Members of a module that a training loop uses, and that leave its weights to the optimizer."""

WRITES = frozenset(["copy_", "data"])
"""What code mentions that sets weights by hand."""


def renewing_loop(visit: Visit) -> Activation | None:
    """The innermost loop around a place, in a later round, if every round comes there; else None."""
    if not visit.activations or any(activation.is_first_round for activation in visit.activations):
        return None
    innermost = visit.activations[-1]
    is_guarded = any(decision > innermost.entered for decision, _ in visit.branches)
    return None if is_guarded else innermost


def is_fixed(value: Value, activation: Activation) -> bool:
    """Whether a value is surely the same in all rounds of a loop."""
    if isinstance(value, Constant | External):
        return True
    if isinstance(value, Function):
        return value.function.mentions.isdisjoint(_assigned_in(activation.loop))
    if isinstance(value, Opaque):
        return value.born < activation.born and not value.counters
    return False


def is_older(optimizer: Value, activation: Activation) -> bool:
    """Whether an optimizer surely was there before a loop began."""
    return all(
        (isinstance(one, Optimizer) and one.ident < activation.born)
        or (isinstance(one, Opaque) and not one.path and one.ident < activation.born)
        for one in alternatives(optimizer)
    )


def is_same_module(parameters: Iterable[Value | None], activation: Activation) -> bool:
    """Whether all of these are all the parameters of one module that is older than a loop and stays as it is."""
    modules = {one.module if isinstance(one, Parameters) and not one.predicate else None for one in parameters}
    module = modules.pop() if len(modules) == 1 else None
    return module is not None and module.ident < activation.born and module.born < activation.born


def may_be_set_back(parameters: Parameters, elements: Iterable[Element]) -> bool:
    """Whether code does more with a module than to train it, so that its weights may not go on from round to round."""
    source = parameters.source
    call = source.func if isinstance(source, ir.Call) else source
    name = dotted_name(call.value) if isinstance(call, ir.Attribute) else None
    attributes = [element for element in descend(elements) if isinstance(element, ir.Attribute)]
    return name is None or any(
        one.attr in WRITES or (one.attr not in TRAINING and dotted_name(one.value) == name) for one in attributes
    )


def _assigned_in(loop: ir.Loop) -> frozenset[str]:
    elements = list(descend((loop,)))
    targets = [target for element in elements for target in targets_of(element)]
    targets += [element.target for element in elements if isinstance(element, ir.For)]
    return frozenset(one.id for one in descend(targets) if isinstance(one, ir.Name))
