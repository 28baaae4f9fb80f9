"""Sources through program, rules and suppressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lrlint.collector import collector_paused
from lrlint.finding import Finding
from lrlint.gate import rules_among
from lrlint.registry import RegisteredRule
from lrlint.source import Source
from lrlint.suppress import is_suppressed

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.project import Project


def lint_source(source: Source, rules: Sequence[RegisteredRule]) -> tuple[Finding, ...]:
    """The findings of `rules` in a source that imports nothing of its own project, as `lint_modules` gives them."""
    from lrlint.program.project import project_of

    project, path = project_of(source)
    with collector_paused():
        return lint_modules(project, (path,), rules).get(source.path, ())


def lint_modules(
    project: Project, paths: Sequence[str], rules: Sequence[RegisteredRule], heeds_noqa: bool = True
) -> Mapping[str, tuple[Finding, ...]]:
    """The findings of `rules` in the modules at these absolute paths and in all that they call.

    By the path that reports show; sorted, without the suppressed ones (by `# noqa` only if `heeds_noqa`), and without
    those of rules on what no torch does that the module is meant for.
    """
    from lrlint.program import build_program  # takes its time to import, so only for files that need it

    program = build_program(project, paths)
    sources = [module.source for module in program.modules] + [one.source for one in program.unreadable]
    found: dict[str, list[Finding]] = {source.path: [] for source in sources}
    for registered in rules_among([source.text for source in sources], rules):
        for finding in registered.check(program):
            if _concerns_its_torch(finding, program):
                found[finding.path].append(finding)
    return {source.path: _kept(source, found[source.path], heeds_noqa) for source in sources}


def _concerns_its_torch(finding: Finding, program: Program) -> bool:
    since, until = finding.rule.since, finding.rule.until
    return (since is None and until is None) or program.target_at(finding.path).meets(since, until)


def _kept(source: Source, findings: Iterable[Finding], heeds_noqa: bool) -> tuple[Finding, ...]:
    kept = (finding for finding in findings if not is_suppressed(source, finding, heeds_noqa))
    return tuple(sorted((_fixable(source, finding) for finding in kept), key=lambda finding: finding.sort_key))


def _fixable(source: Source, finding: Finding) -> Finding:
    """The finding, without a fix that can't be written into the file."""
    edits = finding.fix.edits if finding.fix else ()
    return finding if all(source.is_editable(edit.range) for edit in edits) else replace(finding, fix=None)
