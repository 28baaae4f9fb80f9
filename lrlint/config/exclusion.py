"""What a walk over files leaves out in one folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lrlint.config.options import EXCLUDED
from lrlint.config.patterns import Pattern, name_of

DEFAULT = "the defaults"
"""Where an option comes from that nobody has given."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """`names` are excluded wherever they stand, by where that was said: most patterns are names, and those are quick
    to look up.  `is_forced`: paths that a user gives are left out, too.
    """

    names: Mapping[str, str]
    patterns: tuple[Pattern, ...] = ()
    is_forced: bool = False

    def excludes(self, path: str, name: str) -> bool:
        """Whether a path is left out: absolute, with a `/` at its end if it is a folder; `name` is its last part.

        The folders around it are not looked at: whoever descends asks for each on the way.
        """
        return name in self.names or (bool(self.patterns) and any(pattern.matches(path) for pattern in self.patterns))

    def reason(self, path: str) -> str:
        """Why a path that is left out is so."""
        name = name_of(path)
        if name in self.names:
            return f"excluded by {name!r} of {self.names[name]}"
        pattern = next(pattern for pattern in self.patterns if pattern.matches(path))
        return f"excluded by {pattern.text!r} of {pattern.origin}"


def exclusion_of(patterns: tuple[Pattern, ...], is_forced: bool) -> Exclusion:
    """The exclusion by some patterns."""
    names = {pattern.text: pattern.origin for pattern in patterns if pattern.is_name}
    return Exclusion(names, tuple(pattern for pattern in patterns if not pattern.is_name), is_forced)


BY_DEFAULT = Exclusion(dict.fromkeys(EXCLUDED, DEFAULT))
"""Where nothing is configured."""
