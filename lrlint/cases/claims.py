"""What a rule claims of a program, and whether the torch that is installed does it.

Evidence is compared by what is claimed: whether torch raises, and where; of which kind its warnings are, and where; the
LR of each step.  Words may be others: every release has its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lrlint.runtime.records import ORDER_WARNING, Record, same_rates

_TEXT = re.compile(r"^(?P<kind>[\w.]+): (?P<message>.*?)(?: \((?P<place>no line|(?:\S+ )?line \d+)(?:, \d+x)?\))?$", re.DOTALL)
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


def contradictions(expected: Record, seen: Record) -> Iterator[str]:
    """Where torch does otherwise than is claimed, as texts for people."""
    if expected.error is not None or seen.error is not None:
        yield from _of_errors(expected.error, seen.error)
        return
    yield from (f"torch no longer warns: {text}" for text in _without(expected.warnings, seen.warnings))
    if seen.has_order_warning and not expected.has_order_warning:
        yield f"torch warns: {ORDER_WARNING}"
    if not same_rates(expected.rates, seen.rates):
        yield f"the LRs are others:\n- claimed {_rates(expected)}\n+ seen    {_rates(seen)}"


def news(expected: Record, seen: Record) -> Iterator[str]:
    """What torch says now, and contradicts nothing that is claimed."""
    if expected.error is None and seen.error is None:
        yield from (f"torch warns: {text}" for text in _without(seen.warnings, expected.warnings))
    if expected.error and seen.error and Said.of(expected.error).kind != Said.of(seen.error).kind:
        yield f"torch raises {Said.of(seen.error).kind}, once {Said.of(expected.error).kind}"


def _of_errors(expected: str | None, seen: str | None) -> Iterator[str]:
    if seen is None:
        yield f"torch no longer raises: {expected}"
    elif expected is None:
        yield f"torch raises: {seen}"
    elif Said.of(expected).place != Said.of(seen).place:
        yield f"torch raises elsewhere:\n- claimed {expected}\n+ seen    {seen}"


def _without(texts: tuple[str, ...], others: tuple[str, ...]) -> list[str]:
    """The warnings of which the others have none of the same kind at the same place."""
    known = {(said.kind, said.place) for said in map(Said.of, others)}
    return [text for text in texts if (Said.of(text).kind, Said.of(text).place) not in known]


def _rates(record: Record) -> str:
    return ", ".join(str(list(rates)) for rates in record.rates) or "none"
