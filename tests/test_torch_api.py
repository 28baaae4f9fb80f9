"""The facts about torch.optim: as recorded, and as the installed torch has them."""

from __future__ import annotations

import ast

import pytest

from lrlint.torch_api.signatures import Parameter, bind, optimizer, scheduler, signatures, torch_version
from tests.cases import installed_torch

# Torch works without NumPy, and says so when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:Failed to initialize NumPy")


@pytest.mark.parametrize(
    "name",
    ["torch.optim.SGD", "torch.optim.sgd.SGD"],
)
def test_an_optimizer_is_found_by_each_of_its_names(name: str) -> None:
    signature = optimizer(name)
    assert signature is not None
    assert signature.name == "torch.optim.SGD"
    assert signature.bases == ("torch.optim.Optimizer",)


@pytest.mark.parametrize(
    ("name", "class_name"),
    [
        ("torch.optim.lr_scheduler.StepLR", "StepLR"),
        ("torch.optim.lr_scheduler.LRScheduler", "LRScheduler"),
        ("torch.optim.lr_scheduler._LRScheduler", "_LRScheduler"),
        ("torch.optim.swa_utils.SWALR", "SWALR"),
    ],
)
def test_a_scheduler_is_found_by_its_name(name: str, class_name: str) -> None:
    signature = scheduler(name)
    assert signature is not None
    assert signature.class_name == class_name
    assert signature.parameters[0] == Parameter("optimizer")


@pytest.mark.parametrize("name", ["SGD", "timm.scheduler.StepLR", "torch.optim.lr_scheduler", ""])
def test_other_names_are_unknown(name: str) -> None:
    assert optimizer(name) is None
    assert scheduler(name) is None


def test_an_optimizer_is_no_scheduler() -> None:
    assert scheduler("torch.optim.SGD") is None
    assert optimizer("torch.optim.lr_scheduler.StepLR") is None


def test_keyword_only_parameters_and_defaults_are_kept() -> None:
    adam = optimizer("torch.optim.Adam")
    assert adam is not None
    assert Parameter("betas", default="(0.9, 0.999)") in adam.parameters
    assert Parameter("fused", keyword_only=True, default="None") in adam.parameters


def test_every_default_is_a_literal() -> None:
    for signature in signatures():
        for parameter in (*signature.parameters, *signature.step):
            if parameter.default is not None:
                ast.literal_eval(parameter.default)


SIGNATURE = (Parameter("params"), Parameter("lr", default="0.1"), Parameter("fused", keyword_only=True, default="None"))


@pytest.mark.parametrize(
    ("positional", "keywords", "bound"),
    [
        (["p"], {}, {"params": "p"}),
        (["p", "1"], {}, {"params": "p", "lr": "1"}),
        ([], {"lr": "1", "params": "p"}, {"params": "p", "lr": "1"}),
        (["p"], {"fused": "True"}, {"params": "p", "fused": "True"}),
        ([], {}, None),  # a required argument is missing
        (["p", "groups"], {"lr": "1"}, None),  # two arguments for lr
        (["p"], {"momentum": "0.9"}, None),  # no such parameter
        (["p", "1", "True"], {}, None),  # fused is keyword-only
    ],
)
def test_arguments_are_bound_as_python_does(
    positional: list[str], keywords: dict[str, str], bound: dict[str, str] | None
) -> None:
    assert bind(SIGNATURE, positional, keywords) == bound


def test_the_installed_torch_is_as_recorded() -> None:
    """Fails for a class or parameter that is not recorded; `python -m tests.record_torch_api` records it."""
    installed = installed_torch()
    if installed is None:
        pytest.skip("torch is not installed")
    if not installed.startswith(f"{torch_version()}."):
        pytest.skip(f"the facts describe torch {torch_version()}, installed is {installed}")
    from tests.record_torch_api import TARGET, as_text, installed_interface

    assert as_text(installed_interface()) == TARGET.read_text(encoding="utf-8")
