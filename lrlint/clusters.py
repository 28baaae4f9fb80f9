"""Clusters: files of a run that are checked together, because the calls of some reach into the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lrlint.program.project import Project

MAX_ENTRIES = 32
MAX_BYTES = 1_000_000
"""More entries that share modules, or more of their code, are checked in several clusters, as the trees of one are in
memory all at once."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """`entries` are the files in which walks begin, callers before what they call; `members` are all files of the run
    in which something may be found."""

    entries: tuple[str, ...]
    members: frozenset[str]


def clusters_of(project: Project, entries: Iterable[str], files: Collection[str]) -> tuple[Cluster, ...]:
    """The clusters of a run over `files`; all paths are absolute.  A file can be a member of several."""
    reach = {entry: frozenset(reachable(project, entry)) for entry in entries}
    wanted = frozenset(files)
    return tuple(
        Cluster(part, wanted & _members(project, frozenset(part).union(*(reach[entry] for entry in part))))
        for group in _groups(reach)
        for part in _parts(project, _callers_first(group, reach))
    )


def _members(project: Project, modules: frozenset[str]) -> frozenset[str]:
    """The modules, and those that they import: what they are given may be handled wrongly there."""
    return modules.union(module for path in modules for module, _ in project.imports(path))


def _groups(reach: dict[str, frozenset[str]]) -> list[set[str]]:
    """The entries, those together that reach a common module."""
    groups: list[tuple[set[str], set[str]]] = []  # the entries of a group, and all that they reach
    for entry, reached in reach.items():
        meeting = [group for group in groups if entry in group[1] or not group[1].isdisjoint(reached)]
        groups = [group for group in groups if group not in meeting]
        merged = {entry}.union(*(group[0] for group in meeting))
        groups.append((merged, {entry, *reached}.union(*(group[1] for group in meeting))))
    return [group for group, _ in groups]


def _parts(project: Project, entries: list[str]) -> Iterator[tuple[str, ...]]:
    part: list[str] = []
    size = 0
    for entry in entries:
        size += len(project.data(entry) or b"")
        if part and (len(part) == MAX_ENTRIES or size > MAX_BYTES):
            yield tuple(part)
            part, size = [], len(project.data(entry) or b"")
        part.append(entry)
    yield tuple(part)


def reachable(project: Project, entry: str) -> Iterator[str]:
    """The modules that have to do with optimizers and that a module imports, those that these import, and so on."""
    seen, stack = {entry}, [entry]
    while stack:
        for module in project.taking_part(stack.pop()):
            if module not in seen:
                seen.add(module)
                stack.append(module)
                yield module


def _callers_first(entries: Collection[str], reach: dict[str, frozenset[str]]) -> list[str]:
    """Entries in such an order that one comes before those it imports, unless they import each other."""
    return sorted(sorted(entries), key=lambda entry: -sum(other in reach[entry] for other in entries))
