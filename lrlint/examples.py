"""The example of each rule: a program with the mistake, the same one repaired, and what torch does with both.

A rule pack keeps them in its `examples.json`.  That of the built-in rules is made from the cases under `fixtures/` and
their recorded evidence: `python -m tests.record_examples`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from importlib.abc import Traversable

FILE = "examples.json"
NOT_RUN = "not run"

# A program that can't be parsed is an example, too, so this is no task for `ast`.
_DOCSTRING = re.compile(r'"""(.*?)"""\n*', re.DOTALL)

Rates = tuple[tuple[float, ...], ...]
"""The LRs of an optimizer: of each step, one of each param group."""


@dataclass(frozen=True, slots=True)
class Run:
    """A program, and what torch did with it.

    `outcome` is "raises", "warns" or "silent", or NOT_RUN if it needs a package that was not there.  Of a warning or an
    error there are the type, the text, and the line.
    `lr` has the LRs that each `step()` of each optimizer used.
    """

    text: str
    outcome: str
    warnings: tuple[str, ...]
    error: str | None
    lr: tuple[Rates, ...]

    @property
    def explanation(self) -> str:
        """What the docstring of the program says, on one line."""
        docstring = _DOCSTRING.match(self.text)
        return " ".join(docstring[1].split()) if docstring else ""

    @property
    def code(self) -> str:
        """The program without its docstring."""
        return _DOCSTRING.sub("", self.text)


@dataclass(frozen=True, slots=True)
class Example:
    """The case `name` of a rule, measured on release `torch`.

    `after` is what the fix makes of it or, `by_hand`, what a person would; None if there is neither.
    """

    name: str
    torch: str
    before: Run
    after: Run | None
    by_hand: bool


def load_examples(pack: str) -> Mapping[str, Example]:
    """The examples of a rule pack by the code of their rule; none if the pack has no file of them."""
    file = _file_of(pack) if pack else None
    if file is None or not file.is_file():
        return {}
    data = json.loads(file.read_text(encoding="utf-8"))
    return {code: _example(one, data["torch"]) for code, one in data["examples"].items()}


def _file_of(pack: str) -> Traversable:
    """The file of a package, or of a local pack, which is a path."""
    return Path(pack) / FILE if os.path.isabs(pack) else resources.files(pack) / FILE


def _example(data: Mapping[str, Any], torch: str) -> Example:
    after = _run(data["after"]) if data["after"] else None
    return Example(data["case"], torch, _run(data["before"]), after, data["by_hand"])


def _run(data: Mapping[str, Any]) -> Run:
    lr = tuple(tuple(map(tuple, steps)) for steps in data["lr"])
    return Run("\n".join(data["text"]) + "\n", data["outcome"], tuple(data["warnings"]), data["error"], lr)
