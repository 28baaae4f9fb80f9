"""In which order a program takes the steps of its optimizers and schedulers, as torch and Python see it.

torch warns of a scheduler's first step if the optimizer has not stepped.  Not each of these warnings means a schedule
that is used wrongly, so the program runs under `tests.watch_steps`, and the trace of its steps tells what follows.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrlint.runtime.evidence import ErrorEvidence, Evidence, Observer
from tests.cases import MAIN, ROOT
from tests.evidence_files import same_rates

Place = tuple[str, int]
"""A file of the program, and a line in it."""

WITHOUT_WARNING = ("CosineAnnealingWarmRestarts",)
"""Schedulers at whose early step torch says nothing.  (ReduceLROnPlateau has no first LR that an early step skips.)"""

_COUNTER = re.compile(r"\b(epoch|batch|is_first)_\d")


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a scheduler, which is known by its number in the order of construction.

    `is_first`: it is the scheduler's first.  `is_early`: its optimizer has not stepped since the scheduler was built.
    `is_followed`: it does so later.  `is_wound`: the round of the loop that the step is in ends before that, as where a
    schedule is wound forward to the epoch of a resumed run.  `is_late_round`: a loop around it is past its first round.
    """

    place: Place
    scheduler: int
    class_name: str
    has_epoch: bool
    is_first: bool
    is_early: bool
    is_followed: bool
    is_wound: bool
    is_late_round: bool

    @property
    def key(self) -> tuple[Place, int]:
        """The place and the scheduler."""
        return self.place, self.scheduler

    @property
    def excuse(self) -> str | None:
        """Why lrlint need not report that the step comes too early; None if it must."""
        if not self.is_followed:
            return "no step of the optimizer follows, so no LR is lost"
        if self.is_wound:
            return "the round ends before the optimizer steps, as where a schedule is wound forward"
        return "it is not the first round of a loop" if self.is_late_round else None


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program: the warnings of torch by place, the exception, and the steps of schedulers."""

    warnings: tuple[tuple[str, Place], ...]
    error: ErrorEvidence | None
    steps: tuple[Step, ...]


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write a program of several files to a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def run(files: Mapping[str, str], folder: Path, observer: Observer, draw: int = 0, is_open: bool = False) -> Run:
    """Run a program in an empty folder; `draw` decides what it draws at random.  Raises ObservationError.

    `is_open`: from the second round of a loop on, conditions on counters come out at random, too.
    """
    evidence = _observe(files, folder, observer, draw, is_open)
    events, error = [], evidence.error
    if error and error.type == "SystemExit" and error.message.startswith("["):
        events, error = json.loads(error.message), None
    warnings = tuple((w.message, (w.file or MAIN, w.line or 0)) for w in evidence.warnings)
    return Run(warnings, error, tuple(_steps(events)))


def changes_rates(class_name: str, files: Mapping[str, str], folder: Path, observer: Observer, draw: int = 0) -> bool:
    """Whether the LRs are others if the early steps of these schedulers come behind the optimizer's first one."""
    before = _observe(files, folder, observer, draw, False)
    after = _observe(files, folder, observer, draw, False, f"_watch_.postpone({class_name!r}); ")
    return not same_rates(before.rates, after.rates)


def _observe(
    files: Mapping[str, str], folder: Path, observer: Observer, draw: int, is_open: bool, also: str = ""
) -> Evidence:
    watched = {name: f"import tests.watch_steps as _watch_; {watched_text(text)}" for name, text in files.items()}
    start = f"import sys; sys.path.append({str(ROOT)!r}); import tests.watch_steps as _watch_; "
    start += f"_watch_.start({str(folder.resolve())!r}, {draw}, {is_open}); {also}"
    watched[MAIN] = f"{start}{watched_text(files[MAIN])}\n_watch_.end()\n"
    write_files(watched, folder)
    return observer.observe(folder / MAIN, is_project=True)


def watched_text(text: str) -> str:
    """The same program with its loops going through `rounds`, and conditions on counters through `decided`."""
    lines = text.split("\n")
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.For | ast.While | ast.If)]
    for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line, part = lines[node.lineno - 1], node.iter if isinstance(node, ast.For) else node.test
        head, inner, tail = (
            line[: part.col_offset],
            line[part.col_offset : part.end_col_offset],
            line[part.end_col_offset :],
        )
        if isinstance(node, ast.For):
            line = f"{head}_watch_.rounds(({inner})){tail}"
        elif isinstance(node, ast.While):
            head = line[: node.col_offset]
            line = f"{head}for _round_ in _watch_.rounds(iter(lambda: bool({inner}), False)){tail}"
        elif _COUNTER.search(inner):
            line = f"{head}_watch_.decided({inner}){tail}"
        lines[node.lineno - 1] = line
    return "\n".join(lines)


def _steps(events: list[list[Any]]) -> Iterable[Step]:
    built: dict[int, int] = {}
    stepped: set[int] = set()
    running: dict[int, int] = {}  # when each loop began, the innermost last
    rounds: Counter[int] = Counter()
    for now, event in enumerate(events):
        kind, ident = event[:2]
        if kind == "built":
            built[ident] = now
        elif kind == "round":
            running.setdefault(ident, now)
            rounds[ident] += 1
        elif kind == "end":
            running.pop(ident, None)
        elif kind == "scheduler":
            _, _, optimizer, class_name, has_epoch, file, line = event
            since, step = built.get(ident, 0), ["optimizer", optimizer]
            loops = [loop for loop, began in running.items() if began > since]
            follows = _next(events, now, [step])
            ends = _next(events, now, [["round", loops[-1]], ["end", loops[-1]]]) if loops else None
            yield Step(
                (file, line),
                list(built).index(ident) if ident in built else -1,
                class_name,
                has_epoch,
                is_first=ident not in stepped,
                is_early=step not in events[since:now],
                is_followed=follows is not None,
                is_wound=ends is not None and follows is not None and ends < follows,
                is_late_round=any(rounds[loop] > 1 for loop in loops),
            )
            stepped.add(ident)


def _next(events: list[list[Any]], now: int, wanted: list[list[Any]]) -> int | None:
    return next((index for index in range(now + 1, len(events)) if events[index] in wanted), None)
