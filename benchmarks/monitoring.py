"""Measure what `lrlint run` adds to a training step, as ratios within one run.

`python -m benchmarks.monitoring [--rounds 60] [--steps 400]`; README.md tells how to read it.  Stretches of the same
training take turns: one without the monitor, one with it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from statistics import median

import torch
from torch import nn

from lrlint.runtime import Monitor

GOAL = 1.02

Step = Callable[[], None]


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser("python -m benchmarks.monitoring", description="Measure what `lrlint run` costs.")
    parser.add_argument("--rounds", type=int, default=60, help="pairs of stretches (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=400, help="steps in a stretch (default: %(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sys.stdout.write("| training | step, µs | with the monitor / without | quartiles | goal |\n|---|--:|--:|--:|--:|\n")
    for name, build in TRAININGS.items():
        alone, ratios = measure(build(), options.rounds, options.steps)
        low, high = ratios[len(ratios) // 4], ratios[len(ratios) * 3 // 4]
        cells = f"{alone * 1e6:.0f} | {median(ratios):.4f} | {low:.4f} to {high:.4f} | {GOAL}"
        sys.stdout.write(f"| {name} | {cells} |\n")


def measure(step: Step, rounds: int, steps: int) -> tuple[float, list[float]]:
    """The CPU seconds of a step alone, and the ratio of each pair of stretches, in order."""
    monitor = Monitor()
    ratios, alone = [], []
    _seconds(step, steps, None)
    _seconds(step, steps, monitor)
    for round_ in range(rounds):
        order = (None, monitor) if round_ % 2 else (monitor, None)
        seconds = {one is None: _seconds(step, steps, one) for one in order}
        ratios.append(seconds[False] / seconds[True])
        alone.append(seconds[True] / steps)
    return median(alone), sorted(ratios)


def _seconds(step: Step, steps: int, monitor: Monitor | None) -> float:
    with monitor.recording() if monitor is not None else nullcontext():
        start = time.process_time()
        for _ in range(steps):
            step()
        return time.process_time() - start


def _training(scheduler_of: Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler] | None) -> Step:
    """A step of a network of two layers on 64 rows."""
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    scheduler = scheduler_of(optimizer) if scheduler_of is not None else None
    inputs, targets = torch.randn(64, 64), torch.randint(0, 10, (64,))
    loss_of = nn.CrossEntropyLoss()

    def step() -> None:
        optimizer.zero_grad()
        loss_of(model(inputs), targets).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()

    return step


TRAININGS: dict[str, Callable[[], Step]] = {
    "SGD, an LR for all of an epoch": lambda: _training(None),
    "SGD, an LR for each batch": lambda: _training(
        lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10_000_000)
    ),
}


if __name__ == "__main__":
    main()
