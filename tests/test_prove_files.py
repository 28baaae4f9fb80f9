"""`lrlint prove train.py` and `lrlint check --prove`, as users run them; and whether torch shares what rules say."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from lrlint.cases.case import Case, cases_in, files_of, is_static_only, program_name
from lrlint.checker import Checker
from lrlint.finding import Finding
from lrlint.imports.finder import canonical
from lrlint.program import build_program
from lrlint.registry import load_rules, select_rules
from lrlint.reproduction import (
    Line,
    NotReproducibleError,
    Reproduction,
    Settings,
    StandIn,
    reproduce_schedule,
)
from lrlint.reproduction.judgement import Trial, judge
from lrlint.reproduction.proving import Prover
from lrlint.rule import Severity
from lrlint.runtime.evidence import ErrorEvidence, Evidence, Observer
from lrlint.runtime.records import FILE, Record, read, same_rates
from lrlint.source import Range
from lrlint.verdict import Outcome, Verdict
from tests.cases import ROOT
from tests.checkout import run
from tests.prove_generated import verdicts_of as verdicts_in_generated

pytest.importorskip("torch")

FIXTURES = ROOT / "fixtures"

SHARES = {
    "LR101": 0.95,
    "LR102": 0.95,
    "LR103": 0.9,
    "LR104": 0.9,
    "LR105": 0.9,
    "LR110": 0.9,
    "LR115": 0.9,
    "LR303": 0.9,
    "LR304": 0.85,
}
"""The least share of the findings in a rule's own cases that torch confirms."""

SAME = {"LR101": 0.95, "LR103": 1.0, "LR110": 0.9, "LR115": 0.8}
"""The least share of a rule's reproducible traps whose reproductions take their steps with the recorded LRs."""

EARLY = """\
import torch
from torch import nn

from data import loader

model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in range(4):
    scheduler.step()
    for batch in loader:
        optimizer.zero_grad()
        model(batch).sum().backward()
        optimizer.step()
"""


def written(folder: Path, text: str) -> Path:
    """A file with this text."""
    path = folder / "train.py"
    path.write_text(text, encoding="utf-8")
    return path


def lrlint(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return run(sys.executable, "-m", "lrlint", *arguments, cwd=cwd, PYTHONPATH=ROOT, NO_COLOR="1")


def test_a_finding_is_confirmed_with_both_sequences_and_what_torch_said(tmp_path: Path) -> None:
    written(tmp_path, EARLY)
    done = lrlint("prove", "train.py", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "train.py:10:5 LR101 scheduler-step-before-optimizer-step: confirmed" in done.stdout
    assert "torch warns: Detected call of `lr_scheduler.step()` before `optimizer.step()`." in done.stdout
    assert "as it is      LR 0.1 0.1 0.01 0.01 0.01 0.01 0.001 0.001" in done.stdout
    assert "with its fix  LR 0.1 0.1 0.1 0.1 0.01 0.01 0.01 0.01" in done.stdout
    assert done.stdout.endswith("1 finding: 1 confirmed.\n")


def test_a_line_picks_its_findings(tmp_path: Path) -> None:
    written(tmp_path, EARLY)
    assert "confirmed" in lrlint("prove", "train.py:10", cwd=tmp_path).stdout
    done = lrlint("prove", "train.py:3", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "Nothing was found, so there is nothing to prove.\n")


def test_the_script_that_is_shown_runs_as_it_is(tmp_path: Path) -> None:
    written(tmp_path, EARLY)
    shown = lrlint("prove", "train.py", "--show", cwd=tmp_path).stdout
    script = shown[shown.index("# LR101 at train.py:10") : shown.rindex("1 finding")]
    assert "range(2)  # range(2) stands for loader" in script or "for _ in range(2):" in script
    compile(script, "script.py", "exec")


def test_a_style_is_nothing_that_torch_shows(tmp_path: Path) -> None:
    case = next(one for one in cases_in(FIXTURES / "LR506") if not one.is_trap)
    written(tmp_path, case.path.read_text(encoding="utf-8"))
    done = lrlint("prove", "train.py", "--extend-select", "LR506", cwd=tmp_path)
    assert "because the rule is about the code, which runs as it would otherwise" in done.stdout


def test_torch_refutes_an_error_that_it_does_not_raise() -> None:
    rule = next(one.rule for one in load_rules() if one.rule.severity is Severity.ERROR)
    finding = Finding(rule, "train.py", Range(0, 1, 1, 1, 1, 2), "it raises")
    lines = (Line("import torch"), Line("torch.zeros(1)", "train.py", 1))
    certain = Reproduction(lines, (), marked=frozenset([2]))
    unsure = replace(certain, stand_ins=(StandIn("0.1", "args.lr", "train.py", 1),))
    silent = Evidence(lines=(1, 2))
    assert judge(finding, Trial(certain, silent))[0] is Outcome.REFUTED
    assert judge(finding, Trial(unsure, silent))[0] is Outcome.NOT_REPRODUCIBLE
    assert judge(finding, Trial(certain, Evidence(lines=(1,))))[0] is Outcome.NOT_REPRODUCIBLE
    raised = Evidence(error=ErrorEvidence("ValueError", "no", 2), lines=(1, 2))
    assert judge(finding, Trial(unsure, raised))[0] is Outcome.CONFIRMED


@pytest.mark.parametrize(
    ("error", "text", "is_told"),
    [
        (ErrorEvidence("NameError", "name 'build' is not defined", 2), "x", True),
        (ErrorEvidence("AttributeError", "'Trainer' object has no attribute 'lr'", 3), "x", True),
        (ErrorEvidence("AttributeError", "'dummy_model' object has no attribute 'x'", 3, is_of_torch=True), "x", True),
        (
            ErrorEvidence("TypeError", "Trainer.fit() missing 1 required positional argument: 'x'", 3),
            "def fit():",
            True,
        ),
        (ErrorEvidence("TypeError", "cannot unpack non-iterable NoneType object", 3), "x", True),
        (ErrorEvidence("AttributeError", "'SGD' object has no attribute 'lr'", 3), "x", False),
        (
            ErrorEvidence("TypeError", "StepLR.__init__() missing 1 required positional argument", 3),
            "def fit():",
            False,
        ),
        (ErrorEvidence("RuntimeError", "no gradient", 3, is_of_torch=True), "x", False),
    ],
)
def test_a_script_that_could_not_be_made_whole_is_no_answer_of_torch(
    error: ErrorEvidence, text: str, is_told: bool
) -> None:
    rule = next(one.rule for one in load_rules() if one.rule.severity is Severity.ERROR)
    finding = Finding(rule, "train.py", Range(0, 1, 1, 1, 1, 2), "it raises")
    lines = (Line("import torch"), Line(text, "train.py", 1), Line("x", "train.py", 2))
    outcome, reason = judge(finding, Trial(Reproduction(lines, (), frozenset([2])), Evidence(error=error, lines=(1,))))
    assert outcome is Outcome.NOT_REPRODUCIBLE
    assert reason.startswith("its script could not be made whole: ") is is_told


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    done = lrlint("prove", "missing.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "missing.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_program_that_does_not_end_is_stopped(tmp_path: Path) -> None:
    written(tmp_path, EARLY.replace("range(4)", "range(10**9)"))
    done = lrlint("prove", "train.py", "--timeout", "1", cwd=tmp_path)
    assert "because its script ran longer than 1 s" in done.stdout


def test_check_attaches_what_torch_says(tmp_path: Path) -> None:
    written(tmp_path, EARLY)
    done = lrlint("check", "--prove", "train.py", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "= torch: confirmed: torch warns" in done.stdout
    document = json.loads(lrlint("check", "--prove", "--output-format", "json", "train.py", cwd=tmp_path).stdout)
    (finding,) = document["findings"]
    assert finding["proof"]["outcome"] == "confirmed"
    assert finding["proof"]["before"]["lr"] != finding["proof"]["after"]["lr"]
    sarif = json.loads(lrlint("check", "--prove", "--output-format", "sarif", "train.py", cwd=tmp_path).stdout)
    assert sarif["runs"][0]["results"][0]["properties"]["proof"]["outcome"] == "confirmed"


def test_check_without_it_says_nothing_of_torch(tmp_path: Path) -> None:
    written(tmp_path, EARLY)
    document = json.loads(lrlint("check", "--output-format", "json", "train.py", cwd=tmp_path).stdout)
    assert "proof" not in document["findings"][0]


def test_check_proves_files_as_they_are(tmp_path: Path) -> None:
    written(tmp_path, EARLY)
    done = lrlint("check", "--prove", "--fix", "train.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "--prove is about files as they are" in done.stderr


# Torch and the rules agree


@pytest.fixture(scope="module")
def observer() -> Iterator[Observer]:
    """What runs programs on torch."""
    with Observer() as one:
        yield one


def checker_of(case: Case, code: str) -> tuple[Checker, dict[str, str]]:
    """The checker of a case's files, and their absolute paths by those that reports show."""
    files = {canonical(str(path)): str(path) for path in files_of(case.path)}
    rules = select_rules(load_rules(), select=[code])
    return Checker(files, rules, named=True), {display: path for path, display in files.items()}


def verdicts_of(case: Case, code: str, observer: Observer) -> Iterator[tuple[Finding, Verdict]]:
    """What torch says about the findings of a rule in a case."""
    checker, absolute = checker_of(case, code)
    entries = list(absolute.values())

    def program_of(path: str, source: object) -> object:
        return checker.program(absolute[path], source)  # type: ignore[arg-type]

    prover = Prover(observer, program_of, lambda path: checker.source(absolute[path]))  # type: ignore[arg-type]
    for finding in [one for entry in entries for one in checker.findings(entry)]:
        yield finding, prover.prove(finding)


@pytest.mark.parametrize("code", SHARES)
def test_torch_confirms_what_a_rule_finds_in_its_cases(code: str, observer: Observer) -> None:
    cases = [case for case in cases_in(FIXTURES / code) if not case.is_trap and not is_static_only(case.path)]
    verdicts = [(case, *pair) for case in cases for pair in verdicts_of(case, code, observer)]
    refuted = [str(case) for case, _, verdict in verdicts if verdict.outcome is Outcome.REFUTED]
    assert not refuted
    counts = Counter(verdict.outcome for _, _, verdict in verdicts)
    left = [f"{case}: {verdict.reason}" for case, _, verdict in verdicts if verdict.outcome is not Outcome.CONFIRMED]
    assert counts[Outcome.CONFIRMED] >= SHARES[code] * len(verdicts), left


@pytest.mark.parametrize("registered", [one for one in load_rules() if one.rule.default], ids=lambda one: one.rule.code)
def test_torch_refutes_no_rule(registered: object, observer: Observer) -> None:
    rule = registered.rule  # type: ignore[attr-defined]
    if rule.code in SHARES or rule.severity is Severity.STYLE:
        pytest.skip("proven above, or nothing that torch shows")
    cases = [case for case in cases_in(FIXTURES / rule.code) if not case.is_trap and not is_static_only(case.path)]
    for case in cases:
        for finding, verdict in verdicts_of(case, rule.code, observer):
            assert verdict.outcome is not Outcome.REFUTED, f"{case}:{finding.range.line} {verdict.reason}"


@pytest.mark.parametrize("code", SAME)
def test_traps_have_the_schedule_that_was_recorded(code: str, observer: Observer, tmp_path: Path) -> None:
    records = read(FIXTURES / code / FILE).records
    counts = Counter(
        same_schedule(case, code, records, observer, tmp_path) for case in cases_in(FIXTURES / code) if case.is_trap
    )
    assert counts["same"] >= SAME[code] * (counts["same"] + counts["other"]), counts


def same_schedule(case: Case, code: str, records: Mapping[str, Record], observer: Observer, folder: Path) -> str:
    """Whether the reproduction of a trap takes its steps with the same LRs."""
    record = records.get(program_name(case.path))
    if record is None or record.error is not None:
        return "unknown"
    checker, absolute = checker_of(case, code)
    try:
        made = reproduce_schedule(build_program(checker.project, list(absolute.values())), Settings())
    except NotReproducibleError:
        return "not reproducible"
    if any(one.text.startswith(("range", "True", "False")) for one in made.stand_ins):
        return "other lengths"
    path = folder / "script.py"
    path.write_text(made.text, encoding="utf-8")
    evidence = observer.observe(path, 20.0, is_confined=True)
    if evidence.error is not None:
        return "not reproducible"
    left, right = (tuple(one for one in rates if one) for rates in (evidence.rates, record.rates))
    if same_rates(left, right):
        return "same"
    is_metric = "ReduceLROnPlateau" in made.text and any(one.text in ("1", "1.0") for one in made.stand_ins)
    return "other metrics" if is_metric else "other"


def test_torch_refutes_nothing_that_is_found_in_generated_programs(observer: Observer) -> None:
    verdicts = [verdict for seed in range(20) for _, verdict in verdicts_in_generated(seed, False, observer)]
    assert not [verdict.reason for verdict in verdicts if verdict.outcome is Outcome.REFUTED]
    confirmed = [verdict for verdict in verdicts if verdict.outcome is Outcome.CONFIRMED]
    assert len(confirmed) >= 0.5 * len(verdicts)
