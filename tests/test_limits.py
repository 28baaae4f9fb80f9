"""The values that torch's constructors refuse are the ones that the installed torch refuses."""

from __future__ import annotations

from typing import Any

import pytest

from lrlint.torch_api import signatures
from lrlint.torch_api.limits import refusal, refusal_at_step

torch = pytest.importorskip("torch")

NEWEST = signatures.releases()[-1]
NUMBERS = [0, 0.0, 1, 1.0, 0.5, 2, 2.0, -1, -0.1, 30]
VALUES: list[Any] = [
    *NUMBERS,
    "0.1",
    "min",
    "rel",
    "cos",
    "MAX",
    None,
    (0.1,),
    [0.1],
    (0.9, 0.999),
    [0.9, 0.999],
    (0, 0.999),
]
VALUES += [(0.9, 1), (1.0, 0.9), (0.9, -0.1), ("0.9", 0.999), (0, 0), (0.9, 0.99, 0.5)]

OPTIMIZERS = ("lr", "weight_decay", "momentum", "eps", "lr_decay", "initial_accumulator_value", "momentum_decay")
SCHEDULERS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "StepLR": ({"step_size": 2}, ("step_size",)),
    "CosineAnnealingLR": ({"T_max": 3}, ("T_max",)),
    "CosineAnnealingWarmRestarts": ({"T_0": 3}, ("T_0", "T_mult")),
    "LinearLR": ({}, ("start_factor", "end_factor")),
    "ConstantLR": ({}, ("factor",)),
    "ReduceLROnPlateau": ({}, ("factor", "mode", "threshold_mode")),
    "OneCycleLR": ({"max_lr": 0.1, "total_steps": 5}, ("total_steps", "pct_start", "anneal_strategy")),
    "CyclicLR": ({"base_lr": 0.01, "max_lr": 0.1}, ("step_size_up",)),
}


def parameters() -> list[Any]:
    return [torch.nn.Parameter(torch.ones(2, 2))]


def raises(build: Any) -> bool:
    try:
        build()
    except (TypeError, ValueError, IndexError, ArithmeticError):
        return True
    return False


OPTIMIZER_CLASSES = [
    signature.class_name
    for signature in signatures.signatures()
    if signature.kind == "optimizer" and signature.class_name not in ("Optimizer", "LBFGS")
]


@pytest.mark.parametrize("name", OPTIMIZER_CLASSES)
def test_optimizers(name: str) -> None:
    signature = signatures.optimizer(f"torch.optim.{name}")
    assert signature is not None
    for parameter in (*OPTIMIZERS, "betas", "rho", "alpha"):
        if signature.parameter(parameter) is None or (name, parameter) in (("Adafactor", "eps"), ("Muon", "eps")):
            continue
        for value in VALUES:
            refused = raises(lambda p=parameter, v=value: getattr(torch.optim, name)(parameters(), **{"lr": 0.1, p: v}))
            claimed = bool(refusal(name, parameter, value, NEWEST))
            if claimed or isinstance(value, int | float | tuple):
                assert claimed is refused, (parameter, value)


@pytest.mark.parametrize("name", SCHEDULERS)
def test_schedulers(name: str) -> None:
    others, of_class = SCHEDULERS[name]
    for parameter in of_class:
        for value in VALUES:
            optimizer = torch.optim.SGD(parameters(), lr=0.1, momentum=0.9)
            arguments = {**others, parameter: value}

            def build(optimizer: Any = optimizer, arguments: Any = arguments) -> Any:
                scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **arguments)
                if name in ("StepLR", "CosineAnnealingLR"):
                    optimizer.step()
                    scheduler.step()

            claimed = refusal(name, parameter, value, NEWEST) or refusal_at_step(name, parameter, value)
            if claimed:
                assert raises(build), (parameter, value, claimed)
            elif isinstance(value, int | float) and parameter not in ("mode", "threshold_mode", "anneal_strategy"):
                assert not raises(build), (parameter, value)
