"""Bypasses: steps of an optimizer by itself with gradients that a GradScaler has scaled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lrlint.program import ir
from lrlint.program.alternatives import leaves
from lrlint.program.facts import OptimizerStep
from lrlint.program.search import block_of, calls_of
from lrlint.program.values import GradScaler, Optimizer, ScaledLoss

if TYPE_CHECKING:
    from lrlint.program import Program

UNSCALING = frozenset(["_scale", "get_scale", "grad", "unscale_"])
"""Members of a GradScaler and of parameters with which gradients may be unscaled by hand."""


@dataclass(frozen=True, slots=True)
class Bypass:
    """A step of an optimizer by itself with gradients of a scaled loss.

    `beside` is the scaler's own step of it in the same block, `updates` are the
    calls that surely update the scaler.
    """

    step: OptimizerStep
    loss: ScaledLoss
    beside: OptimizerStep | None
    updates: frozenset[ir.Call]


def bypasses(program: Program) -> dict[ir.Call, Bypass]:
    """The steps that leave the scaler out, by their calls."""
    found: dict[ir.Call, Bypass] = {}
    for step in program.facts.optimizer_steps:
        bypass = _bypass(program, step) if step.call not in found else None
        if bypass is not None:
            found[step.call] = bypass
    return found


def _bypass(program: Program, step: OptimizerStep) -> Bypass | None:
    losses = [loss for loss in leaves(step.gradients) if isinstance(loss, ScaledLoss)]
    if step.through is not None or len(losses) < len(leaves(step.gradients)) or not _is_known(step):
        return None
    loss = min(losses, key=lambda one: one.scaler.ident)
    scalers = {one.scaler for one in losses}
    updates = frozenset(
        call.call
        for call in program.facts.method_calls
        if call.attr == "update" and call.owners & scalers and call.visit.branches <= step.visit.branches
    )
    if scalers & program.facts.escaped:
        return None
    own = [
        s
        for s in program.facts.optimizer_steps
        if s.optimizers == step.optimizers and isinstance(s.through, GradScaler)
    ]
    beside = next((s for s in own if _are_neighbours(s, step)), None)
    if beside is None and not _stays_scaled(program, step, loss, own):
        return None
    return Bypass(step, loss, beside, updates)


def _is_known(step: OptimizerStep) -> bool:
    return step.is_certain and all(isinstance(optimizer, Optimizer) for optimizer in step.optimizers)


def _are_neighbours(one: OptimizerStep, other: OptimizerStep) -> bool:
    """Whether two steps are statements of one block, with the gradients of one loss."""
    if one.visit.branches != other.visit.branches or one.visit.rounds != other.visit.rounds:
        return False
    block = block_of(other.visit.module.lowered.body.body, other.visit.statement) or ()
    if one.visit.statement not in block or one.visit.statement is other.visit.statement:
        return False
    first, last = sorted((block.index(one.visit.statement), block.index(other.visit.statement)))
    return not any(calls_of(frozenset(["backward", "zero_grad"]), block[first:last]))


def _stays_scaled(program: Program, step: OptimizerStep, loss: ScaledLoss, own: list[OptimizerStep]) -> bool:
    """Whether nothing else unscales the gradients, and they are surely those of this optimizer."""
    if any(isinstance(e, ir.Attribute) and e.attr in UNSCALING for e in program.elements_with(step.call)):
        return False
    if loss.scaler.enabled is not None and (own or not step.visit.branches <= loss.branches):
        return False  # the code may well tell the two cases apart
    plain = set(calls_of(frozenset(["backward"]), program.statements_with(step.call))) - program.facts.scaled_backwards
    others = [s for s in program.facts.optimizer_steps if s.optimizers != step.optimizers]
    return bool(own) or not plain or not others
