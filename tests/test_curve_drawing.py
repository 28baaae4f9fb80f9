"""Charts: in the terminal, as pictures and as tables."""

from __future__ import annotations

import csv
import importlib.util
import io
import math
import re
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from lrlint.cli import main, schedules
from lrlint.curve.axes import lr_axis, step_ticks
from lrlint.curve.curves import Chart, Curve, Line, Side, compared, lines_of, observed_curves
from lrlint.curve.files import SUFFIXES, render
from lrlint.curve.looks import looks_of
from lrlint.curve.plot import BRAILLE, PLAIN, Canvas, canvas_for, plot
from lrlint.curve.table import selected, stretches
from lrlint.curve.thinning import thinned
from lrlint.report.terminal import PLAIN as NO_COLOUR
from lrlint.report.terminal import Style
from lrlint.runtime.evidence import Evidence, Observer

BEFORE = Curve("SGD", (0.1, 0.01, 0.01, 0.001, 0.001, 0.0001), "train.py:4")
AFTER = Curve("SGD", (0.1, 0.1, 0.01, 0.01, 0.001, 0.001), "train.py:4")
COMPARED = Chart("StepLR before and after", compared([BEFORE], [AFTER]))

COSINE = Chart("Cosine", (Curve("SGD", tuple(0.05 * (1 + math.cos(math.pi * step / 40)) for step in range(40))),))

LONG = 100_000
PEAK = 77_777
LONG_WITH_PEAK = Chart("Peak", (Curve("AdamW", tuple(0.01 if step == PEAK else 0.001 for step in range(LONG))),))

needs_matplotlib = pytest.mark.skipif(
    importlib.util.find_spec("matplotlib") is None, reason="matplotlib is not installed"
)


def plotted(chart: Chart, width: int = 60, canvas: Canvas = BRAILLE, rows: int = 8) -> list[str]:
    return list(plot(chart, width, canvas, NO_COLOUR, rows))


def written(chart: Chart, suffix: str) -> str:
    return render(chart, suffix).decode()


# What is a line


def test_groups_that_share_their_lrs_are_one_line() -> None:
    curve = Curve("AdamW", ((0.1, 0.01, 0.1), 0.05), "train.py:7")
    assert lines_of(Chart("", (curve,))) == (
        Line("AdamW (train.py:7), groups 1, 3", (0.1, 0.05)),
        Line("AdamW (train.py:7), group 2", (0.01, 0.05)),
    )


def test_a_group_that_comes_later_has_no_lr_before() -> None:
    first, second = lines_of(Chart("", (Curve("SGD", ((0.1,), (0.1, 0.2))),)))
    assert first.values == (0.1, 0.1)
    assert math.isnan(second.values[0])
    assert second.values[1] == 0.2


def test_the_curves_of_what_was_observed() -> None:
    evidence = Evidence(rates=((0.1, 0.2), (), ((0.1, 0.2),)))
    assert observed_curves(evidence, ["SGD"], ["a.py:1"]) == (
        Curve("SGD", (0.1, 0.2), "a.py:1"),
        Curve("optimizer 3", ((0.1, 0.2),)),
    )
    assert observed_curves(Evidence(rates=((0.1,),)))[0].label == "optimizer"


def test_before_and_after_lie_beside_each_other() -> None:
    other = Curve("Adam", (1.0,))
    names = [curve.name for curve in compared([BEFORE, other], [AFTER, other])]
    assert names == ["before SGD (train.py:4)", "after SGD (train.py:4)", "before Adam", "after Adam"]


# The terminal


def test_a_plot_in_plain_characters() -> None:
    assert plotted(COMPARED, 40, PLAIN, 8) == [
        "StepLR before and after",
        "",
        " 0.1 +111212122222",
        "     |      1    2",
        "     |      1    2",
        "     |      1    2",
        "0.05 +      1    2",
        "     |      1    2",
        "     |      11111212111222222",
        "   0 +                 1111122121211121",
        "     +---------------------------------",
        "        1     2          4          6",
        "            LR by optimizer step",
        "",
        "  1  before SGD (train.py:4)",
        "  2  after SGD (train.py:4)",
    ]


def test_a_plot_in_braille() -> None:
    lines = plotted(COSINE, 50)
    assert lines[0] == "Cosine"
    assert lines[2].startswith(" 0.1 ┤⠉")
    assert lines[10].startswith("     └──")
    assert "LR by optimizer step" in lines[12]
    assert all(len(line) <= 50 for line in lines)


@pytest.mark.parametrize("width", [1, 20, 33, 80, 200])
@pytest.mark.parametrize("canvas", [BRAILLE, PLAIN], ids=["braille", "plain"])
def test_a_plot_has_the_width_of_the_terminal(width: int, canvas: Canvas) -> None:
    for chart in (COMPARED, COSINE):
        assert max(map(len, plotted(chart, width, canvas)[2:13])) <= max(width, 32)


def test_no_peak_is_lost_in_the_terminal() -> None:
    for canvas in (BRAILLE, PLAIN):
        head = next(line for line in plotted(LONG_WITH_PEAK, 60, canvas) if line.startswith(" 0.01 "))
        assert len(head.split()) == 3 or re.search(r"[^\s+┤]", head[7:])


def test_lines_are_told_apart_without_colours() -> None:
    groups = Chart("", (Curve("SGD", tuple((0.1 - step / 100, 0.05, 0.01) for step in range(9))),))
    for canvas in (BRAILLE, PLAIN):
        picture = "".join(plotted(groups, 60, canvas)[1:-4])
        assert {"1", "2", "3"} <= set(re.sub(r"^.*?[┤│+|]", "", picture))


def test_lines_that_are_one_are_both_seen() -> None:
    same = Chart("", (BEFORE, replace(BEFORE, label="Adam")))
    top = plotted(same, 60, BRAILLE)[1]
    assert "1" in top
    assert "2" in "".join(plotted(same, 60, BRAILLE)[1:9])


def test_colours_only_where_they_are_wanted() -> None:
    assert "\x1b[32m" in "".join(plot(COMPARED, 60, BRAILLE, Style(True)))
    assert "\x1b" not in "".join(plotted(COMPARED))


def test_the_canvas_fits_the_encoding() -> None:
    assert canvas_for("utf-8") is BRAILLE
    assert [canvas_for(one) for one in ("ascii", "latin-1", None, "no-such")] == [PLAIN] * 4


def test_a_legend_is_not_endless() -> None:
    many = Chart("", (Curve("SGD", (tuple(0.1 * 0.9**group for group in range(30)),) * 4),))
    assert plotted(many)[-1] == "     and 18 more"


@pytest.mark.parametrize(
    "rates",
    [(), (0.1,), (0.0,) * 5, (math.nan,) * 3, (math.inf, 0.1), (-0.1, 0.1), (1e-300, 1e300), ((0.1,), (0.1, 0.2))],
    ids=str,
)
@pytest.mark.parametrize("is_logarithmic", [False, True])
def test_odd_curves_are_drawn(rates: tuple[float | tuple[float, ...], ...], is_logarithmic: bool) -> None:
    chart = Chart("odd <&>", (Curve("SGD", rates),), is_logarithmic=is_logarithmic)
    for canvas in (BRAILLE, PLAIN):
        assert plotted(chart, 40, canvas)[0] == "odd <&>"
    for suffix in (".svg", ".html", ".csv"):
        assert "nan" not in written(chart, suffix)
    ElementTree.fromstring(written(chart, ".svg"))


# Axes


@pytest.mark.parametrize(
    ("values", "is_logarithmic", "texts"),
    [
        ((0.1, 0.0), False, ["0", "0.025", "0.05", "0.075", "0.1"]),
        ((0.001, 0.0003), False, ["0", "0.00025", "0.0005", "0.00075", "0.001"]),
        ((0.1, 0.098), False, ["0.098", "0.0985", "0.099", "0.0995", "0.1"]),
        ((0.1,), False, ["0", "0.025", "0.05", "0.075", "0.1"]),
        ((-1.0, 1.0), False, ["-1", "-0.5", "0", "0.5", "1"]),
        ((0.1, 1e-4), True, ["0.0001", "0.001", "0.01", "0.1"]),
        ((0.3, 0.02), True, ["0.02", "0.05", "0.1", "0.2", "0.5"]),
        ((0.1, 0.0), True, ["0.1", "0.2"]),
    ],
)
def test_the_numbers_of_an_axis_are_round(values: tuple[float, ...], is_logarithmic: bool, texts: list[str]) -> None:
    axis = lr_axis([Line("", values)], is_logarithmic, 4)
    assert sorted((tick.text for tick in axis.ticks), key=float) == texts
    assert all(0 <= tick.at <= 1 for tick in axis.ticks)
    assert all(0 <= (axis.at(value) or 0) <= 1 for value in values)


@pytest.mark.parametrize(
    ("steps", "epoch", "texts"),
    [
        (1, None, ["1"]),
        (6, None, ["1", "2", "4", "6"]),
        (100, None, ["1", "20", "40", "60", "80", "100"]),
        (LONG, None, ["1", "20000", "40000", "60000", "80000", "100000"]),
        (90, 1, ["0", "20", "40", "60", "80"]),
        (300, 100, ["0", "1", "2"]),
    ],
)
def test_steps_count_from_one_and_epochs_from_zero(steps: int, epoch: int | None, texts: list[str]) -> None:
    ticks = step_ticks(Chart("", (Curve("", (0.1,) * steps),), epoch), 5)
    assert [tick.text for tick in ticks] == texts
    assert all(0 < tick.at < 1 for tick in ticks)


# Thinning


@given(st.lists(st.floats(0, 1) | st.just(math.nan), min_size=1, max_size=300), st.integers(1, 20))
def test_thinned_lines_keep_their_ends_and_peaks(values: list[float], parts: int) -> None:
    points = thinned(values, parts)
    steps = [step for step, _ in points]
    assert steps == sorted(set(steps))
    assert all(value is values[step] for step, value in points)
    known = [value for value in values if not math.isnan(value)]
    kept = [value for _, value in points if not math.isnan(value)]
    if known:
        assert (min(kept), max(kept)) == (min(known), max(known))
        assert kept[0] == known[0]
        assert kept[-1] == known[-1]
    if len(values) > 4 * parts and len(known) == len(values):
        assert len(points) <= 4 * parts


# Files


def test_csv_has_every_step_in_full() -> None:
    rows = list(csv.reader(io.StringIO(written(replace(COMPARED, steps_per_epoch=2), ".csv"))))
    assert rows[0] == ["step", "epoch", "before SGD (train.py:4)", "after SGD (train.py:4)"]
    assert rows[4] == ["4", "1", "0.001", "0.01"]
    assert len(rows) == 7
    assert len(written(LONG_WITH_PEAK, ".csv").splitlines()) == LONG + 1


def test_svg_has_all_that_a_picture_needs() -> None:
    tree = ElementTree.fromstring(written(replace(COMPARED, notes=("a note",)), ".svg"))
    texts = [one.text for one in tree.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "StepLR before and after"
    assert {"learning rate", "optimizer step", "0.1", "6", "a note"} <= set(texts)
    assert texts[-3:-1] == ["before SGD (train.py:4)", "after SGD (train.py:4)"]
    paths = [one for one in tree.iter("{http://www.w3.org/2000/svg}path") if len(one)]
    assert len({(one.get("stroke"), one.get("stroke-dasharray")) for one in paths}) == 2


def test_no_peak_is_lost_in_svg_and_it_stays_small() -> None:
    text = written(LONG_WITH_PEAK, ".svg")
    assert len(text) < 100_000
    (path,) = re.findall(r'<path d="([^"]+)"[^>]*><title>', text)
    heights = {float(height) for height in re.findall(r"[ML][\d.]+ ([\d.]+)", path)}
    assert len(heights) == 2


class _Page(HTMLParser):
    """The tags of a page, all of which have to be closed."""

    VOID = frozenset({"meta", "rect", "line"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag


def test_html_is_a_page_of_its_own() -> None:
    text = written(COMPARED, ".html")
    page = _Page()
    page.feed(text)
    assert page.open == ["path"] * page.open.count("path")
    assert {"svg", "table"} <= set(page.seen)
    assert not {"script", "link", "img"} & set(page.seen)
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert "<td>2</td><td>0.01</td><td>0.1</td>" in text


def test_the_table_of_a_long_schedule_is_short_and_has_its_peak() -> None:
    rows = list(stretches(LONG_WITH_PEAK))
    assert [(row.first, row.last) for row in rows] == [(1, PEAK), (PEAK + 1, PEAK + 1), (PEAK + 2, LONG)]
    many = list(stretches(Chart("", (Curve("", tuple(1.0 if step == PEAK else step / LONG for step in range(LONG))),))))
    shown = selected(many, 200)
    assert len(shown) <= 200
    assert max(row.values[0] or 0 for row in shown) == 1.0


def test_what_a_program_says_can_do_nothing_to_a_page() -> None:
    chart = Chart("<script>alert(1)</script>", (Curve("</svg><b>", (0.1, 0.2)), Curve('"&', (0.1, 0.3))))
    for suffix in (".svg", ".html"):
        text = written(chart, suffix)
        assert "<script" not in text
        assert "<b>" not in text


def test_a_long_name_keeps_its_group_in_the_legend() -> None:
    text = written(Chart("", (Curve("x" * 200, ((0.1, 0.2),)),)), ".svg")
    assert re.findall(r">(x+\.\.\.x+, group \d)</text>", text)
    assert "group 1</text>" in text
    assert "group 2</text>" in text


def test_looks_differ_by_colour_and_by_dashes() -> None:
    lines = tuple(Line(str(at), (0.1,)) for at in range(6))
    assert len({look.colour for look in looks_of(lines)}) == len({look.dashes for look in looks_of(lines)}) == 6
    sides = (Line("", (), Side.BEFORE), Line("", (), Side.AFTER), Line("", (), Side.BEFORE))
    before, after, other = looks_of(sides)
    assert before.colour == other.colour != after.colour
    assert before.dashes != other.dashes


@needs_matplotlib
@pytest.mark.parametrize(
    "chart",
    [
        replace(COMPARED, notes=("Computed by torch 2.13.0.",), is_logarithmic=True),
        replace(LONG_WITH_PEAK, title="$x^2$ is no formula _here_", steps_per_epoch=1000),
        Chart("", (Curve("SGD", (tuple(0.1 * 0.9**group for group in range(30)),) * 4),)),
        Chart("nothing", ()),
    ],
    ids=["compared", "long", "many", "nothing"],
)
def test_png_shows_every_line(chart: Chart) -> None:
    from matplotlib import image

    pixels = image.imread(io.BytesIO(render(chart, ".png")), format="png")
    assert 500 < pixels.shape[0] < 3000
    assert pixels.shape[1] == 1350
    colours = set(((pixels[..., :3] * 255).round().astype(int) @ (1 << 16, 1 << 8, 1)).flat)
    assert {int(look.colour[1:], 16) for look in looks_of(lines_of(chart))} <= colours
    margin = pixels[:, -4:, :3]  # nothing is cut off at the right
    assert margin.min() == 1.0


# The command


@pytest.fixture
def curve(observer: Observer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    monkeypatch.setattr(schedules, "Observer", lambda: nullcontext(observer))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "70")
    for variable in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    return lambda *arguments: CliRunner().invoke(main, ["curve", "StepLR(SGD(lr=0.1), 2)", *arguments])


def test_the_terminal_is_asked_for_colours(curve: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in curve().stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[36m" in curve().stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in curve().stdout


def test_a_logarithmic_scale(curve: Callable[..., Result]) -> None:
    result = curve("--log")
    assert "LR, logarithmic by optimizer step" in result.stdout
    assert re.search(r"^0\.0001 ", result.stdout, re.MULTILINE)


def test_files_of_all_kinds(curve: Callable[..., Result]) -> None:
    kinds = [suffix for suffix in SUFFIXES if suffix != ".png" or importlib.util.find_spec("matplotlib")]
    result = curve(*(f"--output-file=new/lr{suffix}" for suffix in kinds))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [f"Wrote new/lr{suffix}: 1 curve, 8 steps." for suffix in kinds]
    assert all(Path(f"new/lr{suffix}").stat().st_size for suffix in kinds)


def test_without_matplotlib(curve: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *more: None if name == "matplotlib" else find(name, *more)
    )
    result = curve("-o", "lr.png", "-o", "lr.svg")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: a PNG needs matplotlib; install it with: pip install 'lrlint[plot]'\n"
    assert not list(Path().iterdir())


def test_a_file_that_can_not_be_written(curve: Callable[..., Result]) -> None:
    Path("folder.svg").mkdir()
    result = curve("-o", "folder.svg")
    assert result.exit_code == 2
    assert "folder.svg: this is a folder" in result.stderr
    Path("file").touch()
    result = curve("-o", "file/lr.svg")
    assert result.exit_code == 2
    assert "file/lr.svg can't be written: " in result.stderr
