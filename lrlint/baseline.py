"""Baselines: the findings that a project had when it began to use lrlint, so that only new ones are reported.

`docs/adoption.md` describes the file.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lrlint.finding import Finding
from lrlint.imports.finder import canonical
from lrlint.source import Range, Source

VERSION = 1
_KEYS = {"path": str, "rule": str, "code": str, "nth": int}


class BaselineError(ValueError):
    """A baseline can't be used; the message says why, without the file's name."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A finding of a baseline, wherever its lines have moved to.

    `path` leads from the baseline's folder to the file, `code` is a hash of the code that was found, and `nth` tells
    equal ones in a file apart, from 1 on.
    """

    path: str
    rule: str
    code: str
    nth: int


@dataclass(frozen=True, slots=True)
class Baseline:
    """The entries of a baseline; `folder` is the absolute path of the folder that it lies in."""

    folder: str
    entries: frozenset[Entry] = frozenset()

    def new(self, path: str, source: Source, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Those of all findings of a file, by its absolute path, that are not in it."""
        entries = self.entries_of(path, source, findings)
        return tuple(finding for finding, entry in zip(findings, entries, strict=True) if entry not in self.entries)

    def entries_of(self, path: str, source: Source, findings: Iterable[Finding]) -> Iterator[Entry]:
        """The entry of each finding of a file; all of them are to be given, in the order of reports."""
        seen: Counter[tuple[str, str]] = Counter()
        relative = self._relative(path)
        for finding in findings:
            key = finding.rule.code, _hash(source, finding.range)
            seen[key] += 1
            yield Entry(relative, *key, seen[key])

    def path_of(self, entry: Entry) -> str:
        """The absolute path of the file that an entry is about."""
        return canonical(os.path.join(self.folder, entry.path))

    def _relative(self, path: str) -> str:
        try:
            return os.path.relpath(path, self.folder).replace(os.sep, "/")
        except ValueError:  # another drive
            return path.replace(os.sep, "/")


def folder_of(file: str) -> str:
    """The folder from which the paths of a baseline start."""
    return os.path.dirname(canonical(file))


def read_baseline(file: str) -> Baseline:
    """The baseline of a file.  Raises BaselineError for one that is broken, and OSError."""
    with open(file, "rb") as stream:
        data = stream.read()
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BaselineError("it is no baseline, as it is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise BaselineError(f"it is no JSON any more: line {error.lineno}: {error.msg.lower()}") from None
    except RecursionError:
        raise BaselineError("it is no baseline") from None
    return Baseline(folder_of(file), frozenset(_entries(document)))


def render(entries: Iterable[Entry]) -> str:
    """The text of a baseline: sorted, and with one finding a line, so that branches can be merged."""
    lines = ",\n".join(f"    {json.dumps(_record(entry))}" for entry in sorted(entries))
    findings = f"[\n{lines}\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {findings}\n}}\n'


def _hash(source: Source, range_: Range) -> str:
    """The hash of a piece of code, whatever its white space."""
    code = "".join(source.text[range_.start : range_.end].split())
    return hashlib.sha256(code.encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _record(entry: Entry) -> dict[str, str | int]:
    return {"path": entry.path, "rule": entry.rule, "code": entry.code, "nth": entry.nth}


def _entries(document: Any) -> Iterator[Entry]:
    version = document.get("version") if isinstance(document, dict) else None
    if type(version) is not int or version < VERSION:
        raise BaselineError("it is no baseline, as it has no version")
    if version > VERSION:
        raise BaselineError(f"it is of version {version}, and this lrlint knows version {VERSION} alone")
    records = document.get("findings")
    if not isinstance(records, list):
        raise BaselineError("it is no baseline, as it has no list of findings")
    for number, record in enumerate(records, start=1):
        if not (isinstance(record, dict) and all(type(record.get(key)) is kind for key, kind in _KEYS.items())):
            raise BaselineError(f"finding {number} of it lacks one of {', '.join(_KEYS)}, or has it of another type")
        yield Entry(*(record[key] for key in _KEYS))
