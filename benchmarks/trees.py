"""The trees that are measured: directories of Python files, cut down to what gets past the gate."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import libcst as cst

from benchmarks.scripts import write_scripts
from lrlint.files import discover
from lrlint.gate import rules_for
from lrlint.registry import RegisteredRule
from lrlint.source import Source, UndecodableError
from lrlint.tree import UnreadableError, parse

SYNTHETIC_SCRIPTS = 200


@dataclass(frozen=True, slots=True)
class Candidates:
    """The files of a tree that get past the gate and that LibCST can parse, copied to `directory`.

    `files` counts all files of the tree, `paths` are the copies, and `lines` counts their lines.
    """

    name: str
    files: int
    directory: Path
    paths: tuple[Path, ...]
    lines: int


def default_roots(work: Path) -> list[Path]:
    """Synthetic training scripts, written below `work`, and the installed torch if there is one."""
    torch = find_spec("torch")
    packages = [Path(torch.origin).parent] if torch is not None and torch.origin is not None else []
    return [write_scripts(work / "synthetic", SYNTHETIC_SCRIPTS), *packages]


def copy_candidates(root: Path, target: Path, rules: Sequence[RegisteredRule]) -> Candidates:
    """Copy the candidates of `root` into the new directory `target`."""
    files = discover([str(root)]).files
    target.mkdir()
    paths = [
        _copy(path, target / path.relative_to(root))
        for path in (Path(file.path) for file in files)
        if _is_candidate(path, rules)
    ]
    lines = sum(path.read_bytes().count(b"\n") for path in paths)
    return Candidates(root.resolve().name, len(files), target, tuple(paths), lines)


def _copy(path: Path, copy: Path) -> Path:
    copy.parent.mkdir(parents=True, exist_ok=True)
    return shutil.copyfile(path, copy)


def _is_candidate(path: Path, rules: Sequence[RegisteredRule]) -> bool:
    try:
        data = path.read_bytes()
        if not rules_for(data, rules):
            return False
        parse(Source.from_bytes(path.name, data))
        cst.parse_module(data)
    except (OSError, UndecodableError, UnreadableError, cst.ParserSyntaxError):
        return False
    return True
