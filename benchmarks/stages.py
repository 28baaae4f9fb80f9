"""The stages of a check, measured one by one inside of one process."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from time import process_time
from typing import ParamSpec, TypeVar

import libcst as cst

from lrlint.gate import rules_for
from lrlint.program import Program
from lrlint.program.entries import Walks, walk_module
from lrlint.program.lower import lower_module
from lrlint.program.options import options_of
from lrlint.program.project import Module, Project
from lrlint.program.relevance import relevance_of
from lrlint.ranges import Node
from lrlint.registry import RegisteredRule
from lrlint.run import check_bytes
from lrlint.source import Range, Source
from lrlint.suppress import is_suppressed
from lrlint.tree import Tree, parse

P = ParamSpec("P")
T = TypeVar("T")

REFERENCE = "LibCST"
"""Its parse of the same files, which is no stage of a check."""

STAGES = ("gate", "decoding", "parse", "lowering", "walk", "rules", "positions")


class Stopwatch:
    """CPU seconds by name."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def time(self, name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` returns; its time is added to `name`."""
        start = process_time()
        try:
            return function(*args, **kwargs)
        finally:
            self.seconds[name] += process_time() - start


class _TimedTree(Tree):
    """A tree that tells what the positions of its nodes cost."""

    def __init__(self, tree: Tree, watch: Stopwatch) -> None:
        super().__init__(tree.source, tree.module, tree.text, tree.refusal)
        self._watch = watch

    def range(self, node: Node) -> Range:
        return self._watch.time("positions", super().range, node)


def stage_seconds(paths: Iterable[Path], rules: Sequence[RegisteredRule]) -> dict[str, float]:
    """The CPU seconds that all files together spend in each stage, and as REFERENCE those of LibCST's parse.

    They must be candidates that LibCST can parse.
    """
    watch = Stopwatch()
    for path in paths:
        _check(path, rules, watch)
    watch.seconds["rules"] -= watch.seconds["positions"]
    return {stage: watch.seconds[stage] for stage in (REFERENCE, *STAGES)}


def _check(path: Path, rules: Sequence[RegisteredRule], watch: Stopwatch) -> None:
    """What `lrlint.linter.lint_source` does, with a stopwatch."""
    data = path.read_bytes()
    candidates = watch.time("gate", rules_for, data, rules)
    source = watch.time("decoding", Source.from_bytes, path.name, data)
    watch.time(REFERENCE, cst.parse_module, source.text)
    tree = _TimedTree(watch.time("parse", parse, source), watch)
    lowered = watch.time("lowering", lower_module, tree)
    relevance = watch.time("walk", relevance_of, lowered, frozenset())
    module = Module(str(path), source, tree, lowered, relevance, options_of(lowered), frozenset())
    walks = Walks(Project())
    watch.time("walk", walk_module, module, walks)
    watch.time("rules", _run_rules, Program((module,), walks.facts), source, candidates)


def _run_rules(program: Program, source: Source, rules: Sequence[RegisteredRule]) -> None:
    for registered in rules:
        for finding in registered.check(program):
            is_suppressed(source, finding)


def gate_seconds(paths: Iterable[Path], rules: Sequence[RegisteredRule]) -> dict[str, float]:
    """The CPU seconds of reading files that are no candidates ("read"), and of checking their bytes ("check")."""
    watch = Stopwatch()
    for path in paths:
        data = watch.time("read", path.read_bytes)
        watch.time("check", check_bytes, path.name, data, rules)
    return dict(watch.seconds)
