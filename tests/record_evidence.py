"""Run the programs under `fixtures/` on the installed torch and write down what it does.

`python -m tests.record_evidence` does so for every rule, `python -m tests.record_evidence LR101 LR102` for some.
Read the difference before you commit it: this is what the project claims about torch.
"""

from __future__ import annotations

import sys
from pathlib import Path

from lrlint.runtime.evidence import ObservationError, Observer
from tests.cases import (
    EVIDENCE_FILE,
    FIXTURES,
    RUNNING_PYTHON,
    folders,
    installed_torch,
    observe,
    program_name,
    runnable_in,
)
from tests.evidence_files import EvidenceFile, Record, read, record_of, write


def record(folder: Path, observer: Observer, torch: str) -> None:
    """Measure every program of a folder and replace its evidence.  Raises ObservationError."""
    target = folder / EVIDENCE_FILE
    before = read(target).records
    records: dict[str, Record] = {}
    for path in runnable_in(folder):
        name = program_name(path)
        records[name] = record_of(observe(path, observer))
        news = "" if records[name] == before.get(name) else "  (new)"
        sys.stdout.write(f"{folder.name}/{name}: {records[name].outcome}{news}\n")
    write(target, EvidenceFile(torch, RUNNING_PYTHON, records))


def main(codes: list[str]) -> None:
    """Record the folders of these codes, or all; ends with a sentence if that is not possible."""
    unknown = sorted(set(codes) - {folder.name for folder in folders()})
    if unknown:
        sys.exit(f"there is no folder {FIXTURES / unknown[0]}")
    try:
        with Observer() as observer:
            for folder in folders():
                if not codes or folder.name in codes:
                    record(folder, observer, installed_torch() or "")
    except ObservationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(sys.argv[1:])
