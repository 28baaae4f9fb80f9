"""What a run reads, and what of it has changed since."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lrlint.files import SUFFIXES


@dataclass(frozen=True, slots=True)
class State:
    """What a file was like, or a folder, of which `names` are those of interest."""

    changed: int
    size: int
    number: int
    names: frozenset[str] | None = None

    def is_of(self, other: State | None) -> bool:
        """Whether nothing has changed; what comes and goes in a folder and concerns no run is no change of it."""
        if self.names is not None and other is not None:
            return self.names == other.names
        return self == other


_LISTED = ("os.listdir", "os.scandir")
_RELEVANT = (*SUFFIXES, ".cfg", ".toml", ".txt", ".yml", ".yaml", "ignore")
_WRITING = os.O_WRONLY | os.O_RDWR


class Reads:
    """Keeps the state of each file that the process opens to read, and of each folder that it lists, before it does so.

    Python tells all of them by its audit events, so there is no list of kinds of files to keep in step with what runs
    read: code, configurations and those that they extend, metadata, ignore files, baselines, rules of one's own.  An
    audit hook stays for good, so this is for a process that does nothing else.
    """

    def __init__(self) -> None:
        self._states: dict[str, State | None] = {}
        self._tops: tuple[str, ...] = ()
        self._is_listening = False
        sys.addaudithook(self._hear)

    def begin(self, tops: Iterable[str]) -> None:
        """Forget all, and take note from now on; of folders only if they are below one of `tops` (absolute paths)."""
        self._states = {}
        self._tops = tuple(tops)
        self._is_listening = True

    def go_on(self, paths: Iterable[str]) -> None:
        """Take note again, and of these files as they are now."""
        self.add(paths)
        self._is_listening = True

    def end(self) -> None:
        """Take no more notes."""
        self._is_listening = False

    def add(self, paths: Iterable[str]) -> None:
        """Take note of files that need not be there."""
        self._states |= {path: _state(path) for path in paths}

    def changed(self) -> set[str]:
        """The absolute paths of what is not as it was."""
        return {path for path, state in self._states.items() if _has_changed(path, state)}

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._is_listening or not (event == "open" or event in _LISTED):
            return
        path = arguments[0]
        if not isinstance(path, str) or (event == "open" and arguments[2] & _WRITING):
            return
        path = os.path.abspath(path)
        if path in self._states or (event in _LISTED and not self._is_below_top(path)):
            return
        self._is_listening = False  # looking at a folder is an event, too
        self._states[path] = _state(path)
        self._is_listening = True

    def _is_below_top(self, folder: str) -> bool:
        return any(folder == top or folder.startswith(os.path.join(top, "")) for top in self._tops)


def _state(path: str) -> State | None:
    """The state of a file or folder; None where it is not there."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    names = _names(path) if stat.S_ISDIR(status.st_mode) else None
    return State(status.st_mtime_ns, status.st_size, status.st_ino, names)


def _has_changed(path: str, before: State | None) -> bool:
    now = _state(path)
    return now is not None if before is None else not before.is_of(now)


def _names(folder: str) -> frozenset[str]:
    """The names in a folder of what a run may read; Emacs locks a file by a link `.#train.py`."""
    try:
        with os.scandir(folder) as entries:
            kept = (entry for entry in entries if entry.name.endswith(_RELEVANT) or entry.is_dir())
            return frozenset(entry.name for entry in kept if not entry.name.startswith(".#"))
    except OSError:
        return frozenset()
