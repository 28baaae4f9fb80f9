"""The cases under `fixtures/`, as data.  `fixtures/README.md` says what a case is."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path

from lrlint.config.policy import Policy
from lrlint.runtime.evidence import Evidence, Observer
from lrlint.source import Source
from lrlint.torch_api.target import newest_target

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
EVIDENCE_FILE = "evidence.toml"

RUNNING_PYTHON = ".".join(map(str, sys.version_info[:2]))

MAIN = "train.py"
"""The file of a folder case that is run."""

FIXED = ".fixed"
TRAP = ".ok"

_STATIC_ONLY = re.compile(r"\bStatic\s+only,\s+because\b")

# Only codes, and only at the end of the line: neither a suppression nor prose about LR101 is a mark.
_MARK = re.compile(r"# (LR\d{3}(?: LR\d{3})*)\s*$")


@dataclass(frozen=True, slots=True)
class Case:
    """One example of a rule: a mistake, with the program that its fix gives if there is one, or a trap.

    `path` and `fixed` are a file, or the folder of a program of several files.
    """

    code: str
    path: Path
    fixed: Path | None = None

    @property
    def is_trap(self) -> bool:
        """Whether the rule must stay silent."""
        return title(self.path).endswith(TRAP)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files of its program."""
        return files_of(self.path)

    def __str__(self) -> str:
        return self.path.relative_to(FIXTURES).as_posix()


def title(path: Path) -> str:
    """The name of a program without `.py`: `top_of_epoch_loop.fixed`."""
    return path.name.removesuffix(".py")


def files_of(program: Path) -> tuple[Path, ...]:
    """The Python files of a program, which is one file or a folder."""
    return tuple(sorted(program.rglob("*.py"))) if program.is_dir() else (program,)


def main_of(program: Path) -> Path:
    """The file of a program that is run."""
    return program / MAIN if program.is_dir() else program


def program_name(path: Path) -> str:
    """The name of a program in the evidence of its rule: `top_of_epoch_loop.py`, `src_layout/train.py`."""
    main = main_of(path)
    return main.relative_to(path.parent).as_posix()


def source_of(path: Path) -> Source:
    """A fixture's text, under the path that reports show."""
    return Source.from_bytes(path.relative_to(ROOT).as_posix(), path.read_bytes())


def marks(source: Source) -> list[tuple[int, str]]:
    """The line and code of each finding that a source's comments announce, in order."""
    lines = ((line, source.line_text(line)) for line in range(1, len(source.line_starts) + 1))
    matches = ((line, match) for line, text in lines if (match := _MARK.search(text)))
    return sorted((line, code) for line, match in matches for code in match[1].split())


def folders() -> tuple[Path, ...]:
    """The folder of each rule, by code."""
    return tuple(sorted(path for path in FIXTURES.iterdir() if path.is_dir() and path.name != "__pycache__"))


def programs_in(folder: Path) -> tuple[Path, ...]:
    """Every program of a rule's folder, fixed ones too: files, and folders with a file that is run."""
    return tuple(sorted([*folder.glob("*.py"), *(main.parent for main in folder.glob(f"*/{MAIN}"))]))


def is_static_only(program: Path) -> bool:
    """Whether a program is not run, because it needs what is not installed, as its docstring says."""
    return _STATIC_ONLY.search(main_of(program).read_text(encoding="utf-8", errors="replace")) is not None


def runnable_in(folder: Path) -> tuple[Path, ...]:
    """The programs of a rule's folder that are run."""
    return tuple(program for program in programs_in(folder) if not is_static_only(program))


@cache
def all_cases() -> tuple[Case, ...]:
    """The cases of all folders, by code and name."""
    return tuple(case for folder in folders() for case in _cases_in(folder))


def _cases_in(folder: Path) -> list[Case]:
    starts = [path for path in programs_in(folder) if not title(path).endswith(FIXED)]
    return [Case(folder.name, path, _fixed_of(path)) for path in starts]


def _fixed_of(path: Path) -> Path | None:
    suffix = ".py" if path.is_file() else ""
    fixed = path.with_name(title(path) + FIXED + suffix)
    return fixed if fixed.exists() else None


def observe(program: Path, observer: Observer) -> Evidence:
    """What torch does with a program.  Raises ObservationError."""
    return observer.observe(main_of(program), is_project=program.is_dir())


def installed_torch() -> str | None:
    """The release of the installed torch (`2.13.0`), found without the second that importing it costs."""
    try:
        return metadata.version("torch").partition("+")[0]
    except metadata.PackageNotFoundError:
        return None


def on_newest_torch(path: str) -> Policy:
    """The policy of a file that the newest torch runs, whatever the project around it asks for."""
    return Policy(target=newest_target())
