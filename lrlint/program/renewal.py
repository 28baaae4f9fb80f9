"""Renewal: what each round of a loop builds anew, from things that are older than the loop."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.facts import OptimizerBuild, OptimizerStep, by_call
from lrlint.program.places import function_around
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import Element, descend, targets_of
from lrlint.program.selection import Parameters
from lrlint.program.values import Constant, External, Function, Opaque, Optimizer, Value, number_of
from lrlint.program.visit import Activation, Visit

if TYPE_CHECKING:
    from lrlint.program import Program

TRAINING = frozenset(
    ["cuda", "eval", "forward", "named_parameters", "parameters", "state_dict", "to", "train", "zero_grad"]
)
"""Members of a module that a training loop uses, and that leave its weights to the optimizer."""

WRITES = frozenset(["copy_", "data"])
"""What code mentions that sets weights by hand."""

WITH_STATE = frozenset(
    ["Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "SparseAdam"]
)
"""Optimizers that remember the gradients so far, whatever they are told; SGD does with a momentum."""


@dataclass(frozen=True, slots=True)
class RenewedOptimizer:
    """An optimizer with a state that each round of a loop builds anew, and a step that it takes in the round."""

    build: ir.Call
    step: ir.Call


def renewed_optimizers(program: Program) -> Iterator[RenewedOptimizer]:
    """The optimizers whose state is lost in each round of a loop over epochs, or after a single step."""
    for call, visits in by_call(program.facts.optimizer_builds).items():
        loop = next((loop for visit in visits if (loop := renewing_loop(visit.visit)) is not None), None)
        if loop is None or not _has_state(visits[0].optimizer) or not _is_alike(program, visits, loop):
            continue
        if _may_start_over(program, visits[0], loop.loop):
            continue
        steps = _steps_of(program, visits)
        if steps and all(_is_only_step(step, steps) or _is_in_epoch(step, loop.loop) for step in steps):
            yield RenewedOptimizer(call, steps[0].call)


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


def _has_state(optimizer: Optimizer) -> bool:
    class_name = optimizer.name.rpartition(".")[2]
    momentum = optimizer.argument("momentum")
    is_heavy = (number_of(momentum) or 0) > 0
    return class_name in WITH_STATE or (class_name == "SGD" and is_heavy)


def _is_alike(program: Program, builds: Sequence[OptimizerBuild], loop: Activation) -> bool:
    """Whether all of the optimizers are built from the same parameters and arguments, and nothing restores them."""
    facts = program.facts
    optimizers = {build.optimizer for build in builds}
    if len(builds) < 2 or not optimizers.isdisjoint(facts.restored | facts.escaped):
        return False
    parameters = [build.optimizer.argument("params") for build in builds]
    if not _is_same_module(parameters, loop):
        return False
    arguments = [value for name, value in builds[-1].optimizer.arguments if name != "params"]
    restored = {one.ident for one in facts.restored if isinstance(one, Opaque)}
    modules = {one.module.ident for one in parameters if isinstance(one, Parameters)}
    return restored.isdisjoint(modules) and all(is_fixed(value, loop) for value in arguments)


def _may_start_over(program: Program, build: OptimizerBuild, loop: ir.Loop) -> bool:
    """Whether the weights may be others in each round, so that a new optimizer is right."""
    function = function_around(program, build.call)
    parameters = build.optimizer.argument("params")
    code = (loop, *(function.function.body if function is not None else ()))
    return not isinstance(parameters, Parameters) or _may_be_set_back(parameters, code)


def _steps_of(program: Program, builds: Sequence[OptimizerBuild]) -> list[OptimizerStep]:
    """The steps of optimizers, where it is sure that they are those that were built here."""
    optimizers = {build.optimizer for build in builds}
    steps = [step for step in program.facts.optimizer_steps if not optimizers.isdisjoint(step.optimizers)]
    return steps if all(step.is_certain and step.optimizers <= optimizers for step in steps) else []


def _is_only_step(step: OptimizerStep, steps: Sequence[OptimizerStep]) -> bool:
    """Whether an optimizer takes one step and no other one."""
    return not _inner_loops(step) and all(other.call is step.call for other in steps)


def _is_in_epoch(step: OptimizerStep, loop: ir.Loop) -> bool:
    """Whether a loop is over epochs, and a step in it itself or in a loop over batches.

    A loop that counts may be one over epochs, of a training of its own for which a new optimizer is right.
    """
    is_over_epochs = isinstance(loop, ir.For) and isinstance(loop.target, ir.Name) and "epoch" in loop.target.id.lower()
    inner = _inner_loops(step)
    return is_over_epochs and len(inner) <= 1 and all(isinstance(one, ir.For) and not _counts(one) for one in inner)


def _inner_loops(step: OptimizerStep) -> tuple[ir.Loop, ...]:
    """The loops around a step that began after its optimizer was built."""
    return step.visit.rounds_since(max(one.ident for one in step.optimizers if isinstance(one, Optimizer)))


def _counts(loop: ir.For) -> bool:
    names = {one.id for one in descend((loop.iterable,)) if isinstance(one, ir.Name)}
    return not names.isdisjoint(["range", "trange", "count"])


def _is_same_module(parameters: Iterable[Value | None], activation: Activation) -> bool:
    """Whether all of these are all the parameters of one module that is older than a loop and stays as it is."""
    modules = {one.module if isinstance(one, Parameters) and not one.predicate else None for one in parameters}
    module = modules.pop() if len(modules) == 1 else None
    return module is not None and module.ident < activation.born and module.born < activation.born


def _may_be_set_back(parameters: Parameters, elements: Iterable[Element]) -> bool:
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
