"""Writing: a file gets its new bytes all at once, or keeps the old ones."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from pathlib import Path


class ChangedMeanwhileError(Exception):
    """The file no longer holds the bytes that were read from it, so somebody else has written to it."""


def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Make the file at `path` hold `after` instead of `before`, keeping its mode bits (and owner, where allowed).

    At any moment the file holds one or the other in full, even if the process is killed.  Of a symbolic link
    the target is replaced; a hard link is cut off from its other names.

    Raises ChangedMeanwhileError if the file does not hold `before`, and OSError if the file or its folder
    can't be written to.  The file is then untouched and no temporary file stays behind.
    """
    target = Path(os.path.realpath(path, strict=True))
    with target.open("r+b") as file:  # a read-only file is refused here: its folder alone would allow to replace it
        status = os.fstat(file.fileno())
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".lrlint-", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(after)
            file.flush()
            os.fsync(file.fileno())
        _copy_owner_and_mode(status, temporary)
        if target.read_bytes() != before:
            raise ChangedMeanwhileError(f"{path} was changed by somebody else while it was being fixed")
        os.replace(temporary, target)
    except BaseException:  # an interrupt from the keyboard must not leave the temporary file behind either
        temporary.unlink(missing_ok=True)
        raise


def _copy_owner_and_mode(status: os.stat_result, path: Path) -> None:
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(path, status.st_uid, status.st_gid)
    path.chmod(stat.S_IMODE(status.st_mode))  # after chown, which clears some of the bits
