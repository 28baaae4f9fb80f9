"""Suppressions as rules see them: what each comment lists, and what of it silences a finding."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from lrlint.edit import Edit
from lrlint.source import Range


class Use(Enum):
    """What a word in a suppression is good for; OPEN where a run can't tell."""

    NEEDED = "it silences a finding"
    UNUSED = "its rule has run and found nothing here"
    UNKNOWN = "no rule is called so"
    OPEN = "its rule has not run, or is another tool's"


@dataclass(frozen=True, slots=True)
class Listed:
    """A word in a suppression."""

    text: str
    use: Use


@dataclass(frozen=True, slots=True)
class Suppression:
    """A suppression with a list of words, which stands in the file that reports call `path`.

    `words` is the range of the words in its list, and `removal` the edit that takes the suppression away with the white
    space that would be left; a reason behind it stays, as a comment.
    """

    path: str
    range: Range
    listed: tuple[Listed, ...]
    words: Range
    removal: Edit
