"""Releases of torch."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

_FORM = re.compile(r"v?(\d+)\.(\d+)(?![\d])")


class Version(NamedTuple):
    """A minor release: torch changes its interface with those only.  Compares as releases follow each other."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@cache
def version(text: str) -> Version:
    """The minor release that a text begins with: `2.1`, `2.1.2`, `2.1.0+cu118`.  Raises ValueError."""
    match = _FORM.match(text)
    if match is None:
        raise ValueError(f"{text!r} is not a version")
    return Version(int(match[1]), int(match[2]))
