"""`python -m tests.killed_fixes FILE KILLS`: `lrlint check --fix` on a file, killed at many moments of its run.

Prints, as JSON, the outcome of a run to the end and of each run that was killed: its exit code, the text of the file
afterwards, and what else lay in its folder.  Before each run the file is put back.  A moment is one of the events that
Python tells its audit hooks, such as a file that is opened or moved; the runs are forked from one process that has
imported all of lrlint, so that they start at once.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from lrlint.cli import main
from lrlint.linter import lint_source
from lrlint.registry import load_rules
from lrlint.source import Source


class Outcome(NamedTuple):
    """What a run left behind; `events` is how many there were in one to the end."""

    exit_code: int
    text: str
    others: list[str]
    events: int


def killed_fixes(file: Path, kills: int) -> list[Outcome]:
    """The outcome of a run to the end, and those of `kills` runs that were killed."""
    before = file.read_bytes()
    importlib.import_module("lrlint.cli.check")
    lint_source(Source("warm.py", before.decode()), load_rules())
    whole = _outcome(file, before, None)
    return [whole, *(_outcome(file, before, moment) for moment in _moments(whole.events, kills))]


def _moments(events: int, kills: int) -> Sequence[int]:
    """The last moments one by one, as files are written then, and as many spread over the others."""
    late = min(kills // 2, events)
    spread = [1 + (events - late) * index // (kills - late) for index in range(kills - late)]
    return [*spread, *range(events - late + 1, events + 1)]


def _outcome(file: Path, before: bytes, moment: int | None) -> Outcome:
    file.write_bytes(before)
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reader)
        _run(file, moment, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        events = int(pipe.read() or 0)
    _, status = os.waitpid(pid, 0)
    others = [one for one in file.parent.iterdir() if one != file]
    for one in others:
        one.unlink()
    text = file.read_bytes().decode()
    return Outcome(os.waitstatus_to_exitcode(status), text, [one.name for one in others], events)


def _run(file: Path, moment: int | None, writer: int) -> None:
    """Fix the file and exit, or be killed at the moment; the number of all events goes to the pipe."""
    count = 0

    def count_event(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal count
        count += 1
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    sys.addaudithook(count_event)
    try:
        main(["check", "--isolated", "--fix", "--unsafe-fixes", str(file)], prog_name="lrlint")
    except SystemExit as end:
        os.write(writer, str(count).encode())
        os._exit(end.code if isinstance(end.code, int) else 3)


if __name__ == "__main__":
    print(json.dumps(killed_fixes(Path(sys.argv[1]), int(sys.argv[2]))))
