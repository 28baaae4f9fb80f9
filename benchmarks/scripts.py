"""Synthetic training scripts: the same ones everywhere, so that a benchmark needs no files of anybody's.

Each is put together from blocks of real projects' manners (argument parsing, data, a model, meters, training by
functions, by a class, or at the top level) with names and numbers drawn from a seed.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from random import Random
from string import Template

from benchmarks.blocks import (
    ARGUMENTS,
    AT_TOP_LEVEL,
    ATTENTION,
    BY_CLASS,
    BY_FUNCTIONS,
    CONVOLUTIONS,
    DATA,
    HEAD,
    METERS,
    OPTIMIZER,
)

MODELS = ["ResNetSmall", "UNetLike", "Encoder", "Classifier", "WideNet", "PatchNet"]
DATASETS = ["cifar", "flowers", "voc", "ham10000", "speech"]

OPTIMIZERS = [
    "optim.SGD($parameters, lr=$own.lr, momentum=0.9, weight_decay=$decay)",
    "optim.Adam($parameters, lr=$own.lr, betas=(0.9, 0.999))",
    "torch.optim.AdamW($parameters, lr=$lr, weight_decay=$own.weight_decay)",
    "optim.SGD([{'params': $of.backbone.parameters()}, {'params': $of.head.parameters(), 'lr': 0.1}], lr=$own.lr)",
    "build_optimizer($of, $own)",
]
SCHEDULERS = [
    ("lr_scheduler.StepLR($at, step_size=$patience, gamma=0.1)", ""),
    ("optim.lr_scheduler.CosineAnnealingLR($at, T_max=$own.epochs, eta_min=1e-6)", ""),
    ("lr_scheduler.MultiStepLR($at, milestones=[$patience, $every], gamma=0.2)", ""),
    ("lr_scheduler.LambdaLR($at, lambda epoch: min(1.0, (epoch + 1) / $patience))", ""),
    ("lr_scheduler.ReduceLROnPlateau($at, mode='min', patience=$patience)", "val_loss"),
]

LAYOUTS = [
    # the blocks, what objects and arguments are called in the last of them, and how deep its loop body stands
    ([ARGUMENTS, DATA, METERS, OPTIMIZER, BY_FUNCTIONS], {"of": "model", "own": "args", "on": ""}, 8),
    ([ARGUMENTS, DATA, METERS, OPTIMIZER, BY_CLASS], {"of": "self.model", "own": "self.args", "on": "self."}, 12),
    ([ARGUMENTS, DATA, OPTIMIZER, AT_TOP_LEVEL], {"of": "model", "own": "args", "on": ""}, 4),
]


def training_script(seed: int) -> str:
    """A training script of about 160 lines; one in five steps its scheduler too early."""
    random = Random(seed)
    blocks, names, depth = random.choice(LAYOUTS)
    make_scheduler, argument = random.choice(SCHEDULERS)
    step = " " * depth + "${on}scheduler.step(" + argument + ")\n"
    is_early = not argument and random.random() < 0.2
    parts = [HEAD, blocks[0], random.choice([CONVOLUTIONS, ATTENTION]), *blocks[1:]]
    values = names | _numbers(random) | {"early": step if is_early else "", "late": "" if is_early else step}
    values |= {"make_optimizer": random.choice(OPTIMIZERS), "make_scheduler": make_scheduler}
    return _fill("\n".join(parts), values | {"parameters": "$of.parameters()", "at": "${on}optimizer"})


def plain_script(seed: int) -> str:
    """A module of models and data that mentions torch but no optimizer."""
    random = Random(seed)
    head = "".join(line for line in HEAD.splitlines(keepends=True) if "optim" not in line)
    return _fill("\n".join([head, ARGUMENTS, DATA, CONVOLUTIONS, ATTENTION, METERS]), _numbers(random))


def write_scripts(directory: Path, count: int) -> Path:
    """Write `count` training scripts into a new directory; returns it."""
    return _write(directory, map(training_script, range(count)))


def write_plain_scripts(directory: Path, count: int, torch: str = "torch") -> Path:
    """Write `count` modules without an optimizer into a new directory; returns it.  `torch` replaces that word."""
    return _write(directory, (plain_script(seed).replace("torch", torch) for seed in range(count)))


def _write(directory: Path, texts: Iterable[str]) -> Path:
    directory.mkdir()
    for number, text in enumerate(texts):
        (directory / f"script_{number:03}.py").write_text(text, encoding="utf-8")
    return directory


def _numbers(random: Random) -> dict[str, str]:
    dataset = random.choice(DATASETS)
    choices = {
        "epochs": (30, 90, 200),
        "batch": (16, 64, 256),
        "lr": (0.1, 0.01, 3e-4),
        "decay": (1e-4, 5e-4, 0.05),
        "size": (32, 64, 224),
        "classes": (10, 20, 100),
        "width": (32, 64, 192),
        "dropout": (0.1, 0.2, 0.5),
        "layers": (2, 4, 6),
        "clip": (0.5, 1.0, 5.0),
        "every": (10, 50, 100),
        "smoothing": (0.0, 0.1),
        "patience": (3, 5, 8),
        "accumulate": (1, 2, 4),
        "optimizer": ("Adam", "AdamW", "SGD"),
    }
    drawn = {name: str(random.choice(values)) for name, values in choices.items()}
    names = {"model": random.choice(MODELS), "dataset": dataset, "data": f"{dataset.capitalize()}Dataset"}
    return drawn | names | {"seed": str(random.randrange(1000))}


def _fill(text: str, values: dict[str, str]) -> str:
    """Put values in for their names until none is left; a value may hold names itself."""
    filled = Template(text).substitute(values)
    return filled if filled == text else _fill(filled, values)
