"""The gate drops no file that a rule could have a finding in."""

from __future__ import annotations

import pytest

from lrlint.gate import rules_for
from lrlint.registry import load_rules
from lrlint.torch_api import signatures

RULES = load_rules()
CLASSES = [signature for signature in signatures.signatures() if signature.class_name not in ("Optimizer",)]


@pytest.mark.parametrize("name", [one.name for one in CLASSES if one.kind == "optimizer"])
def test_every_optimizer_opens_the_gate_to_the_rules_on_params(name: str) -> None:
    codes = {one.rule.code for one in rules_for(f"import torch\n{name}([])".encode(), RULES)}
    assert {"LR000", "LR303", "LR304"} <= codes


@pytest.mark.parametrize("name", [one.name for one in CLASSES if one.kind == "scheduler"])
def test_every_scheduler_opens_the_gate_to_the_rules_on_steps(name: str) -> None:
    codes = {one.rule.code for one in rules_for(f"import torch\n{name}(optimizer).step()".encode(), RULES)}
    assert {"LR000", "LR101", "LR102", "LR103"} <= codes


@pytest.mark.parametrize("text", ["", "import numpy", "import torch", "torchvision.optimizer", "lr_scheduler.step()"])
def test_a_file_without_the_words_goes_no_further(text: str) -> None:
    assert rules_for(text.encode(), RULES) == ()
