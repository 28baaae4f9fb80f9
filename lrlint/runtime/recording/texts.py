"""The texts of the files with sites: what is written there."""

from __future__ import annotations

import ast
import linecache
import os
from dataclasses import dataclass
from functools import cached_property
from types import CodeType

from lrlint.program import ir
from lrlint.program.metrics import is_metric
from lrlint.program.program import MAX_QUOTE
from lrlint.program.project import Module, project_of
from lrlint.program.search import ancestors, descend
from lrlint.runtime.recording.sites import Site
from lrlint.source import Range, Source, UndecodableError


@dataclass(frozen=True)
class Text:
    """The text of a file, as it was when the program ran, and its lowered form if it has one."""

    source: Source

    @cached_property
    def _module(self) -> Module | None:
        project, path = project_of(self.source)
        return project.module(path)

    def range(self, site: Site, item: int | None = None) -> Range:
        """Where a call stands, or this item of a list that is its first argument; the whole line where that can't be
        told."""
        call = self.call(site)
        if call is not None and self._module is not None:
            return self._module.tree.range(_item_of(call, item).node)
        line = min(site.position.line, len(self.source.line_starts))
        text, start = self.source.line_text(line), self.source.line_starts[line - 1]
        return self.source.range(start + len(text) - len(text.lstrip()), start + len(text.rstrip()))

    def call(self, site: Site) -> ir.Call | None:
        """The call, if it can be told."""
        position = site.position
        for call, node in self._calls:
            if (node.end_lineno, node.end_col_offset) == (position.end_line, position.end_column):
                return call
        if position.end_line is not None:
            return None
        here = [(call, node) for call, node in self._calls if node.lineno <= position.line <= (node.end_lineno or 0)]
        steps = [one for one in here if isinstance(one[0].func, ir.Attribute) and one[0].func.attr == "step"]
        return max(steps or here, key=lambda one: one[1].lineno, default=(None, None))[0]

    def quote(self, site: Site) -> str:
        """The text of a call as messages quote it."""
        range_ = self.range(site)
        line = " ".join(self.source.text[range_.start : range_.end].split())
        return f"`{line}`" if len(line) <= MAX_QUOTE else f"`{line[: MAX_QUOTE - 1]}…`"

    def names_metric(self, site: Site) -> bool:
        """Whether the first argument of a call is a metric by its name."""
        call = self.call(site)
        if call is None or not call.arguments or self._module is None:
            return False
        return is_metric(call.arguments[0].value, self._module.lowered.body.body)

    def has_loop_around(self, first: int, *lines: int) -> bool:
        """Whether a loop is around all these lines, in a function that begins on line `first`."""
        return any(first <= start and all(start <= line <= end for line in lines) for start, end in self._loops)

    def is_all_of_loop(self, site: Site) -> bool:
        """Whether a call is all that the innermost loop around it does."""
        call = self.call(site)
        if call is None or self._module is None:
            return False
        around = ancestors(self._module.lowered.body.body, call)
        loop = next((one for one in reversed(around) if isinstance(one, ir.For | ir.While)), None)
        return loop is not None and [one for one in descend(loop.body) if isinstance(one, ir.Call)] == [call]

    @cached_property
    def _loops(self) -> tuple[tuple[int, int], ...]:
        """The first and last line of each loop."""
        elements = descend(self._module.lowered.body.body) if self._module is not None else ()
        nodes = [one.node for one in elements if isinstance(one, ir.For | ir.While)]
        return tuple((one.lineno, one.end_lineno or 0) for one in nodes if isinstance(one, ast.stmt))

    @cached_property
    def _calls(self) -> tuple[tuple[ir.Call, ast.expr], ...]:
        elements = descend(self._module.lowered.body.body) if self._module is not None else ()
        calls = ((one, one.node) for one in elements if isinstance(one, ir.Call))
        return tuple((call, node) for call, node in calls if isinstance(node, ast.expr))


def _item_of(call: ir.Call, item: int | None) -> ir.Expression:
    """An item of the list that is written as the first argument of a call; the call itself where there is none such."""
    value = call.arguments[0].value if call.arguments else None
    if item is None or not isinstance(value, ir.Collection) or item >= len(value.items):
        return call
    return value.items[item]


class Texts:
    """The texts of files by path; each is read when its first site is seen, as the file may change while it runs."""

    def __init__(self) -> None:
        self._folder = os.getcwd()
        self._data: dict[str, bytes] = {}
        self._texts: dict[str, Text] = {}

    def keep(self, file: str) -> None:
        """Read a file, unless that was done."""
        if file in self._data:
            return
        try:
            with open(file, "rb") as stream:
                self._data[file] = stream.read()
        except OSError:  # a cell of a notebook: Python keeps its text
            self._data[file] = "".join(linecache.getlines(file)).encode("utf-8", "replace")

    def text(self, site: Site) -> Text:
        """The text of the file of a site."""
        return self._of_file(site.file)

    def of_code(self, code: CodeType) -> Text:
        """The text of the file of some code."""
        file = os.path.join(self._folder, code.co_filename)
        self.keep(file)
        return self._of_file(file)

    def _of_file(self, file: str) -> Text:
        if file not in self._texts:
            self._texts[file] = Text(self._source(file))
        return self._texts[file]

    def _source(self, file: str) -> Source:
        shown = self.shown(file)
        try:
            return Source.from_bytes(shown, self._data.get(file, b""))
        except UndecodableError:
            return Source(shown, "")

    def shown(self, file: str) -> str:
        """What reports call a file: relative to the folder in which the run began."""
        try:
            relative = os.path.relpath(file, self._folder)
        except ValueError:  # another drive
            relative = file
        return relative.replace(os.sep, "/")
