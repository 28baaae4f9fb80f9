"""A finding's place in the text that its fix makes."""

from __future__ import annotations

from dataclasses import replace

from lrlint.finding import Finding
from lrlint.source import Source


def shifted(finding: Finding, fixed: Source) -> Finding:
    """The finding with the place at which it would stand in the text that its fix has made."""
    edits = finding.fix.edits if finding.fix is not None else ()
    start = finding.range.start
    shift = sum(len(one.content) - (one.range.end - one.range.start) for one in edits if one.range.end <= start)
    inside = [one for one in edits if one.range.start <= start < one.range.end]
    place = max(0, min((inside[0].range.start if inside else start) + shift, len(fixed.text) - 1))
    while place < len(fixed.text) - 1 and fixed.text[place].isspace():
        place += 1
    return replace(finding, range=fixed.range(place, place), fix=None)
