"""Notebooks for tests, as Jupyter writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

PYTHON = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python", "version": "3.12.1"},
}

SETUP = """\
import torch
from torch.optim.lr_scheduler import StepLR

model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"""
SCHEDULER = "scheduler = StepLR(optimizer, 30)"
EPOCH_ARGUMENT = "for epoch in range(90):\n    optimizer.step()\n    scheduler.step(epoch + 1)"
LOOP = EPOCH_ARGUMENT.replace("epoch + 1", "")
WRONG_ORDER = "for epoch in range(90):\n    scheduler.step()\n    optimizer.step()"


def code(source: str, as_list: bool = True) -> dict[str, Any]:
    """A code cell that has been run."""
    return {
        "cell_type": "code",
        "execution_count": 7,
        "metadata": {"scrolled": True},
        "outputs": [{"name": "stdout", "output_type": "stream", "text": ["loss 0.5 \u2192 0.25\n"]}],
        "source": source.splitlines(keepends=True) if as_list else source,
    }


def markdown(source: str) -> dict[str, Any]:
    """A cell of text."""
    return {"cell_type": "markdown", "metadata": {}, "source": [source]}


def document(cells: Sequence[dict[str, Any]], metadata: Mapping[str, Any] = PYTHON) -> dict[str, Any]:
    """The notebook of these cells in version 4 of the format."""
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def notebook(*cells: str, ascii_only: bool = False, as_list: bool = True) -> bytes:
    """A heading and these code cells, so that the first of them is cell 2."""
    parts = [markdown("# Über das Training"), *(code(cell, as_list) for cell in cells)]
    return (json.dumps(document(parts), indent=1, ensure_ascii=ascii_only) + "\n").encode()


def sources(data: bytes) -> list[str]:
    """The texts of all cells."""
    cells = json.loads(data.decode("utf-8-sig"))["cells"]
    return ["".join(cell["source"]) for cell in cells]
