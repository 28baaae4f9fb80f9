"""The gate: files that can have no finding of the selected rules go no further than their bytes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache, partial

TYPE_CHECKING = False  # every run needs this module, and the registry takes its time to import
if TYPE_CHECKING:
    from lrlint.registry import RegisteredRule

Gate = tuple[tuple[str, ...], "str | None"]
"""What a rule can't fire without: its words, which are identifiers, `a|b` for any of several; and its shape, a regular
expression that matches somewhere, if it has one."""


def rules_for(data: bytes, rules: Sequence[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """Those of `rules` that could have a finding in a file of these bytes.

    Sound because each rule declares identifiers without which it can't fire, and perhaps a shape.
    """
    found = _rules_where(partial(_holds, data), rules)
    return tuple(one for one in found if _has_shape(data, one.rule.shape))


def rules_among(texts: Sequence[str], rules: Sequence[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """Those of `rules` that could have a finding in a program of these texts, each of which may hold other words."""
    return tuple(_rules_where(lambda identifier: any(identifier in text for text in texts), rules))


def may_concern(data: bytes, rules: Sequence[RegisteredRule]) -> bool:
    """Whether any of `rules` could have a finding in code that is wrapped in another format.

    That may put escapes next to an identifier (`\\noptim`), so parts of words count, too.
    """
    return any(_rules_where(lambda identifier: identifier.encode() in data, rules))


def lets_pass(data: bytes, gates: Iterable[Gate], is_wrapped: bool = False) -> bool:
    """Whether a file of these bytes passes any of some gates; `is_wrapped`: as code in another format."""
    is_met = _meeting((lambda identifier: identifier.encode() in data) if is_wrapped else partial(_holds, data))
    return any(all(map(is_met, words)) and (is_wrapped or _has_shape(data, shape)) for words, shape in gates)


def _rules_where(holds: Callable[[str], bool], rules: Collection[RegisteredRule]) -> Iterator[RegisteredRule]:
    """The rules all of whose gate words hold."""
    is_met = _meeting(holds)
    return (one for one in rules if all(map(is_met, one.rule.gate)))


def _meeting(holds: Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether a gate word holds; each word and each identifier is looked for at most once."""
    present = cache(holds)
    return cache(lambda word: any(map(present, _identifiers(word))))


def _has_shape(data: bytes, shape: str | None) -> bool:
    return shape is None or _shape(shape).search(data) is not None


@cache
def _shape(shape: str) -> re.Pattern[bytes]:
    return re.compile(shape.encode())


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
