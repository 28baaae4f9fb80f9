"""The schedules computed here against those that torch runs."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import pytest

from lrlint.linter import lint_source
from lrlint.registry import load_rules, select_rules
from lrlint.runtime.evidence import installed_torch
from lrlint.source import Source
from lrlint.torch_api.schedule import describe, learning_rates
from lrlint.torch_api.signatures import signatures

# Torch works without NumPy, and says so when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:Failed to initialize NumPy")

STEPS = 25


def combinations(scheduler: str, **choices: list[Any]) -> list[Any]:
    """One test parameter for every choice of one value per argument; `...` leaves the argument out."""
    rows = [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]
    given = [{name: value for name, value in row.items() if value is not ...} for row in rows]
    return [pytest.param(scheduler, row, id=f"{scheduler}{row}") for row in given]


TORCH_TAKES = [
    *combinations("StepLR", step_size=[1, 2, 7, 2.5], gamma=[..., 0.5, 1]),
    *combinations("MultiStepLR", milestones=[[2, 4], (4, 2), [0, 3, 3], [2.0], []], gamma=[..., 0.5]),
    *combinations("ExponentialLR", gamma=[0.9, 1, 2.0, 0]),
    *combinations("CosineAnnealingLR", T_max=[1, 2, 5, 10, 24, 30, 7.5], eta_min=[..., 0.001, 0.2]),
    *combinations("LinearLR", start_factor=[..., 0.1, 1], end_factor=[..., 0, 0.5], total_iters=[..., 1, 10, 2.5]),
    *combinations("ConstantLR", factor=[..., 0.5, 1], total_iters=[..., 0, 1, 10, 2.5]),
    *combinations("PolynomialLR", total_iters=[..., 1, 10, 30, 2.5], power=[..., 2, 0.5]),
    *combinations("CosineAnnealingWarmRestarts", T_0=[1, 3, 10], T_mult=[..., 2, 3], eta_min=[..., 0.001]),
    *combinations("CosineAnnealingLR", T_max=[5], last_epoch=[-1]),
    *combinations(
        "CyclicLR",
        base_lr=[0.01, [0.02]],
        max_lr=[0.1],
        step_size_up=[..., 2, 5],
        step_size_down=[..., 3, None],
        mode=[..., "triangular2", "exp_range"],
        gamma=[..., 0.99],
        cycle_momentum=[False],
    ),
    *combinations(
        "OneCycleLR",
        max_lr=[1, 0.1, [0.1]],
        total_steps=[25, 40],
        pct_start=[..., 0.25, 0.5],
        anneal_strategy=[..., "linear"],
        three_phase=[..., True],
        final_div_factor=[..., 10],
    ),
    *combinations("OneCycleLR", max_lr=[0.1], epochs=[5], steps_per_epoch=[5], div_factor=[..., 2]),
    *combinations("OneCycleLR", max_lr=[0.1], total_steps=[24]),  # torch lets one step more than total_steps pass
]

TORCH_REFUSES = [
    *combinations("StepLR", step_size=[0, "2", [2]]),
    *combinations("StepLR", gamma=[0.5]),
    *combinations("StepLR", step_size=[2], gama=[0.5]),
    *combinations("MultiStepLR", milestones=[3]),
    *combinations("ConstantLR", factor=[0, 1.5, -1]),
    *combinations("LinearLR", start_factor=[0, 1.5]),
    *combinations("LinearLR", end_factor=[-1, 2]),
    *combinations("CosineAnnealingLR", T_max=[0]),
    *combinations("CosineAnnealingWarmRestarts", T_0=[0, 2.5], T_mult=[..., 2]),
    *combinations("CosineAnnealingWarmRestarts", T_0=[3], T_mult=[0, 1.5]),
    *combinations("CyclicLR", base_lr=[0.01], max_lr=[0.1], mode=["triangle"]),
    *combinations("CyclicLR", base_lr=[[0.01, 0.02]], max_lr=[0.1]),
    *combinations("OneCycleLR", max_lr=[0.1]),
    *combinations("OneCycleLR", max_lr=[0.1], epochs=[5]),
    *combinations("OneCycleLR", max_lr=[0.1], total_steps=[23, 0, 2.5]),
    *combinations("OneCycleLR", max_lr=[0.1], total_steps=[30], pct_start=[1, 1.5]),
    *combinations("OneCycleLR", max_lr=[0.1], total_steps=[30], anneal_strategy=["exp"]),
]


def torch_learning_rates(scheduler: str, arguments: dict[str, Any], base_lr: float) -> list[float]:
    """The LRs that torch uses; raises what torch raises."""
    import torch

    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base_lr, momentum=0.9)
    schedule = getattr(torch.optim.lr_scheduler, scheduler)(optimizer, **arguments)
    used = []
    for step in range(STEPS):
        if step:
            schedule.step()
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
    return used


needs_torch = pytest.mark.skipif(installed_torch() is None, reason="torch is not installed")


@needs_torch
@pytest.mark.parametrize(("scheduler", "arguments"), TORCH_TAKES)
def test_the_schedule_is_the_one_of_torch(scheduler: str, arguments: dict[str, Any]) -> None:
    expected = torch_learning_rates(scheduler, arguments, 0.1)
    # Absolute noise matters only where the exact LR is 0 (the end of a cosine).
    assert learning_rates(scheduler, arguments, 0.1, STEPS) == pytest.approx(expected, rel=1e-9, abs=1e-15)


@needs_torch
@pytest.mark.parametrize(("scheduler", "arguments"), TORCH_REFUSES)
def test_what_torch_refuses_has_no_schedule(scheduler: str, arguments: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError, ArithmeticError)):
        torch_learning_rates(scheduler, arguments, 0.1)
    assert learning_rates(scheduler, arguments, 0.1, STEPS) is None


def test_the_first_entry_is_what_the_constructor_leaves() -> None:
    assert learning_rates("ConstantLR", {"factor": 0.5}, 0.1, 1) == (0.05,)
    assert learning_rates("StepLR", {"step_size": 2}, 0.1, 0) == ()


def test_a_dotted_name_is_understood() -> None:
    rates = learning_rates("torch.optim.lr_scheduler.ExponentialLR", {"gamma": 0.5}, 1.0, 3)
    assert rates == (1.0, 0.5, 0.25)


@pytest.mark.parametrize(
    ("scheduler", "arguments"),
    [
        ("LambdaLR", {"lr_lambda": 1}),  # a function decides
        ("ReduceLROnPlateau", {}),  # the metric decides
        ("timm.scheduler.StepLR", {"step_size": 2}),
        ("StepLR", {"step_size": object()}),
        ("StepLR", {"step_size": 2, "last_epoch": 3}),
        ("CyclicLR", {"base_lr": 0.1, "max_lr": 1, "scale_fn": "f"}),
    ],
)
def test_what_is_not_covered_has_no_schedule(scheduler: str, arguments: dict[str, object]) -> None:
    assert learning_rates(scheduler, arguments, 0.1, 5) is None


def test_every_other_scheduler_is_left_out_on_purpose() -> None:
    covered = {parameter.values[0] for parameter in TORCH_TAKES}
    classes = {signature.class_name for signature in signatures() if signature.kind == "scheduler"}
    assert classes - covered == {
        "LRScheduler",
        "_LRScheduler",
        "LambdaLR",
        "MultiplicativeLR",
        "SequentialLR",
        "ChainedScheduler",
        "ReduceLROnPlateau",
        "SWALR",
    }


@pytest.mark.parametrize(
    ("lr", "text"),
    [(0.1, "0.1"), (0.010000000000000002, "0.01"), (1e-5, "1e-05"), (0.0238366, "0.02384"), (0.0, "0"), (1.0, "1")],
)
def test_an_lr_is_written_as_people_do(lr: float, text: str) -> None:
    assert describe(lr) == text
    assert math.isclose(float(text), lr, rel_tol=1e-3, abs_tol=0)


@pytest.mark.parametrize(("epochs", "first_wrong"), [("range(6)", 1), ("range(1, 7)", 2), ("range(start, 6)", 1)])
def test_a_step_that_comes_early_names_the_epoch_as_the_loop_counts_it(epochs: str, first_wrong: int) -> None:
    text = f"""
import torch
from config import start

model = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in {epochs}:
    scheduler.step()
    optimizer.step()
"""
    (finding,) = lint_source(Source("train.py", text), select_rules(load_rules(), ["LR101"]))
    assert f"epoch {first_wrong} trains with 0.01 instead of 0.1" in finding.message
