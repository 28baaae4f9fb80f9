"""Code frames: the lines of a source around marked ranges, with the marks and their labels beneath.

     8 | scheduler = StepLR(optimizer, 30)
       |             --------------------- built here
    ...
    12 |     scheduler.step()
       |     ^^^^^^^^^^^^^^^^ comes first

A range over several lines has a bar beside its lines and its label beneath the last of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from lrlint.report.terminal import Ink, Style, visible, width
from lrlint.source import Range, Source

_LIMIT = 120  # columns of code shown at most
_LEAD = 30  # columns shown before the first mark of a line that starts left of the view
_CUT = "..."
_CONTEXT = 1  # lines shown above and below a marked one
_GAP = 2  # so many lines between shown ones are shown as well; more become "..."


@dataclass(frozen=True, slots=True)
class Mark:
    """A range underlined with `symbol` in the colour of `ink`, and the label of the underline."""

    range: Range
    label: str
    symbol: str
    ink: Ink

    @property
    def last_line(self) -> int:
        """The last line that holds a character of the range."""
        ends_before_line = self.range.end_column == 1 and self.range.end_line > self.range.line
        return self.range.end_line - 1 if ends_before_line else self.range.end_line

    @property
    def is_bar(self) -> bool:
        """Whether the range goes over several lines."""
        return self.last_line > self.range.line

    def text(self, style: Style, length: int = 1) -> str:
        """The underline and its label."""
        return style.paint(f"{self.symbol * max(length, 1)} {visible(self.label)}".rstrip(), self.ink)


@dataclass(frozen=True, slots=True)
class _View:
    """The part of a line that is shown: the characters from index `begin` to `end`, exclusive."""

    text: str
    begin: int
    end: int

    def __str__(self) -> str:
        tail = _CUT if self.end < len(self.text) else ""
        return self._head + visible(self.text[self.begin : self.end]).rstrip() + tail

    def column(self, index: int) -> int:
        """How many columns are shown before the character at `index`, or before the nearest one shown."""
        return len(self._head) + width(visible(self.text[self.begin : min(index, self.end)]))

    @property
    def _head(self) -> str:
        return _CUT if self.begin else ""


def is_range_of(range_: Range, source: Source) -> bool:
    """Whether a range fits this text, and is not one of another state of the file."""
    return range_.end <= len(source.text) and source.range(range_.start, range_.end) == range_


def shown_lines(source: Source, marks: Iterable[Mark]) -> list[int]:
    """The numbers of the lines that a frame shows: those where a range starts or ends, and those around."""
    marked = {line for mark in marks for line in (mark.range.line, mark.last_line)}
    around = {line + step for line in marked for step in range(-_CONTEXT, _CONTEXT + 1)}
    near = {line for line in around if 1 <= line <= len(source.line_starts)}
    in_order = sorted(near)
    for before, after in pairwise(in_order):
        if after - before - 1 <= _GAP:
            near.update(range(before, after))
    return [line for line in sorted(near) if line in marked or not _is_blank_edge(source, line, near)]


def render(source: Source, marks: Sequence[Mark], digits: int, style: Style) -> Iterator[str]:
    """The rows of a frame, without newlines; its line numbers take `digits` columns.

    Every range is one of `source`.  Where a line is too long to be shown whole, the part around the
    earliest of `marks` is shown.
    """
    bars = sorted((mark for mark in marks if mark.is_bar), key=lambda mark: mark.range)
    previous = None
    for line in shown_lines(source, marks):
        if previous is not None and line > previous + 1:
            yield (style.paint(_CUT.ljust(digits + 3), Ink.NOTE) + _bars(bars, line - 1, True, style)).rstrip()
        here = [mark for mark in marks if not mark.is_bar and mark.range.line == line]
        yield from _rows(source, line, here, bars, digits, style)
        previous = line


def _is_blank_edge(source: Source, line: int, shown: set[int]) -> bool:
    return not source.line_text(line).strip() and not {line - 1, line + 1} <= shown


def _rows(
    source: Source, line: int, marks: Sequence[Mark], bars: Sequence[Mark], digits: int, style: Style
) -> Iterator[str]:
    """A line of code, and beneath it the rows of the marks in it and of the bars that end there."""
    text = source.line_text(line)
    spans = {mark: (mark.range.column - 1, _end_index(mark, text)) for mark in marks}
    view = _view(text, spans[marks[0]] if marks else (0, 0))
    number = style.paint(f"{line:>{digits}} |", Ink.NOTE)
    edge = style.paint(f"{'':>{digits}} |", Ink.NOTE)
    yield f"{number} {_bars(bars, line, False, style)}{view}".rstrip()
    for mark in sorted(marks, key=lambda mark: mark.range):
        start, end = (view.column(index) for index in spans[mark])
        yield f"{edge} {_bars(bars, line, True, style)}{' ' * start}{mark.text(style, end - start)}"
    for depth in reversed(range(len(bars))):
        bar = bars[depth]
        if bar.last_line == line:
            reach = 2 * (len(bars) - depth) - 1 + view.column(max(_end_index(bar, text) - 1, 0))
            foot = style.paint("|" + "_" * reach, bar.ink)
            yield f"{edge} {_bars(bars[:depth], line, True, style)}{foot}{bar.text(style)}"


def _end_index(mark: Mark, text: str) -> int:
    """Where a mark ends in its last line, whose text is given."""
    return mark.range.end_column - 1 if mark.range.end_line == mark.last_line else len(text)


def _bars(bars: Iterable[Mark], line: int, beneath: bool, style: Style) -> str:
    """What stands left of a line of code, or of a row beneath it, for the ranges over several lines."""
    return "".join(f"{style.paint(_bar(bar, line, beneath), bar.ink)} " for bar in bars)


def _bar(bar: Mark, line: int, beneath: bool) -> str:
    if not bar.range.line <= line <= bar.last_line:
        return " "
    return "/" if line == bar.range.line and not beneath else "|"


def _view(text: str, span: tuple[int, int]) -> _View:
    """The part of a line to show so that it fits _LIMIT and `span` is in it, or at least its start."""
    start, end = span
    begin = 0
    if not _fits(text[:end]):
        begin = start - _taken(reversed(text[:start]), _LEAD)
    return _View(text, begin, begin + _taken(text[begin:], _LIMIT))


def _fits(text: str) -> bool:
    return len(text) <= _LIMIT and width(visible(text)) <= _LIMIT


def _taken(characters: Iterable[str], columns: int) -> int:
    """How many of the characters fit into so many columns."""
    taken = used = 0
    for character in characters:
        used += width(visible(character))
        if used > columns:
            break
        taken += 1
    return taken
