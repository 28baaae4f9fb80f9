"""Running a program on torch, and what is written down about it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from lrlint.runtime.evidence import (
    ErrorEvidence,
    Evidence,
    ObservationError,
    Observer,
    WarningEvidence,
    installed_torch,
    observe,
)
from lrlint.runtime.records import EvidenceFile, read, record_of, same_rates, write

ORDER = WarningEvidence("UserWarning", "Detected call of `lr_scheduler.step()` before `optimizer.step()`.", 6)


class Laboratory:
    """Writes a program and lets it be observed."""

    def __init__(self, folder: Path, observer: Observer) -> None:
        self.folder, self.observer = folder, observer

    def run(self, program: str, timeout: float = 20) -> Evidence:
        path = self.folder / "program.py"
        path.write_text(dedent(program).lstrip("\n"), encoding="utf-8")
        return self.observer.observe(path, timeout)


@pytest.fixture
def laboratory(tmp_path: Path, observer: Observer) -> Laboratory:
    return Laboratory(tmp_path, observer)


def test_the_rates_are_those_that_the_steps_used(laboratory: Laboratory) -> None:
    evidence = laboratory.run("""
        import torch
        weight = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)
        for epoch in range(3):
            optimizer.step()
            scheduler.step()
    """)
    assert evidence == Evidence(rates=((0.1, 0.01, 0.001),))
    assert evidence.outcome == "silent"


def test_a_warning_has_the_line_of_the_program_and_a_count(laboratory: Laboratory) -> None:
    evidence = laboratory.run("""
        import torch
        weight = torch.zeros(1, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.1)
        scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)
        for epoch in range(3):
            scheduler.step(epoch)
            optimizer.step()
    """)
    deprecation = "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible."
    assert evidence.warnings == (ORDER, WarningEvidence("UserWarning", deprecation, 6, count=3))
    assert evidence.outcome == "warns"


def test_torch_does_not_notice_the_monitor(laboratory: Laboratory) -> None:
    """Schedulers warn if `optimizer.step` is replaced, and a stale scheduler must not keep its optimizer alive."""
    evidence = laboratory.run("""
        import gc, inspect, weakref
        import torch
        optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
        assert "step" not in vars(optimizer)
        assert list(inspect.signature(torch.optim.Optimizer).parameters) == ["params", "defaults"]
        optimizer.step()
        alive = weakref.ref(optimizer)
        del optimizer
        gc.collect()
        assert alive() is None
    """)
    assert evidence == Evidence(rates=((0.1,),))


def test_optimizers_come_in_the_order_of_construction_and_groups_apart_if_they_differ(laboratory: Laboratory) -> None:
    evidence = laboratory.run("""
        import torch
        first, second = (torch.zeros(1, requires_grad=True) for _ in range(2))
        one = torch.optim.Adam([first], lr=0.5)
        two = torch.optim.SGD([{"params": [first]}, {"params": [second], "lr": 0.01}], lr=0.1)
        unused = torch.optim.SGD([first], lr=torch.tensor(1.0))
        two.step()
        one.step()
        two.param_groups[1]["lr"] = 0.1
        two.step()
    """)
    assert evidence.rates == ((0.5,), ((0.1, 0.01), 0.1), ())


def test_an_exception_has_its_type_text_and_line(laboratory: Laboratory) -> None:
    evidence = laboratory.run("""
        import torch
        weight = torch.zeros(1, requires_grad=True)
        torch.optim.SGD([weight], lr=0.1).step()

        def build():
            return torch.optim.SGD(
                [weight], momenum=0.9)

        build()
    """)
    assert evidence.error is not None
    assert (evidence.error.type, evidence.error.line) in {("TypeError", 6), ("TypeError", 7)}
    assert evidence.error.message == "SGD.__init__() got an unexpected keyword argument 'momenum'"
    assert evidence.rates == ((0.1,),)
    assert evidence.outcome == "raises"


def test_a_program_that_does_not_parse_raises(laboratory: Laboratory) -> None:
    error = laboratory.run("import torch\nfor epoch in range(3)\n    pass\n").error
    assert error is not None
    assert (error.type, error.line) == ("SyntaxError", 2)


@pytest.mark.parametrize(
    ("code", "error"), [("0", None), ("", None), ("3", ErrorEvidence("SystemExit", "3", 2))], ids=["0", "none", "3"]
)
def test_an_exit_is_an_error_if_its_code_is(laboratory: Laboratory, code: str, error: ErrorEvidence | None) -> None:
    assert laboratory.run(f"import sys\nsys.exit({code})\n").error == error


def test_a_program_has_its_folder_on_the_path_and_an_empty_working_directory(laboratory: Laboratory) -> None:
    (laboratory.folder / "neighbour.py").write_text("x = 1\n", encoding="utf-8")
    evidence = laboratory.run("""
        import os, neighbour
        assert os.listdir() == []
        assert __name__ == "__main__"
        open("checkpoint.pt", "w").close()
        print("this is dropped")
    """)
    assert evidence == Evidence()


@pytest.mark.parametrize(("is_project", "place"), [(True, (2, "package/steps.py")), (False, (3, None))])
def test_lines_of_other_files_count_in_a_project(
    tmp_path: Path, observer: Observer, is_project: bool, place: tuple[int, str | None]
) -> None:
    (tmp_path / "package").mkdir()
    steps = "def act(message):\n    import warnings; warnings.warn(message); raise ValueError\n"
    (tmp_path / "package" / "steps.py").write_text(steps, encoding="utf-8")
    main = tmp_path / "train.py"
    main.write_text("from package.steps import act\n\nact('careful')\n", encoding="utf-8")
    evidence = observer.observe(main, is_project=is_project)
    assert evidence.error == ErrorEvidence("ValueError", "", *place)
    assert [(warning.line, warning.file) for warning in evidence.warnings] == [place]
    assert [path.name for path in sorted(tmp_path.rglob("*"))] == ["package", "steps.py", "train.py"]


def test_programs_do_not_see_each_other(laboratory: Laboratory) -> None:
    program = """
        import torch
        assert not hasattr(torch, "touched")
        torch.touched = True
    """
    assert [laboratory.run(program).error for _ in range(2)] == [None, None]


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("while True:\n    pass\n", "ran longer than 0.5 s"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n", "killed its interpreter"),
    ],
    ids=["endless", "killed"],
)
def test_what_ends_without_evidence_is_told_and_the_next_program_runs(
    laboratory: Laboratory, program: str, problem: str
) -> None:
    with pytest.raises(ObservationError, match=problem):
        laboratory.run(program, timeout=0.5)
    assert laboratory.run("x = 1\n") == Evidence()


def test_processes_that_a_program_leaves_behind_do_not_hold_it_up(laboratory: Laboratory) -> None:
    assert laboratory.run("import os, time\nif os.fork() == 0:\n    time.sleep(60)\n", timeout=5) == Evidence()


def test_one_program_can_be_observed_without_an_observer(tmp_path: Path) -> None:
    if installed_torch() is None:
        pytest.skip("torch is not installed")
    path = tmp_path / "program.py"
    path.write_text("raise ValueError('first line\\nsecond line')\n", encoding="utf-8")
    assert observe(path, 20) == Evidence(error=ErrorEvidence("ValueError", "first line", 1))


def test_without_torch_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ObservationError, match=r"pip install 'lrlint\[torch\]'"):
        Observer()


EVERYTHING = Evidence(
    warnings=(ORDER, WarningEvidence("UserWarning", 'it says "so" \\ so', None, 3)),
    error=ErrorEvidence("TypeError", "an unexpected keyword argument 'momenum'", 9),
    rates=((0.1, 1e-05, (0.1, 0.5)), ()),
)


def test_evidence_survives_its_way_through_json() -> None:
    assert Evidence.from_json(EVERYTHING.to_json()) == EVERYTHING


def test_evidence_survives_its_way_through_a_file(tmp_path: Path) -> None:
    file = EvidenceFile("2.13.0", "3.11", {"a.ok.py": record_of(Evidence()), "b.py": record_of(EVERYTHING)})
    write(tmp_path / "evidence.toml", file)
    assert read(tmp_path / "evidence.toml") == file


def test_a_record_says_in_words_what_happened() -> None:
    record = record_of(EVERYTHING)
    assert record.outcome == "raises"
    assert record.kinds == ("UserWarning", "UserWarning", "TypeError")
    assert record.has_order_warning
    assert record.error == "TypeError: an unexpected keyword argument 'momenum' (line 9)"
    assert record_of(Evidence(error=ErrorEvidence("E", "no", 2, "engine.py"))).error == "E: no (engine.py line 2)"
    assert record.warnings[1] == 'UserWarning: it says "so" \\ so (no line, 3x)'


def test_rates_are_the_same_up_to_rounding() -> None:
    assert same_rates(((0.1, (0.2, 6e-18)),), ((0.1 + 1e-12, (0.2, 0.0)),))
    assert not same_rates(((0.1,),), ((0.1, 0.1),))
    assert not same_rates(((0.1,),), ((0.1,), ()))
    assert not same_rates(((0.1,),), ((0.11,),))
    assert not same_rates((((0.1, 0.2),),), ((0.1,),))
