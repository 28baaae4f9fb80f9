"""The cache: what runs have printed, for as long as the disk answers all their questions as it did.

An entry is the text of a run that went well, and every question that it asked the disk (`lrlint.disk`) with the answer:
contents as digests, names in folders, and what was not there.  A run with the same command line in the same place,
with the same lrlint and Python, prints the same once all of these are answered as before.  An entry that can't be used,
for whatever reason, is none.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence

from lrlint import __version__, disk
from lrlint.installed import may_have_other_packs

TYPE_CHECKING = False  # most runs need this module, and `typing` takes its time to import
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "LRLINT_CACHE_DIR"
FOLDER = ".lrlint_cache"

_FORM = 1
_ENTRIES = 50  # so many are kept
_LONGEST = 4_000_000  # characters of a text
_SURROUNDINGS = ("CI", "FORCE_COLOR", "NO_COLOR", "PYTHONIOENCODING", "PYTHONPATH", "PYTHONUTF8", "TERM")
"""The variables that have a say in what is printed, or in what is run."""

_INK = re.compile(r"\x1b\[[0-9;]*m")
_SIGNS = {
    ".gitignore": "*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of lrlint; `lrlint clean` removes it.\n",
}


class Reply:
    """What a run printed on standard output, and its exit code."""

    __slots__ = ("code", "text")

    def __init__(self, text: str, code: int) -> None:
        self.text = text
        self.code = code


def default_folder() -> str:
    """Where the cache is unless something else is said: where LRLINT_CACHE_DIR says, or in the working directory.

    Raises OSError if that is gone.
    """
    return os.path.abspath(os.environ.get(VARIABLE) or FOLDER)


class Run:
    """A run, by its command line."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments = tuple(arguments)

    def reply(self, folder: str) -> Reply | None:
        """What a run like this one printed, according to the cache in a folder, if that holds still."""
        if not os.path.isdir(folder) or may_have_other_packs():
            return None
        import json

        try:
            with open(self._file(folder), encoding="ascii") as file:
                entry = json.load(file)
            text, code = entry["text"], entry["code"]
            is_whole = entry["form"] == _FORM and code in (0, 1) and _is_harmless(text)
            return Reply(text, code) if is_whole and disk.still_holds(entry["answers"]) else None
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return None

    def keep(self, folder: str, reply: Reply, answers: Sequence[Sequence[Any]]) -> None:
        """Remember what the run has printed; where that can't be written it is not."""
        if len(reply.text) > _LONGEST or not _is_harmless(reply.text) or not _is_all_ours():
            return
        import json

        entry = {"form": _FORM, "code": reply.code, "text": reply.text, "answers": answers}
        try:
            _prepare(folder)
            _write(self._file(folder), json.dumps(entry))
            _prune(folder)
        except OSError:
            return

    def _file(self, folder: str) -> str:
        """The path of the entry.  Raises OSError."""
        from hashlib import blake2b

        surroundings = [os.environ.get(name) for name in _SURROUNDINGS]
        stream = [sys.stdout.isatty(), sys.stdout.encoding] if sys.stdout is not None else []
        place = [os.getcwd(), sys.path, sys.version, sys.platform, __version__, list(_own_state())]
        key = repr([_FORM, self.arguments, surroundings, stream, place])
        return os.path.join(folder, f"{blake2b(key.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}.json")


def clean(folder: str) -> bool:
    """Remove the cache in a folder; whether there was one.

    Only what the cache has written is removed, and the folder if nothing else is in it.  Raises OSError.
    """
    if not os.path.isfile(os.path.join(folder, "CACHEDIR.TAG")):
        return False
    for path in (*_entries(folder), *(os.path.join(folder, name) for name in _SIGNS)):
        _remove(path)
    if not os.listdir(folder):
        os.rmdir(folder)
    return True


def _own_state() -> Iterator[tuple[str, int, int]]:
    """The size and time of every file of lrlint, so that none of its answers outlives a change of it."""
    package = sys.modules["lrlint"]
    folders = [os.path.dirname(str(package.__file__)), *(f"{path}/rules" for path in package.__path__)]
    while folders:
        try:
            with os.scandir(folders.pop()) as found:
                listed = sorted(found, key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in listed:
            if entry.is_dir(follow_symlinks=False):
                folders += [] if entry.name == "__pycache__" else [entry.path]
            else:
                status = entry.stat()
                yield entry.path, status.st_size, status.st_mtime_ns


def _is_all_ours() -> bool:
    """Whether the answer comes from lrlint and Python alone: rules of others, and LibCST, may change without a sign."""
    return "libcst" not in sys.modules and not may_have_other_packs()


def _is_harmless(text: object) -> bool:
    """Whether a terminal would do nothing with a text but show it, in colours."""
    return isinstance(text, str) and all(line.isprintable() for line in _INK.sub("", text).split("\n"))


def _prepare(folder: str) -> None:
    os.makedirs(folder, exist_ok=True)
    for name, content in _SIGNS.items():
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            _write(path, content)


def _write(path: str, content: str) -> None:
    """Write a file that others see whole or not at all."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        with open(temporary, "x", encoding="ascii") as file:
            file.write(content)
        os.replace(temporary, path)
    except BaseException:
        _remove(temporary)
        raise


def _prune(folder: str) -> None:
    """Remove the oldest entries, and what killed processes have left."""
    for path in sorted(_entries(folder), key=os.path.getmtime, reverse=True)[_ENTRIES:]:
        _remove(path)


def _entries(folder: str) -> list[str]:
    return [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith((".json", ".tmp"))]


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except FileNotFoundError:
        return
