"""The line that tells, on a terminal, how far a long run is."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from threading import Event, Thread
from typing import TypeVar

_Item = TypeVar("_Item")

DELAY = 1.0
"""Seconds until the line is shown."""

_INTERVAL = 0.2  # seconds between two states of it
_ERASE = "\r\x1b[K"


def with_progress(items: Iterable[_Item], total: int) -> Iterator[_Item]:
    """The items as they come.  On a terminal, the error stream tells after DELAY how many of `total` there were."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        yield from items
        return
    line = _Line(total)
    line.start()
    try:
        for item in items:
            yield item
            line.done += 1
    finally:
        line.end()


class _Line(Thread):
    """A thread of its own, as a single item may take long."""

    def __init__(self, total: int) -> None:
        super().__init__(daemon=True)
        self.done = 0
        self._total = total
        self._ended = Event()

    def run(self) -> None:
        if self._ended.wait(DELAY):
            return
        with contextlib.suppress(OSError, ValueError):  # the terminal is gone
            while True:
                self._write(f"{_ERASE}Checked {self.done} of {self._total} files ...")
                if self._ended.wait(_INTERVAL):
                    break
            self._write(_ERASE)

    def end(self) -> None:
        """Take the line away."""
        self._ended.set()
        self.join()

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
