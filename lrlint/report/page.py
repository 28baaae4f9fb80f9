"""The page of a rule in the terminal: its docstring, its example, and what torch was measured to do with that."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from lrlint.examples import NOT_RUN, Example
from lrlint.packs import CODE
from lrlint.page import WHY, parse_page
from lrlint.registry import RegisteredRule
from lrlint.report.curve import ASCII, Charset
from lrlint.report.heading import ink_of
from lrlint.report.measured import measured
from lrlint.report.terminal import Ink, Style, visible

_MARK = re.compile(rf"\s*# {CODE.pattern}(?: {CODE.pattern})*$")
_SIGNS = {"-": Ink.REMOVED, "+": Ink.ADDED}


@dataclass(frozen=True, slots=True)
class Layout:
    """How to write a page: columns, characters for curves, and colours."""

    width: int
    charset: Charset
    style: Style


def render(registered: RegisteredRule, example: Example | None, layout: Layout) -> Iterator[str]:
    """The lines of a page."""
    for line in _lines(registered, example, layout):
        yield line.replace("…", "...") if layout.charset is ASCII else line


def _lines(registered: RegisteredRule, example: Example | None, layout: Layout) -> Iterator[str]:
    rule, style = registered.rule, layout.style
    yield f"{style.paint(rule.code, ink_of(rule.severity))} {style.paint(rule.name, Ink.STRONG)}"
    yield from textwrap.wrap(", ".join(_facts(registered)), layout.width)
    page = parse_page(registered.page)
    yield ""
    yield from _wrapped(page.title, layout)
    for heading, text in page.sections.items():
        yield from _heading(heading, style)
        yield from _wrapped(text, layout)
        if heading == WHY and example is not None:
            yield from _heading("Example", style)
            yield from _shown(example, layout)
            if example.before.outcome == NOT_RUN:
                continue
            yield from _heading(f"Measured on torch {example.torch}", style)
            yield from measured(example, layout.width, layout.charset, style)


def fixes(registered: RegisteredRule) -> str:
    """How the findings of a rule can be repaired, in a word or two."""
    return "/".join(applicability.value for applicability in registered.rule.fixes) or "none"


def _facts(registered: RegisteredRule) -> Iterator[str]:
    rule = registered.rule
    yield rule.severity.value
    yield f"fix: {fixes(registered)}"
    yield "on by default" if rule.default else "off by default"
    if rule.since:
        yield f"since torch {rule.since}"
    if rule.until:
        yield f"until torch {rule.until}"


def _heading(text: str, style: Style) -> Iterator[str]:
    yield ""
    yield style.paint(text, Ink.STRONG) if style.colour else f"## {text}"
    yield ""


def _wrapped(markdown: str, layout: Layout) -> Iterator[str]:
    """Markdown with its paragraphs and list items filled to the width; code is left as it is."""
    for number, block in enumerate(re.split(r"\n\n+(?! )|\n\n+(?=    )", markdown)):
        if number:
            yield ""
        if block.startswith("    "):
            yield from map(visible, block.split("\n"))
            continue
        for item in re.split(r"\n(?=\* )", block):
            indent = "  " if item.startswith("* ") else ""
            text = visible(" ".join(item.split()))
            yield from textwrap.wrap(
                text, layout.width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
            )


def _shown(example: Example, layout: Layout) -> Iterator[str]:
    """The program, with what a repair takes out and puts in."""
    yield from _wrapped(example.before.explanation, layout)
    yield ""
    before = example.before.code.splitlines()
    after = example.after.code.splitlines() if example.after else before
    for sign, line in _differences(before, after):
        shown = f"  {sign} {visible(line)}".rstrip()
        yield layout.style.paint(shown, _SIGNS[sign]) if sign in _SIGNS else shown
    if example.after is not None:
        yield ""
        yield "No fix is offered; the repair is by hand." if example.by_hand else "The fix takes out - and puts in +."


def _differences(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    """All lines with the sign of a diff; the comments that tell where a finding is only before the repair."""
    matcher = SequenceMatcher(None, list(map(_without_mark, before)), list(map(_without_mark, after)), autojunk=False)
    for kind, start, end, start_after, end_after in matcher.get_opcodes():
        yield from ((" " if kind == "equal" else "-", line) for line in before[start:end])
        if kind != "equal":
            yield from (("+", line) for line in map(_without_mark, after[start_after:end_after]) if line.strip())


def _without_mark(line: str) -> str:
    return _MARK.sub("", line)
