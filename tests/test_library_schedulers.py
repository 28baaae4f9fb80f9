"""Schedulers that functions of other packages build: known as those of torch that they are."""

from __future__ import annotations

import pytest

from lrlint.linter import lint_source
from lrlint.registry import load_rules
from lrlint.source import Source

PROGRAM = """
import torch
from {module} import {name}

model = torch.nn.Linear(1, 1)
optimizer = torch.optim.AdamW(model.parameters())
scheduler = {name}({arguments})
for step in range(9):
    model(torch.ones(1, 1)).sum().backward()
    optimizer.step()
    scheduler.step()
    print(scheduler.get_lr()[0])
"""


def findings(module: str, name: str, arguments: str) -> list[str]:
    source = Source("train.py", PROGRAM.format(module=module, name=name, arguments=arguments))
    return [finding.rule.code for finding in lint_source(source, load_rules()) if finding.rule.default]


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("transformers", "get_linear_schedule_with_warmup", "optimizer, 2, 9"),
        ("transformers.optimization", "get_constant_schedule", "optimizer=optimizer"),
        ("diffusers.optimization", "get_cosine_schedule_with_warmup", "optimizer, num_warmup_steps=2"),
        ("pytorch_transformers", "WarmupLinearSchedule", "optimizer, warmup_steps=2, t_total=9"),
    ],
)
def test_a_library_builds_a_lambda_lr(module: str, name: str, arguments: str) -> None:
    assert findings(module, name, arguments) == ["LR106"]


@pytest.mark.parametrize(
    ("module", "name", "arguments"),
    [
        ("utils", "get_linear_schedule_with_warmup", "optimizer, 2, 9"),
        ("transformers", "get_scheduler", "'linear', optimizer, 2, 9"),
        ("transformers", "get_linear_schedule_with_warmup", "*settings"),
        ("diffusers", "DDPMScheduler", "1000"),
    ],
)
def test_whatever_else_is_called_like_that_is_unknown(module: str, name: str, arguments: str) -> None:
    assert findings(module, name, arguments) == []
