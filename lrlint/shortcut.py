"""The shortcut: what needs no linter is answered before anything that takes its time to import.

Most runs of a hook are about files that have nothing to do with schedulers.  A run that is given paths alone, where
nothing is configured, is such a one if no file passes the gate of any rule, nor leads to one that builds something.
Whatever is not that plain, and whatever goes wrong, takes the long way, which says what there is to say.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from lrlint import disk
from lrlint.config.exclusion import BY_DEFAULT, Exclusion
from lrlint.config.nearest import Nearest, candidate_in
from lrlint.files import discover
from lrlint.gate import Gate, lets_pass
from lrlint.imports.building import may_build
from lrlint.imports.finder import Finder, canonical
from lrlint.installed import BUILT_IN_PACK, may_have_other_packs
from lrlint.recorded import recorded_rules
from lrlint.report.counting import nothing_found

_FORCE_EXCLUDE, _ISOLATED = "--force-exclude", "--isolated"
FLAGS = frozenset(
    ["--exit-non-zero-on-fix", "--exit-zero", "--fix", _FORCE_EXCLUDE, _ISOLATED, "--no-cache", "--unsafe-fixes"]
)
"""Those options of `lrlint check` that take no value, and change at most what files a run without findings has."""

_NOTEBOOK = ".ipynb"
_FIRST_LINES = 2  # may declare an encoding


class _NotPlainError(Exception):
    """The long way has to be taken."""


def plain_summary(arguments: Sequence[str]) -> str | None:
    """What `lrlint check` prints with these arguments before it exits with 0; None where that is not plain to see."""
    flags = FLAGS.intersection(arguments)
    paths = [one for one in arguments if one not in flags] or ["."]
    if any(one.startswith("-") for one in paths):
        return None
    try:
        return _Search(flags).summary(paths)
    except (_NotPlainError, OSError, ValueError):
        return None


class _Search:
    """The search of a run for something that is not plain; every method raises _NotPlainError where it is met."""

    def __init__(self, flags: frozenset[str]) -> None:
        self._exclusion = Exclusion(BY_DEFAULT.names, is_forced=_FORCE_EXCLUDE in flags)
        self._nearest = None if _ISOLATED in flags else Nearest(candidate_in)
        rules = recorded_rules(BUILT_IN_PACK)
        _refuse(rules is None)
        self._gates: list[Gate] = [(rule["gate"], rule["shape"]) for rule in rules or ()]

    def summary(self, paths: Sequence[str]) -> str:
        """What a run over some paths tells."""
        _refuse(may_have_other_packs())
        discovery = discover(paths, exclusion_of=self._exclusion_in)
        _refuse(bool(discovery.problems))
        texts = {file.path: self._text(file.path) for file in discovery.files}
        named = [path for path in texts if os.path.normpath(path) in set(map(os.path.normpath, paths))]
        for path in named:
            _refuse(not _is_plain_text(texts[path]))
        if named:
            _follow({canonical(path): text for path, text in texts.items()})
        return nothing_found(len(texts))

    def _exclusion_in(self, folder: str) -> Exclusion:
        _refuse(self._nearest is not None and self._nearest.around(folder) is not None)
        return self._exclusion

    def _text(self, path: str) -> bytes:
        """The code of a file, in which no rule may find anything; nothing of a notebook."""
        data = disk.read(path)
        is_wrapped = path.endswith(_NOTEBOOK)
        _refuse(may_build(data) or lets_pass(data, self._gates, is_wrapped))
        return b"" if is_wrapped else data


def _follow(texts: dict[str, bytes]) -> None:
    """Refuse texts, by their absolute paths, that lead to a module which may build something."""
    from lrlint.imports.outline import Outline

    finder = Finder()
    seen, pending = set(texts), list(texts)
    while pending:
        path = pending.pop()
        for imported in Outline(texts.pop(path) if path in texts else disk.read(path)).imports:
            module = finder.find(path, imported.module)
            children = (finder.child(module, name) for name, _ in imported.names) if module is not None else ()
            for found in {module, *children} - seen - {None}:
                seen.add(found)
                if disk.is_file(found):
                    _refuse(may_build(disk.read(found)))
                    pending.append(found)


def _is_plain_text(data: bytes) -> bool:
    """Whether a file is text in the encoding that it has without a declaration.  Raises ValueError, too, if not."""
    declared = b"coding" in b"".join(data.split(b"\n", _FIRST_LINES)[:_FIRST_LINES])
    return not declared and "\0" not in data.decode("utf-8")


def _refuse(is_refused: bool) -> None:
    if is_refused:
        raise _NotPlainError
