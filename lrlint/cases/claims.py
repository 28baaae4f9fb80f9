"""What a rule claims of a program, and whether the torch that is installed does it.

Evidence is compared by what is claimed: whether torch raises, and where; of which kind its warnings are, and where; the
LR of each step.  Words may be others: every release has its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from lrlint.runtime.records import ORDER_WARNING, Record, same_rates

_TEXT = re.compile(
    r"^(?P<kind>[\w.]+): (?P<message>.*?)(?: \((?P<place>no line|(?:\S+ )?line \d+)(?:, \d+x)?\))?$", re.DOTALL
)
_MISSING = re.compile(
    r"has no attribute|unexpected keyword argument|cannot import name|No module named|no such operator"
    r"|takes (?:from )?\d+.*positional argument"
)
"""What Python says where a torch lacks something."""


@dataclass(frozen=True, slots=True)
class Said:
    """A warning or an exception: its kind, its words, and its place in the program."""

    kind: str
    message: str
    place: str

    @classmethod
    def of(cls, text: str) -> Said:
        """That of a record."""
        match = _TEXT.match(text)
        return cls(match["kind"], match["message"], match["place"] or "") if match else cls("", text, "")


def lacks(expected: Record, seen: Record) -> str | None:
    """Why a program can't be judged: what it uses is not in this torch; None if it can."""
    if seen.error is None:
        return None
    error = Said.of(seen.error)
    if not _MISSING.search(error.message):
        return None
    if expected.error is not None and Said.of(expected.error).place == error.place:
        return None
    return seen.error


class Aspect(Enum):
    """In what torch does otherwise."""

    ERROR = "error"
    PLACE_OF_ERROR = "place of the error"
    FEWER_WARNINGS = "fewer warnings"
    MORE_WARNINGS = "more warnings"
    ORDER = "order"
    RATES = "rates"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that torch does otherwise than is recorded, in words for people; `said` is the warning that is gone."""

    aspect: Aspect
    text: str
    said: Said | None = None


def differences(expected: Record, seen: Record) -> Iterator[Difference]:
    """What torch does otherwise than is recorded, but for its words."""
    if expected.error is not None or seen.error is not None:
        yield from _of_errors(expected.error, seen.error)
        return
    for text in _without(expected.warnings, seen.warnings):
        yield Difference(Aspect.FEWER_WARNINGS, f"torch does not warn: {text}", Said.of(text))
    for text in _without(seen.warnings, expected.warnings):
        aspect = Aspect.ORDER if ORDER_WARNING in text else Aspect.MORE_WARNINGS
        yield Difference(aspect, f"torch warns: {text}")
    if not same_rates(seen.rates, expected.rates):
        yield Difference(Aspect.RATES, f"the LRs are others:\n- claimed {_rates(expected)}\n+ seen    {_rates(seen)}")


def has_warning(record: Record, said: Said) -> bool:
    """Whether there is a warning with these words, wherever."""
    return any((one.kind, one.message) == (said.kind, said.message) for one in map(Said.of, record.warnings))


def _of_errors(expected: str | None, seen: str | None) -> Iterator[Difference]:
    if seen is None:
        yield Difference(Aspect.ERROR, f"torch does not raise: {expected}")
    elif expected is None:
        yield Difference(Aspect.ERROR, f"torch raises: {seen}")
    elif Said.of(expected).place != Said.of(seen).place:
        yield Difference(Aspect.PLACE_OF_ERROR, f"torch raises elsewhere:\n- claimed {expected}\n+ seen    {seen}")


def _without(texts: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    """The warnings of which the others have none of the same kind at the same place."""
    known = {(said.kind, said.place) for said in map(Said.of, others)}
    return [text for text in texts if (Said.of(text).kind, Said.of(text).place) not in known]


def _rates(record: Record) -> str:
    return ", ".join(str(list(rates)) for rates in record.rates) or "none"
