"""The files of a run as one project: which of them are checked, and what is found in each."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pickle import PicklingError
from typing import TYPE_CHECKING

from lrlint import disk
from lrlint.clusters import Cluster, clusters_of, reachable
from lrlint.config.errors import ConfigError
from lrlint.config.policy import Policy
from lrlint.failures import WorkerDiedError
from lrlint.finding import Finding
from lrlint.gate import may_concern, rules_for
from lrlint.guarded import RuleFailure
from lrlint.imports.building import may_build
from lrlint.imports.finder import Finder
from lrlint.linter import Linted, fixable, lint_modules
from lrlint.metadata import Metadata
from lrlint.notebook import is_notebook, read_source
from lrlint.profile import stage, timed
from lrlint.program.project import Project
from lrlint.registry import RegisteredRule
from lrlint.rule import Severity
from lrlint.seen import known_rules
from lrlint.source import Range, Source, UndecodableError
from lrlint.suppress import directives, is_suppressed, may_name
from lrlint.torch_api.target import Target
from lrlint.usage import may_be_ours, suppressions_of

if TYPE_CHECKING:
    from lrlint.program import Program

PolicyOf = Callable[[str], Policy]
"""Gives what counts in a file, by its absolute path."""

_WORTH_A_PROCESS = 150_000
"""So many bytes of code beside the biggest cluster take longer to lint than processes to start."""

_MOST_CALLERS = 4
"""So many of the files in which walks begin that lead into a file are in the program around it."""

_MAIN = re.compile(r"\b__main__\b")
_DEFINITION = re.compile(r"^(?:async\s+def|def|class)\b", re.MULTILINE)


def everything_counts(path: str) -> Policy:
    """The policy of every file where nothing is configured."""
    return Policy()


class Checker:
    """Finds what the rules find in files that may import each other.

    `files` maps the absolute path of each file of the run to the one that reports show.  `named`: each of them was
    asked for by name, so it is worth looking what it imports.  `policy_of` says what counts in a file; it may raise
    ConfigError for one that is not among `files`.  `folders` are those, absolute, of which all files are in the run.
    `heeds_noqa`: comments `# noqa` silence findings.  `keeps_trees`: what was parsed is kept, for a next text of one of
    the files.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        rules: Sequence[RegisteredRule],
        named: bool,
        policy_of: PolicyOf = everything_counts,
        folders: Collection[str] = (),
        heeds_noqa: bool = True,
        keeps_trees: bool = False,
    ) -> None:
        self._files = files
        self._rules = rules
        self._named = named
        self._folders = folders
        self._finder = finder = Finder()
        self._metadata = Metadata(finder, _read)
        self._policy_of = policy_of
        self._heeds_noqa = heeds_noqa
        self._keeps_trees = keeps_trees
        self._project = Project(read=_read, finder=finder, display=files, target=self._target_of)
        self._found: dict[Cluster, Linted] = {}
        self._failures: dict[str, Exception] = {}
        self._given: set[str] = set()
        self._linted: dict[str, Source] = {}
        self._failed_rules: set[str] = set()
        self._failure_texts: dict[str, bool] = {}

    def add_source(self, path: str, source: Source) -> None:
        """Take `source` for the file at a path, whatever stands there on disk.

        What was found in the files that hang together with it holds no longer if it is another text.
        """
        known = self._linted.get(path) or self._project.source(path)  # the disk may have another text by now
        if known != source:
            self._linted.pop(path, None)
            self._project = self._project.with_source(path, source)
            self._found = {cluster: found for cluster, found in self._found.items() if path not in cluster.members}
        self._given.add(path)

    def with_source(self, path: str, source: Source) -> Checker:
        """A checker of the same files with another text of one; what was read and parsed of the others is kept."""
        other = copy(self)
        other._project = self._project.with_source(path, source)
        other._project.forget_misjudged()
        other._found, other._failures = {}, {}
        other._given = {*self._given, path}
        other.__dict__.pop("_clusters", None)
        return other

    def company(self, path: str) -> frozenset[str]:
        """The files of the run whose findings hang together with those of a file, itself among them."""
        return frozenset([path]).union(*(cluster.members for cluster in self._clusters.get(path, ())))

    def source(self, path: str) -> Source | None:
        """The text of a file of the project, by its absolute path; None where it can't be read."""
        return self._project.source(path)

    def can_read(self, path: str) -> bool:
        """Whether a file of the run, no notebook, could be read."""
        return self._project.outline(path) is not None

    @property
    def project(self) -> Project:
        """The modules of the run, and of all that they import."""
        return self._project

    def program(self, path: str, source: Source | None = None) -> Program:
        """The program that a file is a part of, by its absolute path, walked anew; with another text of it if given."""
        from lrlint.program import build_program

        project = self._project if source is None else self._project.with_source(path, source)
        around = (entry for cluster in self._clusters.get(path, ()) for entry in cluster.entries)
        callers = [entry for entry in around if entry != path and path in reachable(self._project, entry)]
        return build_program(project, (*callers[:_MOST_CALLERS], path))

    def is_checked(self, path: str) -> bool:
        """Whether anything may be found in a file."""
        return path in self._clusters or path in self._failures

    def findings(self, path: str) -> tuple[Finding, ...]:
        """What is found in a file."""
        clusters = self._clusters.get(path, ())
        for cluster in clusters:
            if cluster not in self._found:
                self._found[cluster] = self._lint_together(cluster)
                self._linted |= self._project.parsed_sources()
                if not self._keeps_trees:
                    self._project.forget()
        if path in self._failures:
            raise self._failures[path]
        return self._of(path, [self._found[cluster] for cluster in clusters])

    def unfinished(self, path: str) -> int | None:
        """The line of a file at which its walk was given up, so that findings may be missing; None if it was not."""
        found = (self._found[one] for one in self._clusters.get(path, ()) if one in self._found)
        lines = (each.unfinished.get(self._files[path]) for each in found)
        return next((line for line in lines if line is not None), None)

    def lint_ahead(self, jobs: int) -> None:
        """Lint all clusters in so many processes, if there is enough to do; `findings` lints those that are left."""
        clusters = sorted({one for each in self._clusters.values() for one in each}, key=self._work, reverse=True)
        if min(jobs, len(clusters)) < 2 or sum(map(self._work, clusters[1:])) < _WORTH_A_PROCESS:
            return
        from lrlint.jobs import lint_in_processes

        self._project.forget()
        with contextlib.suppress(OSError, ImportError, PicklingError, AttributeError, TypeError):  # no such system
            for cluster, found in lint_in_processes(clusters, self._lint_elsewhere, jobs):
                if isinstance(found, WorkerDiedError):
                    self._failures |= dict.fromkeys(cluster.entries, found)
                if found is not None:
                    self._found[cluster] = Linted({}) if isinstance(found, WorkerDiedError) else found

    def _lint_elsewhere(self, cluster: Cluster) -> Linted | None:
        """Lint a cluster in another process; None if there is more to tell of it than findings."""
        failures, texts = dict(self._failures), dict(self._failure_texts)
        try:
            found = self._lint_together(cluster)
        except Exception:  # noqa: BLE001 - it is told by the first process, which comes to the same
            return None
        finally:
            self._project.forget()
            is_all = self._failures == failures and self._failure_texts == texts
            self._failures, self._failure_texts = failures, texts
        return found if is_all else None

    def _work(self, cluster: Cluster) -> int:
        """How much there is to do, roughly: the bytes of the files in which walks begin."""
        return sum(len(self._project.data(entry) or b"") for entry in cluster.entries)

    def findings_with(self, path: str, source: Source) -> tuple[Finding, ...]:
        """What would be found in a file with another text."""
        self.add_source(path, source)
        self._failed_rules.clear()
        return self.findings(path)

    @property
    def failed_rules(self) -> frozenset[str]:
        """The codes of the rules that failed when a file was last linted with another text."""
        return frozenset(self._failed_rules)

    def new_failures(self) -> tuple[str, ...]:
        """What is to be told of rules that failed, and was not told yet."""
        new = tuple(text for text, is_told in self._failure_texts.items() if not is_told)
        self._failure_texts |= dict.fromkeys(new, True)
        return new

    def _note(self, failure: RuleFailure) -> None:
        """Keep the text of a failure, if a file wants the rule; not the exception, which holds the whole program."""
        code = failure.registered.rule.code
        policies = (self._policy_of(path) for path, display in self._files.items() if display in failure.paths)
        if any(policy.rules is None or code in policy.rules for policy in policies):
            self._failed_rules.add(code)
            self._failure_texts.setdefault(str(failure), False)

    @timed("suppressions")
    def _of(self, path: str, found: Sequence[Linted]) -> tuple[Finding, ...]:
        """What clusters found in a file, the same only once."""
        findings = {
            one.sort_key: one for one in _at_one_place([each.found.get(self._files[path], ()) for each in found])
        }
        policy = self._policy_of(path)
        source = self._project.source(path)
        if source is not None:
            findings |= {one.sort_key: one for one in self._on_suppressions(path, source, findings.values(), policy)}
        ordered = (findings[key] for key in sorted(findings))
        kept = (one for one in ordered if not (source and is_suppressed(source, one, self._heeds_noqa)))
        judged = (policy.judge(finding) for finding in kept)
        return tuple(finding for finding in judged if finding is not None)

    def _on_suppressions(
        self, path: str, source: Source, findings: Collection[Finding], policy: Policy
    ) -> Iterator[Finding]:
        """What is found in the suppressions of a file; `findings` are all others, suppressed or not."""
        checks = [one.check_suppressions for one in self._rules if one.check_suppressions and policy.runs(one.rule)]
        if not checks or source.gaps or not may_name(source, self._words):
            return
        if not any(may_be_ours(one, self._words) for one in directives(source)):
            return
        module = self._project.module(path)
        if module is None:
            return
        from lrlint.program.era import bounded

        target = bounded(self._target_of(path), (module, *self._project.taken_whole(module)))
        rules = [one for one in self._rules if one.check_suppressions is None and policy.runs(one.rule)]
        judged = {one.rule.code for one in rules if target.meets(one.rule.since, one.rule.until)}
        sees_all = self._sees_callers(path, source) and self._reads_all_with(path)
        suppressions = suppressions_of(source, findings, judged if sees_all else (), self._known)
        for check in checks:
            yield from (fixable(source, finding) for finding in check(suppressions))

    @cached_property
    def _known(self) -> tuple[RegisteredRule, ...]:
        """All rules that there are, whether they run or not."""
        return known_rules()

    @cached_property
    def _words(self) -> frozenset[str]:
        """What suppressions may call them."""
        return frozenset(word for one in self._known for word in (one.rule.code.lower(), one.rule.name))

    def _sees_callers(self, path: str, source: Source) -> bool:
        """Whether whatever may call into a file is in the run: it runs by itself, or all of its project is."""
        if is_notebook(path) or _MAIN.search(source.text) or not _DEFINITION.search(source.text):
            return True
        top = self._finder.folders_around(path)[-1]
        return any(os.path.commonpath([top, folder]) == folder for folder in self._folders)

    def _reads_all_with(self, path: str) -> bool:
        """Whether the files could be read in which the walks begin that lead into a file."""
        entries = {entry for cluster in self._clusters.get(path, ()) for entry in cluster.entries}
        return not self._failures and all(self._project.module(entry) for entry in entries)

    def _target_of(self, path: str) -> Target:
        """The releases of torch that a file of the project is meant for, also one that is not of the run."""
        try:
            configured = self._policy_of(path).target
        except ConfigError:
            configured = None
        return configured or self._metadata.target(path)

    def _lint_together(self, cluster: Cluster) -> Linted:
        """Lint a cluster.  Where one file of it can't be taken, each is linted on its own, as far as that goes."""
        try:
            return self._lint(*cluster.entries)
        except Exception:
            if len(cluster.entries) == 1:
                raise
            return self._lint_apart(cluster)

    def _lint_apart(self, cluster: Cluster) -> Linted:
        parts = [self._lint_alone(entry) for entry in cluster.entries]
        found = {path: findings for part in parts for path, findings in part.found.items()}
        return Linted(found, {path: line for part in parts for path, line in part.unfinished.items()})

    def _lint_alone(self, entry: str) -> Linted:
        try:
            return self._lint(entry)
        except Exception as error:  # noqa: BLE001 - it is told when it is the file's turn
            self._failures[entry] = error
            return Linted({})

    def _lint(self, *entries: str) -> Linted:
        return lint_modules(self._project, entries, self._rules, self._note)

    @cached_property
    def _clusters(self) -> Mapping[str, tuple[Cluster, ...]]:
        """The clusters of each file in which anything may be found."""
        with stage("imports"):
            return self._find_clusters()

    def _find_clusters(self) -> Mapping[str, tuple[Cluster, ...]]:
        self._read_notebooks()
        files = [path for path in self._files if path in self._given or not is_notebook(path)]
        opened = {path for path in files if self._is_open(path)}
        if opened or self._named:
            opened |= {path for path in files if self._project.imported_interest(path)}
        clusters = clusters_of(self._project, sorted(opened), files)
        found: dict[str, tuple[Cluster, ...]] = {}
        for cluster in clusters:
            found |= {path: (*found.get(path, ()), cluster) for path in cluster.members}
        self._project.forget()
        return found

    def _read_notebooks(self) -> None:
        """Give the project the code of the notebooks that may hold any for the rules; others are not even parsed."""
        for path, display in self._files.items():
            data = _read(path) if is_notebook(path) and path not in self._given else None
            if data is None or not may_concern(data, self._rules):
                continue
            try:
                self.add_source(path, read_source(display, data))
            except UndecodableError as error:
                self._failures[path] = error

    @timed("gate")
    def _is_open(self, path: str) -> bool:
        data = self._project.data(path)
        return data is not None and bool(may_build(data) or rules_for(data, self._rules)) and bool(self._rules)


def _at_one_place(found: Sequence[Sequence[Finding]]) -> Iterator[Finding]:
    """What several clusters found in a file.

    Where they say different things of one rule about one place, the gravest counts, and nothing is repaired, as a
    repair that is right for the callers in one cluster may be wrong for those in another.
    """
    if len(found) == 1:
        yield from found[0]
        return
    places: dict[tuple[str, Range], list[Finding]] = {}
    for findings in found:
        for one in findings:
            places.setdefault((one.rule.code, one.range), []).append(one)
    for findings in places.values():
        gravest = min(findings, key=lambda one: (tuple(Severity).index(one.severity), one.sort_key))
        has_one_fix = all(one.fix == gravest.fix for one in findings)
        yield gravest if has_one_fix else replace(gravest, fix=None)


@timed("read")
def _read(path: str) -> bytes | None:
    if not disk.is_file(path):
        return None
    try:
        return disk.read(path)
    except OSError:
        return None
