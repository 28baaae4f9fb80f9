"""Which lines of a file have changed since a commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lrlint.finding import Finding
from lrlint.git import Snapshot
from lrlint.notebook import read_source
from lrlint.source import Source, UndecodableError


@dataclass(frozen=True, slots=True)
class Changes:
    """What has changed since a snapshot: committed, staged, or only written to the disk."""

    snapshot: Snapshot
    _lines: dict[str, Sequence[str]] = field(default_factory=dict)

    def among(self, path: str, source: Source, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Those findings of a file, by its absolute path, in whose range any line has changed.

        All lines of a file have that is new; of a notebook the lines of its code count.  Raises GitError.
        """
        relative = self.snapshot.relative(path)
        if not findings or relative is None or self.snapshot.is_in_submodule(relative):
            return ()
        changed = changed_lines(self._before(path, relative), list(source.lines()))
        return tuple(finding for finding in findings if not changed.isdisjoint(_lines_of(finding)))

    def _before(self, path: str, relative: str) -> Sequence[str]:
        """The lines that a file had."""
        if path not in self._lines:
            data = self.snapshot.data(relative)
            try:
                self._lines[path] = () if data is None else list(read_source(relative, data).lines())
            except UndecodableError:  # so it was no file of Python
                self._lines[path] = ()
        return self._lines[path]


def changed_lines(before: Sequence[str], after: Sequence[str]) -> frozenset[int]:
    """The lines of a text, from 1 on, that were not in it before, or stood elsewhere."""
    from difflib import SequenceMatcher  # only where there is anything to compare

    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    matcher = SequenceMatcher(None, old, new)
    changed = (range(first, last) for tag, _, _, first, last in matcher.get_opcodes() if tag in ("insert", "replace"))
    return frozenset(start + index + 1 for indices in changed for index in indices)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines are the same from the beginning on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (left, right) in pairs if left != right), min(len(one), len(other)))


def _lines_of(finding: Finding) -> range:
    first, last = finding.range.line, finding.range.end_line
    return range(first, last if finding.range.end_column == 1 and last > first else last + 1)
