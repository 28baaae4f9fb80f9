"""`lrlint run`, as a user runs it: the program runs as it does without lrlint, and a report follows."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from lrlint.cases.case import main_of
from lrlint.runtime.evidence import installed_torch
from tests.cases import FIXTURES, ROOT
from tests.checkout import run

pytestmark = pytest.mark.skipif(installed_torch() is None, reason="torch is not installed")

EARLY = FIXTURES / "LR101" / "top_of_epoch_loop.py"

TRAINING = """
import sys
import torch

weight = torch.nn.Parameter(torch.ones(2))
optimizer = torch.optim.SGD([weight], lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
for epoch in range(4):
    scheduler.step(){comment}
    optimizer.zero_grad()
    weight.square().sum().backward()
    optimizer.step()
"""

NO_TORCH = """
import os, sys
print(__name__, __file__, sys.argv, sys.path[0], __package__, __spec__)
{end}
"""


def lrlint(
    *arguments: str | Path, cwd: Path, python: tuple[str, ...] = (), **variables: str
) -> subprocess.CompletedProcess[str]:
    """Run the command, from a folder of its own."""
    quiet = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "NO_COLOR": "1", **variables}
    return run(sys.executable, *python, "-m", "lrlint", *arguments, cwd=cwd, **quiet)


def python(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The same without lrlint."""
    return run(sys.executable, *arguments, cwd=cwd, PYTHONPATH=str(ROOT), PYTHONWARNINGS="ignore")


def script(folder: Path, text: str, name: str = "train.py") -> Path:
    """Write a script."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return path


def training(folder: Path, end: str = "", comment: str = "") -> Path:
    """Write a training that has a finding, and ends like this."""
    return script(folder, TRAINING.replace("{comment}", comment) + dedent(end))


# The report


def test_a_finding_is_shown_with_its_code(tmp_path: Path) -> None:
    training(tmp_path)
    ran = lrlint("run", "train.py", cwd=tmp_path)
    assert ran.returncode == 1
    assert ran.stdout == ""
    heading, _, rest = ran.stderr.partition("\n")
    assert heading == (
        "LR101 `scheduler.step()` came before the first step of its optimizer:"
        " every LR of the schedule came one step early"
    )
    assert rest == dedent(
        """\
         --> train.py:9:5
           |
         6 | optimizer = torch.optim.SGD([weight], lr=0.1)
         7 | scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
           |             --------------------------------------------- the StepLR
         8 | for epoch in range(4):
         9 |     scheduler.step()
           |     ^^^^^^^^^^^^^^^^ the scheduler steps first
        10 |     optimizer.zero_grad()
        11 |     weight.square().sum().backward()
        12 |     optimizer.step()
           |     ---------------- the optimizer stepped here
           |
           = help: lrlint rule LR101

        Found 1 finding in this run: 4 steps of optimizers, 4 steps of schedulers.
        """
    ).replace(" --> train.py", "  --> train.py")


def test_reports_for_tools_go_into_files(tmp_path: Path) -> None:
    training(tmp_path)
    ran = lrlint(
        "run", "--output-format", "concise", "--output-format", "json:out.json", "--output-format", "sarif:out.sarif",
        "train.py", cwd=tmp_path,
    )  # fmt: skip
    assert ran.stderr.startswith("train.py:9:5: LR101 ")
    (finding,) = json.loads((tmp_path / "out.json").read_text())["findings"]
    assert finding["code"] == "LR101"
    assert "LR101" in (tmp_path / "out.sarif").read_text()


def test_comments_and_the_configuration_silence(tmp_path: Path) -> None:
    training(tmp_path, comment="  # lrlint: ignore[LR101] measured")
    training(tmp_path / "own").rename(tmp_path / "own" / "early.py")
    (tmp_path / "own" / "pyproject.toml").write_text('[tool.lrlint]\nignore = ["LR101", "LR701"]\n')
    ran = lrlint("run", "train.py", cwd=tmp_path)
    assert ran.returncode == 0
    assert ran.stderr == "No findings in this run: 4 steps of optimizers, 4 steps of schedulers.\n"
    assert lrlint("run", "own/early.py", cwd=tmp_path).returncode == 0
    assert lrlint("check", "own/early.py", cwd=tmp_path).returncode == 0


def test_options_select(tmp_path: Path) -> None:
    training(tmp_path)
    assert lrlint("run", "--ignore", "LR101", "train.py", cwd=tmp_path).returncode == 0
    ran = lrlint("run", "--exit-zero", "--isolated", "train.py", cwd=tmp_path)
    assert (ran.returncode, "LR101" in ran.stderr) == (0, True)
    ran = lrlint("run", "--select", "LR9", "train.py", cwd=tmp_path)
    assert (ran.returncode, ran.stderr.splitlines()[0][:34]) == (2, "error: --select: there is no rule ")


def test_findings_can_be_told_at_once(tmp_path: Path) -> None:
    training(tmp_path, 'print("trained", file=sys.stderr)')
    ran = lrlint("run", "--at-once", "train.py", cwd=tmp_path)
    first, second, *_ = ran.stderr.splitlines()
    assert first.startswith("train.py:9:5: LR101")
    assert second == "trained"


# The program


@pytest.mark.parametrize(
    "end",
    ["", "sys.exit(3)", "sys.exit('no data')", "sys.exit(True)", "raise KeyError('x')", "1 +", "raise SystemExit"],
    ids=str,
)
def test_a_script_runs_as_python_runs_it(tmp_path: Path, end: str) -> None:
    script(tmp_path, NO_TORCH.replace("{end}", end), "sub/train.py")
    own, alone = (
        lrlint("run", "sub/train.py", "--lr", "0.1", "-m", cwd=tmp_path),
        python("sub/train.py", "--lr", "0.1", "-m", cwd=tmp_path),
    )
    assert own.stdout == alone.stdout
    assert own.returncode == alone.returncode
    assert own.stderr.startswith(alone.stderr)
    assert own.stderr.removeprefix(alone.stderr).startswith("No findings in this run: no optimizer was stepped.\n")


def test_a_module_runs_as_python_runs_it(tmp_path: Path) -> None:
    script(tmp_path, "from pkg import part\n" + NO_TORCH.replace("{end}", "print(part.__name__)"), "pkg/__main__.py")
    script(tmp_path, "", "pkg/part.py")
    own, alone = (
        one("-m", "pkg", "--lr", "-m", cwd=tmp_path)
        for one in (lambda *args, cwd: lrlint("run", *args, cwd=cwd), python)
    )
    assert re.sub("0x[0-9a-f]+", "0x", own.stdout) == re.sub("0x[0-9a-f]+", "0x", alone.stdout)
    assert "pkg.part" in own.stdout
    assert lrlint("run", "-m", "nowhere", cwd=tmp_path).returncode == 2


def test_what_cannot_be_run_is_told(tmp_path: Path) -> None:
    ran = lrlint("run", "nowhere.py", cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (2, "error: nowhere.py: there is no such script\n")
    assert lrlint("run", cwd=tmp_path).returncode == 2
    find = "find = util.find_spec; util.find_spec = lambda name, *more: None if name == 'torch' else find(name, *more)"
    hide = f"from importlib import util; import sys; {find}"
    start = f"{hide}; from lrlint.start import main; sys.argv = ['lrlint', 'run', 'train.py']; main()"
    script(tmp_path, "print('no')")
    ran = run(sys.executable, "-c", start, cwd=tmp_path, PYTHONPATH=str(ROOT))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "error: torch is not installed; install it with: pip install 'lrlint[torch]'\n"


def test_torch_is_imported_by_the_program_alone(tmp_path: Path) -> None:
    script(tmp_path, "import os, sys\nassert 'torch' not in sys.modules\nassert 'numpy' not in sys.modules\n")
    assert lrlint("run", "train.py", cwd=tmp_path).returncode == 0


# However it ends


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("raise ValueError('diverged')", 1),
        ("import os; os._exit(5)", 5),
        ("import os; os._exit(0)", 1),
    ],
)
def test_the_report_comes_however_the_program_ends(tmp_path: Path, end: str, code: int) -> None:
    training(tmp_path, end)
    ran = lrlint("run", "--output-format", "concise", "train.py", cwd=tmp_path)
    assert ran.returncode == code
    assert "train.py:9:5: LR101" in ran.stderr
    assert "site-packages" not in ran.stderr
    assert "runtime" not in ran.stderr


def test_a_traceback_has_no_frames_of_the_monitor(tmp_path: Path) -> None:
    text = main_of(FIXTURES / "LR104" / "no_metric.py").read_text(encoding="utf-8")
    script(tmp_path, text)
    own, alone = lrlint("run", "train.py", cwd=tmp_path), python("train.py", cwd=tmp_path)
    assert "TypeError" in alone.stderr
    assert own.stderr.startswith(alone.stderr)


def test_ctrl_c_ends_the_program_with_a_report(tmp_path: Path) -> None:
    training(tmp_path, "import time\nprint('ready', flush=True)\ntime.sleep(60)")
    command = [sys.executable, "-W", "ignore", "-m", "lrlint", "run", "--output-format", "concise", "train.py"]
    with subprocess.Popen(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        while running.stdout.readline() != "ready\n":
            pass
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "KeyboardInterrupt" in told
    assert "train.py:9:5: LR101" in told
    assert "did not run to its end" in told


def test_processes_that_the_program_forks_report_nothing(tmp_path: Path) -> None:
    end = """
        import os
        from torch.utils.data import DataLoader

        if __name__ == "__main__":
            for batch in DataLoader([1, 2, 3, 4], num_workers=2, multiprocessing_context="fork"):
                pass
            child = os.fork()
            if child:
                os.waitpid(child, 0)
        """
    training(tmp_path, end)
    ran = lrlint("run", "--output-format", "concise", "train.py", cwd=tmp_path)
    assert ran.stderr.count("LR101") == 1
    assert ran.returncode == 1


def test_other_ranks_report_nothing(tmp_path: Path) -> None:
    training(tmp_path)
    ran = lrlint("run", "train.py", cwd=tmp_path, RANK="1")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_warnings_of_torch_name_the_line_of_the_program(tmp_path: Path) -> None:
    training(tmp_path)
    shown = [
        run(
            sys.executable,
            "-W",
            "ignore:Failed to initialize NumPy",
            *before,
            "train.py",
            cwd=tmp_path,
            PYTHONPATH=ROOT,
        )
        for before in ([], ["-m", "lrlint", "run", "--ignore", "LR101"])
    ]
    assert f"{tmp_path}/train.py:9: UserWarning: Detected call" in shown[0].stderr
    assert shown[1].stderr.startswith(shown[0].stderr)
