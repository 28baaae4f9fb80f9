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


CONDITIONS = [
    'if "bias" or "norm" in name:',
    'if ("bias") or "norm" in name:',
    "if 'bias' 'norm' and name:",
    'if name == "bias" or "norm":',
    'if (name == "bias" or  # these as well\n        ("norm")):',
    'lambda name: "it\\\'s" or name',
    'keep = name != "bias" or name != "norm"',
    'keep = (name != "bias") or (name != "norm")',
    'if ("bias", "norm") in name:',
    'if ("bias", "norm",\n) not in name:',
]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_shape_of_a_condition_on_names_lets_it_pass(condition: str) -> None:
    text = f"import torch\nfor name, p in model.named_parameters():\n    {condition}"
    assert "LR305" in {one.rule.code for one in rules_for(text.encode(), RULES)}


@pytest.mark.parametrize("condition", ['if "bias" in name or "norm" in name:', 'if name.endswith("bias") or last:'])
def test_conditions_of_another_shape_go_no_further(condition: str) -> None:
    text = f"import torch\nfor name, p in model.named_parameters():\n    {condition}"
    assert "LR305" not in {one.rule.code for one in rules_for(text.encode(), RULES)}
