"""One training program with a place for each part that people get wrong.

Mistakes in different parts make one program together: around one optimizer, one scheduler, in one loop.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

PROGRAM = """\
import copy

import torch
from torch import nn
from torch.optim import lr_scheduler

EPOCHS = 4


<annotated>


<custom>


<dispatch>


<update_by_hand>


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 1)

    def forward(self, inputs):
        return self.head(self.body(inputs))


model = Net()
scale = nn.Linear(1, 1)
batches = [torch.ones(8, 4)] * 2
<constants>
<groups>
<built>

for epoch in range(EPOCHS):
    <top>
    for i, inputs in enumerate(batches):
        <zero>
        loss = scale(model(inputs)).square().mean()
        <backward>
        <clip>
        <update>
        <batch_end>
    <end>
    <decay>
    <log>
    <shown>
    <last>
"""

PARTS = {
    "annotated": "def describe(scheduler: lr_scheduler.LRScheduler) -> str:\n    return type(scheduler).__name__",
    "custom": "",
    "dispatch": "",
    "update_by_hand": "",
    "constants": "",
    "groups": "",
    "built": "<optimizer>\n<scheduler>",
    "added": "",
    "optimizer": "optimizer = torch.optim.<optimizer class>(<params>, <hyper>)\n<added>",
    "optimizer class": "SGD",
    "params": "model.parameters()",
    "hyper": "lr=0.1",
    "scheduler": "scheduler = lr_scheduler.<schedule>",
    "schedule": "<scheduler class>(<target>, <arguments><last_epoch><verbose>)",
    "scheduler class": "StepLR",
    "target": "optimizer",
    "arguments": "step_size=2, gamma=0.5",
    "last_epoch": "",
    "verbose": "",
    "top": "",
    "zero": "optimizer.zero_grad()",
    "backward": "loss.backward()",
    "clip": "",
    "update": "optimizer.step()",
    "batch_end": "",
    "end": "scheduler.step()",
    "decay": "",
    "log": "print(epoch, scheduler.get_last_lr())",
    "shown": "",
    "last": "",
}

_PLACE = re.compile(r"^( *)<([a-z_ ]+)>$|<([a-z_ ]+)>", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Mistake:
    """What a rule finds in some parts of the program, and the same parts as its fix leaves them."""

    code: str
    wrong: Mapping[str, str]
    right: Mapping[str, str]


def program(parts: Iterable[Mapping[str, str]]) -> str:
    """The program with these parts in place of the right ones."""
    filled = dict(PARTS)
    for one in parts:
        filled.update(one)
    text = PROGRAM
    while (place := _PLACE.search(text)) is not None:
        text = text[: place.start()] + _content(place, filled) + text[place.end() :]
    lines = [line for line in text.split("\n") if line.strip() != _NOTHING]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines))


_NOTHING = "<>"


def _content(place: re.Match[str], parts: Mapping[str, str]) -> str:
    indent, statements, piece = place.groups()
    if piece is not None:
        return parts[piece]
    lines = parts[statements].split("\n") if parts[statements] else [_NOTHING]
    return "\n".join(f"{indent}{line}" for line in lines)


def fit_together(mistakes: Iterable[Mistake]) -> bool:
    """Whether no two of them change the same part, so that one program can have them all."""
    parts = [part for mistake in mistakes for part in mistake.wrong.keys() | mistake.right.keys()]
    return len(parts) == len(set(parts))
