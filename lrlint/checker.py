"""The files of a run as one project: which of them are checked, and what is found in each."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property

from lrlint.clusters import Cluster, clusters_of
from lrlint.finding import Finding
from lrlint.gate import rules_for
from lrlint.linter import lint_modules
from lrlint.program.finder import Finder
from lrlint.program.outline import may_build
from lrlint.program.project import Project
from lrlint.registry import RegisteredRule
from lrlint.source import Source


class Checker:
    """Finds what the rules find in files that may import each other.

    `files` maps the absolute path of each file of the run to the one that reports show.  `named`: each of them was
    asked for by name, so it is worth looking what it imports.
    """

    def __init__(self, files: Mapping[str, str], rules: Sequence[RegisteredRule], named: bool) -> None:
        self._files = files
        self._rules = rules
        self._named = named
        self._project = Project(read=_read, finder=Finder(), display=files)
        self._findings: dict[str, tuple[Finding, ...]] = {}
        self._found: set[Cluster] = set()

    def add_source(self, path: str, source: Source) -> None:
        """Take `source` for the file at a path, whatever stands there on disk."""
        self._project = self._project.with_source(path, source)

    def is_checked(self, path: str) -> bool:
        """Whether anything may be found in a file."""
        return path in self._clusters

    def findings(self, path: str) -> tuple[Finding, ...]:
        """What is found in a file."""
        cluster = self._clusters.get(path)
        if cluster is None:
            return ()
        if cluster not in self._found:
            self._found.add(cluster)
            self._lint_together(cluster)
            self._project.forget()
        shown = self._files[path]
        return self._findings[shown] if shown in self._findings else self._lint(path).get(shown, ())

    def findings_with(self, path: str, source: Source) -> tuple[Finding, ...]:
        """What would be found in a file with another text."""
        self.add_source(path, source)
        cluster = self._clusters.get(path)
        return self._lint(*cluster.entries).get(source.path, ()) if cluster is not None else ()

    def _lint_together(self, cluster: Cluster) -> None:
        """Lint a cluster.  If one file of it can't be taken, each will be on its own, which tells whose fault it is."""
        try:
            found = self._lint(*cluster.entries)
        except Exception:
            if len(cluster.entries) == 1:
                raise
            return
        self._findings |= {self._files[path]: found.get(self._files[path], ()) for path in cluster.members}

    def _lint(self, *entries: str) -> Mapping[str, tuple[Finding, ...]]:
        return lint_modules(self._project, entries, self._rules)

    @cached_property
    def _clusters(self) -> Mapping[str, Cluster]:
        """The cluster of each file in which anything may be found."""
        opened = {path for path in self._files if self._is_open(path)}
        if opened or self._named:
            opened |= {path for path in self._files if self._project.imported_interest(path)}
        clusters = clusters_of(self._project, sorted(opened), self._files)
        return {path: cluster for cluster in clusters for path in cluster.members}

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
