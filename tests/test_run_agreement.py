"""What is said of a program before it runs, and what is seen while it runs: two ways to know the same thing.

The cases of the rules that the monitor knows are run under it, and what it finds must be their marks.  Where it is not,
`DIFFERENCES` tells why.  And so are programs drawn at random: `tests.monitor_differential` has the truth about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from lrlint.cases.case import Case, is_static_only, main_of, marks
from lrlint.runtime.evidence import Observer
from lrlint.seen import seen_rules
from tests.cases import all_cases, source_of
from tests.monitor_differential import Comparison, compare
from tests.watched import Mark, Watched, watch_all

CODES = ("LR101", "LR102", "LR103", "LR104", "LR105", "LR110", "LR111", "LR115", "LR217", "LR304", "LR501", "LR507")
KNOWN = frozenset([*CODES, *(one.rule.code for one in seen_rules())])

AT_THE_CALL = "torch is given all of the groups at once, so the finding is at the call, not where the group is written"
TRUE = "only the run shows it, and it is so"

DIFFERENCES: Mapping[str, str] = {
    "LR101/optional_items_zipped.ok.py": TRUE,
    "LR101/own_schedule_that_does_not_count.ok.py": "torch warns, though the step sets the same LR again",
    "LR101/replaced_in_the_first_epoch.ok.py": TRUE,
    "LR101/top_of_batch_loop.py": TRUE,
    "LR101/trainer_by_option.py": "only one of the two trainers runs",
    "LR101/with_epoch_get_lr_and_verbose.py": "a constructor raises first",
    "LR102/schedulers_of_subclasses.ok.py": TRUE,
    "LR103/flag_in_other_words.ok.py": TRUE,
    "LR103/returns_before_the_step.ok.py": TRUE,
    "LR111/deep_copy.py": "nobody tells which scheduler one was copied from",
    "LR115/early_return_in_other_file.ok": TRUE,
    "LR217/members_alone.ok.py": "the members of the scheduler that never steps change the LR",
    "LR304/decay_split_and_head.py": AT_THE_CALL,
    "LR304/else_forgotten.py": AT_THE_CALL,
    "LR304/groups_by_augmented_assignment.py": AT_THE_CALL,
    "LR304/groups_in_a_name.py": AT_THE_CALL,
    "LR304/joined_lists.py": AT_THE_CALL,
    "LR304/list_extended.py": AT_THE_CALL,
    "LR304/model_and_two_parts.py": "torch raises at the first of the two groups",
    "LR501/by_option.ok.py": TRUE,
    "LR501/cut_cycle.py": "cycles of warm restarts are not looked at",
    "LR501/growing_cycles.py": "cycles of warm restarts are not looked at",
    "LR507/shared_encoder.py": AT_THE_CALL,
}

PROGRAMS = range(60)


@pytest.fixture(scope="module")
def runs(observer: Observer) -> Mapping[Case, Watched]:
    """What the monitor finds in each case."""
    cases = [case for case in all_cases() if case.code in CODES and not is_static_only(case.path)]
    return dict(zip(cases, watch_all([(main_of(case.path), case.code) for case in cases], observer), strict=True))


def marked(case: Case) -> frozenset[Mark]:
    """What is marked in a case, of the rules that the monitor knows."""
    found = ((path, line, code) for path in case.files for line, code in marks(source_of(path)))
    return frozenset((str(path.resolve()), line, code) for path, line, code in found if code in KNOWN)


def test_the_monitor_never_fails(runs: Mapping[Case, Watched]) -> None:
    assert [run.failure for run in runs.values() if run.failure] == []


def test_what_is_seen_is_what_is_marked(runs: Mapping[Case, Watched]) -> None:
    different = {str(case): sorted(marked(case) ^ run.found) for case, run in runs.items() if marked(case) != run.found}
    assert {name: marks for name, marks in different.items() if name not in DIFFERENCES} == {}
    assert DIFFERENCES.keys() - different.keys() == set()


@pytest.fixture(scope="module")
def comparisons(observer: Observer) -> Sequence[Comparison]:
    """The programs drawn at random, as the monitor and torch see them."""
    return list(compare(PROGRAMS, observer))


def test_nothing_is_seen_that_is_not_so(comparisons: Sequence[Comparison]) -> None:
    assert [(one.wrong, one.failure, one.text) for one in comparisons if one.wrong or one.failure] == []


def test_what_torch_warns_of_is_seen(comparisons: Sequence[Comparison]) -> None:
    said, silent = sum(one.said for one in comparisons), sum(len(one.silent) for one in comparisons)
    assert said >= len(PROGRAMS) / 4
    assert silent <= said / 5


def test_most_programs_are_judged_alike_before_they_run(comparisons: Sequence[Comparison]) -> None:
    assert sum(one.is_static_same for one in comparisons) >= 0.75 * len(PROGRAMS)
