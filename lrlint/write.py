"""Writing: a file gets its new bytes all at once, or keeps the old ones."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from lrlint.profile import timed

try:
    import fcntl
except ImportError:  # no Unix
    fcntl = None  # type: ignore[assignment]

_TEMPORARY = re.compile(r"\.lrlint-[a-z0-9_]{8}-[0-9]+\.tmp")
"""What `_new_temporary` calls its files."""


class ChangedMeanwhileError(Exception):
    """The file no longer holds the bytes that were read from it, so somebody else has written to it."""


@timed("write")
def replace_file(path: Path, before: bytes, after: bytes) -> None:
    """Make the file at `path` hold `after` instead of `before`, keeping its mode bits and, where allowed, its owner
    and extended attributes.

    At any moment the file holds one or the other in full, even if the process is killed, which may leave a temporary
    file `.lrlint-….tmp` beside it; the next run that writes into the folder removes it.  Of a symbolic link the target
    is replaced; a hard link is cut off from its other names, which keep the old bytes.

    Raises ChangedMeanwhileError if the file does not hold `before`, and OSError if the file or its folder
    can't be written to.  The file is then untouched and no temporary file stays behind.
    """
    target = Path(os.path.realpath(path, strict=True))
    status = _status_of_writable(target)
    with _written_beside(target, after) as temporary:
        _copy_owner_and_mode(status, temporary)
        _copy_attributes(target, temporary)
        if target.read_bytes() != before:
            raise ChangedMeanwhileError(f"{path} was changed by somebody else while it was being fixed")
        os.replace(temporary, target)


def write_file(path: Path, data: bytes) -> None:
    """Make a file at `path` hold `data`, whether there is one or not; missing folders are made.

    A file is replaced as by `replace_file`; to a pipe or device the data are written.  Raises OSError if the file
    can't be written; one that is there is then untouched.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        with path.open("wb") as stream:
            stream.write(data)
        return
    target = Path(os.path.realpath(path))
    _make_folder(target.parent)
    status = _status_of_writable(target) if target.exists() else None
    with _written_beside(target, data) as temporary:
        if status is None:
            temporary.chmod(0o666 & ~_umask())
        else:
            _copy_owner_and_mode(status, temporary)
            _copy_attributes(target, temporary)
        os.replace(temporary, target)


def _status_of_writable(target: Path) -> os.stat_result:
    with target.open("r+b") as file:  # a read-only file is refused here: its folder alone would allow to replace it
        return os.fstat(file.fileno())


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder)) from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextlib.contextmanager
def _written_beside(target: Path, data: bytes) -> Iterator[Path]:
    """A temporary file with these bytes in the folder of `target`, there to be moved; it goes if that fails."""
    remove_leftovers(target.parent)
    descriptor, temporary, lock = _new_temporary(target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    except BaseException:  # an interrupt from the keyboard must not leave the temporary file behind either
        temporary.unlink(missing_ok=True)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _new_temporary(folder: Path) -> tuple[int, Path, int | None]:
    """A new temporary file that is open for writing, its path, and the lock that says that somebody needs it.

    There is no lock where the system has none for files.
    """
    for is_last in (False, False, True):
        descriptor, name = tempfile.mkstemp(dir=folder, prefix=".lrlint-", suffix=f"-{os.getpid()}.tmp")
        temporary, lock = Path(name), _locked(Path(name))
        if lock is not None or is_last or fcntl is None:
            break
        os.close(descriptor)  # somebody takes it for a leftover, as it had no lock yet
        temporary.unlink(missing_ok=True)
    return descriptor, temporary, lock


@cache  # once a run
def remove_leftovers(folder: Path) -> None:
    """Remove the temporary files from a folder that runs have left behind which were killed.

    That nobody holds the lock of one shows that its run is over.
    """
    if fcntl is None:
        return
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in [one for one in entries if _TEMPORARY.fullmatch(one.name)]:
            _remove_leftover(Path(entry.path))


def _remove_leftover(path: Path) -> None:
    with contextlib.suppress(OSError):
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_uid != os.geteuid():
            return
        lock = _locked(path)
        if lock is not None:
            path.unlink()
            os.close(lock)


def _locked(path: Path) -> int | None:
    """A descriptor that holds the lock of the file at `path`; None if that is gone, or somebody else holds it."""
    if fcntl is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(descriptor), path.lstat()):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _copy_owner_and_mode(status: os.stat_result, path: Path) -> None:
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):
            os.chown(path, status.st_uid, status.st_gid)
    path.chmod(stat.S_IMODE(status.st_mode))  # after chown, which clears some of the bits


def _copy_attributes(source: Path, target: Path) -> None:
    """Copy the extended attributes, access control lists among them, that the system knows and lets be copied."""
    if not hasattr(os, "listxattr"):
        return
    with contextlib.suppress(OSError):
        for name in os.listxattr(source):
            with contextlib.suppress(OSError):
                os.setxattr(target, name, os.getxattr(source, name))
