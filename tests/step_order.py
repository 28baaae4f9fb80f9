"""In which order a program takes the steps of its optimizers and schedulers, as torch and Python see it.

torch warns of a scheduler's first step if the optimizer has not stepped.  Not each of these warnings means a schedule
that is used wrongly, so the program runs under `tests.watch_steps`, and the trace of its steps tells what follows.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from lrlint.cases.case import MAIN
from lrlint.runtime.evidence import DEFAULT_TIMEOUT, ErrorEvidence, Observer, Rate, as_rate
from tests.cases import ROOT

Place = tuple[str, int]
"""A file of the program, and a line in it."""

WITHOUT_WARNING = ("CosineAnnealingWarmRestarts",)
"""Schedulers at whose early step torch says nothing.  (ReduceLROnPlateau has no first LR that an early step skips.)"""

BATCH = 20
"""How many programs are run in one process: forking it takes longer than running one of them."""

_OPTION = re.compile(r"(default=)(True|False|-?\d+)\b")
_SETTING = re.compile(r"(default=|^OPTION_\d+ = )(True|False|-?\d+)\b", re.MULTILINE)
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
class Program:
    """A program to be run; `draw` decides what it draws at random.

    `is_open`: from the second round of a loop on, conditions on counters come out at random, too.  `postponed`: the
    early steps of this class of schedulers happen behind the optimizer's first one.  `is_varied`: numbers and
    switches that another module or the command line sets come out at random.
    """

    files: Mapping[str, str]
    draw: int = 0
    is_open: bool = False
    postponed: str | None = None
    is_varied: bool = False

    def watched(self) -> dict[str, str]:
        """The files as they are run."""
        random = Random(self.draw)
        return {path: watched_text(self._varied(path, text, random)) for path, text in self.files.items()}

    def _varied(self, path: str, text: str, random: Random) -> str:
        if not self.is_varied:
            return text
        setting = _OPTION if path == MAIN else _SETTING
        return setting.sub(lambda match: f"{match[1]}{_drawn(match[2], random)}", text)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program: the warnings of torch by place, the exception, the steps of schedulers.

    `rates` has the LRs that the steps of each optimizer used, in the order of their first steps.
    """

    warnings: tuple[tuple[str, Place], ...]
    error: ErrorEvidence | None
    steps: tuple[Step, ...]
    rates: tuple[tuple[Rate, ...], ...]


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write a program of several files to a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def run_all(programs: Sequence[Program], observer: Observer) -> list[Run]:
    """Run programs one after the other, in a process of their own.  Raises ObservationError."""
    with TemporaryDirectory(prefix="lrlint-") as name:
        folder = Path(name).resolve()
        for number, program in enumerate(programs):
            watched = {path: f"import tests.watch_steps as _watch_; {text}" for path, text in program.watched().items()}
            write_files(watched, folder / str(number))
        settings = [(one.draw, one.is_open, one.postponed) for one in programs]
        start = f"import sys; sys.path.append({str(ROOT)!r}); import tests.watch_steps as watch"
        write_files({MAIN: f"{start}\nwatch.run_all({name!r}, {settings!r})\n"}, folder)
        evidence = observer.observe(folder / MAIN, DEFAULT_TIMEOUT + len(programs), is_project=True)
    assert evidence.error is not None
    assert evidence.error.message.startswith("["), evidence.error
    warnings: defaultdict[str, list[tuple[str, Place]]] = defaultdict(list)
    for warning in evidence.warnings:
        of_program, _, path = (warning.file or "").partition("/")
        warnings[of_program].append((warning.message, (path, warning.line or 0)))
    traces = json.loads(evidence.error.message)
    return [_run_of(trace, warnings[str(number)]) for number, trace in enumerate(traces)]


def _run_of(trace: dict[str, Any], warnings: Sequence[tuple[str, Place]]) -> Run:
    error = ErrorEvidence(*trace["error"]) if trace["error"] else None
    rates = tuple(tuple(map(as_rate, rates)) for rates in trace["rates"])
    return Run(tuple(warnings), error, tuple(_steps(trace["events"])), rates)


def _drawn(value: str, random: Random) -> str:
    return random.choice(["True", "False"] if value in ("True", "False") else [value, value, "1", "2"])


def watched_text(text: str) -> str:
    """The same program with its loops going through `rounds`, and conditions on counters through `decided`."""
    lines = text.split("\n")
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.For | ast.While | ast.If | ast.IfExp)]
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
