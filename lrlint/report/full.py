"""The `full` report: each finding with the code that it is about, as compilers show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from lrlint.finding import Finding
from lrlint.report import frame
from lrlint.report.frame import Mark
from lrlint.report.heading import fix_note, heading, ink_of, location
from lrlint.report.proof import told
from lrlint.report.results import Results
from lrlint.report.terminal import Ink, Style, visible
from lrlint.source import Source


def render(results: Results) -> str:
    """The findings, with an empty line after each.

    Of a place in a file whose text is not at hand only position and label are told.
    """
    rows = ([*_rows(finding, results), ""] for finding in results.findings)
    return "".join(f"{row}\n" for each in rows for row in each)


def _rows(finding: Finding, results: Results) -> Iterator[str]:
    sources, unsafe, style = results.sources, results.unsafe, results.style
    places = {path: marks for path, marks in _marks(finding).items() if _are_of(marks, sources.get(path))}
    frames = _frames(places, sources)
    digits = max((len(str(frame.shown_lines(source, marks)[-1])) for source, marks in frames.items()), default=1)
    pad = " " * digits

    yield heading(finding, unsafe, style)
    yield f"{pad}{style.paint('-->', Ink.NOTE)} {location(finding.path, finding.range, sources.get(finding.path))}"
    for index, (source, marks) in enumerate(frames.items()):
        if index or finding.path not in places:
            yield f"{pad}{style.paint(':::', Ink.NOTE)} {location(source.path, marks[0].range, source)}"
        yield style.paint(f"{pad} |", Ink.NOTE)
        yield from frame.render(source, marks, digits, style)
        yield style.paint(f"{pad} |", Ink.NOTE)
    for note in _notes(finding, places, sources, unsafe, style):
        yield f"{pad} {style.paint('=', Ink.NOTE)} {note}"
    proof = results.proofs.get(finding)
    if proof is not None:
        yield f"{pad} {style.paint('=', Ink.NOTE)} {style.paint('torch:', Ink.STRONG)} {visible(proof.sentence)}"
        yield from (f"{pad}          {visible(line)}" for line in told(proof))


def _marks(finding: Finding) -> dict[str, list[Mark]]:
    """The marks of each file, with the finding's own range first."""
    marks = {finding.path: [Mark(finding.range, finding.label, "^", ink_of(finding.severity))]}
    for related in finding.related:
        marks.setdefault(related.path, []).append(Mark(related.range, related.label, "-", Ink.NOTE))
    return marks


def _are_of(marks: Sequence[Mark], source: Source | None) -> bool:
    return source is not None and all(frame.is_range_of(mark.range, source) for mark in marks)


def _frames(places: Mapping[str, Sequence[Mark]], sources: Mapping[str, Source]) -> dict[Source, list[Mark]]:
    """The marks of each frame; a notebook has one for each of its cells with marks."""
    frames: dict[Source, list[Mark]] = {}
    for path, marks in places.items():
        for mark in marks:
            shown = sources[path].shown(mark.range)
            frames.setdefault(shown.source, []).append(replace(mark, range=shown.range))
    return frames


def _notes(
    finding: Finding, shown: Iterable[str], sources: Mapping[str, Source], unsafe: bool, style: Style
) -> Iterator[str]:
    for related in finding.related:
        if related.path not in shown:
            yield f"{location(related.path, related.range, sources.get(related.path))}: {visible(related.label)}"
    note = fix_note(finding, unsafe, style)
    if note is not None:
        yield note
    yield f"{style.paint('help:', Ink.STRONG)} lrlint rule {finding.rule.code}"
