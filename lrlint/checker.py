"""The files of a run as one project: which of them are checked, and what is found in each."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cached_property

from lrlint.clusters import Cluster, clusters_of
from lrlint.config.errors import ConfigError
from lrlint.config.policy import Policy
from lrlint.finding import Finding
from lrlint.gate import may_concern, rules_for
from lrlint.linter import lint_modules
from lrlint.metadata import Metadata
from lrlint.notebook import is_notebook, read_source
from lrlint.program.finder import Finder
from lrlint.program.outline import may_build
from lrlint.program.project import Project
from lrlint.registry import RegisteredRule
from lrlint.source import Source, UndecodableError
from lrlint.torch_api.target import Target

PolicyOf = Callable[[str], Policy]
"""Gives what counts in a file, by its absolute path."""


class Checker:
    """Finds what the rules find in files that may import each other.

    `files` maps the absolute path of each file of the run to the one that reports show.  `named`: each of them was
    asked for by name, so it is worth looking what it imports.  `policy_of` says what counts in a file; it may raise
    ConfigError for one that is not among `files`.  `heeds_noqa`: comments `# noqa` silence findings.
    `keeps_trees`: what was parsed is kept, for a next text of one of the files.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        rules: Sequence[RegisteredRule],
        named: bool,
        policy_of: PolicyOf = lambda path: Policy(),
        heeds_noqa: bool = True,
        keeps_trees: bool = False,
    ) -> None:
        self._files = files
        self._rules = rules
        self._named = named
        finder = Finder()
        self._metadata = Metadata(finder, _read)
        self._policy_of = policy_of
        self._heeds_noqa = heeds_noqa
        self._keeps_trees = keeps_trees
        self._project = Project(read=_read, finder=finder, display=files, target=self._target_of)
        self._found: dict[Cluster, Mapping[str, tuple[Finding, ...]]] = {}
        self._failures: dict[str, Exception] = {}
        self._given: set[str] = set()

    def add_source(self, path: str, source: Source) -> None:
        """Take `source` for the file at a path, whatever stands there on disk."""
        self._project = self._project.with_source(path, source)
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

    def is_checked(self, path: str) -> bool:
        """Whether anything may be found in a file."""
        return path in self._clusters or path in self._failures

    def findings(self, path: str) -> tuple[Finding, ...]:
        """What is found in a file."""
        clusters = self._clusters.get(path, ())
        for cluster in clusters:
            if cluster not in self._found:
                self._found[cluster] = self._lint_together(cluster)
                if not self._keeps_trees:
                    self._project.forget()
        if path in self._failures:
            raise self._failures[path]
        return self._of(path, [self._found[cluster] for cluster in clusters])

    def findings_with(self, path: str, source: Source) -> tuple[Finding, ...]:
        """What would be found in a file with another text."""
        self.add_source(path, source)
        return self._of(path, [self._lint(*cluster.entries) for cluster in self._clusters.get(path, ())])

    def _of(self, path: str, found: Sequence[Mapping[str, tuple[Finding, ...]]]) -> tuple[Finding, ...]:
        """What clusters found in a file, the same only once."""
        findings = {one.sort_key: one for each in found for one in each.get(self._files[path], ())}
        policy = self._policy_of(path)
        judged = (policy.judge(findings[key]) for key in sorted(findings))
        return tuple(finding for finding in judged if finding is not None)

    def _target_of(self, path: str) -> Target:
        """The releases of torch that a file of the project is meant for, also one that is not of the run."""
        try:
            configured = self._policy_of(path).target
        except ConfigError:
            configured = None
        return configured or self._metadata.target(path)

    def _lint_together(self, cluster: Cluster) -> Mapping[str, tuple[Finding, ...]]:
        """Lint a cluster.  Where one file of it can't be taken, each is linted on its own, as far as that goes."""
        try:
            return self._lint(*cluster.entries)
        except Exception:
            if len(cluster.entries) == 1:
                raise
            return self._lint_apart(cluster)

    def _lint_apart(self, cluster: Cluster) -> Mapping[str, tuple[Finding, ...]]:
        found: dict[str, tuple[Finding, ...]] = {}
        for entry in cluster.entries:
            found |= self._lint_alone(entry)
        return found

    def _lint_alone(self, entry: str) -> Mapping[str, tuple[Finding, ...]]:
        try:
            return self._lint(entry)
        except Exception as error:  # noqa: BLE001 - it is told when it is the file's turn
            self._failures[entry] = error
            return {}

    def _lint(self, *entries: str) -> Mapping[str, tuple[Finding, ...]]:
        return lint_modules(self._project, entries, self._rules, self._heeds_noqa)

    @cached_property
    def _clusters(self) -> Mapping[str, tuple[Cluster, ...]]:
        """The clusters of each file in which anything may be found."""
        self._read_notebooks()
        files = [path for path in self._files if path in self._given or not is_notebook(path)]
        opened = {path for path in files if self._is_open(path)}
        if opened or self._named:
            opened |= {path for path in files if self._project.imported_interest(path)}
        clusters = clusters_of(self._project, sorted(opened), files)
        found: dict[str, tuple[Cluster, ...]] = {}
        for cluster in clusters:
            found |= {path: (*found.get(path, ()), cluster) for path in cluster.members}
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

    def _is_open(self, path: str) -> bool:
        data = self._project.data(path)
        return data is not None and bool(may_build(data) or rules_for(data, self._rules)) and bool(self._rules)


def _read(path: str) -> bytes | None:
    if not os.path.isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
