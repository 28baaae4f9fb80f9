"""The gate: files that can have no finding of the selected rules go no further than their bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from lrlint.registry import RegisteredRule


def rules_for(data: bytes, rules: Sequence[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """Those of `rules` that could have a finding in a file of these bytes.

    Sound because each rule declares identifiers without which it can't fire.
    """
    present: dict[str, bool] = {}

    def holds(word: str) -> bool:
        if word not in present:
            present[word] = any(_holds(data, choice) for choice in word.split("|"))
        return present[word]

    return tuple(registered for registered in rules if all(holds(word) for word in registered.rule.gate))


def may_concern(data: bytes, rules: Sequence[RegisteredRule]) -> bool:
    """The same for code inside of another format, whose escapes may stand around the words: whether any rule could."""
    return any(all(_is_near(data, word) for word in registered.rule.gate) for registered in rules)


def _is_near(data: bytes, word: str) -> bool:
    return any(choice.encode() in data for choice in word.split("|"))


def _holds(data: bytes, identifier: str) -> bool:
    # The plain search costs a twentieth of the pattern's and answers for nearly all files.
    return identifier.encode() in data and _pattern(identifier).search(data) is not None


@cache
def _pattern(identifier: str) -> re.Pattern[bytes]:
    return re.compile(rb"\b%s\b" % re.escape(identifier).encode())
