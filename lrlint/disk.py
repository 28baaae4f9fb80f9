"""The disk, as runs ask about it: every question whose answer a result depends on is asked here.

While a run is recorded, the questions are kept with their answers.  Who asks them again and gets the same answers need
not run at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence

TYPE_CHECKING = False  # every run needs this module, and `typing` takes its time to import
if TYPE_CHECKING:
    from typing import Any

Question = tuple[str, str]
"""What is asked, by the name of a function below, and the path that it is asked about."""

_SUFFIXES = (".cfg", ".ipynb", ".py", ".pyi", ".toml", ".txt", ".yaml", ".yml")
"""What the names of files end in that can mean anything to a run, unless they have no dot but at their start."""

_COME_AND_GO = frozenset(["__pycache__", ".lrlint_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache"])

_answers: dict[Question, Any] | None = None


def record() -> None:
    """Keep the questions that are asked from now on, and forget those before."""
    global _answers  # noqa: PLW0603 - there is one disk
    _answers = {}


def is_recording() -> bool:
    """Whether questions are kept."""
    return _answers is not None


def taken() -> Sequence[tuple[str, str, Any]]:
    """The questions that were asked since `record` or the last time, with their answers."""
    answers = [(kind, path, answer) for (kind, path), answer in (_answers or {}).items()]
    if _answers is not None:
        _answers.clear()
    return answers


def take_over(answers: Iterable[Sequence[Any]]) -> None:
    """Keep what another process has asked."""
    for kind, path, answer in answers:
        _note(kind, path, answer)


def still_holds(answers: Iterable[Sequence[Any]]) -> bool:
    """Whether the same questions get the same answers now.  Raises KeyError, TypeError or ValueError for others."""
    return all(isinstance(path, str) and _ASKED[kind](path) == answer for kind, path, answer in answers)


def read(path: str) -> bytes:
    """The bytes of a file.  Raises OSError."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        _note("read", path, None)
        raise
    if _answers is not None:
        _note("read", path, _digest(data))
    return data


def listing(folder: str) -> list[str]:
    """The names in a folder.  Raises OSError."""
    try:
        names = os.listdir(folder)
    except OSError:
        _note("names", folder, None)
        raise
    if _answers is not None:
        _note("names", folder, _digest_of_names(names))
    return names


def entries(folder: str) -> list[os.DirEntry[str]]:
    """What is in a folder.  Raises OSError."""
    with os.scandir(folder or os.curdir) as found:
        listed = list(found)
    if _answers is not None:
        _note("entries", folder, _digest_of_entries(listed))
    return listed


def is_file(path: str) -> bool:
    """Whether a path is that of a file."""
    answer = os.path.isfile(path)
    _note("is_file", path, answer)
    return answer


def exists(path: str) -> bool:
    """Whether there is anything at a path, if only a link that leads nowhere."""
    answer = os.path.lexists(path)
    _note("exists", path, answer)
    return answer


def real(path: str) -> str:
    """An absolute path to the same place without links."""
    answer = os.path.realpath(path)
    _note("real", path, answer)
    return answer


def _note(kind: str, path: str, answer: object) -> None:
    if _answers is not None:
        _answers.setdefault((kind, path), answer)


def _digest(data: bytes) -> str:
    from hashlib import blake2b

    return blake2b(data, digest_size=16).hexdigest()


def _digest_of_names(names: Iterable[str]) -> str:
    return _digest("\n".join(sorted(filter(_matters, names))).encode("utf-8", "surrogatepass"))


def _digest_of_entries(found: Iterable[os.DirEntry[str]]) -> str:
    """Names, what is a folder, and where links lead."""
    lines = sorted(f"{one.name}\n{_kind(one)}" for one in found if _matters(one.name) or _is_folder(one))
    return _digest("\n".join(lines).encode("utf-8", "surrogatepass"))


def _kind(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return f"-> {os.path.realpath(entry.path)}"
    return "folder" if _is_folder(entry) else "file" if entry.is_file() else "other"


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False) and entry.name not in _COME_AND_GO


def _matters(name: str) -> bool:
    """Whether a file can mean anything to a run, or a folder to an import."""
    return name.endswith(_SUFFIXES) or ("." not in name[1:] and name not in _COME_AND_GO)


def _ask_read(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return _digest(file.read())
    except OSError:
        return None


def _ask_names(folder: str) -> str | None:
    try:
        return _digest_of_names(os.listdir(folder))
    except OSError:
        return None


def _ask_entries(folder: str) -> str | None:
    try:
        with os.scandir(folder or os.curdir) as found:
            return _digest_of_entries(found)
    except OSError:
        return None


_ASKED: dict[str, Callable[[str], Any]] = {
    "read": _ask_read,
    "names": _ask_names,
    "entries": _ask_entries,
    "is_file": os.path.isfile,
    "exists": os.path.lexists,
    "real": os.path.realpath,
}
