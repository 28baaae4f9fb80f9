"""`evidence.toml`: what torch did with the programs of one folder, in a form that people can read.

    torch = "2.13.0"
    python = "3.11"

    [cases."top_of_epoch_loop.py"]
    outcome = "warns"
    warnings = ["UserWarning: Detected call of ... (line 12, 1x)"]
    lr = [
        [0.1, 0.01],
    ]

`lr` has one line per optimizer, with the LR (or the LRs of the groups, where they differ) of each step.  A program of
several files has the name of the one that is run; of a line in another one the file is named: `(engine.py line 5, 1x)`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lrlint.runtime.evidence import ErrorEvidence, Evidence, Rate, WarningEvidence, as_rate
from lrlint.toml import parse_toml

ORDER_WARNING = "Detected call of `lr_scheduler.step()` before `optimizer.step()`."

FILE = "evidence.toml"

HEAD = "# Measured, not written: lrlint test --record\n"


@dataclass(frozen=True, slots=True)
class Record:
    """The evidence of one program as the file holds it: warnings and the error are texts."""

    outcome: str
    warnings: tuple[str, ...]
    error: str | None
    rates: tuple[tuple[Rate, ...], ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The types of the exception and of the warnings, without their texts."""
        texts = (*self.warnings, *([self.error] if self.error else []))
        return tuple(text.partition(":")[0] for text in texts)

    @property
    def has_order_warning(self) -> bool:
        """Whether torch said that the scheduler stepped before the optimizer."""
        return any(ORDER_WARNING in warning for warning in self.warnings)


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """The records of one folder by file name, and the releases of torch and Python that gave them."""

    torch: str
    python: str
    records: Mapping[str, Record]


def record_of(evidence: Evidence) -> Record:
    """The record of what was observed."""
    return Record(
        evidence.outcome,
        tuple(map(_warning_text, evidence.warnings)),
        _error_text(evidence.error) if evidence.error else None,
        evidence.rates,
    )


def _warning_text(warning: WarningEvidence) -> str:
    return f"{warning.category}: {warning.message} ({_place(warning)}, {warning.count}x)"


def _error_text(error: ErrorEvidence) -> str:
    return f"{error.type}: {error.message} ({_place(error)})"


def _place(evidence: WarningEvidence | ErrorEvidence) -> str:
    if not evidence.line:
        return "no line"
    return f"{evidence.file} line {evidence.line}" if evidence.file else f"line {evidence.line}"


def same_rates(left: tuple[tuple[Rate, ...], ...], right: tuple[tuple[Rate, ...], ...]) -> bool:
    """Whether the same steps used the same LRs, up to rounding."""
    return len(left) == len(right) and all(map(_same_steps, left, right))


def _same_steps(left: tuple[Rate, ...], right: tuple[Rate, ...]) -> bool:
    return len(left) == len(right) and all(map(_same_rate, left, right))


def _same_rate(left: Rate, right: Rate) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-6, abs_tol=1e-12)
    if isinstance(left, float) or isinstance(right, float):
        return False
    return _same_steps(left, right)


def read(path: Path) -> EvidenceFile:
    """The evidence of a folder; none if the file does not exist yet."""
    if not path.exists():
        return EvidenceFile("", "", {})
    data = parse_toml(path.read_text(encoding="utf-8"))
    records = {name: _record(table) for name, table in data.get("cases", {}).items()}
    return EvidenceFile(data["torch"], data["python"], records)


def _record(table: Mapping[str, Any]) -> Record:
    rates = tuple(tuple(map(as_rate, steps)) for steps in table.get("lr", ()))
    return Record(table["outcome"], tuple(table.get("warnings", ())), table.get("error"), rates)


def write(path: Path, file: EvidenceFile) -> None:
    """Replace the evidence of a folder."""
    tables = (_table(name, record) for name, record in sorted(file.records.items()))
    head = f"{HEAD}torch = {_text(file.torch)}\npython = {_text(file.python)}\n"
    path.write_text(head + "".join(tables), encoding="utf-8")


def _table(name: str, record: Record) -> str:
    lines = ["", f"[cases.{_text(name)}]", f"outcome = {_text(record.outcome)}"]
    if record.warnings:
        lines += _array("warnings", map(_text, record.warnings))
    if record.error is not None:
        lines += [f"error = {_text(record.error)}"]
    if record.rates:
        lines += _array("lr", map(_numbers, record.rates))
    return "\n".join(lines) + "\n"


def _array(key: str, values: Iterable[str]) -> list[str]:
    return [f"{key} = [", *(f"    {value}," for value in values), "]"]


def _numbers(values: tuple[Rate, ...]) -> str:
    return f"[{', '.join(repr(v) if isinstance(v, float) else _numbers(v) for v in values)}]"


def _text(text: str) -> str:
    """A TOML string; JSON writes strings in a way that TOML reads."""
    return json.dumps(text, ensure_ascii=False)
