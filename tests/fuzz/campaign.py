"""A fuzzing run: programs examined in processes of their own, so that a crash or an endless loop is a failure too."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

from lrlint.registry import RegisteredRule
from tests.fuzz.examine import Examination, Failure, examine
from tests.fuzz.programs import Files

HANG = "hang"
"""The kind of failure of a program that does not come to an end."""

_SECONDS = 120.0  # in which an answer comes also on a busy machine

_BATCH = 40  # programs of one process, whose memory may grow

_FORKED = multiprocessing.get_context("fork")


@dataclass(slots=True)
class Campaign:
    """What came of many programs: the first failure of each kind, with its program, and counts of everything."""

    programs: int = 0
    findings: int = 0
    fixed: int = 0
    unread: int = 0
    with_findings: int = 0
    slowest: float = 0
    failures: dict[str, tuple[int, Failure]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    given_up: Counter[str] = field(default_factory=Counter)

    def add(self, index: int, seen: Examination) -> None:
        """Count what came of one program."""
        self.programs += 1
        self.findings += seen.findings
        self.fixed += seen.fixed
        self.unread += seen.unread
        self.with_findings += bool(seen.findings)
        self.slowest = max(self.slowest, seen.seconds)
        self.given_up.update(seen.given_up)
        for failure in seen.failures:
            self.kinds[failure.kind] += 1
            self.failures.setdefault(failure.kind, (index, failure))


def run(
    program: Callable[[int], Files],
    rules: Sequence[RegisteredRule],
    until: float,
    first: int = 0,
    tell: Callable[[Campaign], None] = lambda campaign: None,
) -> Campaign:
    """Examine the programs from number `first` on until the clock (`time.monotonic`) says so."""
    campaign = Campaign()
    index = first
    while time.monotonic() < until:
        for seen in _batch(program, rules, index, until):
            campaign.add(index, seen)
            index += 1
        tell(campaign)
    return campaign


def outcome(files: Files, rules: Sequence[RegisteredRule], seconds: float = _SECONDS) -> Examination:
    """What comes of one program, in a process of its own."""
    return next(_batch(lambda index: files, rules, 0, time.monotonic(), seconds))


def _batch(
    program: Callable[[int], Files],
    rules: Sequence[RegisteredRule],
    first: int,
    until: float,
    seconds: float = _SECONDS,
) -> Iterator[Examination]:
    """The outcomes of at least one program and at most a batch, up to one that does not come back."""
    receiver, sender = _FORKED.Pipe(duplex=False)
    worker = _FORKED.Process(target=_work, args=(program, rules, first, until, sender))
    worker.start()
    sender.close()
    try:
        while True:
            if not receiver.poll(seconds):
                yield _failed(HANG, f"no answer after {seconds:g} s")
                return
            seen = receiver.recv()
            if seen is None:
                return
            yield seen
    except EOFError:
        worker.join()
        code = worker.exitcode or 0
        name = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        yield _failed(f"the process died: {name}", "")
    finally:
        worker.kill()
        worker.join()
        receiver.close()


def _failed(kind: str, detail: str) -> Examination:
    return Examination([Failure(kind, detail)])


def _work(
    program: Callable[[int], Files], rules: Sequence[RegisteredRule], first: int, until: float, sender: Connection
) -> None:
    with _working_directory() as folder:
        for index in range(first, first + _BATCH):
            sender.send(_examined(program(index), folder, rules))
            if time.monotonic() >= until:
                break
        sender.send(None)


def _examined(files: Files, folder: Path, rules: Sequence[RegisteredRule]) -> Examination:
    try:
        return examine(files, folder, rules)
    except Exception as error:  # noqa: BLE001 - nothing may come out of a check
        place = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"raised: {type(error).__name__} ({Path(place.filename).name}:{place.lineno})"
        return _failed(kind, "".join(traceback.format_exception(error)))


@contextmanager
def _working_directory() -> Iterator[Path]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)
