"""A mistake of each rule that has a fix, for the places of the training program; and pairs of which one is none."""

from __future__ import annotations

from collections.abc import Mapping

from tests.training_program import Mistake


def _in(part: str, code: str, wrong: str, right: str, **also: str) -> Mistake:
    """A mistake in one part; others that it needs, right and wrong alike, are given by name."""
    needs = {name.replace("__", " "): text for name, text in also.items()}
    return Mistake(code, {part: wrong, **needs}, {part: right, **needs})


def _loop(code: str, wrong: Mapping[str, str], right: Mapping[str, str], **also: str) -> Mistake:
    """A mistake in several parts, of which those that are not given are empty."""
    needs = {name.replace("__", " "): text for name, text in also.items()}
    names = wrong.keys() | right.keys()
    return Mistake(
        code,
        {**{name: wrong.get(name, "") for name in names}, **needs},
        {**{name: right.get(name, "") for name in names}, **needs},
    )


_STEP = "scheduler.step()"
_METRIC = "scheduler.step(loss.item())"
_TWO_GROUPS = '[{"params": model.body.parameters()}, {"params": model.head.parameters(), "weight_decay": 0.1}]'

_TWO_LISTS = (
    '[{"params": list(model.body.parameters())}, {"params": list(model.head.parameters()), "weight_decay": 0.1}]'
)
_OPTIMIZER = """\
class Descent(torch.optim.Optimizer):
    def step(self, closure=None):
        for one in self.param_groups:
            for p in one["params"]:
                p.data.add_({})"""

_OWN_SCHEDULER = """\
class ShrunkLR(lr_scheduler.LRScheduler):
    def __init__(self, optimizer, factor):
        {}
        {}

    def get_lr(self):
        return [lr * self.factor**self.last_epoch for lr in self.base_lrs]"""
_ATTRIBUTE_LAST = ("super().__init__(optimizer)", "self.factor = factor")

MISTAKES = (
    # Steps
    _loop("LR101", {"top": _STEP}, {"last": _STEP}, end=""),
    _loop("LR102", {"top": "scheduler.step(epoch)"}, {"last": _STEP}, end=""),
    _in("end", "LR102", "scheduler.step(epoch + 1)", _STEP),
    _in("end", "LR103", _METRIC, _STEP),
    _in("log", "LR106", "print(epoch, scheduler.get_lr())", "print(epoch, scheduler.get_last_lr())"),
    _loop(
        "LR107",
        {"end": _STEP},
        {"batch_end": _STEP},
        scheduler__class="OneCycleLR",
        arguments="max_lr=0.1, total_steps=EPOCHS * len(batches)",
    ),
    _in("update", "LR113", "optimizer.step", "optimizer.step()"),
    _in("update", "LR114", "optimizer.step(loss)", "optimizer.step()"),
    _loop(
        "LR116",
        {"update": "if (i + 1) % 2 == 0:\n    optimizer.step()\n    optimizer.zero_grad()", "batch_end": _STEP},
        {"update": f"if (i + 1) % 2 == 0:\n    optimizer.step()\n    {_STEP}\n    optimizer.zero_grad()"},
        zero="",
        end="",
    ),
    _in(
        "update",
        "LR117",
        "optimizer.step()\nscaler.update()",
        "scaler.step(optimizer)\nscaler.update()",
        constants='scaler = torch.amp.GradScaler("cpu")',
        backward="scaler.scale(loss).backward()",
    ),
    # The order of construction
    _in(
        "built",
        "LR111",
        "<optimizer>\n<scheduler>\noptimizer = torch.optim.Adam(model.parameters(), lr=0.1)",
        "<optimizer>\noptimizer = torch.optim.Adam(model.parameters(), lr=0.1)\n<scheduler>",
    ),
    _in(
        "built",
        "LR119",
        '<optimizer>\noptimizer.load_state_dict(checkpoint["optimizer"])\n<scheduler>\n'
        'scheduler.load_state_dict(checkpoint["scheduler"])',
        '<optimizer>\n<scheduler>\noptimizer.load_state_dict(checkpoint["optimizer"])\n'
        'scheduler.load_state_dict(checkpoint["scheduler"])',
        constants="checkpoint = torch.load('checkpoint.pt')",
        scheduler__class="LinearLR",
        arguments="0.1, total_iters=8",
    ),
    _in(
        "built",
        "LR220",
        "<optimizer>\nscheduler = lr_scheduler.ConstantLR(optimizer)\n<scheduler>",
        "<optimizer>\n<scheduler>",
    ),
    # LRs by hand
    _in(
        "decay",
        "LR131",
        "if epoch == 2:\n    optimizer.lr = 0.01",
        'if epoch == 2:\n    for group in optimizer.param_groups:\n        group["lr"] = 0.01',
    ),
    _in(
        "shown",
        "LR132",
        "print([one.lr for one in optimizer.param_groups])",
        'print([one["lr"] for one in optimizer.param_groups])',
    ),
    _in(
        "decay",
        "LR134",
        'if epoch == 2:\n    optimizer.param_groups[0]["lr"] = 0.01',
        'if epoch == 2:\n    for group in optimizer.param_groups:\n        group["lr"] = 0.01',
        params=_TWO_GROUPS,
    ),
    # Arguments of schedulers
    _in("arguments", "LR201", "T_max=4, min_lr=0.01", "T_max=4, eta_min=0.01", scheduler__class="CosineAnnealingLR"),
    _in(
        "arguments",
        "LR202",
        "0.1, EPOCHS, len(batches)",
        "0.1, epochs=EPOCHS, steps_per_epoch=len(batches)",
        scheduler__class="OneCycleLR",
        batch_end=_STEP,
        end="",
    ),
    _in("arguments", "LR203", "0.5, 2", "2, 0.5"),
    _in(
        "arguments",
        "LR204",
        "[EPOCHS * 0.3, EPOCHS * 0.6]",
        "[int(EPOCHS * 0.3), int(EPOCHS * 0.6)]",
        scheduler__class="MultiStepLR",
    ),
    _in("arguments", "LR205", "3", "[3]", scheduler__class="MultiStepLR"),
    _in(
        "arguments",
        "LR206",
        'max_lr=0.1, total_steps=8, anneal_strategy="cosine"',
        'max_lr=0.1, total_steps=8, anneal_strategy="cos"',
        scheduler__class="OneCycleLR",
        batch_end=_STEP,
        end="",
    ),
    _in("target", "LR207", "model.parameters()", "optimizer"),
    _in("last_epoch", "LR208", ", last_epoch=0", ""),
    _in(
        "arguments",
        "LR209",
        "patience=1",
        'patience=1, mode="max"',
        scheduler__class="ReduceLROnPlateau",
        last_epoch="",
        end="scheduler.step(accuracy)",
        top="accuracy = 0.5",
    ),
    _in("arguments", "LR210", "0.5", "factor=0.5", scheduler__class="ReduceLROnPlateau", last_epoch="", end=_METRIC),
    _in(
        "arguments",
        "LR211",
        '"min", 0.5, 1, True, 1e-4',
        '"min", 0.5, 1, threshold=1e-4',
        scheduler__class="ReduceLROnPlateau",
        last_epoch="",
        end=_METRIC,
    ),
    _in(
        "arguments",
        "LR212",
        "lr_lambda=0.9",
        "lr_lambda=lambda epoch: 0.9",
        scheduler__class="MultiplicativeLR",
    ),
    _in(
        "arguments",
        "LR213",
        "lambda epoch: lr * 0.5**epoch",
        "lambda epoch: 0.5**epoch",
        scheduler__class="LambdaLR",
        constants="lr = 0.1",
        hyper="lr=lr",
    ),
    _in("arguments", "LR215", "lambda _: 0.5**epoch", "lambda epoch: 0.5**epoch", scheduler__class="LambdaLR"),
    _in(
        "schedule",
        "LR216",
        "ChainedScheduler(lr_scheduler.ConstantLR(<target>), lr_scheduler.ExponentialLR(<target>, 0.9<verbose>))",
        "ChainedScheduler([lr_scheduler.ConstantLR(<target>), lr_scheduler.ExponentialLR(<target>, 0.9<verbose>)])",
        scheduler__class="",
        arguments="",
        last_epoch="",
    ),
    _in(
        "end",
        "LR217",
        "warmup.step()\nscheduler.step()",
        "scheduler.step()",
        scheduler="warmup = lr_scheduler.ConstantLR(<target>)\n"
        "scheduler = lr_scheduler.ChainedScheduler([warmup, lr_scheduler.<schedule>])",
    ),
    _in(
        "arguments",
        "LR218",
        "base_lr=0.01, max_lr=0.1, step_size_up=2",
        "base_lr=0.01, max_lr=0.1, step_size_up=2, cycle_momentum=False",
        optimizer__class="Adagrad",
        scheduler__class="CyclicLR",
        batch_end=_STEP,
        end="",
    ),
    _in("verbose", "LR401", ", verbose=True", ""),
    # Param groups
    _in("hyper", "LR301", "lr=0.1, momentum=0.9", "lr=0.1", optimizer__class="Adam"),
    _in(
        "params",
        "LR302",
        "ids",
        "model.parameters()",
        groups="ids = list(map(id, model.parameters()))\nprint(len(ids))",
    ),
    _in(
        "params",
        "LR303",
        f"filter(lambda p: p.requires_grad, model.parameters()), {_TWO_GROUPS}",
        _TWO_GROUPS,
    ),
    _loop(
        "LR304",
        {"params": '[{"params": model.parameters()}, {"params": model.head.parameters(), "lr": 1.0}]'},
        {
            "params": '[{"params": [p for p in model.parameters() if id(p) not in head_ids]},'
            ' {"params": model.head.parameters(), "lr": 1.0}]',
            "groups": "head_ids = {id(p) for p in model.head.parameters()}",
        },
    ),
    _in(
        "groups",
        "LR305",
        'decayed = [p for name, p in model.named_parameters() if "weight" or "norm" in name]',
        'decayed = [p for name, p in model.named_parameters() if "weight" in name or "norm" in name]',
        params="decayed",
    ),
    _in(
        "groups",
        "LR306",
        "trained = filter(lambda p: p.requires_grad, model.parameters())",
        "trained = list(filter(lambda p: p.requires_grad, model.parameters()))",
        params="trained",
        clip="nn.utils.clip_grad_norm_(trained, 1.0)",
    ),
    _in(
        "added",
        "LR307",
        "optimizer.add_param_group(scale.parameters())",
        'optimizer.add_param_group({"params": scale.parameters()})',
    ),
    _in(
        "params",
        "LR308",
        '[{"params": model.head.parameters(), "learning_rate": 0.5}]',
        '[{"params": model.head.parameters(), "lr": 0.5}]',
    ),
    _in(
        "params",
        "LR309",
        '[{"weights": model.head.parameters(), "lr": 0.5}]',
        '[{"params": model.head.parameters(), "lr": 0.5}]',
    ),
    _in("hyper", "LR310", "lr=0.1, betas=(0, 0.999)", "lr=0.1, betas=(0.0, 0.999)", optimizer__class="Adam"),
    _in(
        "hyper",
        "LR311",
        "0.1, momentum",
        "0.1, momentum=momentum",
        optimizer__class="RMSprop",
        constants="momentum = 0.9",
    ),
    Mistake(
        "LR314",
        {
            "groups": f"param_groups = {_TWO_LISTS}",
            "params": "param_groups",
            "added": "second = torch.optim.SGD(param_groups, lr=0.01)",
            "optimizer class": "SGD",
        },
        {
            "groups": f"param_groups = {_TWO_LISTS}",
            "params": "[dict(group) for group in param_groups]",
            "added": "second = torch.optim.SGD([dict(group) for group in param_groups], lr=0.01)",
            "optimizer class": "SGD",
        },
    ),
    _in(
        "groups",
        "LR315",
        "head = list(model.head.parameters())\nrest = [p for p in model.parameters() if p not in head]",
        "head = list(model.head.parameters())\nrest = [p for p in model.parameters() if p not in set(head)]",
        params='[{"params": rest}, {"params": head}]',
    ),
    # Off by default
    _in(
        "constants",
        "LR408",
        "scaler = torch.cuda.amp.GradScaler(enabled=False)",
        'scaler = torch.amp.GradScaler("cuda", enabled=False)',
        backward="scaler.scale(loss).backward()",
        update="scaler.step(optimizer)\nscaler.update()",
    ),
    _in(
        "arguments",
        "LR502",
        "max_lr=0.1, total_steps=8",
        "max_lr=0.1, total_steps=8, cycle_momentum=False",
        scheduler__class="OneCycleLR",
        batch_end=_STEP,
        end="",
    ),
    _in(
        "groups",
        "LR506",
        "ids = list(map(id, model.head.parameters()))\nrest = [p for p in model.parameters() if id(p) not in ids]",
        "ids = set(map(id, model.head.parameters()))\nrest = [p for p in model.parameters() if id(p) not in ids]",
        params='[{"params": rest}, {"params": model.head.parameters()}]',
    ),
    # Classes and functions of the program
    _in(
        "annotated",
        "LR402",
        "def describe(scheduler: lr_scheduler._LRScheduler) -> str:\n    return type(scheduler).__name__",
        "def describe(scheduler: lr_scheduler.LRScheduler) -> str:\n    return type(scheduler).__name__",
    ),
    _in(
        "annotated",
        "LR403",
        "def is_scheduler(value):\n    return isinstance(value, lr_scheduler._LRScheduler)",
        "def is_scheduler(value):\n    return isinstance(value, lr_scheduler.LRScheduler)",
    ),
    _in(
        "dispatch",
        "LR404",
        "def after_epoch(scheduler, loss):\n"
        "    if isinstance(scheduler, lr_scheduler.LRScheduler):\n        scheduler.step()\n"
        "    elif isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):\n        scheduler.step(loss)",
        "def after_epoch(scheduler, loss):\n"
        "    if isinstance(scheduler, lr_scheduler.ReduceLROnPlateau):\n        scheduler.step(loss)\n"
        "    elif isinstance(scheduler, lr_scheduler.LRScheduler):\n        scheduler.step()",
    ),
    _in(
        "custom",
        "LR405",
        "class HalvedLR(lr_scheduler.StepLR):\n"
        "    def __init__(self, optimizer, last_epoch=-1, verbose=False):\n"
        "        super().__init__(optimizer, 2, 0.5, last_epoch, verbose)",
        "class HalvedLR(lr_scheduler.StepLR):\n"
        "    def __init__(self, optimizer, last_epoch=-1, verbose=False):\n"
        "        super().__init__(optimizer, 2, 0.5, last_epoch)",
    ),
    _in("custom", "LR223", _OWN_SCHEDULER.format(*_ATTRIBUTE_LAST), _OWN_SCHEDULER.format(*reversed(_ATTRIBUTE_LAST))),
    _in(
        "update_by_hand",
        "LR407",
        _OPTIMIZER.format("-0.1, p.grad"),
        _OPTIMIZER.format("p.grad, alpha=-0.1"),
    ),
)
"""The mistakes of the rules that have a fix."""


APART = {
    "LR102 LR119": "which LR a step without the epoch gives depends on the state that is restored",
    "LR102 LR134": "which LR a step without the epoch gives depends on those that the code sets itself",
    "LR107 LR220": "OneCycleLR sets the LR anew, whatever scheduler was there before",
    "LR111 LR134": "the new optimizer has one group",
    "LR111 LR207": "which of two optimizers the scheduler should get, nobody says",
    "LR111 LR217": "the members of a chain would stay with the old optimizer",
    "LR116 LR215": "stepped in every batch, the counter of the epochs is no mistake for its count",
    "LR117 LR407": "code that handles gradients itself may scale them back, too",
    "LR119 LR134": "the code sets LRs itself",
    "LR119 LR208": "with a `last_epoch` the constructor sets no LR",
    "LR119 LR217": "other schedulers are built behind the load",
    "LR134 LR213": "with LRs set by the code itself an absolute schedule may be meant",
    "LR134 LR307": "the groups may have LRs of their own",
    "LR202 LR220": "OneCycleLR sets the LR anew, whatever scheduler was there before",
    "LR206 LR220": "OneCycleLR sets the LR anew, whatever scheduler was there before",
    "LR208 LR217": "the first scheduler gave the groups the `initial_lr` that the second one asks for",
    "LR213 LR220": "LambdaLR sets the LR anew, whatever scheduler was there before",
    "LR213 LR303": "the groups may have LRs of their own",
    "LR213 LR304": "the groups have LRs of their own",
    "LR213 LR307": "the groups may have LRs of their own",
    "LR213 LR308": "the groups have LRs of their own",
    "LR213 LR309": "the groups have LRs of their own",
    "LR207 LR314": "which of two optimizers the scheduler should get, nobody says",
    "LR213 LR314": "the groups may have LRs of their own",
    "LR213 LR315": "the groups may have LRs of their own",
    "LR215 LR217": "what the chain counts is not the scheduler's own count",
    "LR215 LR220": "LambdaLR sets the LR anew, whatever scheduler was there before",
    "LR213 LR506": "the groups may have LRs of their own",
    "LR218 LR220": "CyclicLR sets the LR anew, whatever scheduler was there before",
    "LR220 LR502": "OneCycleLR sets the LR anew, whatever scheduler was there before",
    "LR301 LR502": "Adam gets no betas, and those that it has are cycled as the documentation says",
    "LR223 LR402": "a module that knows both names of the base class is for several releases of torch",
    "LR223 LR403": "a module that knows both names of the base class is for several releases of torch",
    "LR402 LR404": "a module that knows both names of the base class is for several releases of torch",
    "LR403 LR404": "a module that knows both names of the base class is for several releases of torch",
}
"""Pairs of which one is not wrong, or has no fix, beside the other; with the reason."""

IN_ONE_PASS = {"LR102 LR131", "LR119 LR131", "LR131 LR213"}
"""Pairs that are repaired together, but not one after the other: once LR131's fix lets the code set LRs, it is one of
those reasons."""
