"""The exit codes that docs/ci.md promises: every mode, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from lrlint.runtime.evidence import installed_torch
from tests.cases import ROOT
from tests.rule_packs import broken, rule, write_pack

CLEAN = "import torch\n\nprint(torch.ones(2).sum())\n"
MISTAKE = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2)
for epoch in range(4):
    scheduler.step()
    optimizer.step()
"""
SAFE = """\
import torch

optimizer = torch.optim.SGD(torch.nn.Linear(2, 1).parameters(), lr=0.1)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=30)
for epoch in range(4):
    optimizer.step()
    scheduler.step()
"""
"""A mistake with a safe fix."""

LOCAL = 'plugins = ["my_rules"]\n'
BAD = "BAD = 1\n"
ALLOW = "--allow-local-plugins"
RAISES = {"my_rules/acme001.py": rule(check=broken("raise ValueError"))}
UNPROVEN = rule().replace("source = module.source", "source = module.source\n        assert 'GOOD' not in source.text")


@dataclass(frozen=True)
class Mode:
    """A way to run the command, among these files, and the exit code."""

    code: int
    arguments: tuple[str, ...]
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    stdin: str | None = None


def check(code: int, *arguments: str, stdin: str | None = None, **texts: str | bytes) -> Mode:
    """`lrlint check` in a folder with Python files of these names."""
    return Mode(code, ("check", *arguments), {f"{name}.py": text for name, text in texts.items()}, stdin)


def local(code: int, *arguments: str, train: str = BAD, rules: Mapping[str, str] = RAISES) -> Mode:
    """`lrlint check` in a folder with rules of its own."""
    return Mode(code, ("check", *arguments), {"lrlint.toml": LOCAL, "train.py": train, **rules})


def prove(code: int, lrs: str) -> Mode:
    """`lrlint prove` with a mistake of LR101, and these LRs as evidence."""
    warning = "UserWarning: Detected call of `lr_scheduler.step()` before `optimizer.step()`. (line 6, 1x)"
    case = f'[cases."a.py"]\noutcome = "warns"\nwarnings = ["{warning}"]\nlr = [{lrs}]\n'
    files = {"LR101/a.py": MISTAKE, "LR101/evidence.toml": f'torch = "1.1"\npython = "3.10"\n{case}'}
    return Mode(code, ("prove", "LR101", "--cases", "."), files)


LRS = "[0.1, 0.01, 0.01, 0.001]"

MODES = {
    "nothing is found": check(0, a=CLEAN),
    "something is found": check(1, a=MISTAKE),
    "something is found, `--exit-zero`": check(0, "--exit-zero", a=MISTAKE),
    "something is found, `--statistics`": check(1, "--statistics", a=MISTAKE),
    "something is found, and its report is in a file": check(1, "--output-format=sarif:out/lrlint.sarif", a=MISTAKE),
    "everything is suppressed": check(0, a=MISTAKE.replace("scheduler.step()", "scheduler.step()  # noqa: LR101")),
    "the file is no Python (LR000)": check(1, a="import torch\ntorch.optim.SGD(\n"),
    "no Python file is there": Mode(0, ("check",), {"notes.txt": "none"}),
    "`--fix` repairs everything": check(0, "--fix", a=SAFE),
    "`--fix` repairs everything, `--exit-non-zero-on-fix`": check(1, "--fix", "--exit-non-zero-on-fix", a=SAFE),
    "`--fix` leaves something": check(1, "--fix", a=MISTAKE, b=SAFE),
    "`--fix` with nothing to repair": check(0, "--fix", a=CLEAN),
    "`--fix` can't prove a repair, and does not make it": local(
        2, "--fix", ALLOW, train=2 * BAD, rules={"my_rules/acme001.py": UNPROVEN}
    ),
    "`--diff` shows a repair": check(1, "--diff", a=SAFE),
    "`--diff` shows none, but something is found": check(1, "--diff", a=MISTAKE),
    "`--diff` with nothing found": check(0, "--diff", a=CLEAN),
    "standard input, nothing is found": check(0, "-", stdin=CLEAN),
    "standard input, something is found": check(1, "-", stdin=MISTAKE),
    "standard input, `--fix` repairs everything": check(0, "--fix", "-", stdin=SAFE),
    "a path is not there": check(2, "a.py", "b.py", a=CLEAN),
    "a file can't be read": check(2, "a.py", a=b"import torch, optim\nx = '\xff'\n"),
    "a file can't be read, `--exit-zero`": check(2, "--exit-zero", "a.py", a=b"import torch, optim\nx = '\xff'\n"),
    "the report can't be written into its file": check(2, "--output-file=a.py/report", a=CLEAN),
    "an option is wrong": check(2, "--no-such-option", a=CLEAN),
    "a selected rule is not there": check(2, "--select=LR999", a=CLEAN),
    "the configuration is wrong": Mode(2, ("check",), {"lrlint.toml": "selekt = []", "a.py": CLEAN}),
    "the configuration names local rules, without `--allow-local-plugins`": local(2, train=CLEAN),
    "a rule pack can't be loaded": local(2, ALLOW, train=CLEAN, rules={"my_rules/acme001.py": "import no_such"}),
    "a rule fails, `--exit-zero`": local(2, ALLOW, "--exit-zero"),
    "a rule fails, something else is found": local(2, ALLOW, train=MISTAKE + BAD),
    "`--show-settings`, `--show-files`": check(0, "--show-settings", a=MISTAKE),
    "`lrlint rule LR101`": Mode(0, ("rule", "LR101")),
    "`lrlint rule` of a rule that is not there": Mode(2, ("rule", "LR999")),
    "`lrlint test` of a pack in which all proofs hold": Mode(0, ("test", "--no-torch", str(ROOT / "rules"), "LR505")),
    "`lrlint test` of a pack in which one does not": Mode(
        1, ("test", "--no-torch", "my_rules"), {"my_rules/acme001.py": rule()}
    ),
    "`lrlint test` of a pack that can't be loaded": Mode(2, ("test", "my_rules"), {"my_rules/acme001.py": "x = 1"}),
    "`lrlint prove` of rules, torch does what they claim": prove(0, LRS),
    "`lrlint prove` of rules, torch does otherwise": prove(1, "[0.1, 0.1, 0.1, 0.1]"),
    "`lrlint prove` of a rule that is not there": Mode(2, ("prove", "LR999")),
    "`lrlint prove`, no case can be run": Mode(2, ("prove", "LR101", "--cases", ".")),
    "`lrlint curve` of a schedule": Mode(0, ("curve", "StepLR(SGD(lr=0.1), 30)")),
    "`lrlint curve` of a schedule at which torch raises": Mode(2, ("curve", "StepLR(SGD(lr=-1), 30)")),
    "`lrlint curve` of what is no schedule": Mode(2, ("curve", "StepLR(30)")),
}

NEED_TORCH = [mode for name, mode in MODES.items() if re.match("`lrlint (prove|curve)`", name)]

IN_THE_SHELL = {
    "standard input is closed": ("{lrlint} check - <&-", 2, CLEAN),
    "standard output is full": ("{lrlint} check >/dev/full", 2, MISTAKE),
    "nobody reads standard output any more": ("set -o pipefail; {{ sleep 0.1; {lrlint} check; }} | true", 2, CLEAN),
    "standard output is closed from the start, something is found": ("{lrlint} check >&-", 1, MISTAKE),
}
INTERRUPTED = "interrupted by Ctrl-C"

Done = subprocess.CompletedProcess[str]


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    return {**kept, "PYTHONPATH": str(ROOT)}


def assert_is_told(done: Done) -> None:
    """What failed says so, in words."""
    assert "Traceback" not in done.stderr
    assert done.returncode != 2 or "error: " in done.stderr.lower(), "nobody is told what failed"


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_the_exit_code_of_a_mode(mode: Mode, tmp_path: Path) -> None:
    if mode in NEED_TORCH and installed_torch() is None:
        pytest.skip("torch is not installed")
    for name, content in mode.files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    command = [sys.executable, "-m", "lrlint", *mode.arguments]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), input=mode.stdin, capture_output=True, text=True, check=False
    )
    assert done.returncode == mode.code, done.stdout + done.stderr
    assert_is_told(done)


@pytest.mark.skipif(os.name == "nt", reason="there is no such shell")
@pytest.mark.parametrize("mode", IN_THE_SHELL)
def test_the_exit_code_where_the_streams_are_odd(mode: str, tmp_path: Path) -> None:
    line, code, text = IN_THE_SHELL[mode]
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    (tmp_path / "a.py").write_text(text)
    script = line.format(lrlint=f"'{sys.executable}' -m lrlint")
    done = subprocess.run(
        ["bash", "-c", script], cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="signals are others there")
def test_the_exit_code_of_an_interrupted_run(tmp_path: Path) -> None:
    waits = "\n\ndef check(program):\n    import pathlib, time\n    pathlib.Path('ready').touch()\n    time.sleep(60)\n"
    write_pack(tmp_path / "my_rules", acme001=rule(check=waits))
    (tmp_path / "lrlint.toml").write_text(LOCAL)
    (tmp_path / "train.py").write_text(BAD)
    command = [sys.executable, "-m", "lrlint", "check", ALLOW]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True) as running:
        while not (tmp_path / "ready").exists() and running.poll() is None:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, problems = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Traceback" not in problems


def test_the_page_has_these_modes() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    table = page.partition("| mode | code |\n")[2].partition("\n\n")[0]
    promised = dict(re.findall(r"^\| (.+?) \| (\d+) \|$", table, re.MULTILINE))
    proven = {name: mode.code for name, mode in MODES.items()} | {name: one[1] for name, one in IN_THE_SHELL.items()}
    assert {name: int(code) for name, code in promised.items()} == {**proven, INTERRUPTED: 130}
