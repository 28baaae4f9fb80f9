"""Fixes compose: all mistakes of a program are repaired in one run, whichever rules they belong to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import combinations, zip_longest
from pathlib import Path
from random import Random
from textwrap import indent

import pytest

from lrlint.cases.bench import on_newest_torch
from lrlint.cases.case import Case, marks
from lrlint.registry import RegisteredRule, load_rules, select_rules
from lrlint.run import FileResult, Fixing, check_bytes
from lrlint.runtime.evidence import Observer
from tests.cases import all_cases, source_of
from tests.generate_mistakes import APART, IN_ONE_PASS, MISTAKES
from tests.training_program import Mistake, fit_together, program

PROGRAMS_FOR_TORCH = 4
ELSEWHERE = {
    "LR001": "is about the comments that silence the others",
    "LR602": "is about programs without a loop of their own",
}
"""The rules with a fix that can't meet others in one loop."""

Pair = tuple[Mistake, Mistake]

pairs: list[Pair] = [pair for pair in combinations(MISTAKES, 2) if fit_together(pair)]


@pytest.fixture(scope="module")
def rules() -> tuple[RegisteredRule, ...]:
    """The rules that a run without options has."""
    return select_rules(load_rules())


def asked_for(mistakes: Iterable[Mistake], rules: Sequence[RegisteredRule]) -> tuple[RegisteredRule, ...]:
    """The rules of a run that also asks for those of these mistakes that are off by default."""
    extra = {mistake.code for mistake in mistakes} - {one.rule.code for one in rules}
    return (*rules, *(one for one in load_rules() if one.rule.code in extra))


def fixed(text: str, rules: Sequence[RegisteredRule]) -> FileResult:
    """What `lrlint check --fix --unsafe-fixes` makes of a program, and what it finds in that."""
    result = check_bytes("train.py", text.encode(), rules, Fixing.UNSAFE, on_newest_torch)
    assert result.problems == ()
    return result


def text_after(text: str, rules: Sequence[RegisteredRule]) -> str:
    """The program that the fixes of some rules leave."""
    source = fixed(text, rules).source
    return text if source is None else source.text


def wrong(mistakes: Iterable[Mistake]) -> str:
    """The program with these mistakes."""
    return program(mistake.wrong for mistake in mistakes)


def right(mistakes: Iterable[Mistake]) -> str:
    """The program without these mistakes."""
    return program(mistake.right for mistake in mistakes)


def codes_of(pair: Iterable[Mistake]) -> str:
    """The codes of two mistakes in order, as tables of pairs have them."""
    return " ".join(sorted(mistake.code for mistake in pair))


# Around one optimizer, in one loop


def test_the_rules_with_a_fix_have_a_mistake() -> None:
    with_fix = {one.rule.code for one in load_rules() if one.rule.fixes}
    assert {mistake.code for mistake in MISTAKES} == with_fix - ELSEWHERE.keys()


@pytest.mark.parametrize("first", range(len(MISTAKES)), ids=[mistake.code for mistake in MISTAKES])
def test_two_mistakes_that_meet_are_both_repaired(first: int, rules: Sequence[RegisteredRule]) -> None:
    for pair in (
        (MISTAKES[first],),
        *(pair for pair in pairs if pair[0] is MISTAKES[first] and codes_of(pair) not in APART),
    ):
        result = fixed(wrong(pair), asked_for(pair, rules))

        assert result.source is not None
        assert result.source.text == right(pair), [mistake.code for mistake in pair]
        assert result.findings == ()
        assert {finding.rule.code for finding in result.applied} >= {mistake.code for mistake in pair}


def test_one_mistake_hides_another_only_where_a_reason_is_given(rules: Sequence[RegisteredRule]) -> None:
    apart = [pair for pair in pairs if codes_of(pair) in APART]
    assert {codes_of(pair) for pair in apart} == APART.keys()
    for pair in apart:
        result = fixed(wrong(pair), asked_for(pair, rules))

        assert result.source is not None
        assert result.source.text != right(pair), [mistake.code for mistake in pair]
        assert fixed(result.source.text, asked_for(pair, rules)).source == result.source


def many_mistakes(random: Random) -> list[Mistake]:
    """As many mistakes as fit together, in one of the many ways to choose them."""
    chosen: list[Mistake] = []
    for mistake in random.sample(MISTAKES, len(MISTAKES)):
        beside = {codes_of((mistake, other)) for other in chosen}
        if fit_together([*chosen, mistake]) and not beside & (APART.keys() | IN_ONE_PASS):
            chosen.append(mistake)
    return chosen


@pytest.mark.parametrize("seed", range(12))
def test_many_mistakes_are_all_repaired(seed: int, rules: Sequence[RegisteredRule]) -> None:
    mistakes = many_mistakes(Random(seed))
    result = fixed(wrong(mistakes), asked_for(mistakes, rules))

    assert result.source is not None
    assert result.source.text == right(mistakes), [mistake.code for mistake in mistakes]
    assert result.findings == ()


@pytest.mark.parametrize("seed", range(6))
def test_the_order_in_which_mistakes_are_repaired_makes_no_difference(
    seed: int, rules: Sequence[RegisteredRule]
) -> None:
    mistakes = many_mistakes(Random(seed))
    rules = asked_for(mistakes, rules)
    by_one = {registered.rule.code: [registered] for registered in rules}
    safe_first = check_bytes("train.py", wrong(mistakes).encode(), rules, Fixing.SAFE, on_newest_torch).source
    text = wrong(mistakes)
    for mistake in Random(seed).sample(mistakes, 3):
        text = text_after(text, by_one[mistake.code])

    assert safe_first is not None
    assert text_after(safe_first.text, rules) == right(mistakes)
    assert text_after(text, rules) == right(mistakes)


@pytest.mark.parametrize("seed", range(PROGRAMS_FOR_TORCH))
def test_torch_takes_what_many_fixes_leave(seed: int, observer: Observer, tmp_path: Path) -> None:
    without_files = [mistake for mistake in many_mistakes(Random(seed)) if mistake.code != "LR119"]
    path = tmp_path / "train.py"
    path.write_text(right(without_files))

    evidence = observer.observe(path)

    assert evidence.error is None
    assert evidence.warnings == ()


# In one file


def cases_side_by_side() -> list[list[Case]]:
    """The mistakes of all rules, so that each list has one of each rule, as far as there are so many."""
    by_code: dict[str, list[Case]] = {}
    for case in all_cases():
        if not case.is_trap and case.path.is_file() and is_about_one_rule(case):
            by_code.setdefault(case.code, []).append(case)
    return [[case for case in row if case is not None] for row in zip_longest(*by_code.values())]


def is_about_one_rule(case: Case) -> bool:
    """Whether a case has mistakes of its own rule alone, and may stand in a function."""
    if case.code == "LR000":
        return False  # a file that can't be read has no functions
    source = source_of(case.path)
    return {code for _, code in marks(source)} == {case.code} and "from __future__" not in source.text


def in_function(program: Path, number: int) -> str:
    """A program as a function."""
    return f"def program_{number}():\n{indent(source_of(program).text, '    ')}"


def with_first_names(text: str) -> str:
    """A text in which the new names are those that a fix takes where nobody else has them."""
    return re.sub(r"\bparam_group\b", "group", re.sub(r"_ids_2\b", "_ids", text))


@pytest.mark.parametrize("number", range(2))
def test_mistakes_side_by_side_are_repaired_like_each_alone(number: int, rules: Sequence[RegisteredRule]) -> None:
    """Or left, where what another program does makes a rule that looks at the whole file say nothing."""
    cases = cases_side_by_side()[number]
    before = [in_function(case.path, at) for at, case in enumerate(cases)]
    result = fixed("".join(before), rules)

    assert result.source is not None
    after = re.split(r"^(?=def program_)", result.source.text, flags=re.MULTILINE)[1:]
    repaired = [in_function(case.fixed or case.path, at) for at, case in enumerate(cases)]
    for made, wrong_one, right_one in zip(after, before, repaired, strict=True):
        assert made in (wrong_one, right_one) or with_first_names(made) == with_first_names(right_one)
    left = [
        case for case, made, wrong_one in zip(cases, after, before, strict=True) if case.fixed and made == wrong_one
    ]
    assert len(left) * 8 <= len(cases), left
    assert [finding for finding in result.findings if finding.fix] == []
