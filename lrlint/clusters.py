"""Clusters: files of a run that are checked together, because the calls of some reach into the others."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from lrlint.program.project import Project

_STEPS = b"step"
"""What a file mentions in which a step can be taken, of an optimizer or a scheduler."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """`entries` are the files in which walks begin, callers before what they call; `members` are all files of the run
    in which something may be found."""

    entries: tuple[str, ...]
    members: frozenset[str]


def clusters_of(project: Project, entries: Iterable[str], files: Collection[str]) -> tuple[Cluster, ...]:
    """The clusters of a run over `files`; all paths are absolute."""
    reach = {entry: frozenset(_reachable(project, entry)) for entry in entries}
    groups: list[tuple[set[str], set[str]]] = []  # the entries of a cluster, and all that connects them
    for entry, reached in reach.items():
        connecting = {entry, *(path for path in reached if path in reach or _takes_steps(project, path))}
        meeting = [group for group in groups if not group[1].isdisjoint(connecting)]
        groups = [group for group in groups if group[1].isdisjoint(connecting)]
        merged = {entry}.union(*(group[0] for group in meeting))
        groups.append((merged, connecting.union(*(group[1] for group in meeting))))
    wanted = frozenset(files)
    return tuple(Cluster(tuple(_callers_first(found, reach)), wanted & reached) for found, reached in groups)


def _reachable(project: Project, entry: str) -> Iterator[str]:
    """The modules that a module imports, those that these import, and so on."""
    seen, stack = {entry}, [entry]
    while stack:
        for module, _ in project.imports(stack.pop()):
            if module not in seen:
                seen.add(module)
                stack.append(module)
                yield module


def _takes_steps(project: Project, path: str) -> bool:
    data = project.data(path)
    return data is not None and _STEPS in data


def _callers_first(entries: Collection[str], reach: dict[str, frozenset[str]]) -> list[str]:
    """Entries in such an order that one comes before those it imports, unless they import each other."""
    return sorted(sorted(entries), key=lambda entry: -sum(other in reach[entry] for other in entries))
