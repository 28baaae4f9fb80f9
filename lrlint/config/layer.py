"""Layers: what one file, or the command line, says of the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrlint.config.patterns import Pattern


@dataclass(frozen=True, slots=True)
class FileIgnores:
    """Rules (`selectors`) that are ignored in the files that a pattern covers, or, if `negated`, in all others."""

    pattern: Pattern
    negated: bool
    selectors: tuple[str, ...]

    def concern(self, path: str, root: str) -> bool:
        """Whether they are about a file; `root` is the folder below which the folders around it count."""
        return self.pattern.covers(path, root) is not self.negated

    @property
    def text(self) -> str:
        """The pattern as it was written."""
        return "!" * self.negated + self.pattern.text


@dataclass(frozen=True, slots=True)
class Given:
    """A value, and where it was given."""

    value: Any
    origin: str


@dataclass(frozen=True, slots=True)
class Layer:
    """The options that were given in one place, by name."""

    values: Mapping[str, Given]

    def get(self, name: str, default: Any = ()) -> Any:
        """The value of an option, `default` where it was not given."""
        given = self.values.get(name)
        return default if given is None else given.value
