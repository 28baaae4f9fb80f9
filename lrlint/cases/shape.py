"""The form of a rule and of its folder of cases: what is missing, as texts that tell what to write next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lrlint.cases.case import FIXED, cases_in, files_of, programs_in, title
from lrlint.page import HEADINGS, parse_page
from lrlint.registry import RegisteredRule

TODO = "TODO"
"""What stands where a skeleton is still to be filled in."""


def page_flaws(registered: RegisteredRule) -> Iterator[str]:
    """What the docstring of a rule lacks to be its page."""
    page = parse_page(registered.page)
    if not page.title:
        yield "the module has no docstring: write the page of the rule there"
        return
    if tuple(page.sections) != HEADINGS:
        missing = [heading for heading in HEADINGS if heading not in page.sections]
        what = f"lacks {', '.join(map(repr, missing))}" if missing else "has others or another order"
        yield f"the page must have the headings {', '.join(HEADINGS)}; it {what}"
    empty = [heading for heading, text in page.sections.items() if not text.strip()]
    yield from (f"there is nothing under the heading {heading!r}" for heading in empty)
    if TODO in registered.page or TODO in registered.rule.summary:
        yield f"the page has a {TODO}: write what it asks for"


def folder_flaws(folder: Path) -> Iterator[str]:
    """What a folder of cases lacks, and what does not belong there."""
    if not folder.is_dir():
        yield f"there is no folder {folder.name} with its cases"
        return
    cases = cases_in(folder)
    if all(case.is_trap for case in cases):
        yield "there is no mistake among the cases: write some_mistake.py"
    if not any(case.is_trap for case in cases):
        yield "there is no trap among the cases: write some_trap.ok.py"
    programs = programs_in(folder)
    fixed_of_mistakes = {case.fixed for case in cases if not case.is_trap}
    for program in programs:
        if title(program).endswith(FIXED) and program not in fixed_of_mistakes:
            yield f"{program.name} is the fixed program of no mistake"
    lost = set(folder.rglob("*.py")) - {file for program in programs for file in files_of(program)}
    yield from (f"{file.relative_to(folder).as_posix()} belongs to no program" for file in sorted(lost))
    unwritten = [case for case in cases for file in case.files if TODO.encode() in file.read_bytes()]
    yield from (f"{case.path.name} has a {TODO}: write the program" for case in unwritten)


def evidence_flaws(recorded: set[str], runnable: set[str]) -> Iterator[str]:
    """Programs without evidence, and evidence without a program."""
    yield from (f"{name}: no evidence yet; record it with --record" for name in sorted(runnable - recorded))
    yield from (
        f"{name}: there is evidence, and no such program; --record anew" for name in sorted(recorded - runnable)
    )
