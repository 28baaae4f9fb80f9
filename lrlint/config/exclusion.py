"""What a walk over files leaves out in one folder."""

from __future__ import annotations

from collections.abc import Mapping

TYPE_CHECKING = False  # `typing` takes its time to import, and every run needs this module
if TYPE_CHECKING:
    from lrlint.config.patterns import Pattern

EXCLUDED = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pypackages__",
    "_build",
    "buck-out",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)
"""What is excluded where nothing is configured (what Ruff leaves out)."""

DEFAULT = "the defaults"
"""Where an option comes from that nobody has given."""


class Exclusion:
    """`names` are excluded wherever they stand, by where that was said: most patterns are names, and those are quick
    to look up.  `is_forced`: paths that a user gives are left out, too.
    """

    __slots__ = ("is_forced", "names", "patterns")

    def __init__(self, names: Mapping[str, str], patterns: tuple[Pattern, ...] = (), is_forced: bool = False) -> None:
        self.names = names
        self.patterns = patterns
        self.is_forced = is_forced

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


def name_of(path: str) -> str:
    """The last part of an absolute path."""
    return path[path.rfind("/", 0, -1) + 1 :].removesuffix("/")


BY_DEFAULT = Exclusion(dict.fromkeys(EXCLUDED, DEFAULT))
"""Where nothing is configured."""
