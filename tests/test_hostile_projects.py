"""Code that is checked is never run: nothing of it is imported, executed or unpickled.

A project lies in wait with modules of all the names that somebody might import.  Every test runs the real command in
it; an audit hook listens to all that it does.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cases import ROOT
from tests.notebooks import EPOCH_ARGUMENT, SCHEDULER, SETUP, notebook

SPRUNG = "sprung"
TRAINING = f"{SETUP}\n{SCHEDULER}\n{EPOCH_ARGUMENT}\n"

MODULES = [
    *("setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py", "noxfile.py", "tasks.py"),
    *("libcst.py", "click.py", "tomli.py", "torch/__init__.py", "torch/optim/__init__.py", "numpy.py"),
    *("pathlib.py", "json.py", "re.py", "typing.py", "dataclasses.py", "difflib.py", "importlib/__init__.py"),
    *("rules/__init__.py", "rules/lr101.py", "plugin/__init__.py", "plugin/rule.py", ".lrlint/rule.py"),
]
PYPROJECT = """\
[build-system]
requires = []
build-backend = "plugin"
backend-path = ["."]

[project]
name = "evil"
dynamic = ["version"]

[project.entry-points."lrlint.rules"]
evil = "plugin"

[tool.setuptools.dynamic]
version = { attr = "plugin.__version__" }

[tool.lrlint]
extend-select = ["LR5"]
"""

LISTENER = """
import json, os, sys

here, listening = os.getcwd(), False
heard = []

def listen(event, arguments):
    if not listening:
        return
    if event == "exec" and arguments[0].co_filename.startswith((here, "<fixed>")):
        heard.append([event, arguments[0].co_filename])
    elif event in ("pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen",
                   "socket.connect", "socket.getaddrinfo", "urllib.Request", "ctypes.dlopen"):
        heard.append([event, repr(arguments)])
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        if str(arguments[0]).startswith(here):
            heard.append([event, str(arguments[0])])

sys.addaudithook(listen)
from lrlint.cli import main
listening = True
try:
    main(["check", "--no-cache", *sys.argv[1:]], prog_name="lrlint")
except SystemExit as end:
    code = end.code
print(json.dumps([code, heard]), file=sys.stderr)
"""


class Bomb:
    """What leaves a trace when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.folder / SPRUNG,)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    trap = f"open({str(folder / SPRUNG)!r}, 'w').close()\n"
    for name in MODULES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trap)
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "setup.cfg").write_text("[metadata]\nname = evil\nversion = attr: plugin.__version__\n")
    (folder / "evil.pth").write_text(f"import os; {trap}")
    information = folder / "evil-1.0.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[lrlint.rules]\nevil = plugin\n")
    for name in ("model.pkl", "checkpoint.pt", "train.pyc", ".lrlint_cache"):
        (folder / name).write_bytes(pickle.dumps(Bomb(folder)))
    (folder / "train.py").write_text(f"import plugin, numpy, setup\nfrom tasks import *\n{trap}{TRAINING}")
    (folder / "train.ipynb").write_bytes(notebook("!touch sprung", "%run setup.py", trap, SETUP, SCHEDULER))
    return folder


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The command as pip installs it: a script in another folder."""
    path = tmp_path / "bin" / "lrlint"
    path.parent.mkdir()
    path.write_text("import sys\nfrom lrlint.cli import main\nsys.exit(main())\n")
    return path


def run(project: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("options", "code"),
    [([], 1), (["--fix", "--unsafe-fixes"], 0), (["--diff", "--unsafe-fixes"], 1), (["--show-settings"], 0)],
    ids=str,
)
def test_the_command_runs_nothing_of_it(project: Path, script: Path, options: list[str], code: int) -> None:
    checked = run(project, script, "check", *options)
    assert checked.returncode == code, checked.stderr
    assert "internal error" not in checked.stderr
    assert not (project / SPRUNG).exists()


def test_an_audit_hook_hears_nothing(project: Path, tmp_path: Path) -> None:
    listener = tmp_path / "listener.py"
    listener.write_text(LISTENER)
    checked = run(project, listener, "--output-format=concise")
    code, heard = json.loads(checked.stderr.splitlines()[-1])
    assert heard == []
    assert code == 1, checked.stderr
    assert "train.py" in checked.stdout
    assert not (project / SPRUNG).exists()


def test_the_audit_hook_hears_what_is_run(project: Path, tmp_path: Path) -> None:
    """So that silence in the test above means something."""
    listener = tmp_path / "listener.py"
    listener.write_text(LISTENER.replace("try:", "sys.path.insert(0, here); import tasks; del sys.path[0]\ntry:", 1))
    checked = run(project, listener)
    _, heard = json.loads(checked.stderr.splitlines()[-1])
    assert ["exec", str(project / "tasks.py")] in heard
    assert (project / SPRUNG).exists()


def test_python_m_lrlint_takes_no_module_from_the_working_directory(project: Path) -> None:
    """But for the few that Python itself imports on the way to `lrlint`, which no program can help."""
    for name in ("importlib/__init__.py", "typing.py", "re.py", "dataclasses.py"):
        (project / name).unlink()
    checked = run(project, "-m", "lrlint", "check")
    assert checked.returncode == 1, checked.stderr
    assert not (project / SPRUNG).exists()


def test_python_m_lrlint_in_a_directory_that_is_gone(tmp_path: Path) -> None:
    script = tmp_path / "gone.py"
    script.write_text(
        "import os, subprocess, sys, tempfile\n"
        "folder = tempfile.mkdtemp()\nos.chdir(folder)\nos.rmdir(folder)\n"
        "sys.exit(subprocess.run([sys.executable, '-m', 'lrlint', 'check']).returncode)\n"
    )
    if os.name == "nt":
        pytest.skip("Windows keeps the folder")
    checked = run(tmp_path, script)
    assert checked.returncode == 2
    assert checked.stderr == "error: the working directory is gone; change to one that exists\n"


# Files that never end


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize(
    "name",
    [".gitignore", ".ignore", "pyproject.toml", "lrlint.toml", ".lrlint.toml", "setup.py", "requirements.txt", "x.py"],
)
def test_a_pipe_is_not_waited_for(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    (tmp_path / "train.py").write_text(TRAINING)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "lrlint", "check"]
    checked = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=False)
    assert checked.returncode == 1


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("*a" * 40 + "b", "a" * 200),
        ("**/a/" * 30 + "b", "a/" * 60 + "a"),
        ("x/" + "**/*a*b*/" * 20 + "z", "x/" + "abaab/" * 60 + "a"),
        ("[!x]*" * 40 + "z", "a" * 200),
    ],
    ids=["stars", "folders", "both", "sets"],
)
def test_no_pattern_takes_for_ever(pattern: str, name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.py"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(TRAINING)
    for ignore_file in (".gitignore", ".ignore"):
        (tmp_path / ignore_file).write_text(f"{pattern}\n")
    (tmp_path / "lrlint.toml").write_text(f'extend-exclude = ["{pattern}"]\n')
    start = time.monotonic()
    checked = run(tmp_path, "-m", "lrlint", "check")
    assert checked.returncode == 1, checked.stderr
    assert time.monotonic() - start < 30
