"""Cases as they lie in the folder of a rule, as data.  `fixtures/README.md` says what a case is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from lrlint.packs import CODE
from lrlint.source import Source

FOLDER = "fixtures"
"""The folder with a folder for each rule."""

MAIN = "train.py"
"""The file of a folder case that is run."""

FIXED = ".fixed"
TRAP = ".ok"

_STATIC_ONLY = re.compile(r"\bStatic\s+only,\s+because\b")

# Only codes, and only at the end of the line: neither a suppression nor prose about LR101 is a mark.
_MARK = re.compile(rf"# ({CODE.pattern}(?: {CODE.pattern})*)\s*$")


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
        return f"{self.code}/{self.path.name}"


def cases_in(folder: Path) -> tuple[Case, ...]:
    """The cases in the folder of a rule, by name."""
    starts = [path for path in programs_in(folder) if not title(path).endswith(FIXED)]
    return tuple(Case(folder.name, path, _fixed_of(path)) for path in starts)


def _fixed_of(path: Path) -> Path | None:
    suffix = ".py" if path.is_file() else ""
    fixed = path.with_name(title(path) + FIXED + suffix)
    return fixed if fixed.exists() else None


def programs_in(folder: Path) -> tuple[Path, ...]:
    """Every program of a rule's folder, fixed ones too: files, and folders with a file that is run."""
    return tuple(sorted([*folder.glob("*.py"), *(main.parent for main in folder.glob(f"*/{MAIN}"))]))


def runnable_in(folder: Path) -> tuple[Path, ...]:
    """The programs of a rule's folder that are run."""
    return tuple(program for program in programs_in(folder) if not is_static_only(program))


def is_static_only(program: Path) -> bool:
    """Whether a program is not run, because it needs what is not installed, as its docstring says."""
    return _STATIC_ONLY.search(main_of(program).read_text(encoding="utf-8", errors="replace")) is not None


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
    return main_of(path).relative_to(path.parent).as_posix()


def name_in(program: Path, file: Path) -> str:
    """The name of a file of a program, the same in its fixed form; empty if it is the only one."""
    return file.relative_to(program).as_posix() if program.is_dir() else ""


def bytes_of(program: Path) -> dict[str, bytes]:
    """The files of a program, by name."""
    return {name_in(program, path): path.read_bytes() for path in files_of(program)}


def marks(source: Source) -> list[tuple[int, str]]:
    """The line and code of each finding that a source's comments announce, in order."""
    lines = ((line, source.line_text(line)) for line in range(1, len(source.line_starts) + 1))
    matches = ((line, match) for line, text in lines if (match := _MARK.search(text)))
    return sorted((line, code) for line, match in matches for code in match[1].split())
