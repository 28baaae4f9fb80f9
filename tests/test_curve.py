"""`lrlint curve "StepLR(SGD(lr=0.1), 30)"`: typed schedules, run on torch."""

from __future__ import annotations

import csv
import math
import shlex
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lrlint.cli import main, schedules
from lrlint.curve.typed import ScheduleError, parse_schedule
from lrlint.runtime.evidence import Observer, installed_torch
from lrlint.torch_api.schedule import learning_rates
from lrlint.torch_api.signatures import signatures
from tests.cases import ROOT
from tests.checkout import run

Curve = Callable[..., Result]
Rates = Callable[..., list[list[float]]]


@pytest.fixture
def curve(observer: Observer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Curve:
    """Runs the command in an empty folder; programs run on the torch that all tests share."""
    monkeypatch.setattr(schedules, "Observer", lambda: nullcontext(observer))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, ["curve", *arguments])


@pytest.fixture
def rates(curve: Curve) -> Rates:
    """The LRs of each step, one of each line."""

    def rates(*arguments: str) -> list[list[float]]:
        result = curve(*arguments, "-o", "lr.csv")
        assert result.exit_code == 0, result.output
        _head, *rows = csv.reader(Path("lr.csv").read_text(encoding="utf-8").splitlines())
        skipped = 2 if "epoch" in _head else 1
        return [[float(value) for value in row[skipped:]] for row in rows]

    return rates


def first(steps: list[list[float]]) -> list[float]:
    """The LRs of the first line."""
    return [step[0] for step in steps]


EXAMPLE = '"OneCycleLR(SGD(lr=0.1), max_lr=0.1, total_steps=100)"'
COMPARISON = '--compare "StepLR(SGD(lr=0.1), 2)" "StepLR(SGD(lr=0.1), 4)" --epochs 12 --log'

# What is computed

PLAIN: dict[str, tuple[str, dict[str, object], int]] = {
    "StepLR(SGD(lr=0.1), step_size=3)": ("StepLR", {"step_size": 3}, 12),
    "StepLR(SGD(lr=0.1), 3, 0.5)": ("StepLR", {"step_size": 3, "gamma": 0.5}, 12),
    "MultiStepLR(SGD(lr=0.1), milestones=[4, 8])": ("MultiStepLR", {"milestones": [4, 8]}, 10),
    "ExponentialLR(SGD(lr=0.1), gamma=0.9)": ("ExponentialLR", {"gamma": 0.9}, 100),
    "ConstantLR(SGD(lr=0.1), total_iters=8)": ("ConstantLR", {"total_iters": 8}, 10),
    "LinearLR(SGD(lr=0.1), total_iters=8)": ("LinearLR", {"total_iters": 8}, 10),
    "PolynomialLR(SGD(lr=0.1), total_iters=8, power=2.0)": ("PolynomialLR", {"total_iters": 8, "power": 2.0}, 10),
    "CosineAnnealingLR(SGD(lr=0.1), T_max=5 * 6)": ("CosineAnnealingLR", {"T_max": 30}, 30),
    "CosineAnnealingWarmRestarts(SGD(lr=0.1), T_0=4, T_mult=2)": (
        "CosineAnnealingWarmRestarts",
        {"T_0": 4, "T_mult": 2},
        28,
    ),
    "CyclicLR(SGD(lr=0.1), 0.1, 0.5, step_size_up=5)": (
        "CyclicLR",
        {"base_lr": 0.1, "max_lr": 0.5, "step_size_up": 5},
        20,
    ),
    "OneCycleLR(SGD(lr=0.1), max_lr=0.1, total_steps=20)": ("OneCycleLR", {"max_lr": 0.1, "total_steps": 20}, 20),
}


@pytest.mark.parametrize("typed", PLAIN)
def test_the_curve_is_the_schedule_and_as_long(rates: Rates, typed: str) -> None:
    name, arguments, length = PLAIN[typed]
    assert first(rates(typed)) == pytest.approx(learning_rates(name, arguments, 0.1, length), rel=1e-6)


OTHERS = {
    "LambdaLR(SGD(lr=0.1), lambda epoch: min(1, (epoch + 1) / 4) if epoch < 4 else math.cos(epoch / 100))": [
        *(0.1 * (epoch + 1) / 4 for epoch in range(4)),
        *(0.1 * math.cos(epoch / 100) for epoch in range(4, 6)),
    ],
    "MultiplicativeLR(SGD(lr=0.1), lr_lambda=lambda epoch: 0.5)": [0.1 * 0.5**step for step in range(6)],
    "LambdaLR(SGD(lr=1), lambda epoch: [1, 0.1, 0.01][epoch // 2])": [1, 1, 0.1, 0.1, 0.01, 0.01],
    "SequentialLR(SGD(lr=0.1), [ConstantLR(0.5, total_iters=9), ExponentialLR(gamma=0.5)], milestones=[3])": [
        *[0.05] * 3,
        *[0.1, 0.05, 0.025],
    ],
    "ChainedScheduler([ConstantLR(SGD(lr=0.1), 0.5, 2), ExponentialLR(SGD(lr=0.1), 0.5)])": [
        *[0.05, 0.025],
        *[0.1 * 0.5**step for step in range(2, 6)],
    ],
    "ReduceLROnPlateau(Adam(lr=0.1), patience=1)": [0.1, 0.1, 0.1, 0.01, 0.01, 0.001],
    "torch.optim.swa_utils.SWALR(torch.optim.SGD(lr=0.1), swa_lr=0.05, anneal_epochs=2, anneal_strategy='linear')": [
        *[0.1, 0.075],
        *[0.05] * 4,
    ],
    "optim.lr_scheduler.StepLR(optimizer=optim.SGD(model.parameters(), 0.1), step_size=4)": [*[0.1] * 4, *[0.01] * 2],
    "AdamW(lr=1e-3)": [1e-3] * 6,
}


@pytest.mark.parametrize("typed", OTHERS)
def test_the_first_steps(rates: Rates, typed: str) -> None:
    assert first(rates(typed, "--steps", "6")) == pytest.approx(OTHERS[typed], rel=1e-6)


def test_there_is_a_curve_of_every_scheduler() -> None:
    named = " ".join([*PLAIN, *OTHERS])
    known = {one.class_name for one in signatures() if one.kind == "scheduler"} - {"LRScheduler", "_LRScheduler"}
    assert sorted(name for name in known if f"{name}(" not in named) == []


@pytest.mark.parametrize(
    "optimizer",
    sorted(
        one.class_name
        for one in signatures()
        if one.kind == "optimizer" and one.name.startswith("torch.optim.") and one.class_name != "Optimizer"
    ),
)
def test_every_optimizer_can_be_typed(rates: Rates, optimizer: str) -> None:
    assert first(rates(f"ExponentialLR({optimizer}(lr=0.1), gamma=0.5)", "--steps", "2")) == [0.1, 0.05]


def test_groups_have_curves_of_their_own(curve: Curve) -> None:
    groups = '[{"lr": 0.1}, {"lr": 0.01}, {"params": head.parameters(), "lr": 0.1, "weight_decay": 0}]'
    result = curve(f"ExponentialLR(SGD({groups}), 0.5)", "--steps", "2", "-o", "lr.csv")
    assert result.stdout == "Wrote lr.csv: 2 curves, 2 steps.\n"
    assert Path("lr.csv").read_text().splitlines() == [
        'step,"SGD, groups 1, 3","SGD, group 2"',
        "1,0.1,0.01",
        "2,0.05,0.005",
    ]


# Epochs, metrics


def test_a_scheduler_steps_at_the_end_of_epochs_where_these_are_counted(curve: Curve) -> None:
    result = curve("StepLR(SGD(lr=0.1), 1)", "--epochs", "3", "--steps-per-epoch", "2", "-o", "lr.csv")
    assert result.exit_code == 0, result.output
    rows = Path("lr.csv").read_text().splitlines()
    assert rows == ["step,epoch,SGD", "1,0,0.1", "2,0,0.1", "3,1,0.01", "4,1,0.01", "5,2,0.001", "6,2,0.001"]


def test_one_cycle_steps_with_the_optimizer(curve: Curve) -> None:
    typed = "OneCycleLR(SGD(lr=0.1), max_lr=0.1, epochs=2, steps_per_epoch=5)"
    result = curve(typed, "--epochs", "2", "--steps-per-epoch", "5")
    assert result.exit_code == 0, result.output
    assert "OneCycleLR steps after each optimizer step." in result.stdout
    assert "LR by epoch" in result.stdout


def test_how_often_a_scheduler_steps_can_be_said(rates: Rates) -> None:
    typed = "ExponentialLR(SGD(lr=0.1), 0.5)"
    assert first(rates(typed, "--epochs=2", "--steps-per-epoch=2")) == [0.1, 0.1, 0.05, 0.05]
    assert first(rates(typed, "--epochs=2", "--steps-per-epoch=2", "--every=step")) == [0.1, 0.05, 0.025, 0.0125]


def test_metrics(rates: Rates) -> None:
    typed = "ReduceLROnPlateau(SGD(lr=0.1), patience=0)"
    assert first(rates(typed, "--metric=3,2,2,1")) == [0.1, 0.1, 0.1, 0.01]
    assert first(rates(typed, "--metric=2,nan", "--steps=4")) == [0.1, 0.1, 0.01, 0.001]


def test_the_metric_that_was_taken_is_told(curve: Curve) -> None:
    result = curve("ReduceLROnPlateau(SGD(lr=0.1))")
    assert "ReduceLROnPlateau always gets the metric 1, as if nothing improved; --metric for others." in result.stdout
    assert "The schedule has no end, so this is its beginning; --steps for more." in result.stdout


def test_what_torch_warns_of_is_told(curve: Curve) -> None:
    typed = "SequentialLR(SGD(lr=0.1), [LinearLR(), LambdaLR(lambda epoch: float('nan'))], [2])"
    result = curve(typed, "--steps", "4")
    assert result.exit_code == 0, result.output
    assert result.stdout.rstrip().endswith(f"Computed by torch {installed_torch()}.")


def test_long_schedules_are_shown_in_part(curve: Curve) -> None:
    result = curve("CosineAnnealingLR(SGD(lr=0.1), 3_000)", "--steps-per-epoch", "50", "-o", "lr.svg")
    assert result.exit_code == 0, result.output
    assert result.stdout == "Wrote lr.svg: 1 curve, 100000 steps.\n"
    assert "This is the beginning, 100000 steps; --epochs for more." in Path("lr.svg").read_text(encoding="utf-8")


# Several schedules


def test_several_schedules_in_one_picture(curve: Curve) -> None:
    result = curve("StepLR(SGD(lr=0.1), 2)", "CosineAnnealingLR(SGD(lr=0.1), 9)")
    assert "  1  StepLR(SGD(lr=0.1), 2)\n  2  CosineAnnealingLR(SGD(lr=0.1), 9)\n" in result.stdout


def test_before_and_after(curve: Curve) -> None:
    result = curve("--compare", "StepLR(SGD(lr=0.1), 2)", "StepLR(SGD(lr=0.1), 4)", "--steps=6", "-o", "lr.csv")
    assert result.exit_code == 0, result.output
    head, *_ = Path("lr.csv").read_text().splitlines()
    assert head == 'step,"before StepLR(SGD(lr=0.1), 2)","after StepLR(SGD(lr=0.1), 4)"'


# What is refused, before anything runs

REFUSED = {
    "": ("there is no schedule: write a scheduler with its optimizer", ""),
    "StepLR(SGD(lr=0.1), 30": ("this is no Python expression", "("),
    "0.1": ("write a scheduler with its optimizer, as in StepLR(SGD(lr=0.1), step_size=30)", "0.1"),
    "train.py": ("write a scheduler with its optimizer", "train.py"),
    "StepLR(optimizer, 30)": ("there is no optimizer in it: write it first", "StepLR(optimizer, 30)"),
    "SteplR(SGD(lr=0.1), 30)": ("SteplR is not known here; did you mean StepLR?", "SteplR"),
    "keras.StepLR(SGD(lr=0.1), 30)": ("keras.StepLR is not known here", "keras.StepLR"),
    "LRScheduler(SGD(lr=0.1))": ("LRScheduler is not known here", "LRScheduler"),
    "StepLR(SGD(lr=0.1), steps)": ("steps is not known here: write its value", "steps"),
    "StepLR(SGD(lr=0.1), StepLR(SGD(lr=0.1), 3))": ("StepLR takes no scheduler", "StepLR(SGD(lr=0.1), 3)"),
    "ChainedScheduler([StepLR(SGD(lr=0.1), 3), StepLR(SGD(lr=0.2), 3)])": ("this is another optimizer", "SGD(lr=0.2)"),
    "StepLR(SGD(lr=0.1), **options)": ("write the arguments one by one, without **", "options"),
    "StepLR(SGD([0.1, {'lr': 1}]), 3)": ("write each group as a dict", "0.1"),
    "StepLR(SGD([{**group}, {'lr': 1}]), 3)": ("write the key of a group as a text", "{**group}"),
    # Nothing but arithmetic is evaluated.
    "StepLR(SGD(lr=__import__('os').getpid()), 3)": ("not known here", "__import__('os').getpid"),
    "StepLR(SGD(lr=open('x')), 3)": ("open is not known here", "open"),
    "StepLR(SGD(lr=eval('1')), 3)": ("eval is not known here", "eval"),
    "StepLR(SGD(lr=getattr(1, 'real')), 3)": ("getattr is not known here", "getattr"),
    "StepLR(SGD(lr=(1).real), 3)": ("of attributes only those of math are", "(1).real"),
    "StepLR(SGD(lr=''.join('1')), 3)": ("of attributes only those of math are", "''.join"),
    "StepLR(SGD(lr=math.__loader__), 3)": ("of attributes only those of math are", "math.__loader__"),
    "StepLR(SGD(lr=math.pi.real), 3)": ("of attributes only those of math are", "math.pi.real"),
    "StepLR(SGD(lr=torch.inf), 3)": ("of attributes only those of math are", "torch.inf"),
    "StepLR(SGD(lr=f'{1}'), 3)": ("only numbers, texts, lists, arithmetic and lambdas", "f'{1}'"),
    "StepLR(SGD(lr=[x for x in [1]]), 3)": ("only numbers, texts, lists, arithmetic", "[x for x in [1]]"),
    "StepLR(SGD(lr=(x := 1)), 3)": ("only numbers, texts, lists, arithmetic", "x := 1"),
    "StepLR(SGD(lr=1j), 3)": ("this can't be in a schedule", "1j"),
    "StepLR(SGD(lr=(lambda: 1)()), 3)": ("this can't be called here", "lambda: 1"),
    "StepLR(SGD(lr=max([1], key=abs)), 3)": ("functions take no keywords here", "abs"),
    "LambdaLR(SGD(lr=1), lambda epoch: epoch.real)": ("of attributes only those of math are", "epoch.real"),
    "LambdaLR(SGD(lr=1), lambda math: math.pi)": ("of attributes only those of math are", "math.pi"),
    "LambdaLR(SGD(lr=1), lambda max: max(1))": ("this can't be called here", "max"),
    "LambdaLR(SGD(lr=1), lambda *all: 1)": ("write the parameters of a lambda one by one", "lambda *all: 1"),
    "LambdaLR(SGD(lr=1), lambda epoch, other=model: 1)": ("model is not known here", "model"),
    "LambdaLR(SGD(lr=1), lambda epoch: é)": ("é is not known here", "é"),
}


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_refused(typed: str) -> None:
    said, place = REFUSED[typed]
    with pytest.raises(ScheduleError) as caught:
        parse_schedule(typed)
    assert said in str(caught.value)
    text, mark = caught.value.shown
    assert place in "".join(one for one, sign in zip(text, mark.ljust(len(text)), strict=False) if sign == "^")


def test_a_schedule_may_take_several_lines() -> None:
    assert parse_schedule("StepLR(\n    SGD(lr=0.1),\n    30,\n)").text == "StepLR( SGD(lr=0.1), 30, )"


# What goes wrong


def test_an_error_shows_the_place(curve: Curve) -> None:
    result = curve("SequentialLR(SGD(lr=0.1), [LinearLR(start_factor=2), ExponentialLR(0.5)], [5])")
    assert (result.exit_code, result.stdout) == (2, "")
    message, text, mark = result.stderr.splitlines()
    said = "Starting multiplicative factor expected to be greater than 0 and less or equal to 1."
    assert message == f"error: torch raises: ValueError: {said}"
    assert text == "  SequentialLR(SGD(lr=0.1), [LinearLR(start_factor=2), ExponentialLR(0.5)], [5])"
    assert text[mark.index("^") : mark.rindex("^") + 1] == "LinearLR(start_factor=2)"


def test_an_error_in_the_course_of_a_schedule(curve: Curve) -> None:
    result = curve("LambdaLR(SGD(lr=0.1), lambda epoch: 1 / (epoch - 5))", "--steps=9")
    assert result.exit_code == 2
    assert "torch raises after step 5 of the optimizer: ZeroDivisionError: division by zero" in result.stderr


def test_steps_past_the_end(curve: Curve) -> None:
    result = curve("OneCycleLR(SGD(lr=0.1), max_lr=0.1, total_steps=10)", "--steps=20")
    assert result.exit_code == 2
    assert "ValueError: Tried to step 11 times" in result.stderr


def test_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = CliRunner().invoke(main, ["curve", "StepLR(SGD(lr=0.1), 30)"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: torch is not installed; install it with: pip install 'lrlint[torch]'\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument"),
        (["SGD(lr=1)", "--steps=1", "--epochs=1"], "--steps and --epochs both say how long: give one of them"),
        (["SGD(lr=1)", "--steps=0"], "0 is not in the range"),
        (["SGD(lr=1)", "--every=epoch"], "--every epoch needs epochs: give --epochs or --steps-per-epoch"),
        (["SGD(lr=1)", "--metric=low"], "--metric takes numbers with commas between them, not 'low'"),
        (["SGD(lr=1)", "--compare"], "--compare takes two schedules: before, after"),
        (["SGD(lr=1)", "-o", "lr.pdf"], "lr.pdf: the name has to end in one of .png, .svg, .html, .csv"),
        (["SGD(lr=1)", "-o", "train.py"], "train.py: the name has to end in one of"),
    ],
)
def test_what_the_command_line_lacks(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["curve", *arguments])
    assert result.exit_code == 2
    assert said in result.stderr


def test_the_page_shows_what_is_drawn(curve: Curve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "76")
    page = (ROOT / "docs" / "curve.md").read_text(encoding="utf-8")
    for lines, arguments in [("22", EXAMPLE), ("20", COMPARISON)]:
        monkeypatch.setenv("LINES", lines)
        assert f"$ lrlint curve {arguments}\n" in page
        drawn, *_ = curve(*shlex.split(arguments)).stdout.partition("Computed by torch")
        assert drawn in page


def test_a_real_run(observer: Observer) -> None:
    typed = "OneCycleLR(SGD(lr=0.1), max_lr=0.1, total_steps=100)"
    command = (sys.executable, "-m", "lrlint", "curve", typed)
    shown = run(*command, cwd=ROOT, COLUMNS="70", PYTHONIOENCODING="utf-8", PYTHONUTF8="1")
    assert (shown.returncode, shown.stderr) == (0, "")
    lines = shown.stdout.splitlines()
    assert lines[0] == typed
    assert "SGD: first 0.004, highest 0.1 (step 30), last 4e-07 (step 100)" in lines
    assert "The length is that of the schedule; --steps for another." in lines
    assert max(map(len, lines[:20])) <= 70
