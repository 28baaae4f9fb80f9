"""What torch does with the programs of a folder: measured, and compared with what is recorded."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from lrlint.cases.case import main_of, program_name, runnable_in
from lrlint.cases.proofs import torch_flaws
from lrlint.runtime.evidence import Evidence, ObservationError, Observer, installed_torch
from lrlint.runtime.records import FILE, EvidenceFile, read, record_of, write

RUNNING_PYTHON = ".".join(map(str, sys.version_info[:2]))


def observe(program: Path, observer: Observer) -> Evidence:
    """What torch does with a program.  Raises ObservationError."""
    return observer.observe(main_of(program), is_project=program.is_dir())


def record(folder: Path, observer: Observer) -> Iterator[tuple[str, str, bool]]:
    """Measure every program of a folder, then replace its evidence.

    Gives the name, the outcome, and whether that is news, of one after the other.  Raises ObservationError.
    """
    target = folder / FILE
    before = read(target).records
    records = {}
    for program in runnable_in(folder):
        name = program_name(program)
        records[name] = record_of(observe(program, observer))
        yield name, records[name].outcome, records[name] != before.get(name)
    write(target, EvidenceFile(installed_torch() or "", RUNNING_PYTHON, records))


def other_release(file: EvidenceFile) -> str | None:
    """Why evidence can't be compared with the installed torch; None if it can."""
    if not file.records or file.torch == installed_torch():
        return None
    return f"the evidence was measured on torch {file.torch}, installed is {installed_torch()}"


def measured_flaws(program: Path, file: EvidenceFile, observer: Observer) -> Iterator[str]:
    """Where torch does otherwise with a program than the evidence says, if that has it."""
    expected = file.records.get(program_name(program))
    if expected is None:
        return
    try:
        seen = record_of(observe(program, observer))
    except ObservationError as error:
        yield str(error)
        return
    yield from torch_flaws(expected, seen, file.python == RUNNING_PYTHON)
