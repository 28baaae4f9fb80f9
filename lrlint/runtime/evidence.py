"""What torch did when a program ran, and how to get to know it.

Each program runs in a process of its own (see `worker.py`) under a monitor that changes nothing of what torch
does (see `observing.py`).  This module imports no torch: it can describe evidence and ask for it anywhere.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeAlias, final

Rate: TypeAlias = "float | tuple[float, ...]"
Outcome = Literal["raises", "warns", "silent"]

DEFAULT_TIMEOUT = 30.0

_PACKAGE_PARENT = Path(__file__).parent.parent.parent
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # the programs are tiny: threads cost more than they bring
    "PYTHONHASHSEED": "0",  # sets of names have the same order in every run
}


class ObservationError(RuntimeError):
    """A program could not be observed: torch is missing, it ran too long, or it killed its interpreter."""


@dataclass(frozen=True, slots=True)
class WarningEvidence:
    """A warning: its category, its first sentence, the program's line that led to it, and how often it came.

    `file` is the path of the file with that line, from the program's folder; None for the file that was run.
    """

    category: str
    message: str
    line: int | None
    count: int = 1
    file: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorEvidence:
    """The exception that ended a program: its type, the first line of its text, the program's line, and its file.

    `is_of_torch`: it was raised in the code of torch.
    """

    type: str
    message: str
    line: int | None
    file: str | None = None
    is_of_torch: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """What torch did with one program.

    `rates` has one entry per optimizer, in the order of construction: the LR that each of its `step()` calls
    used, as one number if all param groups agree and else as one number per group.  `lines` are those of the program
    that it came to, empty unless that was asked for.
    """

    warnings: tuple[WarningEvidence, ...] = ()
    error: ErrorEvidence | None = None
    rates: tuple[tuple[Rate, ...], ...] = ()
    lines: tuple[int, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """The worst that happened."""
        if self.error:
            return "raises"
        return "warns" if self.warnings else "silent"

    def to_json(self) -> dict[str, Any]:
        """The evidence as plain dicts, lists and values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Evidence:
        """The evidence that `to_json` gave, also after a way through JSON text."""
        return cls(
            warnings=tuple(WarningEvidence(**warning) for warning in data["warnings"]),
            error=ErrorEvidence(**data["error"]) if data["error"] else None,
            rates=tuple(tuple(map(as_rate, rates)) for rates in data["rates"]),
            lines=tuple(data.get("lines", ())),
        )


def as_rate(value: float | list[float] | tuple[float, ...]) -> Rate:
    """One LR, or one per param group."""
    return tuple(map(float, value)) if isinstance(value, (list, tuple)) else float(value)


def installed_torch() -> str | None:
    """The release of the installed torch (`2.13.0`), found without the second that importing it costs."""
    try:
        return metadata.version("torch").partition("+")[0]
    except metadata.PackageNotFoundError:
        return None


def observe(path: Path, timeout: float = DEFAULT_TIMEOUT, is_project: bool = False) -> Evidence:
    """Run the Python program at `path` on the installed torch, for at most `timeout` seconds.

    The program sees an empty working directory, no input, and the folder it lies in on `sys.path`; what it
    prints is dropped.  `is_project`: all files in that folder belong to the program, and lines of them count.
    Raises ObservationError.  For many programs use one Observer: it imports torch once.
    """
    with Observer() as observer:
        return observer.observe(path, timeout, is_project)


@final
class Observer:
    """Runs programs on torch, one after another, each in a fork of a process that has torch imported.

    Use it as a context manager.  Needs `os.fork` (Linux, macOS).
    """

    def __init__(self) -> None:
        if importlib.util.find_spec("torch") is None:
            raise ObservationError("torch is not installed; install it with: pip install 'lrlint[torch]'")
        if not hasattr(os, "fork"):
            raise ObservationError("running programs on torch needs os.fork, which this system does not have")
        # The working directory is what makes this very lrlint importable, installed or not.
        self._worker = subprocess.Popen(
            [sys.executable, "-W", "ignore:Failed to initialize NumPy", "-m", "lrlint.runtime.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_PACKAGE_PARENT,
            env={**os.environ, **_ENVIRONMENT},
            encoding="utf-8",
        )

    def __enter__(self) -> Observer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._worker.communicate()

    def observe(
        self, path: Path, timeout: float = DEFAULT_TIMEOUT, is_project: bool = False, is_confined: bool = False
    ) -> Evidence:
        """As the function `observe`.

        `is_confined`: the program gets little memory and processor time, can start no process and write nothing, and
        the lines that it comes to are noted.
        """
        request = {"path": str(path.resolve()), "timeout": timeout, "is_project": is_project}
        answer = self._ask({**request, "is_confined": is_confined})
        if not answer:
            raise ObservationError(f"{path}: the process that runs programs on torch has ended")
        result = json.loads(answer)
        if "problem" in result:
            raise ObservationError(f"{path}: {result['problem']}")
        return Evidence.from_json(result["evidence"])

    def _ask(self, request: Mapping[str, object]) -> str:
        """The worker's answer; empty if there is no worker any more."""
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._worker.stdin.write(json.dumps(request) + "\n")
            self._worker.stdin.flush()
        return self._worker.stdout.readline()
