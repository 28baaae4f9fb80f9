"""Sources through program, rules and suppressions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lrlint.collector import collector_paused
from lrlint.finding import Finding
from lrlint.gate import rules_among
from lrlint.guarded import OnFailure, RuleFailure, findings_of
from lrlint.profile import stage
from lrlint.registry import RegisteredRule
from lrlint.source import Source
from lrlint.suppress import is_suppressed

if TYPE_CHECKING:
    from lrlint.program import Program
    from lrlint.program.project import Project


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found in some files, by the path that reports show.

    `unfinished` are the lines at which the walks through some of them were given up: there may be more to find.
    """

    found: Mapping[str, tuple[Finding, ...]]
    unfinished: Mapping[str, int] = field(default_factory=dict)


def lint_source(source: Source, rules: Sequence[RegisteredRule]) -> tuple[Finding, ...]:
    """The findings of `rules` in a source that imports nothing of its own project, without the suppressed ones."""
    from lrlint.program.project import project_of

    project, path = project_of(source)
    with collector_paused():
        found = lint_modules(project, (path,), rules).found.get(source.path, ())
    return tuple(finding for finding in found if not is_suppressed(source, finding))


class RuleError(RuntimeError):
    """A rule failed, and nobody wanted to be told of it otherwise."""


def _raise(failure: RuleFailure) -> None:
    raise RuleError(str(failure)) from failure.error


def lint_modules(
    project: Project, paths: Sequence[str], rules: Sequence[RegisteredRule], on_failure: OnFailure = _raise
) -> Linted:
    """The findings of `rules` in the modules at these absolute paths and in all that they call.

    By the path that reports show; sorted, suppressed or not, and without those of rules on what no torch does that the
    module is meant for.  `on_failure` is told of rules that fail.
    """
    with stage("load"):
        from lrlint.program import build_program  # takes its time to import, so only for files that need it

    program = build_program(project, paths)
    read = [module.source for module in program.modules] + [one.source for one in program.unreadable]
    sources = {source.path: source for source in read}
    found: dict[str, list[Finding]] = {path: [] for path in sources}
    for registered in rules_among([source.text for source in sources.values()], rules):
        with stage(registered.rule):
            for finding in findings_of(registered, program, sources, on_failure):
                if _concerns_its_torch(finding, program):
                    found[finding.path].append(finding)
    unfinished = {place.path: place.range.line for place in program.unfinished}
    return Linted({path: _sorted(source, found[path]) for path, source in sources.items()}, unfinished)


def _concerns_its_torch(finding: Finding, program: Program) -> bool:
    since, until = finding.rule.since, finding.rule.until
    return (since is None and until is None) or program.target_at(finding.path).meets(since, until)


def _sorted(source: Source, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted((fixable(source, finding) for finding in findings), key=lambda finding: finding.sort_key))


def fixable(source: Source, finding: Finding) -> Finding:
    """The finding, without a fix that can't be written into the file."""
    edits = finding.fix.edits if finding.fix else ()
    return finding if all(source.is_editable(edit.range) for edit in edits) else replace(finding, fix=None)
