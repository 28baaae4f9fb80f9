"""The programs of a fuzzing run: number N of a seed is always the same one, made of the same sources."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.scripts import training_script
from lrlint.cases.case import MAIN
from lrlint.source import Source, UndecodableError
from tests import generate_constructions, generate_programs
from tests.cases import FIXTURES
from tests.fuzz.bytewise import mutated_bytes
from tests.fuzz.cells import as_notebook
from tests.fuzz.tokens import mutated_text
from tests.fuzz.trees import mutated_tree
from tests.generate_mistakes import MISTAKES
from tests.spread_modules import spread
from tests.training_program import program

Files = Mapping[str, bytes]
"""The bytes of the files of a program, by relative path."""

MAX_SIZE = 200_000
"""Bytes of a source that is mutated; larger ones take their time without showing more."""

_GENERATED = 150
_MISTAKES = 4
_MARK = re.compile(r"# LR\d{3}")
_SPREAD, _NOTEBOOK, _BYTES = 0.1, 0.15, 0.15  # shares of the programs


@dataclass(frozen=True, slots=True)
class Programs:
    """All programs of a seed; `sources` are the texts that they are made of."""

    seed: int
    sources: Sequence[str]

    def number(self, index: int) -> Files:
        """The program of a number."""
        random = Random(f"{self.seed} {index}")
        text = random.choice(self.sources)
        for _ in range(random.choice([1, 1, 1, 2, 3])):
            change = random.choice([mutated_tree, mutated_tree, mutated_text])
            text = change(text, random.choice(self.sources), random)
        files = _files(text, random)
        if random.random() < _BYTES:
            return {path: mutated_bytes(data, random) for path, data in files.items()}
        return files


def sources_of(paths: Sequence[Path]) -> list[str]:
    """The texts to mutate: the cases, generated programs, and the Python files at or below these paths.

    The cases that are mistakes count several times, as they have findings and fixes.
    """
    found = [path for root in (FIXTURES, *paths) for path in _python_files(root)]
    texts = [text for path in found if (text := _text(path)) is not None]
    mistakes = [text for text in texts if _MARK.search(text)]
    return [*texts, *mistakes * _MISTAKES, *_generated()]


def _files(text: str, random: Random) -> Files:
    kind = random.random()
    if kind < _NOTEBOOK:
        return {"train.ipynb": as_notebook(text, random)}
    if kind < _NOTEBOOK + _SPREAD:
        try:
            return {path: _encoded(part) for path, part in spread(text, random).items()}
        except (SyntaxError, ValueError, RecursionError, IndexError):
            return {MAIN: _encoded(text)}
    return {MAIN: _encoded(text)}


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _python_files(root: Path) -> list[Path]:
    return [root] if root.is_file() else sorted(root.rglob("*.py"))


def _text(path: Path) -> str | None:
    try:
        return Source.from_bytes(path.name, path.read_bytes()).text if path.stat().st_size <= MAX_SIZE else None
    except (OSError, UndecodableError):
        return None


def _generated() -> Iterator[str]:
    for seed in range(_GENERATED):
        yield training_script(seed)
        yield generate_constructions.generate(seed).text
        yield from generate_programs.generate(seed).values()
    for mistake in MISTAKES:
        yield program([mistake.wrong])
