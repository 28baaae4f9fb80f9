"""The attributes of schedulers' objects: as recorded, and as the installed torch has them."""

from __future__ import annotations

import pytest

from lrlint.runtime.evidence import installed_torch
from lrlint.torch_api.members import BY_CLASS, VARYING, has_member

# Torch works without NumPy, and says so when it is imported.
pytestmark = pytest.mark.filterwarnings("ignore:Failed to initialize NumPy")

ARGUMENTS = {
    "ConstantLR": (),
    "CosineAnnealingLR": (6,),
    "CosineAnnealingWarmRestarts": (3,),
    "CyclicLR": (0.01, 0.1),
    "ExponentialLR": (0.5,),
    "LambdaLR": (lambda epoch: 1.0,),
    "LinearLR": (),
    "MultiStepLR": ([2, 4],),
    "MultiplicativeLR": (lambda epoch: 1.0,),
    "OneCycleLR": (0.1, 8),
    "PolynomialLR": (),
    "ReduceLROnPlateau": (),
    "SWALR": (0.01,),
    "StepLR": (2,),
}


@pytest.mark.parametrize("class_name", sorted(BY_CLASS))
def test_the_members_are_those_of_torch(class_name: str) -> None:
    if installed_torch() is None:
        pytest.skip("torch is not installed")
    import torch
    from torch.optim import lr_scheduler, swa_utils

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)
    parts = [lr_scheduler.StepLR(optimizer, 2), lr_scheduler.ExponentialLR(optimizer, 0.5)]
    if class_name == "SequentialLR":
        scheduler: object = lr_scheduler.SequentialLR(optimizer, parts, [2])
    elif class_name == "ChainedScheduler":
        scheduler = lr_scheduler.ChainedScheduler(parts)
    else:
        module = swa_utils if class_name == "SWALR" else lr_scheduler
        scheduler = getattr(module, class_name)(optimizer, *ARGUMENTS[class_name])
    members = {name for name in dir(scheduler) if not name.startswith("_")}
    assert members - VARYING == BY_CLASS[class_name] - VARYING


def test_what_is_not_the_same_everywhere_is_unknown() -> None:
    assert has_member("ReduceLROnPlateau", "patience") is True
    assert has_member("StepLR", "patience") is False
    assert has_member("ReduceLROnPlateau", "is_better") is None
    assert has_member("StepLR", "_step_count") is None
    assert has_member("LRScheduler", "gamma") is None
