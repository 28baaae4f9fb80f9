"""Silencing a finding: the comment to write, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lrlint.edit import Edit, apply_edits
from lrlint.finding import Finding
from lrlint.source import Range, Source
from lrlint.suppress import IGNORE, is_suppressed


def silencing_edit(source: Source, finding: Finding) -> Edit | None:
    """The edit that puts `# lrlint: ignore[…]` to a finding; None if no place in its lines takes a comment.

    The comment goes into one that is there, or behind the finding, or on a line of its own above it.
    """
    for edit, lines_above in _candidates(source, finding):
        edited = Source(source.path, apply_edits(source.text, [edit]))
        if source.is_editable(edit.range) and is_suppressed(edited, _moved(finding, lines_above)):
            return edit
    return None


def _candidates(source: Source, finding: Finding) -> Iterator[tuple[Edit, int]]:
    """Edits to try, each with the number of lines that it puts above the finding."""
    code = finding.rule.code
    for line in dict.fromkeys((finding.range.line, finding.range.end_line)):
        text, start = source.line_text(line), source.line_starts[line - 1]
        for there in IGNORE.finditer(text):
            end = start + there.end("listed")
            yield Edit(source.range(end, end), f", {code}" if there["listed"].strip() else code), 0
        if not text.endswith("\\"):  # no comment may stand behind that
            behind = source.range(start + len(text.rstrip()), start + len(text))
            yield Edit(behind, f"  # lrlint: ignore[{code}]"), 0
    first = source.line_text(finding.range.line)
    at = source.line_starts[finding.range.line - 1]
    indent = first[: len(first) - len(first.lstrip())]
    newline = "\r\n" if "\r\n" in source.text else "\n"
    yield Edit(source.range(at, at), f"{indent}# lrlint: ignore[{code}]{newline}"), 1


def _moved(finding: Finding, lines: int) -> Finding:
    at = finding.range
    moved = Range(at.start, at.end, at.line + lines, at.column, at.end_line + lines, at.end_column)
    return replace(finding, range=moved)
