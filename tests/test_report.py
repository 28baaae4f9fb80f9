"""What the reports print, for findings made by hand."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding, Related
from lrlint.report import concise, diff, full, grouped, statistics, summary
from lrlint.report import json as json_report
from lrlint.report.results import Results
from lrlint.report.terminal import PLAIN, Style, visible, width
from lrlint.rule import Rule, Severity
from lrlint.source import Range, Source

ORDER = Rule("LR101", "step-order", "", Severity.CORRECTNESS, gate=())
EPOCH = Rule("LR102", "epoch-argument", "", Severity.DEPRECATION, gate=())

TRAIN = Source(
    "src/train.py",
    """\
import torch

model = torch.nn.Linear(2, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = StepLR(optimizer, 30)

print("go")


def evaluate():
    pass

for epoch in range(90):
    scheduler.step(epoch)
    for batch in data:
        loss(model(batch)).backward()
        optimizer.step()
""",
)


def place(source: Source, text: str) -> Range:
    start = source.text.index(text)
    return source.range(start, start + len(text))


def finding(
    rule: Rule = ORDER,
    source: Source = TRAIN,
    text: str = "scheduler.step(epoch)",
    related: Sequence[tuple[Source, str, str]] = (),
    fix: Fix | None = None,
) -> Finding:
    others = tuple(Related(other.path, place(other, part), label) for other, part, label in related)
    return Finding(rule, source.path, place(source, text), "it is wrong", "this", others, fix)


def fix(applicability: Applicability) -> Fix:
    argument = place(TRAIN, "(epoch)")
    inside = TRAIN.range(argument.start + 1, argument.end - 1)
    return Fix(applicability, "drop the argument", (Edit(inside, ""),))


SAFE, UNSAFE = fix(Applicability.SAFE), fix(Applicability.UNSAFE)


def show(*findings: Finding, sources: Sequence[Source] = (TRAIN,), unsafe: bool = False, style: Style = PLAIN) -> str:
    return full.render(results(findings, sources, unsafe, style))


def results(
    findings: Sequence[Finding], sources: Sequence[Source] = (), unsafe: bool = False, style: Style = PLAIN
) -> Results:
    return Results(findings, {source.path: source for source in sources}, unsafe=unsafe, style=style)


def test_concise() -> None:
    found = [finding(), finding(EPOCH, fix=SAFE), finding(EPOCH, fix=UNSAFE)]
    assert concise.render(results(found)) == (
        "src/train.py:14:5: LR101 it is wrong\n"
        "src/train.py:14:5: LR102 [*] it is wrong\n"
        "src/train.py:14:5: LR102 it is wrong\n"
    )
    assert concise.render(results(found, unsafe=True)).count("[*]") == 2


def test_grouped() -> None:
    other = Source("src/other.py", "ok()\nbad(1)\n")
    found = [finding(source=other, text="bad(1)"), finding(text="import torch"), finding(EPOCH, fix=SAFE)]
    assert grouped.render(results(found)) == (
        "src/other.py:\n"
        "  2:1  LR101 it is wrong\n"
        "\n"
        "src/train.py:\n"
        "  1:1   LR101 it is wrong\n"
        "  14:5  LR102 [*] it is wrong\n"
        "\n"
    )
    assert grouped.render(results([])) == ""


def test_codes_are_links_where_the_style_has_pages() -> None:
    found = [finding(), finding(EPOCH)]
    linked = Style(colour=True, pages={"LR101": "https://example.org/LR101/"})
    for module in (full, concise, grouped):
        text = module.render(results(found, style=linked))
        link = "\x1b]8;;https://example.org/LR101/\x1b\\\x1b[1;31mLR101\x1b[0m\x1b]8;;\x1b\\"
        assert text.count(link) == 1
        assert text.replace(link, "\x1b[1;31mLR101\x1b[0m") == module.render(results(found, style=Style(colour=True)))


def test_full_labels_the_other_places() -> None:
    related = [(TRAIN, "optimizer.step()", "the optimizer steps here"), (TRAIN, "StepLR(optimizer, 30)", "built here")]
    assert (
        show(finding(related=related, fix=UNSAFE))
        == """\
LR101 it is wrong
  --> src/train.py:14:5
   |
 4 | optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
 5 | scheduler = StepLR(optimizer, 30)
   |             --------------------- built here
...
13 | for epoch in range(90):
14 |     scheduler.step(epoch)
   |     ^^^^^^^^^^^^^^^^^^^^^ this
15 |     for batch in data:
16 |         loss(model(batch)).backward()
17 |         optimizer.step()
   |         ---------------- the optimizer steps here
   |
   = unsafe fix: drop the argument (--unsafe-fixes)
   = help: lrlint rule LR101

"""
    )


def test_full_says_how_to_get_the_fix() -> None:
    assert "   = fix: drop the argument\n" in show(finding(fix=SAFE))
    assert "   = unsafe fix: drop the argument\n" in show(finding(fix=UNSAFE), unsafe=True)
    assert "fix:" not in show(finding())


def test_two_places_on_one_line() -> None:
    related = [(TRAIN, "model.parameters()", "these"), (TRAIN, "optimizer =", "bound")]
    assert (
        show(finding(text="torch.optim.SGD", related=related))
        == """\
LR101 it is wrong
 --> src/train.py:4:13
  |
3 | model = torch.nn.Linear(2, 2)
4 | optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
  | ----------- bound
  |             ^^^^^^^^^^^^^^^ this
  |                             ------------------ these
5 | scheduler = StepLR(optimizer, 30)
  |
  = help: lrlint rule LR101

"""
    )


def test_ranges_of_several_lines_have_bars() -> None:
    loop = TRAIN.text[TRAIN.text.index("for epoch") :]
    inner = loop[loop.index("    for batch") :]
    assert (
        show(finding(text=loop, related=[(TRAIN, inner, "the inner loop"), (TRAIN, "range(90)", "epochs")]))
        == """\
LR101 it is wrong
  --> src/train.py:13:1
   |
13 | /   for epoch in range(90):
   | |                --------- epochs
14 | |       scheduler.step(epoch)
15 | | /     for batch in data:
16 | | |         loss(model(batch)).backward()
17 | | |         optimizer.step()
   | | |________________________- the inner loop
   | |__________________________^ this
   |
   = help: lrlint rule LR101

"""
    )


def test_long_range_is_cut_in_the_middle() -> None:
    assert (
        show(finding(text=TRAIN.text[TRAIN.text.index("model =") : TRAIN.text.index("\n    for batch")]))
        == """\
LR101 it is wrong
  --> src/train.py:3:1
   |
 3 | / model = torch.nn.Linear(2, 2)
 4 | | optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
...  |
13 | | for epoch in range(90):
14 | |     scheduler.step(epoch)
   | |_________________________^ this
15 |       for batch in data:
   |
   = help: lrlint rule LR101

"""
    )


def test_a_gap_before_a_long_range_has_no_bar() -> None:
    head = TRAIN.text[TRAIN.text.index("for epoch") : TRAIN.text.index("\n    for batch")]
    assert (
        show(finding(text=head, related=[(TRAIN, "torch.optim.SGD", "built")]))
        == """\
LR101 it is wrong
  --> src/train.py:13:1
   |
 3 |   model = torch.nn.Linear(2, 2)
 4 |   optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
   |               --------------- built
 5 |   scheduler = StepLR(optimizer, 30)
...
13 | / for epoch in range(90):
14 | |     scheduler.step(epoch)
   | |_________________________^ this
15 |       for batch in data:
   |
   = help: lrlint rule LR101

"""
    )


@pytest.mark.parametrize(("between", "is_cut"), [(4, False), (5, True)])
def test_gap_of_a_few_lines_is_shown(between: int, is_cut: bool) -> None:
    source = Source("a.py", "first()\n" + "x = 1\n" * between + "last()\n")
    text = show(finding(source=source, text="last()", related=[(source, "first()", "before")]), sources=(source,))
    assert ("\n...\n" in text) is is_cut


def test_place_in_another_file() -> None:
    engine = Source("src/engine.py", "def fit():\n    optimizer.step()\n")
    found = finding(text="import torch", related=[(engine, "optimizer.step()", "the optimizer steps here")])
    assert (
        show(found, sources=(TRAIN, engine))
        == """\
LR101 it is wrong
 --> src/train.py:1:1
  |
1 | import torch
  | ^^^^^^^^^^^^ this
  |
 ::: src/engine.py:2:5
  |
1 | def fit():
2 |     optimizer.step()
  |     ---------------- the optimizer steps here
  |
  = help: lrlint rule LR101

"""
    )
    assert "  = src/engine.py:2:5: the optimizer steps here\n" in show(found, sources=(TRAIN,))


def test_file_that_is_not_at_hand() -> None:
    assert (
        show(finding(related=[(TRAIN, "range(90)", "epochs")]), sources=())
        == """\
LR101 it is wrong
 --> src/train.py:14:5
  = src/train.py:13:14: epochs
  = help: lrlint rule LR101

"""
    )


@pytest.mark.parametrize("other", ["import torch\n", "# a new line\n" + TRAIN.text])
def test_text_that_is_not_the_one_found_in(other: str) -> None:
    assert " | " not in show(finding(), sources=(Source(TRAIN.path, other),))


def test_marks_stand_under_wide_characters_and_tabs() -> None:
    source = Source("a.py", "\tx = '日本', e\u0301; bad(1)\n")
    rows = show(finding(source=source, text="bad(1)"), sources=(source,)).splitlines()
    code, marks = rows[3], rows[4]
    assert code == "1 |     x = '日本', e\u0301; bad(1)"
    assert width(code[: code.index("bad")]) == marks.index("^^^^^^ this")


def test_nothing_reaches_a_terminal_that_it_would_obey() -> None:
    evil = "\x1b[31m\x07\x9b\u202e\udc80\r\x7f"
    source = Source(f"a{evil}.py", f"x = '{evil[:5]}'; bad(1)\f\n# {evil[:3]}\u2028\n")
    found = Finding(
        EPOCH,
        source.path,
        place(source, "bad(1)"),
        f"message {evil}",
        f"label {evil}",
        (Related(f"b{evil}", source.range(0, 1), f"other {evil}"),),
        Fix(Applicability.SAFE, f"title {evil}", ()),
    )
    for text in (
        show(found, sources=(source,)),
        concise.render(results([found])),
        diff.render(diff.unified(source, Source(source.path, "x\n")), "utf-8", PLAIN),
    ):
        assert all(line.isprintable() for line in text.split("\n"))
    assert "\\x1b[31m\\x07\\x9b\\u202e\\udc80\\r\\x7f" in concise.render(results([found]))


def test_marks_stand_under_escaped_characters() -> None:
    source = Source("a.py", "'\x1b'; bad(1)\n")
    _, _, _, code, marks, *_ = show(finding(source=source, text="bad(1)"), sources=(source,)).splitlines()
    assert code == r"1 | '\x1b'; bad(1)"
    assert code.index("bad(1)") == marks.index("^^^^^^")


@pytest.mark.parametrize("filler", ["1, ", "日, "])
def test_long_line_is_cut_around_the_range(filler: str) -> None:
    source = Source("a.py", f"x = [{filler * 200}bad(1), {filler * 200}worse(2)]\n")
    found = finding(source=source, text="bad(1)", related=[(source, "worse(2)", "far away"), (source, "x", "far left")])
    rows = show(found, sources=(source,)).splitlines()
    code = rows[3]
    assert code.startswith("1 | ...")
    assert code.endswith("...")
    assert 110 < width(code) <= 130
    marks = {row.split(" ")[-1]: row for row in rows[4:7]}
    assert marks["this"].index("^^^^^^") == width(code[: code.index("bad(1)")])
    assert marks["left"].index("-") == len("1 | ...")
    assert marks["away"].index("-") == width(code) - len("...")


def test_range_longer_than_the_view() -> None:
    source = Source("a.py", f"f({'1, ' * 200})\n")
    rows = show(finding(source=source, text=source.text.strip()), sources=(source,)).splitlines()
    assert rows[3].startswith("1 | f(1, 1,")
    assert rows[4] == f"  | {'^' * 120} this"


def test_empty_range_and_end_of_file() -> None:
    source = Source("a.py", "f(")
    found = Finding(ORDER, source.path, source.range(2, 2), "not closed")
    assert show(found, sources=(source,)).splitlines()[3:5] == ["1 | f(", "  |   ^"]


def test_colours_only_when_asked() -> None:
    found = [finding(fix=SAFE, related=[(TRAIN, "range(90)", "epochs")]), finding(EPOCH)]
    counts = statistics.count(found, unsafe=False)
    coloured, plain = (
        show(*found, style=style)
        + concise.render(results(found, style=style))
        + grouped.render(results(found, style=style))
        + statistics.render(counts, style)
        + summary.render(found, [], 1, False, style)
        for style in (Style(colour=True), PLAIN)
    )
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert "\x1b[1;31mLR101\x1b[0m" in coloured
    assert "\x1b[1;33mLR102\x1b[0m" in coloured


def test_json() -> None:
    found = finding(EPOCH, related=[(TRAIN, "range(90)", "épochs")], fix=SAFE)
    text = json_report.render(results([found]))
    assert text.isascii()
    assert json.loads(text) == {
        "version": 1,
        "findings": [
            {
                "path": "src/train.py",
                "line": 14,
                "column": 5,
                "end_line": 14,
                "end_column": 26,
                "code": "LR102",
                "name": "epoch-argument",
                "severity": "deprecation",
                "message": "it is wrong",
                "related": [
                    {
                        "path": "src/train.py",
                        "line": 13,
                        "column": 14,
                        "end_line": 13,
                        "end_column": 23,
                        "label": "épochs",
                    }
                ],
                "fix": {
                    "applicability": "safe",
                    "title": "drop the argument",
                    "edits": [{"line": 14, "column": 20, "end_line": 14, "end_column": 25, "content": ""}],
                },
            }
        ],
    }
    assert json.loads(json_report.render(results([finding()])))["findings"][0]["fix"] is None


def test_json_is_as_documented() -> None:
    documentation = (Path(__file__).parents[1] / "docs/json.md").read_text(encoding="utf-8")
    example = json.loads(documentation.split("```json\n")[1].split("```")[0])
    document = json.loads(json_report.render(results([finding(EPOCH, related=[(TRAIN, "range(90)", "")], fix=SAFE)])))
    assert _keys(example) == _keys(document)


def _keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _keys(item) for key, item in value.items()}
    return [_keys(item) for item in value] if isinstance(value, list) else None


def test_json_of_statistics() -> None:
    counts = statistics.count([finding(EPOCH, fix=UNSAFE)], unsafe=True)
    assert json.loads(json_report.render(Results(counts=counts)))["statistics"] == [
        {"code": "LR102", "name": "epoch-argument", "findings": 1, "fixable": 1}
    ]


def test_statistics_are_sorted_by_count() -> None:
    found = [finding(ORDER), *[finding(EPOCH, fix=SAFE)] * 11, finding(ORDER, fix=SAFE)]
    assert statistics.render(statistics.count(found, unsafe=False), PLAIN) == (
        "11  LR102  [*]  epoch-argument\n"  #
        " 2  LR101  [-]  step-order\n"
    )
    assert statistics.render(statistics.count([finding()], unsafe=False), PLAIN) == "1  LR101  [ ]  step-order\n"
    assert statistics.render([], PLAIN) == ""


@pytest.mark.parametrize(
    ("found", "applied", "unsafe", "text"),
    [
        ([], [], False, "No findings in 3 files.\n"),
        ([finding()], [], False, "Found 1 finding.\n"),
        ([finding(fix=SAFE)], [], False, "Found 1 finding.\n[*] 1 fixable with the `--fix` option.\n"),
        (
            [finding(fix=SAFE), finding(fix=UNSAFE)],
            [],
            False,
            """\
Found 2 findings.
[*] 1 fixable with the `--fix` option (1 hidden fix can be enabled with `--unsafe-fixes`).
""",
        ),
        (
            [finding(fix=SAFE), finding(fix=UNSAFE)],
            [],
            True,
            "Found 2 findings.\n[*] 2 fixable with the `--fix` option.\n",
        ),
        (
            [finding(fix=UNSAFE)] * 2,
            [],
            False,
            "Found 2 findings.\nNo safe fixes (2 hidden fixes can be enabled with `--unsafe-fixes`).\n",
        ),
        (
            [finding()],
            [finding(EPOCH), finding(), finding(EPOCH)],
            False,
            "Found 4 findings (3 fixed, 1 left).\nFixed LR101 (1), LR102 (2).\n",
        ),
    ],
)
def test_summary(found: list[Finding], applied: list[Finding], unsafe: bool, text: str) -> None:
    assert summary.render(found, applied, 3, unsafe, PLAIN) == text


def test_summary_of_nothing_claims_nothing() -> None:
    assert summary.render([], [], 0, False, PLAIN) == "No Python file was checked.\n"


def test_summary_of_a_diff() -> None:
    assert summary.render_diff(2, 1, 1) == "2 findings would be fixed in 1 file; 1 finding would be left.\n"
    assert summary.render_diff(0, 0, 0) == "Nothing would be fixed.\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nB\nc\n"),
        (b"a\r\nb\r\n", b"a\r\nB\r\n"),
        (b"a\nb", b"a\nB"),
        (b"a\nb", b"a\nb\n"),
        (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfa\nB\n"),
        (b"# coding: latin-1\n'\xe9'\nb\n", b"# coding: latin-1\n'\xe9'\nB\n"),
        (b"a\x0cb\nc\n", b"a\x0cB\nc\n"),
        (b"a\rb\rc", b"a\rB\rc"),
    ],
)
def test_patch_applies_the_diff(before: bytes, after: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(before)
    text = diff.unified(Source.from_bytes("a.py", before), Source.from_bytes("a.py", after))
    subprocess.run(["git", "apply", "-p0", "-"], input=text, cwd=tmp_path, check=True)
    assert (tmp_path / "a.py").read_bytes() == after


def test_diff_in_colour() -> None:
    text = diff.unified(Source("a.py", "a\nb\n"), Source("a.py", "a\nB\n"))
    assert diff.render(text, "utf-8", PLAIN) == "--- a.py\n+++ a.py\n@@ -1,2 +1,2 @@\n a\n-b\n+B\n"
    assert "\x1b[31m-b\x1b[0m\n\x1b[32m+B\x1b[0m\n" in diff.render(text, "utf-8", Style(colour=True))


def test_visible() -> None:
    assert visible("a\tb\x00\n日本\u200b") == "a    b\\x00\\n日本\\u200b"
