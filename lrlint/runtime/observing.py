"""Run one program and write down what torch does: for use in a process that ends afterwards.

The LRs come from torch's own global hook on `optimizer.step()`.  `optimizer.step` itself is left alone:
schedulers wrap it and warn if it was replaced.  The order of construction comes from a wrapper around
`Optimizer.__init__`, which keeps no optimizer alive.
"""

from __future__ import annotations

import contextlib
import functools
import re
import runpy
import sys
import types
import warnings
import weakref
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

from lrlint.runtime.evidence import ErrorEvidence, Evidence, Rate, WarningEvidence

_DIGITS = 10
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")


def preload() -> None:
    """Import what torch itself would import in the first program that builds an optimizer (seconds) and steps it."""
    import torch._dynamo

    with contextlib.suppress(ImportError):  # older releases have no such module
        import torch.profiler._cupti_monitor  # noqa: F401


@dataclass(frozen=True, slots=True)
class _Program:
    """The file that is run, and whether all files in its folder belong to it."""

    path: str
    is_project: bool

    def place(self, filename: str, line: int | None) -> _Place | None:
        """A line of some code as a place in the program; None if it is not the program's."""
        if filename == self.path:
            return _Place(line)
        path, folder = Path(filename), Path(self.path).parent
        if self.is_project and path.is_relative_to(folder):
            return _Place(line, path.relative_to(folder).as_posix())
        return None


@dataclass(frozen=True, slots=True)
class _Place:
    """A line of the program; `file` is None for the file that is run."""

    line: int | None = None
    file: str | None = None


def run(path: str, is_project: bool, notes_lines: bool = False) -> Evidence:
    """Run the program at `path` in this process, which is of no further use then.

    `is_project`: all files in its folder belong to it.  `notes_lines`: the lines of the file that it comes to are
    evidence as well.
    """
    import torch

    program = _Program(path, is_project)
    warned: list[WarningEvidence] = []
    rates: list[list[Rate]] = []
    _record_warnings(program, warned)
    _record_rates(rates)
    torch.manual_seed(0)  # else the weights, and with them which steps a GradScaler skips, differ from run to run
    lines: set[int] = set()
    if notes_lines:
        _record_lines(path, lines)
    error = _execute(program)
    sys.settrace(None)
    counts = Counter(warned)  # keeps the order of first appearance
    return Evidence(
        warnings=tuple(replace(warning, count=count) for warning, count in counts.items()),
        error=error,
        rates=tuple(map(tuple, rates)),
        lines=tuple(sorted(lines)),
    )


def _record_lines(path: str, lines: set[int]) -> None:
    """Note which lines of a file are run."""

    def trace(frame: types.FrameType, event: str, _argument: object) -> Any:
        if frame.f_code.co_filename != path:
            return None
        if event == "line":
            lines.add(frame.f_lineno)
        return trace

    sys.settrace(trace)


def _execute(program: _Program) -> ErrorEvidence | None:
    sys.argv = [program.path]
    sys.path[0] = str(Path(program.path).parent)
    sys.dont_write_bytecode = True  # nothing is left in the program's folder
    try:
        runpy.run_path(program.path, run_name="__main__")
    except SystemExit as end:
        return None if not end.code else _evidence_of(end, "SystemExit", str(end.code), program)
    except BaseException as error:  # noqa: BLE001  whatever ends the program is evidence
        return _evidence_of(error, type(error).__name__, _first_line(error), program)
    return None


def _evidence_of(error: BaseException, name: str, message: str, program: _Program) -> ErrorEvidence:
    place = _place_of(error, program)
    return ErrorEvidence(name, message, place.line, place.file, _is_of_torch(error))


def _is_of_torch(error: BaseException) -> bool:
    """Whether an exception was raised in the code of torch."""
    traceback = error.__traceback__
    while traceback and traceback.tb_next:
        traceback = traceback.tb_next
    return traceback is not None and str(traceback.tb_frame.f_globals.get("__name__", "")).startswith("torch.")


def _first_line(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return text.strip().partition("\n")[0]


def _place_of(error: BaseException, program: _Program) -> _Place:
    if isinstance(error, SyntaxError) and (place := program.place(error.filename or "", error.lineno)):
        return place
    last = _Place()
    traceback = error.__traceback__
    while traceback:
        last = program.place(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno) or last
        traceback = traceback.tb_next
    return last


def _record_warnings(program: _Program, warned: list[WarningEvidence]) -> None:
    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        sentence = _SENTENCE_END.split(str(message).strip(), maxsplit=1)[0]
        # The compiler warns before any line of the program runs.
        place = next(_places_on_stack(program), None) or program.place(filename, lineno) or _Place()
        warned.append(WarningEvidence(category.__name__, sentence, place.line, file=place.file))

    warnings.showwarning = show
    warnings.resetwarnings()
    warnings.simplefilter("always")
    warnings.simplefilter("ignore", ResourceWarning)  # says when Python frees memory, nothing about training


def _places_on_stack(program: _Program) -> Iterator[_Place]:
    frame: types.FrameType | None = sys._getframe(1)
    while frame:
        place = program.place(frame.f_code.co_filename, frame.f_lineno)
        if place:
            yield place
        frame = frame.f_back


def _record_rates(rates: list[list[Rate]]) -> None:
    rates_of: weakref.WeakKeyDictionary[Optimizer, list[Rate]] = weakref.WeakKeyDictionary()

    def of(optimizer: Optimizer) -> list[Rate]:
        if optimizer not in rates_of:
            rates_of[optimizer] = []
            rates.append(rates_of[optimizer])
        return rates_of[optimizer]

    def before_step(optimizer: Optimizer, *_arguments: object) -> None:
        with contextlib.suppress(KeyError):  # an optimizer of the program's own may have no LR
            of(optimizer).append(_rate(optimizer))

    construct: Callable[..., None] = Optimizer.__init__

    @functools.wraps(construct)
    def construct_and_list(self: Optimizer, *args: Any, **kwargs: Any) -> None:
        construct(self, *args, **kwargs)
        of(self)

    Optimizer.__init__ = construct_and_list  # type: ignore[method-assign]
    register_optimizer_step_pre_hook(before_step)


def _rate(optimizer: Optimizer) -> Rate:
    rates = tuple(_rounded(float(group["lr"])) for group in optimizer.param_groups)
    return rates[0] if len(set(rates)) == 1 else rates


def _rounded(rate: float) -> float:
    """Without the last digits, in which machines differ."""
    return float(f"{rate:.{_DIGITS}g}")
