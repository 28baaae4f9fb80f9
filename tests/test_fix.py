"""Fixing: which fixes a pass takes, how passes follow each other, and when a file is kept as it was."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.fix import FixResult, Lint, fix_source
from lrlint.rule import Rule, Severity
from lrlint.source import Source

SAFE, UNSAFE = Applicability.SAFE, Applicability.UNSAFE

quick = settings(derandomize=True, deadline=None, max_examples=150)


def finding(
    source: Source, code: str, start: int, end: int, *edits: Edit, applicability: Applicability = SAFE
) -> Finding:
    rule = Rule(code, f"toy-{code.lower()}", "A toy.", Severity.STYLE, gate=())
    return Finding(rule, source.path, source.range(start, end), "a toy", fix=Fix(applicability, "play", edits))


def edit(source: Source, start: int, end: int, content: str) -> Edit:
    return Edit(source.range(start, end), content)


def replaces(code: str, pattern: str, content: str, applicability: Applicability = SAFE) -> Lint:
    """A toy rule: each match of `pattern` is a finding, whose fix writes `content` (`\\1` is the first group)."""

    def lint(source: Source) -> list[Finding]:
        return [
            finding(
                source,
                code,
                *match.span(),
                edit(source, *match.span(), match.expand(content)),
                applicability=applicability,
            )
            for match in re.finditer(pattern, source.text, re.MULTILINE)
        ]

    return lint


def all_of(*lints: Lint) -> Lint:
    return lambda source: [finding for lint in lints for finding in lint(source)]


def at_first(source: Source, *findings: Finding) -> Lint:
    """A toy rule set that finds something in `source` only, so that every fix repairs what it should."""
    return lambda linted: findings if linted.text == source.text else ()


def fix(text: str, *lints: Lint, unsafe: bool = False) -> FixResult:
    return fix_source(Source("train.py", text), all_of(*lints), unsafe)


def codes(findings: Sequence[Finding]) -> list[str]:
    return [finding.rule.code for finding in findings]


def assert_kept(result: FixResult, text: str, *words: str) -> None:
    """Fixing was given up: everything is as it was, and the problem holds `words`."""
    assert result.source.text == text
    assert result.applied == ()
    assert result.findings, "the original findings are still to be reported"
    assert result.problem is not None
    for word in words:
        assert word in result.problem


FOO_TO_BAR = replaces("LR901", r"\bfoo\(", "bar(")


# What is applied


def test_all_fixes_that_do_not_meet_are_applied_in_one_pass() -> None:
    result = fix("foo(1)\nx = foo(2) + foo(3)\n", FOO_TO_BAR)

    assert result.source.text == "bar(1)\nx = bar(2) + bar(3)\n"
    assert codes(result.applied) == ["LR901"] * 3
    assert result.findings == ()
    assert result.problem is None


def test_without_findings_the_very_same_source_comes_back() -> None:
    source = Source("train.py", "bar(1)\n")

    assert fix_source(source, FOO_TO_BAR, unsafe=True) == FixResult(source, (), (), None)
    assert fix_source(source, FOO_TO_BAR, unsafe=True).source is source


def test_findings_without_a_fix_are_left() -> None:
    source = Source("train.py", "foo(1)\n")
    unfixable = Finding(Rule("LR900", "toy", "A toy.", Severity.ERROR, ()), "train.py", source.range(0, 3), "a toy")

    result = fix_source(source, lambda _: [unfixable], unsafe=True)

    assert result == FixResult(source, (unfixable,), (), None)
    assert result.source is source


def test_unsafe_fixes_are_applied_only_on_demand() -> None:
    text = "foo(1)\nbaz(2)\n"
    unsafe_rule = replaces("LR902", r"\bbaz\(", "qux(", UNSAFE)

    safe_only = fix(text, FOO_TO_BAR, unsafe_rule)
    both = fix(text, FOO_TO_BAR, unsafe_rule, unsafe=True)

    assert safe_only.source.text == "bar(1)\nbaz(2)\n"
    assert codes(safe_only.findings) == ["LR902"]
    assert both.source.text == "bar(1)\nqux(2)\n"
    assert codes(both.applied) == ["LR901", "LR902"]


# Fixes that meet


def test_equal_fixes_are_merged_and_both_findings_count() -> None:
    result = fix("foo(1)\n", FOO_TO_BAR, replaces("LR902", r"\bfoo\(", "bar("))

    assert result.source.text == "bar(1)\n"
    assert codes(result.applied) == ["LR901", "LR902"]


def test_of_overlapping_fixes_the_first_wins_and_the_other_waits_for_the_next_pass() -> None:
    outer, inner = replaces("LR901", r"^foo\((.*)\)", r"bar(\1)"), replaces("LR902", r"foo\((\d)\)", r"bar(\1)")

    result = fix("foo(foo(1))\n", inner, outer)

    assert result.source.text == "bar(bar(1))\n"
    assert codes(result.applied) == ["LR901", "LR902"]


def test_the_code_decides_between_fixes_of_one_range() -> None:
    result = fix("foo(1)\n", replaces("LR902", r"foo\(", "late("), replaces("LR901", r"foo\(", "early("))

    assert result.source.text == "early(1)\n"
    assert codes(result.applied) == ["LR901"]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param((4, 5, "A"), (5, 6, "B"), id="replacements side by side"),
        pytest.param((4, 5, "A"), (5, 5, "B"), id="an insertion behind a replacement"),
        pytest.param((5, 5, "A"), (5, 6, "B"), id="an insertion before a replacement"),
        pytest.param((5, 5, "A"), (5, 5, "B"), id="two insertions at one point"),
    ],
)
def test_touching_edits_wait_for_the_next_pass(first: tuple[int, int, str], second: tuple[int, int, str]) -> None:
    source = Source("train.py", "x = abcd\n")
    findings = (
        finding(source, "LR901", 0, 1, edit(source, *first)),
        finding(source, "LR902", 2, 3, edit(source, *second)),
    )

    result = fix_source(source, at_first(source, *findings), unsafe=False)

    assert codes(result.applied) == ["LR901"]


def test_the_edits_of_a_fix_are_made_all_or_none() -> None:
    source = Source("train.py", "x = abcdefgh\n")
    whole = finding(source, "LR902", 4, 12, edit(source, 5, 6, "B"), edit(source, 11, 12, "H"))
    first = finding(source, "LR901", 0, 1, edit(source, 5, 7, "_"))

    alone = fix_source(source, at_first(source, whole), unsafe=False)
    behind = fix_source(source, at_first(source, first, whole), unsafe=False)

    assert alone.source.text == "x = aBcdefgH\n"
    assert behind.source.text == "x = a_defgh\n"


def test_the_edits_of_one_fix_may_touch_each_other() -> None:
    source = Source("train.py", "x = abcd\n")
    touching = finding(source, "LR901", 4, 8, edit(source, 4, 5, "A"), edit(source, 5, 6, "B"))

    assert fix_source(source, at_first(source, touching), unsafe=False).source.text == "x = ABcd\n"


# Passes


def test_a_fix_may_bring_the_next_finding_to_light() -> None:
    result = fix("one()\n", replaces("LR901", "one", "two"), replaces("LR902", "two", "three"))

    assert result.source.text == "three()\n"
    assert codes(result.applied) == ["LR901", "LR902"]


def test_a_rule_that_reports_only_its_first_mistake_is_repaired_pass_by_pass() -> None:
    result = fix("foo(1)\nfoo(2)\nfoo(3)\n", lambda source: FOO_TO_BAR(source)[:1])

    assert result.source.text == "bar(1)\nbar(2)\nbar(3)\n"


def test_two_rules_that_undo_one_another_are_named_and_nothing_is_written() -> None:
    text = "one(1)\n"
    innocent = replaces("LR900", r"\bone\(", "foo(")

    result = fix(text, innocent, FOO_TO_BAR, replaces("LR902", r"\bbar\(", "foo("))

    assert_kept(result, text, "LR901, LR902", "same text")
    assert "LR900" not in (result.problem or "")


def test_rules_that_let_the_text_grow_for_ever_are_named_after_ten_passes() -> None:
    text = "a()\n"

    result = fix(text, replaces("LR901", r"a\(", "ab("), replaces("LR902", r"b\(", "ba("))

    assert_kept(result, text, "LR901, LR902", "10 passes")


def test_ten_passes_are_enough_for_ten_steps() -> None:
    step = [replaces(f"LR9{number:02}", rf"v{number}\(", f"v{number + 1}(") for number in range(11)]

    assert fix("v0()\n", *step[:10]).source.text == "v10()\n"
    assert_kept(fix("v0()\n", *step), "v0()\n", "LR909, LR910")


# What makes the engine give up


def test_broken_syntax_is_not_written() -> None:
    text = "good = 1\nfoo(1)\n"

    assert_kept(fix(text, replaces("LR901", r"foo\(", "bar((")), text, "LR901", "does not compile", "line 2")


def test_a_repeated_keyword_is_not_written_though_libcst_accepts_it() -> None:
    text = "step(a=1, b=2)\n"

    assert_kept(fix(text, replaces("LR901", r"b=", "a=")), text, "LR901", "keyword argument repeated")


def test_a_file_that_did_not_compile_before_can_still_be_fixed() -> None:
    assert fix("return foo(1)\n", FOO_TO_BAR).source.text == "return bar(1)\n"


def test_a_file_that_did_not_compile_before_must_still_parse() -> None:
    text = "return foo(1)\n"

    assert_kept(fix(text, replaces("LR901", r"foo\(1", "bar(1 1")), text, "LR901", "does not parse: line 1")


def test_a_file_whose_tokens_cannot_be_told_is_kept() -> None:
    text = "foo(1)\nx = (\n"

    assert_kept(fix(text, FOO_TO_BAR), text, "LR901")


@pytest.mark.parametrize("text", ["foo\n", "return foo\n"], ids=["compiled before", "did not compile before"])
@pytest.mark.parametrize(
    "deep",
    [
        pytest.param("(" * 3000 + "1" + ")" * 3000, id="closed"),
        pytest.param("(" * 3000, id="open"),
    ],
)
def test_deep_nesting_does_not_kill_the_process(text: str, deep: str) -> None:
    assert_kept(fix(text, replaces("LR901", "foo", deep)), text, "LR901", "nest")


def test_what_is_too_much_for_the_compiler_is_not_written() -> None:
    assert_kept(fix("x = foo\n", replaces("LR901", "foo", "-" * 20_000 + "1")), "x = foo\n", "LR901", "nested")


def test_warnings_of_the_compiler_are_not_shown(recwarn: pytest.WarningsRecorder) -> None:
    assert fix("x = '\\d'\nfoo(1)\n1 is 1\n", FOO_TO_BAR).problem is None
    assert not recwarn.list


def test_a_future_statement_of_the_engine_does_not_reach_the_users_code() -> None:
    """Under `from __future__ import annotations`, which lrlint itself uses, the result would not compile."""
    result = fix("def f():\n    x: (foo)\n", replaces("LR901", "foo", "y := 1"))

    assert result.source.text == "def f():\n    x: (y := 1)\n"


def test_a_lost_comment_is_not_lost() -> None:
    text = "foo(1,  # the first\n    2)\n"

    assert_kept(fix(text, replaces("LR901", r"foo\([^)]*\)", "bar(1, 2)")), text, "LR901", "# the first")


def test_of_two_equal_comments_both_must_stay() -> None:
    text = "foo(1)  # same\nx = 2  # same\n"

    assert_kept(fix(text, replaces("LR901", r"^foo.*\n", "")), text, "# same")


def test_a_comment_may_move_and_a_hash_in_a_string_is_none() -> None:
    text = "foo('# text')  # kept\n"

    assert fix(text, replaces("LR901", r"foo\(.*?\)  (#.*)", r"\1\nbar()")).source.text == "# kept\nbar()\n"


def test_comments_are_seen_behind_lone_carriage_returns() -> None:
    text = "x = 1  # one\rfoo(2)  # two\r"

    assert fix(text, FOO_TO_BAR).source.text == "x = 1  # one\rbar(2)  # two\r"
    assert_kept(fix(text, replaces("LR901", "foo.*# two", "bar(2)")), text, "# two")


def test_a_fix_that_changes_nothing_is_no_fix() -> None:
    text = "foo(1)\n"

    assert_kept(fix(text, replaces("LR901", r"foo\(", "foo(")), text, "LR901", "line 1 would still be there")


def test_a_fix_that_does_not_help_is_not_written_and_its_rule_is_named() -> None:
    text = "foo(1)\nbaz(2)\n"
    useless = replaces("LR902", r"baz\(.\)", "(baz(3))")

    result = fix(text, FOO_TO_BAR, useless)

    assert_kept(result, text, "LR902", "line 2")
    assert "LR901" not in (result.problem or "")


def test_a_moved_statement_is_followed_to_where_it_went() -> None:
    def lint(source: Source) -> list[Finding]:
        """`early()` belongs at the end, but the fix moves it by one line only."""
        match = re.search(r"(early\(\)\n)(.+\n)", source.text)
        if match is None:
            return []
        cut, paste = edit(source, *match.span(1), ""), edit(source, match.end(), match.end(), match[1])
        return [finding(source, "LR901", *match.span(1), cut, paste)]

    assert fix("early()\nx = 1\n", lint).source.text == "x = 1\nearly()\n"
    assert_kept(fix("early()\nx = 1\ny = 2\n", lint), "early()\nx = 1\ny = 2\n", "LR901", "line 1")


@pytest.mark.parametrize(
    ("place", "place_after"),
    [
        pytest.param((6, 10), (4, 5), id="at its start"),
        pytest.param((0, 6), (11, 12), id="at its end"),
    ],
)
def test_a_place_that_another_fix_rewrites_in_part_is_followed(
    place: tuple[int, int], place_after: tuple[int, int]
) -> None:
    source = Source("train.py", "x = abcdefgh\n")
    rewrite = finding(source, "LR902", 4, 8, edit(source, 4, 8, "ZZZZZZZZ"))
    useless = finding(source, "LR901", *place, edit(source, 12, 12, "I"))

    def lint(linted: Source) -> list[Finding]:
        still_there = finding(linted, "LR901", *place_after, applicability=UNSAFE)
        return [rewrite, useless] if linted.text == source.text else [still_there]

    assert_kept(fix_source(source, lint, unsafe=False), source.text, "LR901", "line 1")


def test_an_unfixable_finding_inside_of_the_repaired_one_does_not_count() -> None:
    def inner(source: Source) -> list[Finding]:
        start = source.text.index("inner")
        return [finding(source, "LR901", start, start + 5, applicability=UNSAFE)]

    result = fix("foo(inner)\n", replaces("LR901", r"foo\((.*)\)", r"bar(\1)"), inner)

    assert result.source.text == "bar(inner)\n"
    assert codes(result.findings) == ["LR901"]


def test_a_fix_whose_edits_overlap_is_refused() -> None:
    source = Source("train.py", "x = abcd\n")
    broken = finding(source, "LR901", 4, 8, edit(source, 4, 7, "A"), edit(source, 5, 8, "B"))

    assert_kept(fix_source(source, at_first(source, broken), unsafe=False), source.text, "LR901", "overlap")


# Encodings and newlines

ENCODED = {
    "byte order mark": b"\xef\xbb\xbffoo(1)\n",
    "latin-1 cookie": b"# -*- coding: latin-1 -*-\nfoo('\xe4')\n",
    "utf-8": "foo('\N{LATIN SMALL LETTER A WITH DIAERESIS}\N{ROCKET}')\n".encode(),
    "CRLF": b"x = 1\r\nfoo(1)\r\n",
    "CR": b"x = 1\rfoo(1)\r",
    "mixed newlines": b"x = 1\r\nfoo(1)\ny = 2\rfoo(3)\r\n",
    "tabs": b"if 1:\n\tfoo(1)\t# tab\n",
    "no final newline": b"foo(1)",
    "trailing blanks": b"foo(1)  \n  \n\n\n",
    "form feed": b"\x0cfoo(1)\n\x0c\n",
    "empty lines first": b"\n\r\n\nfoo(1)\n",
}


@pytest.mark.parametrize("data", ENCODED.values(), ids=ENCODED.keys())
def test_all_bytes_outside_of_the_edits_are_kept(data: bytes) -> None:
    result = fix_source(Source.from_bytes("train.py", data), FOO_TO_BAR, unsafe=False)

    assert result.problem is None
    assert result.source.encode(result.source.text) == data.replace(b"foo(", b"bar(")


def test_a_character_that_the_encoding_lacks_is_not_written() -> None:
    source = Source.from_bytes("train.py", b"# coding: latin-1\nfoo('\xe4')\n")

    result = fix_source(source, replaces("LR901", "foo", "\N{GREEK SMALL LETTER ALPHA}"), unsafe=False)

    assert_kept(result, source.text, "LR901", "iso-8859-1", "\N{GREEK SMALL LETTER ALPHA}")


@pytest.mark.parametrize(
    ("pattern", "content"),
    [
        pytest.param("latin-1", "cp1252", id="changed"),
        pytest.param(r"\A", "import a\nimport b\n", id="pushed out of the first two lines"),
        pytest.param("latin-1", "no-such-encoding", id="unknown"),
        pytest.param("foo", "'\0'", id="NUL"),
    ],
)
def test_the_coding_cookie_keeps_its_force(pattern: str, content: str) -> None:
    source = Source.from_bytes("train.py", b"# coding: latin-1\nfoo('\xe4')\n")

    assert_kept(fix_source(source, replaces("LR901", pattern, content), unsafe=False), source.text, "LR901", "read")


# Properties

NAME = "_abcdefghij"  # whatever the edits behind its first character do to it, it stays a name and so parses


@st.composite
def toy_findings(draw: st.DrawFn) -> list[Finding]:
    source = Source("train.py", NAME)
    findings = []
    for _ in range(draw(st.integers(1, 6))):
        cuts = sorted(draw(st.lists(st.integers(1, len(NAME)), min_size=2, max_size=4)))
        edits = []
        for start, end in zip(cuts[::2], cuts[1::2], strict=False):
            contents = ["X", "YY"] if start == end else ["", "X", "YY"]
            edits.append(edit(source, start, end, draw(st.sampled_from(contents))))
        code = draw(st.sampled_from(["LR901", "LR902"]))
        start = draw(st.integers(0, 3))
        applicability = draw(st.sampled_from(Applicability))
        findings.append(finding(source, code, start, start + 1, *edits, applicability=applicability))
    return findings


def spans_meet(one: Edit, other: Edit) -> bool:
    return one.range.start <= other.range.end and other.range.start <= one.range.end


def one_pass(findings: Sequence[Finding], unsafe: bool) -> tuple[str, list[Finding]]:
    """The specification, spelled out: take what meets nothing taken, then write from the back to the front."""
    chosen: list[Finding] = []
    for candidate in sorted(findings, key=lambda f: (f.range, f.rule.code, f.fix.edits if f.fix else ())):
        assert candidate.fix
        if candidate.fix.applicability is UNSAFE and not unsafe:
            continue
        others = [e for f in chosen if f.fix and f.fix.edits != candidate.fix.edits for e in f.fix.edits]
        merged = any(f.fix and f.fix.edits == candidate.fix.edits for f in chosen)
        if merged or not any(spans_meet(mine, other) for mine in candidate.fix.edits for other in others):
            chosen.append(candidate)
    text = NAME
    for change in sorted({e for f in chosen if f.fix for e in f.fix.edits}, reverse=True):
        text = text[: change.range.start] + change.content + text[change.range.end :]
    return text, chosen


@quick
@given(toy_findings(), st.booleans(), st.randoms(use_true_random=False))
def test_a_pass_is_what_the_specification_says_in_any_order_of_findings(findings, unsafe, random) -> None:  # type: ignore[no-untyped-def]
    source = Source("train.py", NAME)
    text, chosen = one_pass(findings, unsafe)
    shuffled = random.sample(findings, len(findings))

    result = fix_source(source, at_first(source, *shuffled), unsafe)

    assert result.problem is None
    assert result.source.text == text
    assert sorted(f.sort_key for f in result.applied) == sorted(f.sort_key for f in chosen)


LINES = [
    "foo(1)",
    "x = foo(foo(2))",
    "bar(3)  # foo",
    "if x:\tfoo(4)",
    "",
    "s = 'ä # foo('",
    "foo(5, # why\n    6)",
    "\x0c",
    "baz(7); foo(8)",
]


@st.composite
def programs(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from(["\n", "\r\n", "\r"])), max_size=8))
    text = "".join(part for line in lines for part in line) + draw(st.sampled_from(["", "foo(9)", "# end"]))
    return draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode()


@quick
@given(programs())
def test_fixing_changes_the_edited_bytes_alone_and_a_second_time_nothing(data: bytes) -> None:
    rules = all_of(FOO_TO_BAR, replaces("LR902", r"\bbaz\((.*?)\)", r"qux(\1, 0)"))
    source = Source.from_bytes("train.py", data)

    result = fix_source(source, rules, unsafe=False)
    again = fix_source(result.source, rules, unsafe=False)

    assert result.problem is None
    assert result.source.encode(result.source.text) == data.replace(b"foo(", b"bar(").replace(b"baz(7)", b"qux(7, 0)")
    assert len(result.applied) == data.count(b"foo(") + data.count(b"baz(")
    assert result.findings == ()
    assert again == FixResult(result.source, (), (), None)
    assert again.source is result.source
