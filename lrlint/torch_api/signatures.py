"""The optimizers and schedulers of torch.optim: their names, bases and parameters.

The facts lie in `signatures.json`, recorded from an installed torch by `python -m tests.record_torch_api` and
compared with it by the tests.  Its form:

    {"torch": "2.13", "classes": {"torch.optim.SGD": {
        "kind": "optimizer",                       or "scheduler"
        "aliases": ["torch.optim.sgd.SGD"],        other names under which people import it
        "bases": ["torch.optim.Optimizer"],        those that are in this file themselves
        "parameters": [{"name": "params"}, {"name": "lr", "default": "0.001"},
                       {"name": "fused", "keyword_only": true, "default": "None"}],
        "step": [{"name": "closure", "default": "None"}]}}}

A parameter or class that only some releases of torch have can carry "since" and "until" beside these keys.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Kind = Literal["optimizer", "scheduler"]

_DATA = Path(__file__).with_name("signatures.json")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `default` is a Python expression, None if the parameter is required."""

    name: str
    keyword_only: bool = False
    default: str | None = None

    @property
    def required(self) -> bool:
        """Whether a call without it raises TypeError."""
        return self.default is None


@dataclass(frozen=True, slots=True)
class Signature:
    """One class of torch.optim; `self` is in neither list of parameters."""

    name: str
    kind: Kind
    aliases: tuple[str, ...]
    bases: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    step: tuple[Parameter, ...]

    @property
    def class_name(self) -> str:
        """The name without its module: `SGD`."""
        return self.name.rpartition(".")[2]


def optimizer(name: str) -> Signature | None:
    """The optimizer that a dotted name means: `torch.optim.SGD`, `torch.optim.sgd.SGD`."""
    return _find(name, "optimizer")


def scheduler(name: str) -> Signature | None:
    """The scheduler that a dotted name means: `torch.optim.lr_scheduler.StepLR`, `torch.optim.swa_utils.SWALR`."""
    return _find(name, "scheduler")


def find(name: str) -> Signature | None:
    """The class of torch.optim that a dotted name means."""
    return _by_name().get(name)


def signatures() -> tuple[Signature, ...]:
    """Every class that is known, by name."""
    return tuple(sorted(set(_by_name().values()), key=lambda signature: signature.name))


def torch_version() -> str:
    """The torch release that the facts describe: `2.13`."""
    return str(_data()["torch"])


def bind(parameters: Sequence[Parameter], positional: Sequence[T], keywords: Mapping[str, T]) -> dict[str, T] | None:
    """The argument of each parameter that a call gives one, by parameter name.

    None if Python would refuse the call: too many positional arguments, an unknown keyword, two arguments for
    one parameter, or none for a required one.  The arguments may be of any type (nodes, values, texts).
    """
    slots = [parameter.name for parameter in parameters if not parameter.keyword_only]
    if len(positional) > len(slots):
        return None
    bound = dict(zip(slots, positional, strict=False))
    known = {parameter.name for parameter in parameters}
    if not keywords.keys() <= known - bound.keys():
        return None
    bound.update(keywords)
    if any(parameter.required and parameter.name not in bound for parameter in parameters):
        return None
    return bound


def _find(name: str, kind: Kind) -> Signature | None:
    signature = find(name)
    return signature if signature is not None and signature.kind == kind else None


@cache
def _by_name() -> dict[str, Signature]:
    found: dict[str, Signature] = {}
    for name, facts in _data()["classes"].items():
        signature = _signature(name, facts)
        found.update(dict.fromkeys((name, *signature.aliases), signature))
    return found


def _signature(name: str, facts: Mapping[str, Any]) -> Signature:
    return Signature(
        name=name,
        kind=facts["kind"],
        aliases=tuple(facts["aliases"]),
        bases=tuple(facts["bases"]),
        parameters=tuple(Parameter(**parameter) for parameter in facts["parameters"]),
        step=tuple(Parameter(**parameter) for parameter in facts["step"]),
    )


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return data
