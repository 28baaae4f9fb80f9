"""The process that has torch imported and forks once per program: `python -m lrlint.runtime.worker`.

It reads one JSON object a line, `{"path": ..., "timeout": ..., "is_project": ..., "is_confined": ...}`, and answers
each with one line:
`{"evidence": ...}` or, if there is none, `{"problem": "ran longer than 30 s"}`.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
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

_MEMORY = 1 << 30
"""The bytes that a confined program may take beyond those of torch itself."""

_REFUSED = frozenset(
    [
        "os.exec",
        "os.fork",
        "os.forkpty",
        "os.posix_spawn",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.spawn",
        "os.system",
        "shutil.rmtree",
        "socket.connect",
        "subprocess.Popen",
    ]
)
"""What a confined program has no reason to do, as Python's audit events call it."""


def main() -> None:
    """Answer requests until the input ends."""
    observing.preload()
    gc.freeze()  # a collection in a child would write to, and so copy, the memory of all that is imported
    for line in sys.stdin:
        request = json.loads(line)
        answer = _run_apart(request["path"], request["timeout"], request["is_project"], request["is_confined"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _run_apart(path: str, timeout: float, is_project: bool, is_confined: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lrlint-") as directory:
        read_end, write_end = os.pipe()
        child = os.fork()
        if child == 0:
            _run_in_child(path, is_project, directory, write_end, timeout if is_confined else None)
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


def _run_in_child(path: str, is_project: bool, directory: str, write_end: int, confined_to: float | None) -> None:
    """Run the program, write the evidence and end this process, whatever happens.

    `confined_to` are the seconds of processor time that a confined program gets, None for one that is not.
    """
    try:
        os.setsid()
        os.chdir(directory)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        if confined_to is not None:
            _confine(confined_to)
        evidence = json.dumps(observing.run(path, is_project, confined_to is not None).to_json())
        with open(write_end, "w", encoding="utf-8") as pipe:
            pipe.write(evidence + "\n")
    finally:
        os._exit(0)


def _confine(seconds: float) -> None:
    """Let this process use little memory and time, write no file and start no other process."""
    used = _memory_in_use()
    limits = {
        resource.RLIMIT_CPU: max(1, round(seconds)),
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_AS: used + _MEMORY if used else resource.RLIM_INFINITY,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in limits.items():
        _, hard = resource.getrlimit(kind)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        with contextlib.suppress(ValueError, OSError):  # a system may refuse one of them
            resource.setrlimit(kind, (bound, hard))
    sys.addaudithook(_refuse_processes)


def _refuse_processes(event: str, _arguments: tuple[object, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(f"a reproduction does nothing like {event}")


def _memory_in_use() -> int:
    """The bytes of address space of this process; 0 where the system does not tell."""
    with contextlib.suppress(OSError, ValueError, IndexError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
    return 0


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
