"""The values that torch's constructors refuse, as torch 2.13 says it.

`refusal` tells what is wrong with one value of one parameter.  The tests try each of them on the installed torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lrlint.torch_api.versions import Version

Check = Callable[[Any], str]
"""What is wrong with a value, empty if nothing is.  It is a number, a text, None, or a tuple or list of such."""

ALL_CHECKED = Version(2, 0)
"""From this release on all of these values are refused; before it those of `lr` and `betas` are."""

BOTH_FLOATS = Version(2, 6)
"""From this release on Adam and AdamW refuse an int beside a float in `betas`."""


def refusal(class_name: str, parameter: str, value: object, release: Version) -> str:
    """What is wrong with a value in the eyes of a class of torch, without its module; empty if nothing is.

    `value` is a number, a text, None, or a tuple or list of such.
    """
    if parameter == "betas" and class_name in ("Adam", "AdamW") and release >= BOTH_FLOATS and _is_mixed(value):
        return "both must be floats: ValueError"
    if class_name in _UNCHECKED.get(parameter, ()) or (release < ALL_CHECKED and parameter in _LATER):
        return ""
    check = _OF_CLASS.get((class_name, parameter)) or _OF_OPTIMIZERS.get(parameter)
    return check(value) if check is not None else ""


def refusal_at_step(class_name: str, parameter: str, value: object) -> str:
    """What is wrong with a value at which not the constructor, but the first `step()` of a scheduler raises."""
    if (class_name, parameter) not in (("StepLR", "step_size"), ("CosineAnnealingLR", "T_max")):
        return ""
    if isinstance(value, int | float):
        return "ZeroDivisionError" if value == 0 else ""
    return "it must be a number: TypeError"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _between(low: float, high: float | None = None, is_above: bool = False, is_below: bool = False) -> Check:
    """A number from `low` to `high`; `is_above` and `is_below`: without these themselves."""

    def check(value: Any) -> str:
        if not _is_number(value):
            return "it must be a number: TypeError"
        if value < low or (is_above and value == low):
            return f"it must be above {low:g}: ValueError" if is_above else f"it must be at least {low:g}: ValueError"
        if high is not None and (value > high or (is_below and value == high)):
            return f"it must be below {high:g}: ValueError" if is_below else f"it must be at most {high:g}: ValueError"
        return ""

    return check


def _betas(value: Any) -> str:
    if _is_number(value) or value is None:
        return "it must be a pair of numbers: TypeError"
    if not isinstance(value, tuple | list):
        return ""
    if len(value) < 2:
        return "it must be a pair of numbers: IndexError"
    return next(filter(None, map(_between(0, 1, is_below=True), value[:2])), "")


def _is_mixed(value: object) -> bool:
    if not isinstance(value, tuple | list) or len(value) < 2:
        return False
    return all(map(_is_number, value[:2])) and not all(isinstance(one, float) for one in value[:2])


def _positive_int(value: Any) -> str:
    if not _is_number(value):
        return "it must be a positive integer: TypeError"
    return "" if isinstance(value, int) and value > 0 else "it must be a positive integer: ValueError"


def _positive_int_or_none(value: Any) -> str:
    return "" if value is None else _positive_int(value)


def _share(value: Any) -> str:
    if not _is_number(value):
        return "it must be a float between 0 and 1: TypeError"
    return "" if isinstance(value, float) and 0 <= value <= 1 else "it must be a float between 0 and 1: ValueError"


def _one_of(*texts: str) -> Check:
    names = " or ".join(f'"{text}"' for text in texts)
    return lambda value: f"it must be {names}: ValueError" if isinstance(value, str) and value not in texts else ""


_OF_OPTIMIZERS: Mapping[str, Check] = {
    **dict.fromkeys(
        ("lr", "weight_decay", "momentum", "eps", "lr_decay", "initial_accumulator_value", "momentum_decay"),
        _between(0),
    ),
    "betas": _betas,
    "rho": _between(0, 1),
}

_LATER = frozenset(_OF_OPTIMIZERS) - {"lr", "betas"}

_UNCHECKED: Mapping[str, tuple[str, ...]] = {
    "lr": ("LBFGS", "Optimizer"),
    "eps": ("Muon", "Adafactor", "ReduceLROnPlateau"),
}
"""The classes that take any value, or in old releases did."""

_OF_CLASS: Mapping[tuple[str, str], Check] = {
    ("SparseAdam", "lr"): _between(0, is_above=True),
    ("SparseAdam", "eps"): _between(0, is_above=True),
    ("RMSprop", "alpha"): _between(0),
    ("LinearLR", "start_factor"): _between(0, 1, is_above=True),
    ("LinearLR", "end_factor"): _between(0, 1),
    ("ConstantLR", "factor"): _between(0, 1),
    ("ReduceLROnPlateau", "factor"): lambda v: "it must be below 1: ValueError" if _is_number(v) and v >= 1 else "",
    ("ReduceLROnPlateau", "mode"): _one_of("min", "max"),
    ("ReduceLROnPlateau", "threshold_mode"): _one_of("rel", "abs"),
    ("CosineAnnealingWarmRestarts", "T_0"): _positive_int,
    ("CosineAnnealingWarmRestarts", "T_mult"): _positive_int,
    ("OneCycleLR", "total_steps"): _positive_int_or_none,
    ("OneCycleLR", "pct_start"): _share,
    ("OneCycleLR", "anneal_strategy"): _one_of("cos", "linear"),
    ("CyclicLR", "step_size_up"): lambda v: "ZeroDivisionError" if _is_number(v) and v == 0 else "",
}
