"""Findings as the library gives them: plain data, which stays as it is when the linter inside changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lrlint import edit, finding
from lrlint.edit import Applicability
from lrlint.rule import Severity
from lrlint.source import Range, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A range in a file.

    `path` is relative to the working directory, with `/` separators.  Lines and columns count from 1, columns in
    characters, and `end_column` is the one behind the last character.  In a notebook they are those in the cell
    number `cell`, counted from 1 among all of its cells.
    """

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None

    def __str__(self) -> str:
        """The beginning of the place, as reports write it: `train.py:7:5`."""
        cell = "" if self.cell is None else f"cell {self.cell}:"
        return f"{self.path}:{cell}{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related(Place):
    """Another place that matters to a finding, also in another file, and why."""

    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Place):
    """The text of a range is replaced by `content`."""

    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """Edits that repair one finding together, in their order and without overlaps; `title` says what they do."""

    applicability: Applicability
    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Place):
    """One place where a rule holds.

    `code` and `name` are those of the rule.  `message` says on one line what is wrong and what follows from it, `label`
    in a few words what stands at the place (may be empty).
    """

    code: str
    name: str
    severity: Severity
    message: str
    label: str
    related: tuple[Related, ...]
    fix: Fix | None

    def __str__(self) -> str:
        """The finding on one line: `train.py:7:5: LR101 ...`."""
        return f"{Place.__str__(self)}: {self.code} {self.message}"


def published(one: finding.Finding, sources: Mapping[str, Source]) -> Finding:
    """A finding as the library gives it; `sources` are the texts of files by their path, as far as they are at hand."""
    return Finding(
        **_place(one.path, one.range, sources),
        code=one.rule.code,
        name=one.rule.name,
        severity=one.severity,
        message=one.message,
        label=one.label,
        related=tuple(Related(**_place(at.path, at.range, sources), label=at.label) for at in one.related),
        fix=None if one.fix is None else _fix(one.fix, one.path, sources),
    )


def _fix(fix: edit.Fix, path: str, sources: Mapping[str, Source]) -> Fix:
    edits = (Edit(**_place(path, one.range, sources), content=one.content) for one in fix.edits)
    return Fix(applicability=fix.applicability, title=fix.title, edits=tuple(edits))


def _place(path: str, range_: Range, sources: Mapping[str, Source]) -> dict[str, Any]:
    """The fields of a place."""
    shown = sources[path].shown(range_) if path in sources else None
    at = range_ if shown is None else shown.range
    return {
        "path": path,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
        "cell": None if shown is None else shown.cell,
    }
