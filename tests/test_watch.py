"""`lrlint check --watch`, as a process of its own whose files change."""

from __future__ import annotations

import os
import re
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, Queue
from threading import Thread

import pytest

from tests.cases import ROOT
from tests.notebooks import LOOP, SCHEDULER, SETUP, WRONG_ORDER, notebook
from tests.odd_project import check, write

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")

WRONG = f"{SETUP}\n{SCHEDULER}\n{WRONG_ORDER}\n"
RIGHT = f"{SETUP}\n{SCHEDULER}\n{LOOP}\n"

_PATIENCE = 60.0  # seconds; a loaded machine is slow
_END = "Watching for changes; Ctrl-C ends it.\n"


class Watch:
    """A running `lrlint check --watch`; its reports are read one by one."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "lrlint", "check", "--watch", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        self._lines: Queue[str] = Queue()
        self._reader = Thread(target=self._pump, daemon=True)
        self._reader.start()

    def report(self) -> str:
        """The next report, up to its last line."""
        text = ""
        while not text.endswith(_END):
            text += self._lines.get(timeout=_PATIENCE)
        return text.removesuffix(_END)

    def is_silent(self, seconds: float = 1.5) -> bool:
        """Whether nothing more is printed for a while."""
        try:
            self._lines.get(timeout=seconds)
        except Empty:
            return True
        return False

    def interrupt(self) -> int:
        """Press Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=_PATIENCE)

    def end(self) -> None:
        """Kill it, if it still runs."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _pump(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write("pyproject.toml", "")
    write("train.py", WRONG)


@pytest.fixture
def start() -> Iterator[type[Watch]]:
    started: list[Watch] = []

    class Started(Watch):
        def __init__(self, *arguments: str) -> None:
            super().__init__(*arguments)
            started.append(self)

    yield Started
    for one in started:
        one.end()


def found(report: str) -> list[str]:
    """The files and codes of a concise report."""
    return [" ".join(match) for match in re.findall(r"^(\S+?):\d+:\d+: (LR\d+)", report, re.MULTILINE)]


def test_a_changed_file_is_checked_again(start: type[Watch]) -> None:
    watch = start()
    first = watch.report()
    assert re.match(r"--- \d\d:\d\d:\d\d checking -+\n", first)
    assert first.split("\n", 1)[1] == check().stdout
    write("train.py", RIGHT)
    second = watch.report()
    assert re.match(r"--- \d\d:\d\d:\d\d train.py has changed -+\n", second)
    assert second.split("\n", 1)[1] == check().stdout
    assert watch.interrupt() == 130


def test_what_hangs_together_with_a_change_is_checked_again(start: type[Watch]) -> None:
    write("train.py", f"{SETUP}\nfrom build import build\nscheduler = build(optimizer)\n{WRONG_ORDER}\n")
    write("build.py", "def build(optimizer):\n    return None\n")
    watch = start("--output-format=concise")
    assert found(watch.report()) == []
    write(
        "build.py",
        "import torch\n\n\ndef build(optimizer):\n    return torch.optim.lr_scheduler.StepLR(optimizer, 30)\n",
    )
    assert found(watch.report()) == ["train.py LR101"]


def test_a_module_outside_of_the_run_counts(start: type[Watch]) -> None:
    write("train.py", f"{SETUP}\nfrom build import build\nscheduler = build(optimizer)\n{WRONG_ORDER}\n")
    write(
        "build.py",
        "import torch\n\n\ndef build(optimizer):\n    return torch.optim.lr_scheduler.StepLR(optimizer, 30)\n",
    )
    watch = start("--output-format=concise", "train.py")
    assert found(watch.report()) == ["train.py LR101"]
    write("build.py", "def build(optimizer):\n    return None\n")
    assert found(watch.report()) == []


def test_files_come_and_go(start: type[Watch]) -> None:
    watch = start("--output-format=concise")
    assert found(watch.report()) == ["train.py LR101"]
    write("new/other.py", WRONG)
    assert found(watch.report()) == ["new/other.py LR101", "train.py LR101"]
    write("notes.ipynb", notebook(SETUP, SCHEDULER, WRONG_ORDER))
    assert "notes.ipynb:cell" in watch.report()
    Path("new/other.py").unlink()
    report = watch.report()
    assert "other.py" not in report.split("\n", 1)[1]
    write(".gitignore", "*.ipynb\n")
    assert "notes" not in watch.report()


def test_configuration_counts_from_when_it_is_there(start: type[Watch]) -> None:
    watch = start("--output-format=concise")
    assert found(watch.report()) == ["train.py LR101"]
    write("lrlint.toml", 'ignore = ["LR101"]\n')
    assert found(watch.report()) == []
    write("lrlint.toml", 'extend = "shared.toml"\n')
    assert "there is no file" in watch.report()
    write("shared.toml", 'select = ["LR5"]\n')
    assert found(watch.report()) == []
    write("shared.toml", "")
    assert found(watch.report()) == ["train.py LR101"]


def test_a_broken_configuration_is_told_and_does_not_end_it(start: type[Watch]) -> None:
    write("lrlint.toml", "ignroe = []\n")
    watch = start("--output-format=concise")
    assert "error: lrlint.toml:1: unknown option 'ignroe'" in watch.report()
    write("lrlint.toml", "ignore = []\n")
    assert found(watch.report()) == ["train.py LR101"]


def test_the_bounds_for_torch_count(start: type[Watch]) -> None:
    write("train.py", f"{SETUP}\nscheduler = torch.optim.lr_scheduler.StepLR(optimizer, 30, verbose=True)\n{LOOP}\n")
    watch = start("--output-format=concise")
    assert found(watch.report()) == ["train.py LR401"]
    write("pyproject.toml", '[project]\nname = "x"\nversion = "1"\ndependencies = ["torch<1.13"]\n')
    assert found(watch.report()) == []


def test_a_path_may_vanish_and_come_back(start: type[Watch]) -> None:
    watch = start("--output-format=concise", "train.py")
    assert found(watch.report()) == ["train.py LR101"]
    Path("train.py").unlink()
    assert "error: train.py: no such file" in watch.report()
    write("train.py", WRONG)
    assert found(watch.report()) == ["train.py LR101"]


def test_a_file_that_can_not_be_read_counts_again_when_it_can(start: type[Watch]) -> None:
    watch = start("--output-format=concise")
    watch.report()
    write("train.py", b"\xff\xfe" + WRONG.encode())
    assert "error: train.py: not checked" in watch.report()
    write("train.py", WRONG)
    assert found(watch.report()) == ["train.py LR101"]


def test_what_changes_nothing_is_not_told(start: type[Watch]) -> None:
    watch = start()
    watch.report()
    write("log/out.csv", "1")
    write("train.py~", "")
    os.symlink("user@host.1234", ".#train.py")  # as Emacs locks a file
    assert watch.is_silent()


def test_reports_into_files_are_written_anew(start: type[Watch]) -> None:
    watch = start("--output-format=json:out/findings.json")
    watch.report()
    assert "LR101" in Path("out/findings.json").read_text(encoding="utf-8")
    write("train.py", RIGHT)
    watch.report()
    assert "LR101" not in Path("out/findings.json").read_text(encoding="utf-8")
    assert watch.is_silent(), "the report is no change"


def test_a_terminal_keeps_its_history() -> None:
    fcntl, pty, termios = (pytest.importorskip(name) for name in ("fcntl", "pty", "termios"))
    parent, child = pty.openpty()
    fcntl.ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    command = [sys.executable, "-m", "lrlint", "check", "--watch"]
    process = subprocess.Popen(command, stdout=child, stderr=child, stdin=child, env=environment)
    os.close(child)
    shown = b""
    try:
        while b"Ctrl-C ends it." not in shown:
            shown += os.read(parent, 4096)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=_PATIENCE) == 130
    finally:
        process.kill()
        os.close(parent)
    before = shown.partition(b"\x1b[H\x1b[J---")[0]
    assert before.count(b"\n") == 24
    assert set(before) <= set(b"\r\n"), "what stood there has moved up, and nothing is cleared"
    assert b"\x1b[2J" not in shown
    assert b"\x1b[3J" not in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ["-"],
        ["--stdin-filename=a.py"],
        ["--fix"],
        ["--fix-only"],
        ["--diff"],
        ["--statistics"],
        ["--add-ignore"],
        ["--update-baseline"],
        ["--show-files"],
        ["--show-settings"],
        ["--output-format=json"],
    ],
)
def test_what_makes_no_sense_with_it_is_refused(arguments: list[str]) -> None:
    result = check("--watch", *arguments)
    assert result.exit_code == 2
    assert "--watch" in result.stderr


def test_a_path_that_is_not_there_at_the_beginning_ends_it() -> None:
    result = check("--watch", "trian.py")
    assert result.exit_code == 2
    assert "trian.py: no such file" in result.stderr
