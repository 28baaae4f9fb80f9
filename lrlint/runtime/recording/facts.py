"""Facts: what was seen of a run that a rule is about."""

from __future__ import annotations

from dataclasses import dataclass

from lrlint.rule import Severity
from lrlint.runtime.recording.sites import Site

CALL = "{call}"
"""In a message: the text of the call at the site."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact, at one site: the code of the rule, and what its finding says.

    `item`: it is about this one of the list that is written as the first argument of the call, from 0 on.
    """

    code: str
    site: Site
    message: str
    label: str = ""
    related: tuple[tuple[Site, str], ...] = ()
    severity: Severity | None = None
    item: int | None = None


def related(*places: tuple[Site | None, str]) -> tuple[tuple[Site, str], ...]:
    """The places that are known."""
    return tuple((site, label) for site, label in places if site is not None)
