"""The classes of torch that optimize and schedule, in every release since 1.1: names, bases, parameters, methods.

The facts lie in `signatures.json`, read from torch's own wheels by `python -m tests.record_torch_api`; the tests
compare the newest with the installed torch.  Its form:

    {"releases": ["1.1", …, "2.13"],
     "classes": {"torch.optim.AdamW": {
        "kind": "optimizer",                       or "scheduler", or "helper", as GradScaler
        "aliases": ["torch.optim.adamw.AdamW"],    other names under which people import it
        "signatures": [{                           one for each stretch of releases without a change
            "since": "2.7",                        the first release of the stretch
            "until": "2.9",                        the first one behind it; none where it lasts
            "bases": ["torch.optim.Adam"],         those that are in this file themselves
            "parameters": "params, lr=0.001, *, fused=None",
            "step": "closure=None"}],              null where the class has no `step`
        "methods": {"step": ["1.2", "2.7"]}}}}     public, of its own body; since and until as above

A default is a literal, or `required` where torch raises unless each param group has a value of its own.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from lrlint.torch_api.versions import Version, version

T = TypeVar("T")
Kind = Literal["optimizer", "scheduler", "helper"]

_DATA = Path(__file__).with_name("signatures.json")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter; `default` is a Python expression, None if there is none; `stars` are those of `**others`."""

    name: str
    keyword_only: bool = False
    default: str | None = None
    stars: int = 0

    @property
    def required(self) -> bool:
        """Whether a call without it raises TypeError."""
        return self.default is None and not self.stars


@dataclass(frozen=True, slots=True)
class Signature:
    """One class of torch in the releases from `since` up to `until`, exclusive; `self` is no parameter."""

    name: str
    kind: Kind
    aliases: tuple[str, ...]
    since: Version
    until: Version | None
    bases: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    step: tuple[Parameter, ...]

    @property
    def class_name(self) -> str:
        """The name without its module: `SGD`."""
        return self.name.rpartition(".")[2]

    def parameter(self, name: str) -> Parameter | None:
        """The parameter of the constructor with this name."""
        return next((parameter for parameter in self.parameters if parameter.name == name), None)


def optimizer(name: str, release: Version | None = None) -> Signature | None:
    """The optimizer that a dotted name means: `torch.optim.SGD`, `torch.optim.sgd.SGD`.

    As it is in `release`, by default the newest one; None if that has no such class.
    """
    return _find(name, "optimizer", release)


def scheduler(name: str, release: Version | None = None) -> Signature | None:
    """The scheduler that a dotted name means: `torch.optim.lr_scheduler.StepLR`, `torch.optim.swa_utils.SWALR`."""
    return _find(name, "scheduler", release)


def helper(name: str, release: Version | None = None) -> Signature | None:
    """The other class that a dotted name means: `torch.amp.GradScaler`, `torch.optim.swa_utils.AveragedModel`."""
    return _find(name, "helper", release)


def find(name: str) -> Signature | None:
    """The optimizer or scheduler that a dotted name means, as it is in the newest release."""
    return optimizer(name) or scheduler(name)


def has_method(name: str, method: str, release: Version) -> bool:
    """Whether a class, by its dotted name, has a public method in a release, its own or inherited."""
    row = _row(name, release)
    if row is None:
        return False
    span = _classes()[_names()[name]]["methods"].get(method)
    is_own = span is not None and _holds(release, *span)
    return is_own or any(has_method(base, method, release) for base in row["bases"])


def class_names() -> frozenset[str]:
    """What the optimizers and schedulers of all releases are called, without their modules."""
    return frozenset(name.rpartition(".")[2] for name, facts in _classes().items() if facts["kind"] != "helper")


def signatures(release: Version | None = None) -> tuple[Signature, ...]:
    """Every class of a release, by default the newest one, by name."""
    found = (_signature(name, release) for name in sorted(_classes()))
    return tuple(signature for signature in found if signature is not None)


@cache
def releases() -> tuple[Version, ...]:
    """The releases that the facts describe, oldest first."""
    return tuple(version(release) for release in _data()["releases"])


def bind(parameters: Sequence[Parameter], positional: Sequence[T], keywords: Mapping[str, T]) -> dict[str, T] | None:
    """The argument of each parameter that a call gives one, by parameter name, and the keywords that `**` collects.

    None if Python would refuse the call: too many positional arguments, an unknown keyword, two arguments for
    one parameter, or none for a required one.  The arguments may be of any type (nodes, values, texts).
    """
    slots = [parameter.name for parameter in parameters if not (parameter.keyword_only or parameter.stars)]
    stars = {parameter.stars for parameter in parameters}
    if len(positional) > len(slots) and 1 not in stars:
        return None
    bound = dict(zip(slots, positional, strict=False))
    known = {parameter.name for parameter in parameters if not parameter.stars}
    if keywords.keys() & bound.keys() or not (keywords.keys() <= known or 2 in stars):
        return None
    bound.update(keywords)
    if any(parameter.required and parameter.name not in bound for parameter in parameters):
        return None
    return bound


def _find(name: str, kind: Kind, release: Version | None) -> Signature | None:
    known = _names().get(name)
    return _signature(known, release) if known is not None and _classes()[known]["kind"] == kind else None


@cache
def _signature(name: str, release: Version | None) -> Signature | None:
    row = _row(name, release)
    if row is None:
        return None
    facts = _classes()[name]
    return Signature(
        name=name,
        kind=facts["kind"],
        aliases=tuple(facts["aliases"]),
        since=version(row["since"]),
        until=version(row["until"]) if "until" in row else None,
        bases=tuple(row["bases"]),
        parameters=_parameters(row["parameters"]),
        step=_parameters(row["step"] or ""),
    )


def _row(name: str, release: Version | None) -> Mapping[str, Any] | None:
    """The facts of a class, by any of its names, in a release."""
    known = _names().get(name)
    at = release or releases()[-1]
    rows = _classes()[known]["signatures"] if known is not None else ()
    return next((row for row in reversed(rows) if _holds(at, row["since"], row.get("until"))), None)


def _holds(release: Version, since: str, until: str | None = None) -> bool:
    return version(since) <= release and (until is None or release < version(until))


def _parameters(text: str) -> tuple[Parameter, ...]:
    arguments = ast.parse(f"lambda {text}: 0", mode="eval").body
    assert isinstance(arguments, ast.Lambda)
    return tuple(_in_order(arguments.args))


def _in_order(arguments: ast.arguments) -> list[Parameter]:
    missing = [None] * (len(arguments.args) - len(arguments.defaults))
    given = zip(arguments.args, [*missing, *arguments.defaults], strict=True)
    keyword_only = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    collecting = [(arguments.vararg, 1), (arguments.kwarg, 2)]
    positional, keywords = ([Parameter(one.arg, stars=stars)] if one else [] for one, stars in collecting)
    return [
        *(Parameter(one.arg, False, _text(default)) for one, default in given),
        *positional,
        *(Parameter(one.arg, True, _text(default)) for one, default in keyword_only),
        *keywords,
    ]


def _text(default: ast.expr | None) -> str | None:
    return None if default is None else ast.unparse(default)


@cache
def _names() -> Mapping[str, str]:
    """The name under which the file has a class, by each of its names."""
    return {alias: name for name, facts in _classes().items() for alias in (name, *facts["aliases"])}


def _classes() -> Mapping[str, Any]:
    classes: Mapping[str, Any] = _data()["classes"]
    return classes


@cache
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    return data
