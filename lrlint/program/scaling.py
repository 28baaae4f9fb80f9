"""Scaled gradients: torch's GradScaler, and what `backward` was last called on."""

from __future__ import annotations

from lrlint.program import ir
from lrlint.program.alternatives import alternatives
from lrlint.program.arguments import Arguments
from lrlint.program.state import UNSCALED
from lrlint.program.values import Constant, GradScaler, ScaledLoss, Value
from lrlint.program.walk import Frame

SCALERS = {
    "torch.amp.GradScaler": 5,
    "torch.amp.grad_scaler.GradScaler": 5,
    "torch.cpu.amp.GradScaler": 4,
    "torch.cpu.amp.grad_scaler.GradScaler": 4,
    "torch.cuda.amp.GradScaler": 4,
    "torch.cuda.amp.grad_scaler.GradScaler": 4,
}
"""The names of torch's GradScaler, with the position of the parameter `enabled`."""

_OFF = Constant(False)


def build_scaler(position: int, frame: Frame, call: ir.Call, arguments: Arguments) -> Value:
    """A new GradScaler, `enabled` being the parameter at `position`.

    One that begins with a scale of 1 scales nothing, as one that is surely disabled.
    """
    given = dict(enumerate(arguments.positional)).get(position)
    scale = arguments.keywords.get("init_scale", dict(enumerate(arguments.positional)).get(position - 4))
    enabled = frame.walk.opaque() if arguments.has_star else arguments.keywords.get("enabled", given)
    if scale == Constant(1) or (isinstance(enabled, Constant) and not enabled.value):
        enabled = _OFF
    elif isinstance(enabled, Constant):
        enabled = None
    return GradScaler(frame.walk.tick(), call, enabled)


def call_scaler(frame: Frame, scaler: GradScaler, attr: str, call: ir.Call) -> Value:
    """The value of a call of a method of a GradScaler, other than `step`."""
    if attr != "scale" or scaler.enabled == _OFF:
        return frame.walk.opaque()
    return ScaledLoss(scaler, call, frame.visit().branches)


def note_backward(frame: Frame, loss: Value, call: ir.Call) -> None:
    """`loss.backward()`: remember whether the gradients are scaled from now on."""
    is_scaled = all(isinstance(one, ScaledLoss) for one in alternatives(loss))
    frame.state.gradients = loss if is_scaled else UNSCALED
    if is_scaled:
        frame.walk.facts.scaled_backwards.add(call)
