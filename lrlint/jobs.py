"""Jobs: clusters are linted in several processes, when there is enough to do.

A process that can't lint a cluster as it should says nothing of it, and the run does it itself: what goes wrong is told
in the same words whatever the number of processes is.  Only what kills a process is told of it.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from lrlint import disk
from lrlint.clusters import Cluster
from lrlint.collector import collector_paused
from lrlint.failures import WorkerDiedError
from lrlint.linter import Linted

Lint = Callable[[Cluster], "Linted | None"]
"""Lints a cluster; None where the run should do so itself."""


@dataclass(frozen=True, slots=True)
class _Done:
    """What a process says of a cluster, and what it has asked the disk for it."""

    found: Linted | None
    answers: Sequence[Sequence[Any]]


def lint_in_processes(
    clusters: Sequence[Cluster], lint: Lint, jobs: int, method: str | None = None
) -> Iterator[tuple[Cluster, Linted | WorkerDiedError | None]]:
    """What is found in each of some clusters, the biggest first, by so many processes.

    `lint` has to be picklable where processes can't be forked; `method` is how they are started.
    """
    method = method or _method()
    broken = []
    for cluster, done in _run(clusters, lint, min(jobs, len(clusters)), method):
        if done is None:
            broken.append(cluster)
        else:
            yield cluster, done.found
    # Nobody knows which cluster has killed a process that others shared: each gets one of its own.
    for cluster in broken:
        ((_, done),) = _run([cluster], lint, 1, method)
        yield cluster, WorkerDiedError() if done is None else done.found


def _run(clusters: Sequence[Cluster], lint: Lint, jobs: int, method: str) -> Iterator[tuple[Cluster, _Done | None]]:
    """What processes say of each cluster; None where one died, that of the cluster or another one."""
    context = multiprocessing.get_context(method)
    executor = ProcessPoolExecutor(jobs, context, _begin, (lint, disk.is_recording()))
    try:
        waiting: dict[Future[_Done], Cluster] = {executor.submit(_lint, cluster): cluster for cluster in clusters}
        for future in as_completed(waiting):
            try:
                done = future.result()
            except BrokenProcessPool:
                yield waiting[future], None
                continue
            disk.take_over(done.answers)
            yield waiting[future], done
    except BaseException:
        for process in multiprocessing.active_children():
            process.kill()
        raise
    finally:
        executor.shutdown(cancel_futures=True)


_own: list[Lint] = []
"""How this process lints, if it is one of several."""


def _begin(lint: Lint, is_recording: bool) -> None:
    _own.append(lint)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it, and ends the others
    if is_recording:
        disk.record()


def _lint(cluster: Cluster) -> _Done:
    with collector_paused():
        found = _own[-1](cluster)
    return _Done(found, disk.taken())


def _method() -> str:
    """How processes are started: forked ones share what was read so far, but not all systems can do that safely."""
    return "fork" if sys.platform == "linux" else "spawn"
