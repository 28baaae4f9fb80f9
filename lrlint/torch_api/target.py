"""The releases of torch that code is meant for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce

from lrlint.torch_api.signatures import releases
from lrlint.torch_api.versions import Version, version

_CLAUSE = re.compile(r"\s*(~=|===?|!=|<=|>=|<|>|\^|~|=|)\s*v?(\d+(?:\.\d+)*)(\.\*)?")
_NEVER = Version(0, 0)

Bounds = tuple[Version | None, Version | None]


class UnknownReleaseError(ValueError):
    """A text is no release of torch that is known; the message names those that are."""


@dataclass(frozen=True, slots=True)
class Target:
    """The releases from `oldest` to `newest`, both included.  They may be older than all that are known."""

    oldest: Version
    newest: Version

    def meets(self, since: str | None, until: str | None = None) -> bool:
        """Whether any of these releases is among those from `since` on and before `until`."""
        begins = since is None or version(since) <= self.newest
        return begins and (until is None or self.oldest < version(until))

    def before(self, release: Version) -> Target:
        """Those of these releases that come before another one; if none does, the newest release that does."""
        last = _before(release)
        return Target(min(self.oldest, last), min(self.newest, last))

    def joined(self, other: Target) -> Target:
        """The releases of two targets, and those in between."""
        return Target(min(self.oldest, other.oldest), max(self.newest, other.newest))


def newest_target() -> Target:
    """The newest release that is known."""
    return Target(releases()[-1], releases()[-1])


def exact_target(text: str) -> Target:
    """The release that a text names: `2.1`, `2.1.2`.  Raises UnknownReleaseError."""
    known = releases()
    try:
        found = version(text)
    except ValueError:
        found = _NEVER
    if found not in known:
        raise UnknownReleaseError(f"{text} is not a torch version; known are {known[0]} to {known[-1]}")
    return Target(found, found)


def specified_target(specifiers: Iterable[str]) -> Target | None:
    """The known releases that any of some version specifiers allows, as in `torch>=1.7,<2.0`; None if all are allowed.

    They may be those of pip or of Poetry.  Where one says only which releases are too new, it means the newest of the
    others.
    """
    found = [target for target in map(_target, specifiers) if target is not None]
    return reduce(Target.joined, found) if found else None


def _target(specifier: str) -> Target | None:
    bounds = list(_bounds(specifier))
    lows = [low for low, _ in bounds if low is not None]
    highs = [high for _, high in bounds if high is not None]
    if not lows and not highs:
        return None
    last = releases()[-1]
    newest = min([*highs, last])
    oldest = min(max(lows), last) if lows else newest
    return Target(oldest, newest) if oldest <= newest else None


def _bounds(specifier: str) -> Iterator[Bounds]:
    """The oldest and the newest release that each clause allows."""
    for clause in specifier.split(",") if "|" not in specifier else ():
        match = _CLAUSE.match(clause)
        if match is not None:
            yield _bounds_of(match[1], [int(part) for part in match[2].split(".")], match[3] is not None)


def _bounds_of(operator: str, parts: list[int], is_open: bool) -> Bounds:
    major, minor, patch = [*parts, 0, 0][:3]
    here = Version(major, minor)
    if operator in (">=", ">"):
        return here, None
    if operator == "!=":
        return None, None
    if operator == "<":
        return None, here if patch else _before(here)
    if operator == "<=":
        return None, here
    is_major = len(parts) == 1 and is_open
    if is_major or _allows_minors(operator, parts):
        return here, _before(Version(major + 1, 0))
    return here, here


def _allows_minors(operator: str, parts: list[int]) -> bool:
    """Whether a clause that begins with a release allows all later ones of the same major number."""
    if operator == "^":
        return parts[0] > 0
    return (operator == "~=" and len(parts) == 2) or (operator == "~" and len(parts) == 1)


def _before(release: Version) -> Version:
    """The newest known release before another one."""
    return max((known for known in releases() if known < release), default=_NEVER)
