"""The project's own cases under `fixtures/`.  `fixtures/README.md` says what a case is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lrlint.cases.case import Case, cases_in
from lrlint.source import Source

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"


def source_of(path: Path) -> Source:
    """A fixture's text, under the path that reports show."""
    return Source.from_bytes(path.relative_to(ROOT).as_posix(), path.read_bytes())


def folders() -> tuple[Path, ...]:
    """The folder of each rule, by code."""
    return tuple(sorted(path for path in FIXTURES.iterdir() if path.is_dir() and path.name != "__pycache__"))


@cache
def all_cases() -> tuple[Case, ...]:
    """The cases of all folders, by code and name."""
    return tuple(case for folder in folders() for case in cases_in(folder))
