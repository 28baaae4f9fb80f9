"""Muon gets all parameters of a model that has biases or other parameters which are no matrices.

## What it finds

`Muon(model.parameters())`, or a param group of it, where `model` is built in view and has a layer with a bias, a
convolution or a normalization.

    optim.Muon(model.parameters(), lr=0.02)                               # LR313
    matrices = [p for p in model.parameters() if p.ndim == 2]
    others = [p for p in model.parameters() if p.ndim != 2]
    optim.Muon(matrices, lr=0.02), optim.AdamW(others, lr=1e-3)           # right

## Why it harms

It raises: `ValueError: Muon only supports 2D parameters whereas we found a parameter with size: torch.Size([8])`.

## Fix and its safety

No fix: the other parameters need an optimizer of their own.

## What it cannot see

Models that come from elsewhere, parameters that were chosen by any test, and layers that a model takes from another
class.

## torch versions

2.9 and later, which have Muon.

## References

* https://pytorch.org/docs/stable/generated/torch.optim.Muon.html
"""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.attempts import is_attempt
from lrlint.program.imported import imported_names, meanings
from lrlint.program.places import function_around
from lrlint.program.rewrite import dotted_name
from lrlint.program.search import assigned_to, descend
from lrlint.rule import Rule, Severity

RULE = Rule(
    code="LR313",
    name="muon-non-matrix-params",
    summary="Muon gets parameters that are no matrices",
    severity=Severity.ERROR,
    gate=("torch", "optim", "Muon", "parameters|named_parameters"),
    since="2.9",
)

MUON = "torch.optim.Muon"

WITH_BIAS = frozenset(["Bilinear", "GRU", "LSTM", "Linear", "RNN"])
"""Layers whose bias is a vector, unless they are told to have none."""

NO_MATRICES = frozenset(
    [
        *("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "LayerNorm", "RMSNorm"),
        *("Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"),
    ]
)
"""Layers with parameters of one dimension, or of more than two."""

SWITCHES = frozenset(["affine", "bias", "elementwise_affine"])
"""Arguments that leave out parameters."""


def check(program: Program) -> Iterator[Finding]:
    for build in program.optimizer_builds.values():
        if build.optimizer.name != MUON or is_attempt(program, build.call):
            continue
        for group in build.groups or ():
            whole = [part for part in group.parameters or () if not part.conditions]
            layers = [layer for part in whole for layer in _layers(program, part.source)]
            if group.content is not None and layers:
                yield Finding(
                    RULE,
                    *program.place(group.content),
                    f"{program.quote(group.content)} gives Muon more than matrices, as those of"
                    f" {program.quote(layers[0])}: ValueError",
                    "not all of these have two dimensions",
                )
                break


def _layers(program: Program, source: ir.Expression) -> list[ir.Call]:
    """The layers of the model in `model.parameters()` that surely have parameters which are no matrices."""
    if isinstance(source, ir.Call) and dotted_name(source.func) in ("list", "tuple") and len(source.arguments) == 1:
        return _layers(program, source.arguments[0].value)
    owner = source.func.value if isinstance(source, ir.Call) and isinstance(source.func, ir.Attribute) else None
    if not isinstance(owner, ir.Name):
        return []
    function = function_around(program, owner)
    if function is not None and any(one.name == owner.id for one in function.function.parameters):
        return []
    body = program.statements_around(owner)
    values = assigned_to(owner.id, body if function is None else function.function.body) or assigned_to(owner.id, body)
    made = [_layers_of(program, one.func, one) for one in values if isinstance(one, ir.Call)]
    return made[0] if len(values) == len(made) == 1 else []


def _layers_of(program: Program, function: ir.Expression, call: ir.Call) -> list[ir.Call]:
    """The layers in what a call builds: itself, what a Sequential gets, what the constructor of a class makes."""
    name = _layer(program, function)
    if name == "Sequential":
        inner = [one for one in descend(call.arguments) if isinstance(one, ir.Call)]
        return [one for one in inner if _is_no_matrix(program, one)]
    if name is not None:
        return [call] if _is_no_matrix(program, call) else []
    written = dotted_name(function)
    classes = [
        one for one in program.elements_around(function) if isinstance(one, ir.DefineClass) and one.name == written
    ]
    if len(classes) != 1 or [_layer(program, base) for base in classes[0].bases] != ["Module"]:
        return []
    members = [one.function for one in classes[0].body if isinstance(one, ir.Define)]
    if any(one.name == "parameters" for one in members):
        return []
    inits = [one for one in members if one.name == "__init__"]
    kept = [one.value for init in inits for one in init.body if isinstance(one, ir.Assign) and _is_member(one)]
    return [one for one in kept if isinstance(one, ir.Call) and _is_no_matrix(program, one)]


def _is_member(statement: ir.Assign) -> bool:
    return any((dotted_name(target) or "").startswith("self.") for target in statement.targets)


def _is_no_matrix(program: Program, call: ir.Call) -> bool:
    """Whether a layer surely has parameters that are no matrices."""
    name = _layer(program, call.func)
    if any(one.star or one.keyword in SWITCHES for one in call.arguments):
        return False
    positional = sum(one.keyword is None for one in call.arguments)
    return name in NO_MATRICES or (name in WITH_BIAS and positional < 3)


def _layer(program: Program, function: ir.Expression) -> str | None:
    """`Linear` of `nn.Linear`, where that is torch's."""
    named = meanings(dotted_name(function), imported_names(program.module_of(function)))
    classes = {name.removeprefix("torch.nn.") for name in named}
    is_torch = len(named) == 1 and all(name.startswith("torch.nn.") for name in named)
    return classes.pop() if is_torch else None
