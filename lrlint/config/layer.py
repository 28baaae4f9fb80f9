"""Layers: what one file, or the command line, says of the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrlint.config.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Files:
    """The files that a pattern covers, or, if `negated`, all others."""

    pattern: Pattern
    negated: bool

    def hold(self, path: str, root: str) -> bool:
        """Whether a file is one of them; `root` is the folder below which the folders around it count."""
        return self.pattern.covers(path, root) is not self.negated

    @property
    def text(self) -> str:
        """The pattern as it was written."""
        return "!" * self.negated + self.pattern.text


@dataclass(frozen=True, slots=True)
class FileIgnores:
    """Rules (`selectors`) that are ignored in some files."""

    files: Files
    selectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Override:
    """A layer that holds in some files."""

    files: tuple[Files, ...]
    layer: Layer

    def holds_in(self, path: str, root: str) -> bool:
        """Whether it holds in a file; `root` is the folder below which the folders around it count."""
        return any(one.hold(path, root) for one in self.files)


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
