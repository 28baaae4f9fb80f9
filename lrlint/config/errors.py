"""What is wrong with a configuration, and where."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass


class ConfigError(ValueError):
    """A configuration can't be used; the message names the place, says what is wrong, and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where configuration stands: `shown` is what messages call it, `folder` where its relative paths start.

    `text` is that of a file, in which lines count; `section` is the head of its table, empty if it has none.
    """

    shown: str
    folder: str
    text: str = ""
    section: str = ""

    def origin(self, key: str) -> str:
        """What tells people where the value of an option comes from: `lrlint.toml:3`."""
        line = self._line(key, None)
        return self.shown if line is None else f"{self.shown}:{line}"

    def error(self, key: str, message: str, value: str | None = None) -> ConfigError:
        """What is wrong with an option, or with one value (or inner key) of it."""
        line = self._line(key, value)
        return ConfigError(f"{self.shown}{'' if line is None else f':{line}'}: {message}")

    def _line(self, key: str, value: str | None) -> int | None:
        """The line of a key, or of a string behind it.  Good for messages: it searches, and does not parse."""
        head = re.search(rf"^[ \t]*\[{re.escape(self.section)}\b", self.text, re.MULTILINE) if self.section else None
        begin = head.start() if head else 0
        name = rf"[\"']?{re.escape(key)}[\"']?"
        found = re.compile(rf"^[ \t]*(?:[\w.-]+\.)?{name}[ \t]*[=.]|^[ \t]*\[+(?:.*\.)?{name}[\].]", re.MULTILINE)
        match = found.search(self.text, begin)
        if match is None:
            return None
        inner = value is not None and re.compile(rf"[\"']?{re.escape(value)}[\"']?").search(self.text, match.end())
        position = inner.start() if inner else match.end() - 1
        return self.text.count("\n", 0, position) + 1


def shown_path(path: str) -> str:
    """A path as messages show it: relative to the working directory if it lies below that."""
    try:
        relative = os.path.relpath(path)
    except (ValueError, OSError):  # another drive; a working directory that is gone
        return path
    return (path if relative.startswith(os.pardir + os.sep + os.pardir) else relative).replace(os.sep, "/")


def working_folder() -> str:
    """The working directory, with `/` as the separator and at the end.  Raises ConfigError if it is gone."""
    try:
        return with_slash(os.getcwd())
    except OSError:
        raise ConfigError("the working directory is gone; change to one that exists") from None


def with_slash(folder: str) -> str:
    """A folder's path with `/` as the separator and at the end."""
    return folder.replace(os.sep, "/").rstrip("/") + "/"
