"""The facts about torch: as recorded, as the installed torch has them, and how they are recorded."""

from __future__ import annotations

import ast
import json

import pytest

from lrlint.runtime.evidence import installed_torch
from lrlint.torch_api.signatures import (
    Parameter,
    Signature,
    bind,
    find,
    has_method,
    helper,
    optimizer,
    releases,
    scheduler,
    signatures,
)
from lrlint.torch_api.versions import version
from tests.record_torch_api import TARGET, as_text, joined, split
from tests.torch_wheels import Facts, read_interface

# What torch says when it is imported: it works without NumPy, and its own code is not up to date.
pytestmark = pytest.mark.filterwarnings("ignore:Failed to initialize NumPy", "ignore:`torch.jit:DeprecationWarning")


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


@pytest.mark.parametrize("release", [str(release) for release in releases()])
def test_every_default_is_a_literal_or_required_in_each_group(release: str) -> None:
    for signature in signatures(version(release)):
        for parameter in (*signature.parameters, *signature.step):
            if parameter.default not in (None, "required"):
                ast.literal_eval(parameter.default)


@pytest.mark.parametrize(
    ("name", "release", "parameters"),
    [
        ("SGD", "1.1", "params lr=required momentum=0 dampening=0 weight_decay=0 nesterov=False"),
        ("SGD", "2.1", "params lr=required … *maximize=False *foreach=None *differentiable=False"),
        ("SGD", "2.13", "params lr=0.001 … *differentiable=False *fused=None"),
        ("lr_scheduler.StepLR", "1.6", "optimizer step_size gamma=0.1 last_epoch=-1"),
        ("lr_scheduler.StepLR", "1.7", "optimizer … last_epoch=-1 verbose=False"),
        ("lr_scheduler.StepLR", "2.6", "optimizer … last_epoch=-1 verbose='deprecated'"),
        ("lr_scheduler.StepLR", "2.7", "optimizer … last_epoch=-1"),
        ("lr_scheduler.ReduceLROnPlateau", "1.6", "optimizer mode='min' factor=0.1 patience=10 verbose=False …"),
        ("lr_scheduler.ReduceLROnPlateau", "1.7", "optimizer mode='min' factor=0.1 patience=10 threshold=0.0001 …"),
        ("lr_scheduler._LRScheduler", "2.0", "optimizer last_epoch=-1 verbose=False"),
        ("lr_scheduler.LinearLR", "2.13", "optimizer start_factor=0.3333333333333333 end_factor=1.0 …"),
    ],
)
def test_a_class_has_the_parameters_of_the_release(name: str, release: str, parameters: str) -> None:
    signature = find_in(f"torch.optim.{name}", release)
    assert signature is not None
    first, _, last = parameters.partition("…")
    shown = " ".join(map(shown_parameter, signature.parameters))
    assert shown.startswith(first.rstrip())
    assert shown.endswith(last.strip())
    assert "…" in parameters or shown == parameters


def find_in(name: str, release: str) -> Signature | None:
    at = version(release)
    return optimizer(name, at) or scheduler(name, at)


def shown_parameter(parameter: Parameter) -> str:
    default = "" if parameter.default is None else f"={parameter.default}"
    return f"{'*' if parameter.keyword_only else ''}{parameter.name}{default}"


@pytest.mark.parametrize(
    ("name", "before", "since"),
    [
        ("torch.optim.AdamW", "1.1", "1.2"),
        ("torch.optim.Muon", "2.8", "2.9"),
        ("torch.optim.lr_scheduler.LRScheduler", "1.13", "2.0"),
        ("torch.optim.lr_scheduler.OneCycleLR", "1.2", "1.3"),
    ],
)
def test_a_class_is_known_from_its_first_release_on(name: str, before: str, since: str) -> None:
    assert find_in(name, before) is None
    assert find_in(name, since) is not None


def test_bases_are_those_of_the_release() -> None:
    plateau = "torch.optim.lr_scheduler.ReduceLROnPlateau"
    old, new = find_in(plateau, "2.1"), find_in(plateau, "2.2")
    assert old is not None
    assert old.bases == ()
    assert new is not None
    assert new.bases == ("torch.optim.lr_scheduler.LRScheduler",)


@pytest.mark.parametrize(
    ("name", "method", "release", "known"),
    [
        ("StepLR", "get_last_lr", "1.3", False),
        ("StepLR", "get_last_lr", "1.4", True),  # inherited
        ("ReduceLROnPlateau", "get_last_lr", "2.1", False),
        ("ReduceLROnPlateau", "get_last_lr", "2.2", True),
        ("StepLR", "print_lr", "2.6", True),
        ("StepLR", "print_lr", "2.7", False),
        ("PolynomialLR", "step", "1.12", False),  # no such class yet
        ("NoSuchLR", "step", "2.13", False),
    ],
)
def test_methods_are_those_of_the_release(name: str, method: str, release: str, known: bool) -> None:
    assert has_method(f"torch.optim.lr_scheduler.{name}", method, version(release)) is known


def test_helpers_are_neither_optimizers_nor_schedulers() -> None:
    zero = helper("torch.distributed.optim.ZeroRedundancyOptimizer")
    assert zero is not None
    assert zero.parameters[-1] == Parameter("defaults", stars=2)
    assert find(zero.name) is None
    assert helper("torch.amp.GradScaler") is not None
    assert helper("torch.optim.SGD") is None


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


def test_stars_collect_the_other_arguments() -> None:
    step = helper("torch.amp.GradScaler")
    assert step is not None
    assert bind(step.step, ["optimizer", "more"], {"closure": "c"}) == {"optimizer": "optimizer", "closure": "c"}
    assert bind(step.step, [], {"closure": "c"}) is None


# Against torch itself


def test_the_installed_torch_is_as_recorded() -> None:
    """Of a release that is newer than the facts, all must still be as in the newest that they describe."""
    installed = installed_torch()
    if installed is None:
        pytest.skip("torch is not installed")
    from tests.torch_interface import installed_classes, parameters_of

    release = min(version(installed), releases()[-1])
    if release not in releases():
        pytest.skip(f"the facts begin with torch {releases()[0]}")
    recorded = {signature.name: signature for signature in signatures(release)}
    differences = sorted(recorded.keys() ^ installed_classes().keys())
    for name, cls in installed_classes().items():
        known = recorded.get(name)
        if known is None:
            continue
        if known.parameters != parameters_of(cls.__init__):  # type: ignore[misc]
            differences.append(f"{name}.__init__")
        if known.step and known.step != parameters_of(cls.step):  # type: ignore[attr-defined]
            differences.append(f"{name}.step")
        bases = {other for other, one in installed_classes().items() if one in cls.__bases__}
        if set(known.bases) != bases:
            differences.append(f"the bases of {name}")
    assert not differences, (
        f"torch {installed} differs from lrlint/torch_api/signatures.json in {', '.join(differences)}: run"
        f" `python -m tests.record_torch_api {version(installed)}`, and look which rules the changes concern"
    )


# The script that records


def facts(parameters: str, *methods: str) -> Facts:
    row = {"bases": [], "parameters": parameters, "step": "closure=None"}
    return {"kind": "optimizer", "aliases": [], "methods": list(methods), **row}


def test_releases_without_a_change_are_one_stretch() -> None:
    old, new = facts("params, lr=required", "step"), facts("params, lr=0.1", "step", "train")
    data = joined({"1.9": {}, "1.10": {"SGD": old}, "2.0": {"SGD": old}, "2.1": {"SGD": new}})
    assert data["releases"] == ["1.9", "1.10", "2.0", "2.1"]
    assert data["classes"]["SGD"]["signatures"] == [
        {"since": "1.10", "until": "2.1", "bases": [], "parameters": "params, lr=required", "step": "closure=None"},
        {"since": "2.1", "bases": [], "parameters": "params, lr=0.1", "step": "closure=None"},
    ]
    assert data["classes"]["SGD"]["methods"] == {"step": ["1.10"], "train": ["2.1"]}


def test_what_was_joined_can_be_split_again() -> None:
    data = json.loads(TARGET.read_text(encoding="utf-8"))
    assert as_text(joined(split(data))) == TARGET.read_text(encoding="utf-8")


def test_a_module_is_read_as_python_would() -> None:
    optimizer_module = (
        "class Optimizer:\n    def __init__(self, params, defaults): pass\n    def zero_grad(self): pass\n"
    )
    sgd_module = """
from .optimizer import Optimizer, required

EPS = 1e-7

class _Hidden: pass

class SGD(Optimizer):
    def __init__(self, params: list, lr: float = required, size=2.0 ** 4, eps=(EPS, None), *, fused=None):
        pass
    @overload
    def step(self): ...
    @torch.no_grad()
    def step(self, closure=None): pass
    @property
    def state(self): pass

class Child(SGD):
    pass
"""
    found = read_interface({"torch.optim.optimizer": optimizer_module, "torch.optim.sgd": sgd_module})
    assert found.keys() == {"torch.optim.Optimizer", "torch.optim.SGD", "torch.optim.Child"}
    parameters = "params, lr=required, size=16.0, eps=(1e-07, None), *, fused=None"
    assert found["torch.optim.SGD"] == {
        "kind": "optimizer",
        "aliases": ["torch.optim.sgd.SGD"],
        "bases": ["torch.optim.Optimizer"],
        "parameters": parameters,
        "step": "closure=None",
        "methods": ["step"],
    }
    assert found["torch.optim.Child"]["parameters"] == parameters
    assert found["torch.optim.Child"]["step"] == "closure=None"
    assert found["torch.optim.Child"]["methods"] == []
