"""The pages of the rules: complete, true to the cases, and made for the terminal that shows them."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner

from lrlint.cli import main
from lrlint.examples import NOT_RUN, Example, Run, load_examples
from lrlint.installed import BUILT_IN_PACK
from lrlint.page import BLIND_SPOTS, HEADINGS, SAFETY, WHY, parse_page
from lrlint.registry import RegisteredRule, load_rules
from lrlint.report.curve import ASCII, BLOCKS, Charset, Curve, charset_for, draw
from lrlint.report.page import Layout, render
from lrlint.report.terminal import PLAIN, Ink, Style
from lrlint.rule import Severity
from lrlint.seen import seen_rules
from tests.cases import ROOT
from tests.record_examples import EXAMPLES, TARGET, document

EXAMPLE_OF = load_examples(BUILT_IN_PACK)

every_rule = pytest.mark.parametrize("registered", load_rules(), ids=lambda registered: str(registered.rule.code))


def page(registered: RegisteredRule, width: int = 80, charset: Charset = BLOCKS, style: Style = PLAIN) -> str:
    """The page of a rule as it is printed."""
    example = EXAMPLE_OF[registered.rule.code]
    return "\n".join(render(registered, example, Layout(width, charset, style)))


def lrlint(*arguments: str) -> str:
    """What a command prints."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout


# Complete


def test_the_examples_are_those_of_the_cases() -> None:
    assert TARGET.read_text(encoding="utf-8") == document(), "python -m tests.record_examples"


def test_every_rule_has_an_example() -> None:
    assert list(EXAMPLES) == [registered.rule.code for registered in load_rules()]


@every_rule
def test_a_page_has_all_parts(registered: RegisteredRule) -> None:
    parts = parse_page(registered.page)
    assert parts.title
    assert tuple(parts.sections) == HEADINGS
    assert all(text.strip() for text in parts.sections.values())
    assert parts.references
    assert all(address.startswith("https://") for address in parts.references)
    promised = {fix.value for fix in registered.rule.fixes}
    assert set(re.findall(r"\b(?:un)?safe\b", parts.section(SAFETY).lower())) >= promised
    assert bool(promised) is not parts.section(SAFETY).startswith(("No fix", "None"))


@every_rule
def test_an_example_shows_the_mistake_and_its_repair(registered: RegisteredRule) -> None:
    rule, example = registered.rule, EXAMPLE_OF[registered.rule.code]
    assert re.search(rf"# (LR\d+ )*{rule.code}\b", example.before.code)
    assert example.before.explanation
    assert bool(rule.fixes) is (example.after is not None and not example.by_hand)
    if rule.severity is Severity.ERROR:
        assert example.before.outcome in ("raises", NOT_RUN) or is_visible(example)
    if example.after is not None:
        assert example.after.outcome in ("silent", NOT_RUN)
        assert example.after.code != example.before.code


@every_rule
def test_a_page_tells_what_was_measured(registered: RegisteredRule) -> None:
    example = EXAMPLE_OF[registered.rule.code]
    if example.before.outcome == NOT_RUN:
        pytest.skip("it needs a package that is not there")
    shown = " ".join(page(registered).partition("## Measured on torch 2.13.0")[2].split())
    if example.before.error:
        assert " ".join(example.before.error.rpartition(" (")[0].split()) in shown
    elif is_visible(example):
        assert "LR of each optimizer.step()" in shown
        assert "steps 1 to" in shown
    elif (
        not example.before.warnings and registered.rule.severity is not Severity.STYLE
    ):  # neither torch nor the LRs say anything: the page must
        assert re.search(r"[Mm]easured", parse_page(registered.page).section(WHY)), "say what was measured"


def is_visible(example: Example) -> bool:
    """Whether the mistake changes LRs."""
    return example.after is None or example.before.lr != example.after.lr


@every_rule
def test_correctness_is_shown_beside_what_is_right(registered: RegisteredRule) -> None:
    if registered.rule.severity is Severity.CORRECTNESS and registered.rule.default:
        assert EXAMPLE_OF[registered.rule.code].after is not None


# In the terminal


@pytest.mark.parametrize("width", [60, 80])
def test_prose_and_curves_keep_to_the_width(width: int) -> None:
    for registered in load_rules():
        example = EXAMPLE_OF[registered.rule.code]
        code = [line for line in registered.page.split("\n") if line.startswith("    ")]
        code += [line for run in (example.before, example.after) if run for line in run.code.split("\n")]
        bare = {without_signs(line) for line in code}
        for line in page(registered, width).split("\n"):
            assert len(line) <= width or without_signs(line) in bare or "https://" in line, line


def without_signs(line: str) -> str:
    """A line of code without the signs of a diff, marks and indentation."""
    return re.sub(r"\s*# LR\d.*", "", line).strip(" +-")


def test_without_blocks_a_page_is_plain_ascii() -> None:
    for registered in load_rules():
        assert page(registered, charset=ASCII).isascii(), registered.rule.code


def test_a_diff_is_coloured_and_nothing_is_without_colours() -> None:
    registered = next(one for one in load_rules() if one.rule.code == "LR101")
    coloured = page(registered, style=Style(colour=True))
    assert "\x1b[31m  -     scheduler.step()  # LR101\x1b[0m" in coloured
    assert "\x1b[32m  +     scheduler.step()\x1b[0m" in coloured
    assert "\x1b[" not in page(registered)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).split() == page(registered).replace("## ", "").split()


def test_the_repair_is_a_diff_with_the_mark_where_the_mistake_is() -> None:
    registered = next(one for one in load_rules() if one.rule.code == "LR134")
    assert """\
        optimizer.step()
  -     optimizer.param_groups[0]["lr"] = 0.1 * 0.5 ** (epoch + 1)  # LR134
  +     for group in optimizer.param_groups:
  +         group["lr"] = 0.1 * 0.5 ** (epoch + 1)
""" in page(registered)


def test_only_what_a_repair_changes_is_measured() -> None:
    registered = next(one for one in load_rules() if one.rule.code == "LR308")
    shown = page(registered)
    assert "LR of each optimizer.step(), group 2:" in shown
    assert "group 1" not in shown.partition("## Measured")[2]


def test_a_pack_without_examples_has_pages() -> None:
    registered = load_rules()[0]
    assert load_examples("json") == {}
    assert "## Example" not in "\n".join(render(registered, None, Layout(80, BLOCKS, PLAIN)))


def test_the_output_decides_on_the_characters() -> None:
    assert charset_for("utf-8") is BLOCKS
    assert charset_for("ascii") is charset_for("latin-1") is charset_for(None) is charset_for("no such") is ASCII


# Curves

STEPS = Curve("before", (0.1, 0.1, 0.01, 0.01, 0.001, 0.001), Ink.REMOVED)
LINE = Curve("after", (0.4, 0.3, 0.2, 0.1, 0.0), Ink.ADDED)


def drawn(*curves: Curve, width: int = 40, charset: Charset = BLOCKS) -> str:
    return "".join(f"{line}\n" for line in draw(curves, width, charset, PLAIN))


def test_a_curve_over_decades_is_logarithmic() -> None:
    assert (
        drawn(STEPS)
        == """\
before     0.1 │████████
               │████████▅▅▅▅▅▅▅▅
               │████████████████▃▃▃▃▃▃▃▃
        0.0001 │████████████████████████
                steps 1 to 6, LR on a logarithmic scale
"""
    )


def test_a_curve_that_falls_to_0_is_linear() -> None:
    assert (
        drawn(LINE)
        == """\
after  0.4 │████
           │████████
           │████████████
         0 │████████████████
            steps 1 to 5
"""
    )


def test_curves_in_ascii() -> None:
    assert (
        drawn(LINE, Curve("slow", (0.01,), Ink.REMOVED), charset=ASCII)
        == """\
after  0.4 |####
           |########
           |############
         0 |################
slow   0.4 |
           |
           |
         0 |....
            steps 1 to 5
"""
    )


@pytest.mark.parametrize("width", [1, 20, 33, 60, 80, 200])
@pytest.mark.parametrize("count", [1, 7, 60, 500])
def test_a_curve_fits(width: int, count: int) -> None:
    lines = drawn(Curve("before", tuple(0.1 / (n + 1) for n in range(count)), Ink.ADDED), width=width).split("\n")
    bars = [line for line in lines if BLOCKS.axis in line]
    assert len(bars) == 4
    assert all(len(line) <= max(width, 18) for line in bars)


@pytest.mark.parametrize("values", [(), (0.0,), (float("nan"), float("inf")), (-0.1, 0.2), (0.1,)])
def test_no_value_is_too_strange_to_draw(values: tuple[float, ...]) -> None:
    assert (drawn(Curve("before", values, Ink.ADDED)) == "") is (not any(value == value for value in values[:1]))


# For tools


def test_all_pages_are_one_document() -> None:
    rules = json.loads(lrlint("rule", "--all", "--output-format=json"))["rules"]
    assert [rule["code"] for rule in rules] == [*EXAMPLES, *(one.rule.code for one in seen_rules())]
    assert rules == json.loads(lrlint("rule", "--output-format=json"))["rules"]
    assert json.loads(lrlint("rule", "LR102", "--output-format=json"))["rules"] == [rules[3]]


def test_json_has_the_parts_and_the_measured_lrs() -> None:
    ((rule,)) = json.loads(lrlint("rule", "scheduler-verbose", "--output-format=json"))["rules"]
    assert rule["code"] == "LR401"
    assert rule["example"]["before"]["error"].startswith("TypeError: ")
    assert rule["example"]["after"]["lr"][0] == [[0.01]] * 4
    assert rule["blind_spots"] == parse_page(rule["page"]).section(BLIND_SPOTS)


def test_every_key_is_documented() -> None:
    described = (ROOT / "docs" / "json.md").read_text(encoding="utf-8").partition("## Rules")[2]
    (rule,) = json.loads(lrlint("rule", "LR101", "--output-format=json"))["rules"]
    keys = {*rule, *rule["example"], *rule["example"]["before"]}
    assert set(re.findall(r"`(\w+)`", described)) >= keys


def test_all_pages_as_text() -> None:
    printed = lrlint("rule", "--all")
    assert [code for code in EXAMPLES if not re.search(rf"^{code} [a-z]", printed, re.MULTILINE)] == []


def test_a_program_without_a_docstring_is_an_example_too() -> None:
    run = Run("import torch\n", "silent", (), None, ())
    assert (run.explanation, run.code) == ("", "import torch\n")
