"""The mistakes of widely copied tutorials about schedulers and param groups, and what is right in them.

Each program holds one of these in words of its own; its marks are all that the rules that are on by default find in it.
"""

from __future__ import annotations

from functools import cache

import pytest

from lrlint.cases.case import marks
from lrlint.linter import lint_source
from lrlint.registry import RegisteredRule, load_rules, select_rules
from lrlint.source import Source

HEAD = """\
import torch
from torch import nn, optim
from torch.optim import lr_scheduler


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))


model = Net()
epochs = 60


def train(optimizer):
    optimizer.zero_grad()
    model(torch.ones(2, 3, 8, 8)).sum().backward()
    optimizer.step()


"""

IDS_AS_PARAMETERS = """\
head = list(map(id, model.fc.parameters()))
rest = filter(lambda p: id(p) not in head, model.parameters())
optimizer = optim.SGD([{"params": rest}, {"params": head, "lr": 0.1}], lr=0.01, momentum=0.9)  # LR302
"""

MISSPELT_MOMENTUM = """\
optimizer = optim.SGD(model.parameters(), lr=0.01, momenum=0.9)  # LR301
"""

PLATEAU_WITH_VERBOSE = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, "max", verbose=1, patience=3)  # LR401
for epoch in range(epochs):
    train(optimizer)
    scheduler.step(accuracy(model))
"""

PLATEAU_WITH_VERBOSE_IN_THE_FIFTH_PLACE = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, "min", 0.1, 10, False)  # LR211
for epoch in range(epochs):
    train(optimizer)
    scheduler.step(validation_loss(model))
"""

EPOCH_AT_THE_TOP = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = lr_scheduler.StepLR(optimizer, step_size=20)
for epoch in range(epochs):
    scheduler.step(epoch)  # LR101 LR102
    train(optimizer)
"""

WITHOUT_INDENTATION = """\
def adjust(optimizer, lr):
for group in optimizer.param_groups:  # LR000
group["lr"] = lr
"""

REPLACED_BEFORE_USE = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = lr_scheduler.LinearLR(optimizer, start_factor=0.1)  # LR220
scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs)
for epoch in range(epochs):
    train(optimizer)
    scheduler.step()
"""

VERBOSE_OF_THE_WARM_RESTARTS = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10, T_mult=2, verbose=False)  # LR401
for epoch in range(epochs):
    train(optimizer)
    scheduler.step()
"""

PRIVATE_BASE = """\
class Constant(lr_scheduler._LRScheduler):  # LR402
    def get_lr(self):
        return self.base_lrs
"""

INTERNALS_OF_THE_OPTIMIZER = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
train(optimizer)
print(optimizer._step_count)  # LR406
"""

PRINTS_ITS_LR = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = lr_scheduler.StepLR(optimizer, step_size=20)
for epoch in range(epochs):
    train(optimizer)
    scheduler.step()
    scheduler.print_lr(True, 0, 0.1)  # LR406
"""

WRAPPER = """\
class Warmup(lr_scheduler.LRScheduler):
    def __init__(self, optimizer, length, after):
        self.length = length
        self.after = after
        super().__init__(optimizer)

    def get_lr(self):
        if self.last_epoch > self.length:
            return self.after.get_lr()  # LR109
        return [lr * (self.last_epoch + 1) / self.length for lr in self.base_lrs]

    def step(self, epoch=None):
        if self.last_epoch > self.length:
            self.after.step()
        super().step(epoch)


optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = Warmup(optimizer, 5, lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs))
for epoch in range(epochs):
    train(optimizer)
    scheduler.step()
"""

WRAPPER_WITH_EPOCHS = """\
class Warmup(lr_scheduler.LRScheduler):
    def __init__(self, optimizer, length, after):
        self.length = length
        self.after = after
        super().__init__(optimizer)

    def get_lr(self):
        return [lr * (self.last_epoch + 1) / self.length for lr in self.base_lrs]

    def step(self, epoch=None):
        if epoch is not None and epoch > self.length:
            self.after.step(epoch - self.length)  # LR102
        else:
            super().step(epoch)


optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = Warmup(optimizer, 5, lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs))
for epoch in range(epochs):
    train(optimizer)
    scheduler.step(epoch)
"""

MOMENTUM_OF_ADAM = """\
optimizer = optim.Adam(model.parameters(), lr=0.01, momentum=0.9)  # LR301
"""

ALWAYS_TRUE = """\
convolutions, biases, others = [], [], []
for name, parameter in model.named_parameters():
    if "bias" in name:
        biases += [parameter]
    elif ("conv" or "fc" in name and "weight" in name):  # LR305
        convolutions += [parameter]
    else:
        others += [parameter]
optimizer = optim.SGD(others, lr=0.01)
optimizer.add_param_group({"params": biases})
"""

PARAMETERS_BESIDE_GROUPS = """\
optimizer = optim.SGD(
    filter(lambda p: p.requires_grad, model.parameters()),
    [{"params": model.conv.parameters()}, {"params": model.fc.parameters(), "lr": 0.1}],  # LR303
    lr=0.01,
    momentum=0.9,
)
"""

OVERLOADS = """\
class Plain(optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, dict(lr=lr, weight_decay=0.1))

    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                d_p = p.grad.data
                d_p.add_(group["weight_decay"], p.data)  # LR407
                p.data.add_(-group["lr"], d_p)  # LR407
"""

ONE_SPACE_TOO_MANY = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
for epoch in range(epochs):
    optimizer.zero_grad()
     optimizer.step()  # LR000
"""

STEP_BEHIND_TRAINING = """\
optimizer = optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
scheduler = {scheduler}
for epoch in range(epochs):
    train(optimizer)
    scheduler.step()
"""

SCHEDULERS = {
    "StepLR": "lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.1)",
    "MultiStepLR": "lr_scheduler.MultiStepLR(optimizer, milestones=[20, 40], gamma=0.1)",
    "ExponentialLR": "lr_scheduler.ExponentialLR(optimizer, gamma=0.95)",
    "CosineAnnealingLR": "lr_scheduler.CosineAnnealingLR(optimizer, T_max=(epochs // 9) + 1)",
    "warm restarts": "lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=10, T_mult=10)",
    "LambdaLR": "lr_scheduler.LambdaLR(optimizer, lr_lambda=lambda epoch: 1 / (epoch + 1))",
    "MultiplicativeLR": "lr_scheduler.MultiplicativeLR(optimizer, lr_lambda=lambda epoch: 0.95)",
    "CyclicLR": "lr_scheduler.CyclicLR(optimizer, base_lr=0.001, max_lr=0.1, step_size_up=10)",
    "OneCycleLR": "lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=epochs)",
    "LinearLR": "lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=10)",
    "PolynomialLR": "lr_scheduler.PolynomialLR(optimizer, total_iters=epochs, power=0.9)",
    "SequentialLR": "lr_scheduler.SequentialLR(optimizer, [lr_scheduler.ConstantLR(optimizer, 0.1, 5),"
    " lr_scheduler.ExponentialLR(optimizer, 0.9)], milestones=[5])",
}

IDS_FOR_MEMBERSHIP = """\
head = list(map(id, model.fc.parameters()))
base = filter(lambda p: id(p) not in head, model.parameters())
optimizer = optim.SGD([{"params": base}, {"params": model.fc.parameters(), "lr": 0.1}], lr=0.01, momentum=0.9)
"""

TWO_FILTERS = """\
first = filter(lambda p: p.dim() > 1, model.parameters())
second = filter(lambda p: p.dim() <= 1, model.parameters())
optimizer = optim.SGD([{"params": first}, {"params": second, "weight_decay": 0.0}], lr=0.01, weight_decay=0.001)
"""

FROZEN_PARAMETERS = """\
for parameter in model.conv.parameters():
    parameter.requires_grad = False
optimizer = optim.SGD(model.parameters(), lr=0.01)
for epoch in range(epochs):
    train(optimizer)
"""

ONE_LR_FOR_ALL_GROUPS = """\
def adjust_learning_rate(optimizer, epoch):
    lr = 0.01 * 0.1 ** (epoch // 30)
    for group in optimizer.param_groups:
        group["lr"] = lr


optimizer = optim.SGD(model.parameters(), lr=0.01)
for epoch in range(epochs):
    adjust_learning_rate(optimizer, epoch)
    train(optimizer)
"""

PLATEAU = """\
optimizer = optim.SGD(model.parameters(), lr=0.01)
scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, "max", patience=3)
for epoch in range(epochs):
    train(optimizer)
    scheduler.step(accuracy(model))
"""

MISTAKES = {
    "ids as parameters": IDS_AS_PARAMETERS,
    "misspelt momentum": MISSPELT_MOMENTUM,
    "plateau with verbose": PLATEAU_WITH_VERBOSE,
    "plateau with verbose in the fifth place": PLATEAU_WITH_VERBOSE_IN_THE_FIFTH_PLACE,
    "epoch at the top": EPOCH_AT_THE_TOP,
    "without indentation": WITHOUT_INDENTATION,
    "replaced before use": REPLACED_BEFORE_USE,
    "verbose of the warm restarts": VERBOSE_OF_THE_WARM_RESTARTS,
    "private base": PRIVATE_BASE,
    "internals of the optimizer": INTERNALS_OF_THE_OPTIMIZER,
    "prints its LR": PRINTS_ITS_LR,
    "wrapper": WRAPPER,
    "wrapper with epochs": WRAPPER_WITH_EPOCHS,
    "momentum of Adam": MOMENTUM_OF_ADAM,
    "always true": ALWAYS_TRUE,
    "parameters beside groups": PARAMETERS_BESIDE_GROUPS,
    "overloads": OVERLOADS,
    "one space too many": ONE_SPACE_TOO_MANY,
}

RIGHT = {
    **{name: STEP_BEHIND_TRAINING.format(scheduler=scheduler) for name, scheduler in SCHEDULERS.items()},
    "ids for membership": IDS_FOR_MEMBERSHIP,
    "two filters": TWO_FILTERS,
    "frozen parameters": FROZEN_PARAMETERS,
    "one LR for all groups": ONE_LR_FOR_ALL_GROUPS,
    "plateau": PLATEAU,
}


@cache
def default_rules() -> tuple[RegisteredRule, ...]:
    return tuple(select_rules(load_rules()))


def findings(source: Source) -> list[tuple[int, str]]:
    """The lines and codes of what is found by default."""
    return sorted((finding.range.line, finding.rule.code) for finding in lint_source(source, default_rules()))


@pytest.mark.parametrize("program", MISTAKES.values(), ids=MISTAKES.keys())
def test_the_mistakes_are_found(program: str) -> None:
    source = Source("tutorial.py", HEAD + program)
    assert marks(source)
    assert findings(source) == sorted(marks(source))


@pytest.mark.parametrize("program", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_is_left_alone(program: str) -> None:
    assert findings(Source("tutorial.py", HEAD + program)) == []
