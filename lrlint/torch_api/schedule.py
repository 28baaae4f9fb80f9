"""The LRs that torch's schedulers give, computed without torch.

Each schedule is the recurrence of its class in torch 2.13 (`torch/optim/lr_scheduler.py`): the tests run both side
by side.  A schedule yields the LR of one param group: first what the constructor leaves, then what each `step()`
leaves.  It takes the constructor's arguments by name and raises the errors that torch raises.
"""

from __future__ import annotations

import ast
import math
import operator
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate, count, islice, repeat
from typing import Any

from lrlint.torch_api import signatures

Schedule = Callable[..., Iterator[float]]

_PLAIN = (int, float, str, bool, type(None))
_REFUSED = (ValueError, TypeError, ArithmeticError)


def learning_rates(
    scheduler: str, arguments: Mapping[str, object], base_lr: float, steps: int
) -> tuple[float, ...] | None:
    """The LRs that the first `steps` calls of `optimizer.step()` use if `scheduler.step()` follows each of them.

    `scheduler` is a class name (`StepLR`) or the dotted name of one; `arguments` are those of its constructor by
    parameter name, without the optimizer, which has the LR `base_lr` in one param group of its own.  None if the
    class is not covered, an argument is not a plain value (number, text, None or a list of them), the
    scheduler resumes a run (`last_epoch`), or torch refuses the arguments or that many steps.
    """
    signature = signatures.scheduler(scheduler) or signatures.scheduler(f"torch.optim.lr_scheduler.{scheduler}")
    if signature is None or signature.class_name not in _SCHEDULES or not all(map(_is_plain, arguments.values())):
        return None
    values = _with_defaults(signature, arguments)
    if values is None or values.pop("last_epoch") != -1:
        return None
    try:
        return tuple(islice(_SCHEDULES[signature.class_name](float(base_lr), **values), steps))
    except _REFUSED:
        return None


def describe(lr: float) -> str:
    """An LR as people write it, with 4 significant digits: `0.1`, `0.01`, `1e-05`."""
    return f"{lr:.4g}"


def _is_plain(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return isinstance(value, _PLAIN)


def _with_defaults(signature: signatures.Signature, arguments: Mapping[str, object]) -> dict[str, Any] | None:
    _optimizer, *parameters = signature.parameters
    bound = signatures.bind(parameters, (), arguments)
    if bound is None:
        return None
    defaults = {p.name: ast.literal_eval(p.default) for p in parameters if p.default is not None}
    return {**defaults, **bound}


def _step(lr: float, step_size: int, gamma: float) -> Iterator[float]:
    yield lr
    for epoch in count(1):
        if epoch % step_size == 0:
            lr *= gamma
        yield lr


def _multi_step(lr: float, milestones: Sequence[int], gamma: float) -> Iterator[float]:
    times = Counter(milestones)
    for epoch in count():
        lr *= gamma ** times[epoch]
        yield lr


def _exponential(lr: float, gamma: float) -> Iterator[float]:
    return accumulate(repeat(gamma), operator.mul, initial=lr)


def _constant(lr: float, factor: float, total_iters: int) -> Iterator[float]:
    if not 0 <= factor <= 1:
        raise ValueError("factor is not between 0 and 1")
    lr *= factor
    yield lr
    for epoch in count(1):
        if epoch == total_iters:
            lr *= 1.0 / factor
        yield lr


def _linear(lr: float, start_factor: float, end_factor: float, total_iters: int) -> Iterator[float]:
    if not 0 < start_factor <= 1 or not 0 <= end_factor <= 1:
        raise ValueError("a factor is not between 0 and 1")
    rise = end_factor - start_factor
    lr *= start_factor
    yield lr
    for epoch in count(1):
        if epoch <= total_iters:
            lr *= 1.0 + rise / (total_iters * start_factor + (epoch - 1) * rise)
        yield lr


def _polynomial(lr: float, total_iters: int, power: float) -> Iterator[float]:
    yield lr
    for epoch in count(1):
        if epoch <= total_iters:
            lr *= ((1.0 - epoch / total_iters) / (1.0 - (epoch - 1) / total_iters)) ** power
        yield lr


def _cosine(base_lr: float, T_max: float, eta_min: float) -> Iterator[float]:
    height, lr = base_lr - eta_min, base_lr
    yield lr
    for epoch in count(1):
        if (epoch - 1 - T_max) % (2 * T_max) == 0:
            lr += height * (1 - math.cos(math.pi / T_max)) / 2
        else:
            before, now = (1 + math.cos(math.pi * e / T_max) for e in (epoch - 1, epoch))
            lr = now / before * (lr - eta_min) + eta_min
        yield lr


def _cosine_warm_restarts(base_lr: float, T_0: int, T_mult: int, eta_min: float) -> Iterator[float]:
    if not (isinstance(T_0, int) and isinstance(T_mult, int) and T_0 > 0 and T_mult > 0):
        raise ValueError("T_0 and T_mult are not positive integers")
    length = T_0
    while True:
        for epoch in range(length):
            yield eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * epoch / length)) / 2
        length *= T_mult


def _cyclic(
    _base_lr: float,
    base_lr: float | list[float],
    max_lr: float | list[float],
    step_size_up: float,
    step_size_down: float | None,
    mode: str,
    gamma: float,
    scale_fn: None,
    **_others: object,
) -> Iterator[float]:
    """The LR of the optimizer is overwritten, so only the cycle's own bounds count."""
    scales: dict[str, Callable[[int, int], float]] = {
        "triangular": lambda _cycle, _step: 1.0,
        "triangular2": lambda cycle, _step: 1 / 2.0 ** (cycle - 1),
        "exp_range": lambda _cycle, step: float(gamma**step),
    }
    if mode not in scales or scale_fn is not None:
        raise ValueError("mode is unknown")
    low, high = _of_one_group(base_lr), _of_one_group(max_lr)
    size = step_size_up + (step_size_up if step_size_down is None else step_size_down)
    turn = step_size_up / size
    for step in count():
        cycle = math.floor(1 + step / size)
        x = 1.0 + step / size - cycle
        height = x / turn if x <= turn else (x - 1) / (turn - 1)
        yield low + (high - low) * height * scales[mode](cycle, step)


def _one_cycle(
    _base_lr: float,
    max_lr: float | list[float],
    total_steps: int | None,
    epochs: int | None,
    steps_per_epoch: int | None,
    pct_start: float,
    anneal_strategy: str,
    div_factor: float,
    final_div_factor: float,
    three_phase: bool,
    **_others: object,
) -> Iterator[float]:
    """The LR of the optimizer is overwritten, so only the cycle's own bounds count."""
    total = _total_steps(total_steps, epochs, steps_per_epoch)
    if not isinstance(pct_start, float) or not 0 <= pct_start <= 1 or anneal_strategy not in ("cos", "linear"):
        raise ValueError("pct_start is not a float between 0 and 1, or anneal_strategy is unknown")
    anneal = _anneal_cosine if anneal_strategy == "cos" else _anneal_linear
    high = _of_one_group(max_lr)
    first = high / div_factor
    last = first / final_div_factor
    peak = pct_start * total - 1
    phases = [(peak, first, high), (total - 1, high, last)]
    if three_phase:
        phases = [(peak, first, high), (2 * pct_start * total - 2, high, first), (total - 1, first, last)]
    for step in range(total + 1):
        begin = 0.0
        for end, start_lr, end_lr in phases:
            if step <= end or (end, start_lr, end_lr) == phases[-1]:
                yield anneal(start_lr, end_lr, (step - begin) / (end - begin))
                break
            begin = end
    raise ValueError("the scheduler was stepped more often than it has steps")


def _total_steps(total_steps: int | None, epochs: int | None, steps_per_epoch: int | None) -> int:
    if total_steps is None:
        if not isinstance(epochs, int) or not isinstance(steps_per_epoch, int) or min(epochs, steps_per_epoch) <= 0:
            raise ValueError("neither total_steps nor both epochs and steps_per_epoch are given")
        return epochs * steps_per_epoch
    if not isinstance(total_steps, int) or total_steps <= 0:
        raise ValueError("total_steps is not a positive integer")
    return total_steps


def _anneal_cosine(start: float, end: float, part: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


def _anneal_linear(start: float, end: float, part: float) -> float:
    return (end - start) * part + start


def _of_one_group(value: float | Sequence[float]) -> float:
    if not isinstance(value, (list, tuple)):
        return float(value)  # type: ignore[arg-type]
    (only,) = value
    return float(only)


_SCHEDULES: dict[str, Schedule] = {
    "StepLR": _step,
    "MultiStepLR": _multi_step,
    "ExponentialLR": _exponential,
    "ConstantLR": _constant,
    "LinearLR": _linear,
    "PolynomialLR": _polynomial,
    "CosineAnnealingLR": _cosine,
    "CosineAnnealingWarmRestarts": _cosine_warm_restarts,
    "CyclicLR": _cyclic,
    "OneCycleLR": _one_cycle,
}
