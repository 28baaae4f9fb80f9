"""Respelling: the parameter that an unknown keyword was meant for, and the edit that writes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lrlint.edit import Edit
from lrlint.program import ir
from lrlint.program.constructions import Construction, releases_with

if TYPE_CHECKING:
    from lrlint.program import Program

MOST_EDITS = 2
"""Letters by which a misspelt name differs from the right one."""


def meant_parameter(construction: Construction, keyword: str, synonyms: Mapping[str, str]) -> str | None:
    """The one parameter that a keyword must stand for: a synonym of it, or its name with a slip of the pen.

    None if there are several or none, if it gets another argument, or if a release that is meant does not have it.
    """
    free = [one.name for one in construction.signature.parameters[1:] if not one.stars]
    most = min(MOST_EDITS, len(keyword) // 3)
    near = [name for name in free if letters_between(keyword.lower(), name.lower()) <= most]
    found = [synonyms[keyword]] if synonyms.get(keyword) in free else near
    if len(found) != 1 or construction.is_open or found[0] in construction.bound:
        return None
    rivals = [other for other in construction.unknown if other != keyword and synonyms.get(other, other) == found[0]]
    has_all = set(construction.releases) <= set(releases_with(construction.signature.name, found[0]))
    return found[0] if has_all and not rivals else None


def rename_keyword(program: Program, argument: ir.Argument, name: str) -> Edit:
    """Make `f(old=x)` `f(name=x)`."""
    start = program.range(argument).start
    assert argument.keyword is not None
    return Edit(program.source_of(argument).range(start, start + len(argument.keyword)), name)


def letters_between(one: str, other: str) -> int:
    """How many letters are put in, left out, replaced or swapped with their neighbour from one text to the other."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            is_swap = i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted)
            row.append(min(best, above[j - 2] + 1) if is_swap else best)
    return row[-1]
