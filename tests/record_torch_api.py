"""Write `lrlint/torch_api/signatures.json` from the installed torch: `python -m tests.record_torch_api`."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
from torch.optim import lr_scheduler, swa_utils

TARGET = Path(__file__).parent.parent / "lrlint" / "torch_api" / "signatures.json"

# The places from which people import; the first one that has a class gives the class its name.
NAMESPACES = (torch.optim, lr_scheduler, swa_utils)
BASES = {"optimizer": torch.optim.Optimizer, "scheduler": lr_scheduler.LRScheduler}

INNERMOST = re.compile(r"[\[{][^\[\]{}]*[\]}]")
LINE_BREAK = re.compile(r"\n *")

POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def installed_interface() -> dict[str, Any]:
    """What `signatures.json` must hold for the installed torch."""
    classes = dict(_classes())
    names = {cls: name for name, (cls, _) in classes.items()}
    facts = {name: _facts(name, cls, kind, names) for name, (cls, kind) in sorted(classes.items())}
    return {"torch": ".".join(torch.__version__.split(".")[:2]), "classes": facts}


def _classes() -> Iterator[tuple[str, tuple[type, str]]]:
    seen: set[type] = set()
    for namespace in NAMESPACES:
        for name, cls in vars(namespace).items():
            kind = next((kind for kind, base in BASES.items() if inspect.isclass(cls) and issubclass(cls, base)), None)
            if kind and cls not in seen:
                seen.add(cls)
                yield f"{namespace.__name__}.{name}", (cls, kind)


def _facts(name: str, cls: type, kind: str, names: dict[type, str]) -> dict[str, Any]:
    alias = f"{cls.__module__}.{cls.__name__}"
    return {
        "kind": kind,
        "aliases": [alias] if alias != name else [],
        "bases": [names[base] for base in cls.__bases__ if base in names],
        "parameters": _parameters(cls.__init__),  # type: ignore[misc]
        "step": _parameters(cls.step),  # type: ignore[attr-defined]
    }


def _parameters(function: Callable[..., Any]) -> list[dict[str, Any]]:
    _self, *parameters = inspect.signature(function).parameters.values()
    return [_parameter(parameter) for parameter in parameters]


def _parameter(parameter: inspect.Parameter) -> dict[str, Any]:
    fact: dict[str, Any] = {"name": parameter.name}
    if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
        fact["keyword_only"] = True
    elif parameter.kind not in POSITIONAL:
        raise ValueError(f"the form of signatures.json has no word for the parameter {parameter}")
    if parameter.default is not inspect.Parameter.empty:
        fact["default"] = repr(parameter.default)
    return fact


def as_text(interface: dict[str, Any]) -> str:
    """The interface as JSON, with one parameter a line."""
    text = json.dumps(interface, indent=1)
    return INNERMOST.sub(lambda match: LINE_BREAK.sub("", match[0]).replace(',"', ', "'), text) + "\n"


if __name__ == "__main__":
    TARGET.write_text(as_text(installed_interface()), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET}\n")
