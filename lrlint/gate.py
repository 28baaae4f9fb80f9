"""The gate: files that can have no finding of the selected rules go no further than their bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial

from lrlint.profile import timed
from lrlint.registry import RegisteredRule


@timed("gate")
def rules_for(data: bytes, rules: Sequence[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """Those of `rules` that could have a finding in a file of these bytes.

    Sound because each rule declares identifiers without which it can't fire.
    """
    return tuple(_rules_where(partial(_holds, data), rules))


@timed("gate")
def rules_among(texts: Sequence[str], rules: Sequence[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """Those of `rules` that could have a finding in a program of these texts, each of which may hold other words."""
    return tuple(_rules_where(lambda identifier: any(identifier in text for text in texts), rules))


@timed("gate")
def may_concern(data: bytes, rules: Sequence[RegisteredRule]) -> bool:
    """Whether any of `rules` could have a finding in code that is wrapped in another format.

    That may put escapes next to an identifier (`\\noptim`), so parts of words count, too.
    """
    return any(_rules_where(lambda identifier: identifier.encode() in data, rules))


def _rules_where(holds: Callable[[str], bool], rules: Sequence[RegisteredRule]) -> Iterator[RegisteredRule]:
    """The rules all of whose gate words hold; each word and each identifier is looked for at most once."""
    present = cache(holds)
    is_met = cache(lambda word: any(map(present, _identifiers(word))))
    return (one for one in rules if all(map(is_met, one.rule.gate)))


@cache
def _identifiers(word: str) -> tuple[str, ...]:
    """The identifiers one of which a gate word `a|b` asks for."""
    return tuple(word.split("|"))


def _holds(data: bytes, identifier: str) -> bool:
    # The plain search costs a fraction of the pattern's and answers for nearly all files.
    return identifier.encode() in data and _pattern(identifier).search(data) is not None


@cache
def _pattern(identifier: str) -> re.Pattern[bytes]:
    """An identifier; as the pattern begins with its letters, it is searched for many times faster than behind `\\b`."""
    word = re.escape(identifier).encode()
    return re.compile(rb"%s(?!\w)(?<!\w%s)" % (word, word))
