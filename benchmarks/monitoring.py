"""Measure what `lrlint run` adds to a training step, as ratios within one run.

`python -m benchmarks.monitoring [--rounds 300] [--steps 50]`; README.md tells how to read it.  Two processes do the
same training, one of them with the monitor, and take turns, a stretch of steps each: Python adapts its code to what it
runs, so one that switched the monitor on and off would measure that.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from statistics import median

import torch
from torch import nn

from lrlint.runtime import Monitor

GOAL = 1.02
WARM_UP = 200
"""Steps that are not measured."""

Step = Callable[[], None]
Scheduled = Callable[[torch.optim.Optimizer], torch.optim.lr_scheduler.LRScheduler] | None


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser("python -m benchmarks.monitoring", description="Measure what `lrlint run` costs.")
    parser.add_argument("--rounds", type=int, default=300, help="pairs of stretches (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=50, help="steps in a stretch (default: %(default)s)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    sys.stdout.write("| training | step, µs | with the monitor / without | quartiles | goal |\n|---|--:|--:|--:|--:|\n")
    for name, scheduled in TRAININGS.items():
        alone, ratios = measure(scheduled, options.rounds, options.steps)
        low, high = ratios[len(ratios) // 4], ratios[len(ratios) * 3 // 4]
        cells = f"{alone * 1e6:.0f} | {median(ratios):.4f} | {low:.4f} to {high:.4f} | {GOAL}"
        sys.stdout.write(f"| {name} | {cells} |\n")


def measure(scheduled: Scheduled, rounds: int, steps: int) -> tuple[float, list[float]]:
    """The CPU seconds of a step alone, at its quickest, and the ratios of the pairs of stretches, in order."""
    alone, watched = _started(scheduled, False), _started(scheduled, True)
    pairs = []
    for round_ in range(rounds):
        order = (alone, watched) if round_ % 2 else (watched, alone)
        seconds = {one is alone: _seconds(one, steps) for one in order}
        pairs.append((seconds[True], seconds[False]))
    for one in (alone, watched):
        one.send(0)
    return min(one for one, _ in pairs) / steps, sorted(other / one for one, other in pairs)


def _started(scheduled: Scheduled, is_watched: bool) -> Connection:
    """A process that does so many steps as it is told, until that is 0, and tells how long they took."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    context.Process(target=_work, args=(there, scheduled, is_watched), daemon=True).start()
    return here


def _seconds(worker: Connection, steps: int) -> float:
    worker.send(steps)
    seconds: float = worker.recv()
    return seconds


def _work(pipe: Connection, scheduled: Scheduled, is_watched: bool) -> None:
    if not is_watched:
        _serve(pipe, _training(scheduled))
        return
    with Monitor().recording():
        _serve(pipe, _training(scheduled))


def _serve(pipe: Connection, step: Step) -> None:
    for _ in range(WARM_UP):
        step()
    while steps := pipe.recv():
        start = time.process_time()
        for _ in range(steps):
            step()
        pipe.send(time.process_time() - start)


def _training(scheduled: Scheduled) -> Step:
    """A step of a network of two layers on 64 rows."""
    model = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    scheduler = scheduled(optimizer) if scheduled is not None else None
    inputs, targets = torch.randn(64, 64), torch.randint(0, 10, (64,))
    loss_of = nn.CrossEntropyLoss()

    def step() -> None:
        optimizer.zero_grad()
        loss_of(model(inputs), targets).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()

    return step


def _for_each_batch(optimizer: torch.optim.Optimizer) -> torch.optim.lr_scheduler.LRScheduler:
    return torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10_000_000)


TRAININGS: dict[str, Scheduled] = {
    "SGD, an LR for all of an epoch": None,
    "SGD, an LR for each batch": _for_each_batch,
}


if __name__ == "__main__":
    main()
