"""`--jobs`: whatever the number of processes is, a run prints the same; processes end as it does."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.scripts import write_scripts
from lrlint import jobs
from lrlint.checker import Checker
from lrlint.failures import WorkerDiedError
from lrlint.registry import load_rules, select_rules
from tests.cases import ROOT
from tests.checkout import run

SCRIPTS = 40
RULE = '''\
"""A rule."""

import multiprocessing
import os
import time

from lrlint.rule import Rule, Severity

RULE = Rule("ACME001", "acme-rule", "does something odd", Severity.ERROR, ("torch", "optim"))


def check(program):
    if multiprocessing.parent_process() and any("ODD" in module.source.text for module in program.modules):
        {does}
    return iter(())
'''

BUILDING = """\
import torch


def build(model):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30)
    scheduler.step(epoch=0)
    return optimizer, scheduler
"""
USING = """\
from building import build

optimizer, scheduler = build(model)
for epoch in range(90):
    scheduler.step()
    optimizer.step()
"""

forking = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Enough scripts for several processes, in a repository."""
    (tmp_path / ".git").mkdir()
    write_scripts(tmp_path / "scripts", SCRIPTS)
    return tmp_path


def lrlint(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-m", "lrlint", "check", "--no-cache", "--output-format=concise")
    return run(*command, *arguments, cwd=project, PYTHONPATH=ROOT)


def with_rule(project: Path, does: str) -> list[str]:
    """Options with which a rule runs that does something in other processes, where a text is ODD; one is."""
    (project / "acme.py").write_text(RULE.format(does=does))
    (project / "lrlint.toml").write_text('plugins = ["acme.py"]\nextend-select = ["ACME001"]\n')
    odd = project / "scripts" / "odd.py"
    odd.write_text("# ODD\n" + (project / "scripts" / "script_000.py").read_text())
    return ["--allow-local-plugins", "scripts"]


def test_the_number_of_processes_changes_nothing(project: Path) -> None:
    (project / "scripts" / "broken.py").write_text("import torch.optim\n(\n")
    (project / "scripts" / "binary.py").write_bytes(b"import torch.optim # \xff\n")
    results = [lrlint(project, "-j", number) for number in ("1", "2", "5")]
    assert len({(one.stdout, one.stderr, one.returncode) for one in results}) == 1
    assert results[0].returncode == 2
    assert results[0].stdout.count("LR") > 5


@pytest.mark.parametrize("name", ["full", "json", "sarif", "github"])
def test_nor_does_it_in_other_formats_and_over_several_clusters(name: str, project: Path) -> None:
    (project / "scripts" / "building.py").write_text(BUILDING)
    for number in range(3):
        (project / "scripts" / f"user_{number}.py").write_text(USING)
    command = (sys.executable, "-m", "lrlint", "check", "--no-cache", f"--output-format={name}")
    results = [run(*command, "-j", number, cwd=project, PYTHONPATH=ROOT) for number in ("1", "2")]
    assert len({(one.stdout, one.stderr, one.returncode) for one in results}) == 1
    assert "building.py" in results[0].stdout


def test_processes_of_their_own_start_with_nothing(project: Path) -> None:
    files = {str(path): path.name for path in sorted((project / "scripts").iterdir())}
    checker = Checker(files, select_rules(load_rules()), named=False)
    clusters = [cluster for path in files for cluster in checker._clusters.get(path, ())][:4]
    spawned = dict(jobs.lint_in_processes(clusters, checker._lint_elsewhere, 2, "spawn"))
    assert spawned == {cluster: checker._lint_together(cluster) for cluster in clusters}


def test_rules_find_themselves_in_other_processes() -> None:
    rules = load_rules()
    assert pickle.loads(pickle.dumps(rules)) == rules


@forking
def test_a_process_that_dies_is_a_problem_of_its_files(project: Path) -> None:
    arguments = with_rule(project, "os._exit(9)")
    result = lrlint(project, *arguments, "-j2")
    assert result.returncode == 2
    assert result.stderr == f"error: scripts/odd.py: not checked: {WorkerDiedError()}\n"
    others = [
        line for line in lrlint(project, *arguments, "-j1").stdout.splitlines() if line.startswith("scripts/script")
    ]
    assert [line for line in result.stdout.splitlines() if line.startswith("scripts/")] == others


@forking
def test_an_interrupt_ends_all_processes(project: Path) -> None:
    arguments = with_rule(project, "open(f'{os.getpid()}.pid', 'w').close(); time.sleep(60)")
    command = [sys.executable, "-m", "lrlint", "check", "--no-cache", "-j2", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    while not list(project.glob("*.pid")) and process.poll() is None:
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (130, b"")
    (worker,) = project.glob("*.pid")
    with pytest.raises(ProcessLookupError):
        os.kill(int(worker.stem), 0)


def test_few_files_take_one_process(project: Path) -> None:
    (project / "few").mkdir()
    for number in range(3):
        (project / "scripts" / f"script_00{number}.py").rename(project / "few" / f"{number}.py")
    command = (sys.executable, "-X", "importtime", "-m", "lrlint", "check", "--no-cache", "-j4", "few")
    assert "concurrent.futures" not in run(*command, cwd=project, PYTHONPATH=ROOT).stderr
