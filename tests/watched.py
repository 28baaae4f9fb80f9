"""What `lrlint run` finds in programs, many of them in one process."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lrlint.runtime.evidence import DEFAULT_TIMEOUT, Observer
from tests.cases import ROOT

BATCH = 25

Mark = tuple[str, int, str]
"""A file, a line and a code."""


@dataclass(frozen=True, slots=True)
class Watched:
    """One run: what was found, the exception that ended it, and what went wrong in the monitor itself."""

    found: frozenset[Mark]
    error: str | None
    failure: str | None


def watch_all(mains: Sequence[tuple[Path, str]], observer: Observer, draw: int = 0) -> Iterator[Watched]:
    """Run programs under the monitor, each with a rule that is on beside the default ones.  Raises ObservationError."""
    for start in range(0, len(mains), BATCH):
        batch = [(str(main.resolve()), code) for main, code in mains[start : start + BATCH]]
        with TemporaryDirectory(prefix="lrlint-") as name:
            driver = Path(name, "driver.py")
            imports = f"import sys; sys.path.append({str(ROOT)!r}); import tests.watch_training as watch"
            driver.write_text(f"{imports}\nwatch.run_all({batch!r}, {draw})\n", encoding="utf-8")
            evidence = observer.observe(driver, DEFAULT_TIMEOUT + len(batch))
        assert evidence.error is not None
        assert evidence.error.message.startswith("["), evidence.error
        for one in json.loads(evidence.error.message):
            found = frozenset((file, line, code) for file, line, code in one["findings"])
            yield Watched(found, one["error"], one["failure"])
