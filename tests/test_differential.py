"""lrlint against torch, on programs drawn at random: orders of steps, and constructions.

Where lrlint may be silent at a warning of torch, `tests.differential` says.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lrlint.runtime.evidence import Observer
from tests.differential import CODES, Comparison, compare
from tests.differential_constructions import REASONS, ConstructionComparison, compare_constructions
from tests.generate_constructions import generate as generate_construction
from tests.generate_objects import IMPORTS
from tests.generate_programs import generate
from tests.generate_steps import DRAWS

PROGRAMS = range(200)
CONSTRUCTIONS = range(300)


@pytest.fixture(scope="module")
def comparisons(observer: Observer) -> Sequence[Comparison]:
    """Every program, judged by lrlint and by torch."""
    return list(compare(PROGRAMS, observer))


def with_disagreement(kind: str, code: str, comparisons: Sequence[Comparison]) -> list[str]:
    """The programs with such a disagreement, a comment at its line."""
    return [c.annotated() for c in comparisons if any((d.kind, d.code) == (kind, code) for d in c.disagreements)]


every_code = pytest.mark.parametrize("code", CODES)


@every_code
def test_there_is_no_false_alarm(code: str, comparisons: Sequence[Comparison]) -> None:
    assert "\n".join(with_disagreement("false alarm", code, comparisons)) == ""


@every_code
def test_nothing_is_missed(code: str, comparisons: Sequence[Comparison]) -> None:
    assert "\n".join(with_disagreement("miss", code, comparisons)) == ""


def test_every_program_runs_through(comparisons: Sequence[Comparison]) -> None:
    assert [comparison.annotated() for comparison in comparisons if comparison.error] == []


@every_code
def test_torch_warns_often_enough_to_compare(code: str, comparisons: Sequence[Comparison]) -> None:
    warned = sum(code in comparison.warned for comparison in comparisons)
    assert len(PROGRAMS) / 10 < warned < len(PROGRAMS) * 9 / 10


@pytest.fixture(scope="module")
def constructions(observer: Observer) -> Sequence[ConstructionComparison]:
    """Every program about constructions, judged by lrlint and by torch."""
    return list(compare_constructions(CONSTRUCTIONS, observer))


def test_errors_are_where_torch_raises(constructions: Sequence[ConstructionComparison]) -> None:
    assert "\n".join(one.annotated() for one in constructions if one.disagreements) == ""


def test_constructions_raise_for_each_reason_and_run_through(constructions: Sequence[ConstructionComparison]) -> None:
    assert {one.raised for one in constructions} == {None, *REASONS}
    assert sum(one.error is None for one in constructions) > len(CONSTRUCTIONS) / 4


def test_a_seed_gives_the_same_program_every_time() -> None:
    assert generate(7) == generate(7)
    assert generate_construction(7) == generate_construction(7)


def test_programs_are_of_many_kinds() -> None:
    texts = ["\n".join(generate(seed).values()) for seed in PROGRAMS]
    assert len(set(texts)) == len(texts)
    imports = {imports for imports in IMPORTS for text in texts if all(line in text for line in imports.lines)}
    assert imports == set(IMPORTS)
    for part in (
        "def main():",
        "class Trainer:",
        "def build():",
        "for fold in",
        "while ",
        "finally:",
        "lambda:",
        "enumerate(",
        "zip(",
        "GradScaler",
        "CosineAnnealingWarmRestarts(",
        "ReduceLROnPlateau(",
        "SequentialLR(",
        "@dataclasses.dataclass",
        "namedtuple(",
        "functools.partial(",
        "match ",
        "args.",
        "(current := ",
        "(*[",
        "(**{",
        "reversed(",
        "class Stepper",
        "def make_update",
        *DRAWS,
    ):
        assert sum(part in text for text in texts) >= len(texts) / 50, part


def test_programs_of_several_files_import_in_many_ways() -> None:
    programs = [generate(seed, modules=True) for seed in PROGRAMS]
    assert sum(len(files) > 2 for files in programs) >= len(programs) / 4
    texts = ["\n".join(files.values()) for files in programs]
    for part in (
        "from .",
        "from . import",
        "import project.",
        " as other_",
        "_here",
        "from project import",
        "class Base",
    ):
        assert sum(part in text for text in texts) >= len(texts) / 50, part
