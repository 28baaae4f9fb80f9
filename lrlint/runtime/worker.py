"""The process that has torch imported and forks once per program: `python -m lrlint.runtime.worker`.

It reads one JSON object a line, `{"path": ..., "timeout": ..., "is_project": ...}`, and answers each with one line:
`{"evidence": ...}` or, if there is none, `{"problem": "ran longer than 30 s"}`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import select
import signal
import sys
import tempfile
import time
from typing import Any

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # torch takes seconds to import: Ctrl-C ends that without a traceback

from lrlint.runtime import observing

_CHUNK = 1 << 16


def main() -> None:
    """Answer requests until the input ends."""
    observing.preload()
    gc.freeze()  # a collection in a child would write to, and so copy, the memory of all that is imported
    for line in sys.stdin:
        request = json.loads(line)
        answer = _run_apart(request["path"], request["timeout"], request["is_project"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _run_apart(path: str, timeout: float, is_project: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lrlint-") as directory:
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            _run_in_child(path, is_project, directory, write_end)
        os.close(write_end)
        try:
            answer = _read_line(read_end, time.monotonic() + timeout)
        finally:
            os.close(read_end)
            status = _end(child)
    if answer is None:
        return {"problem": f"ran longer than {timeout:g} s"}
    if not answer:
        return {"problem": f"killed its interpreter (exit status {os.waitstatus_to_exitcode(status)})"}
    return {"evidence": json.loads(answer)}


def _run_in_child(path: str, is_project: bool, directory: str, write_end: int) -> None:
    """Run the program, write the evidence and end this process, whatever happens."""
    try:
        os.setsid()
        os.chdir(directory)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        evidence = json.dumps(observing.run(path, is_project).to_json())
        with open(write_end, "w", encoding="utf-8") as pipe:
            pipe.write(evidence + "\n")
    finally:
        os._exit(0)


def _read_line(pipe: int, deadline: float) -> bytes | None:
    """The line that is written to `pipe`, nothing if it closes before; None if neither happens in time.

    Not up to the end, as processes that the program left behind may hold the pipe open.
    """
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return None
        part = os.read(pipe, _CHUNK)
        if not part:
            return b""
        line += part
    return line


def _end(child: int) -> int:
    """End a child with all processes that it left behind; gives its wait status."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a program that runs is ended before this process is
    with contextlib.suppress(KeyboardInterrupt):
        main()
