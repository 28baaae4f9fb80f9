"""Exceptions as people are told of them: on one line, with the place that they come from."""

from __future__ import annotations

import traceback
from pathlib import Path


def describe(error: BaseException, file: str | None = None) -> str:
    """Class, message and place of an exception; the last place in `file`, if it went through that.

    Some exceptions raise when they are made a string.
    """
    name = type(error).__name__
    try:
        text = f"{name}: {error}" if str(error) else name
    except Exception:  # noqa: BLE001 - whatever its __str__ does
        text = name
    frames = traceback.extract_tb(error.__traceback__)
    frame = next((frame for frame in reversed(frames) if frame.filename == file), frames[-1] if frames else None)
    place = f" ({Path(frame.filename).name}:{frame.lineno})" if frame else ""
    return " ".join(text.split()) + place


class WorkerDiedError(RuntimeError):
    """A process died while it linted some files, and did so again when it had nothing else to do."""

    def __init__(self) -> None:
        super().__init__("the process that checked it died; it may have run out of memory")
