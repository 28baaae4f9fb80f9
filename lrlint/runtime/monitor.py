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
from pathlib import Path
from typing import Any, TextIO

from torch.optim.optimizer import Optimizer, register_optimizer_step_pre_hook

from lrlint.runtime.evidence import ErrorEvidence, Evidence, Rate, WarningEvidence

_DIGITS = 10
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")


def preload() -> None:
    """Import what torch itself would import in the first program that builds an optimizer (seconds)."""
    import torch._dynamo  # noqa: F401


def run(path: str) -> Evidence:
    """Run the program at `path` in this process, which is of no further use then."""
    warned: list[WarningEvidence] = []
    rates: list[list[Rate]] = []
    _record_warnings(path, warned)
    _record_rates(rates)
    error = _execute(path)
    counts = Counter(warned)  # keeps the order of first appearance
    return Evidence(
        warnings=tuple(WarningEvidence(w.category, w.message, w.line, count) for w, count in counts.items()),
        error=error,
        rates=tuple(map(tuple, rates)),
    )


def _execute(path: str) -> ErrorEvidence | None:
    sys.argv = [path]
    sys.path[0] = str(Path(path).parent)
    try:
        runpy.run_path(path, run_name="__main__")
    except SystemExit as end:
        return None if not end.code else ErrorEvidence("SystemExit", str(end.code), _line_of(end, path))
    except BaseException as error:  # noqa: BLE001  whatever ends the program is evidence
        return ErrorEvidence(type(error).__name__, _first_line(error), _line_of(error, path))
    return None


def _first_line(error: BaseException) -> str:
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return text.strip().partition("\n")[0]


def _line_of(error: BaseException, path: str) -> int | None:
    if isinstance(error, SyntaxError) and error.filename == path:
        return error.lineno
    lines = []
    traceback = error.__traceback__
    while traceback:
        if traceback.tb_frame.f_code.co_filename == path:
            lines.append(traceback.tb_lineno)
        traceback = traceback.tb_next
    return lines[-1] if lines else None


def _record_warnings(path: str, warned: list[WarningEvidence]) -> None:
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
        place = next(_lines_on_stack(path), lineno if filename == path else None)
        warned.append(WarningEvidence(category.__name__, sentence, place))

    warnings.showwarning = show
    warnings.resetwarnings()
    warnings.simplefilter("always")
    warnings.simplefilter("ignore", ResourceWarning)  # says when Python frees memory, nothing about training


def _lines_on_stack(path: str) -> Iterator[int]:
    frame: types.FrameType | None = sys._getframe(1)
    while frame:
        if frame.f_code.co_filename == path:
            yield frame.f_lineno
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
