"""Edits and fixes: what a rule proposes to write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from lrlint.source import Range


class Applicability(Enum):
    """Whether `--fix` applies a fix by itself.

    A fix is safe only if the sequence of LRs and updates is identical on every supported torch, or the
    code always raises at that point and only one repair makes sense, or torch's own warning names the
    replacement and only a reported value changes.  All others need `--unsafe-fixes`.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the text of `range` by `content`; an empty range inserts, an empty content deletes."""

    range: Range
    content: str


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that repair one finding together, without overlaps.

    `title` says in the imperative what they do ("drop the argument").
    """

    applicability: Applicability
    title: str
    edits: tuple[Edit, ...]


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with every edit made.  Raises ValueError if two of them overlap."""
    parts: list[str] = []
    position = 0
    for edit in sorted(edits):
        if edit.range.start < position:
            raise ValueError(f"edits overlap at offset {edit.range.start}")
        parts += text[position : edit.range.start], edit.content
        position = edit.range.end
    return "".join([*parts, text[position:]])
