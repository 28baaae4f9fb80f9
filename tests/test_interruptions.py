"""`lrlint check --fix` when things go wrong around it: no byte is lost, and exit code and message say what happened.

Every test runs the real command.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cases import ROOT

resource = pytest.importorskip("resource", reason="needs POSIX signals, modes and links")

BEFORE = b"""\
import torch
from torch.optim.lr_scheduler import StepLR

model = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scheduler = StepLR(optimizer, 30)
for epoch in range(90):
    optimizer.step()
    scheduler.step(epoch=epoch)
"""
AFTER = BEFORE.replace(b"epoch=epoch", b"")
FOUND = "train.py:9:5: LR102 [*] "

KILLS = 200
SMALL_DISK = "64k"

LIBC = ctypes.CDLL(None)
PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "train.py"
    file.write_bytes(BEFORE)
    return file


def start(folder: Path, *paths: str, prepare: Callable[[], None] | None = None) -> subprocess.Popen[str]:
    """`lrlint check --fix --unsafe-fixes` in a folder; `prepare` runs in the new process."""
    command = [sys.executable, "-m", "lrlint", "check", "--isolated", "--output-format=concise"]
    return subprocess.Popen(
        [*command, "--fix", "--unsafe-fixes", *paths],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,  # noqa: PLW1509 - the tests have no threads at that time
    )


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    stdout, stderr = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)


def fix(folder: Path, *paths: str, prepare: Callable[[], None] | None = None) -> subprocess.CompletedProcess[str]:
    return ended(start(folder, *paths, prepare=prepare))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def assert_refused(run: subprocess.CompletedProcess[str], reason: str) -> None:
    """The file was not fixed: exit code 2, the reason on the error stream, and the finding is still told."""
    assert run.returncode == 2
    assert run.stderr == f"error: train.py: not fixed: {reason}\n"
    assert run.stdout.startswith(FOUND)
    assert "Found 1 finding.\n" in run.stdout


def test_with_nothing_in_its_way_it_fixes(file: Path) -> None:
    run = fix(file.parent)
    assert (run.returncode, run.stderr) == (0, "")
    assert file.read_bytes() == AFTER


# Killed, and twice at once


@pytest.mark.slow
def test_killed_at_any_moment(file: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.killed_fixes", str(file), str(KILLS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    (code, text, others, events), *killed = json.loads(run.stdout)
    assert (code, text, others) == (0, AFTER.decode(), [])
    assert events > KILLS
    assert len(killed) == KILLS
    assert {code for code, *_ in killed} == {-9}
    assert {text for _, text, *_ in killed} == {BEFORE.decode(), AFTER.decode()}
    assert all(name.startswith(".lrlint-") and name.endswith(".tmp") for _, _, others, _ in killed for name in others)


def test_what_a_killed_run_leaves_behind_is_nothing_to_check(file: Path) -> None:
    (file.parent / ".lrlint-abcdefgh.tmp").write_bytes(BEFORE[:40])
    assert "(1 fixed, 0 left)" in fix(file.parent).stdout


MEANWHILE = "changed by somebody else while it was being fixed"


@pytest.mark.slow
def test_two_at_once(tmp_path: Path) -> None:
    files = [tmp_path / f"train{number}.py" for number in range(30)]
    for file in files:
        file.write_bytes(BEFORE)
    runs = [ended(process) for process in [start(tmp_path), start(tmp_path)]]
    assert {file.read_bytes() for file in files} == {AFTER}
    assert names(tmp_path) == sorted(file.name for file in files)
    for run in runs:
        assert run.returncode in (0, 2), run.stderr
        others = [one for one in run.stderr.splitlines() if not one.endswith(MEANWHILE)]
        assert others == []


# Changed meanwhile


def test_an_editor_saves_while_the_file_is_being_fixed(file: Path) -> None:
    """It does so when the temporary file is made, so just in time to be noticed."""
    saved = BEFORE.replace(b"90", b"100")
    driver = file.with_name("driver.txt")
    driver.write_text(f"""
import sys
def save(event, arguments):
    if event == "tempfile.mkstemp":
        open({str(file)!r}, "wb").write({saved!r})
sys.addaudithook(save)
from lrlint.cli import main
main(["check", "--isolated", "--output-format=concise", "--fix", "--unsafe-fixes", "train.py"], prog_name="lrlint")
""")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, str(driver)], cwd=file.parent, env=environment, capture_output=True, text=True, check=False
    )
    assert_refused(run, f"{file.name} was changed by somebody else while it was being fixed")
    assert file.read_bytes() == saved
    assert names(file.parent) == ["driver.txt", "train.py"]


def test_two_runs_and_an_editor_without_end(file: Path) -> None:
    """Whatever is saved last is there at the end, fixed or not."""
    stop = threading.Event()
    saved: list[bytes] = []

    def edit() -> None:
        while not stop.is_set():
            saved.append(BEFORE.replace(b"90", str(100 + len(saved)).encode()))
            temporary = file.with_name("editor.txt")
            temporary.write_bytes(saved[-1])
            temporary.replace(file)
            stop.wait(0.02)

    editor = threading.Thread(target=edit)
    editor.start()
    try:
        for run in [ended(process) for process in [start(file.parent), start(file.parent)]]:
            assert run.returncode in (0, 2), run.stderr
    finally:
        stop.set()
        editor.join()
    assert file.read_bytes() in (saved[-1], saved[-1].replace(b"epoch=epoch", b""))


# Read-only


def as_ordinary_user() -> None:
    """Root may write everywhere, until it has given that up."""
    if os.geteuid() == 0:
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


not_as_such_root = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0 and not sys.platform.startswith("linux"),
    reason="root may write to read-only files and folders",
)


@not_as_such_root
def test_a_read_only_file(file: Path) -> None:
    file.chmod(0o444)
    assert_refused(fix(file.parent, prepare=as_ordinary_user), "it cannot be written: permission denied")
    assert file.read_bytes() == BEFORE


@not_as_such_root
def test_a_read_only_folder(file: Path) -> None:
    file.parent.chmod(0o555)
    try:
        assert_refused(fix(file.parent, prepare=as_ordinary_user), "it cannot be written: permission denied")
    finally:
        file.parent.chmod(0o755)
    assert file.read_bytes() == BEFORE
    assert names(file.parent) == ["train.py"]


@not_as_such_root
def test_a_file_that_may_not_be_read(file: Path) -> None:
    file.chmod(0o200)
    run = fix(file.parent, "train.py", prepare=as_ordinary_user)
    assert run.returncode == 2
    assert run.stderr == "error: train.py: cannot be read: permission denied\n"


# Full disks


def test_a_file_that_may_not_grow_so_large(file: Path) -> None:
    limit = len(AFTER) - 1
    run = fix(file.parent, prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    assert_refused(run, "it cannot be written: file too large")
    assert file.read_bytes() == BEFORE
    assert names(file.parent) == ["train.py"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "lrlint-test", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command")
    if mounted.returncode:
        pytest.skip(f"may not mount a disk here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(ballast: Path) -> None:
    """Make a file so large that nothing else fits on its disk."""
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while True:
            stream.write(bytes(4096))


def test_a_full_disk(small_disk: Path) -> None:
    file = small_disk / "train.py"
    file.write_bytes(BEFORE)
    fill(small_disk / "ballast")
    assert_refused(fix(small_disk), "it cannot be written: no space left on device")
    assert file.read_bytes() == BEFORE
    assert names(small_disk) == ["ballast", "train.py"]


def test_a_full_disk_for_the_report(file: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "lrlint", "check", "--isolated", file.name]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        run = subprocess.run(
            command, cwd=file.parent, env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert run.returncode == 2
    assert run.stderr == "error: the output can't be written: no space left on device\n"


@pytest.mark.parametrize("closed", [[0], [1], [2], [0, 1, 2]], ids=str)
def test_closed_streams(file: Path, closed: list[int]) -> None:
    def close() -> None:
        for number in closed:
            os.close(number)

    run = fix(file.parent, prepare=close)
    assert run.returncode == 0
    assert "error" not in run.stderr
    assert file.read_bytes() == AFTER


# What a file is besides its bytes


def test_links_out_of_the_given_paths_are_not_followed(file: Path) -> None:
    project = file.parent / "project"
    project.mkdir()
    (project / "train.py").symlink_to(file)
    assert_refused(fix(project), f"it is a link to {file}, outside of the given paths; name it to have it changed")
    assert file.read_bytes() == BEFORE

    assert fix(project, "train.py").returncode == 0
    assert file.read_bytes() == AFTER
    assert (project / "train.py").is_symlink()


def test_links_within_the_given_paths_are(file: Path) -> None:
    project = file.parent / "project"
    project.mkdir()
    (project / "train.py").symlink_to(file)
    assert fix(file.parent, "project", ".").returncode == 0
    assert file.read_bytes() == AFTER


def test_a_diff_shows_no_change_behind_such_a_link(file: Path) -> None:
    project = file.parent / "project"
    project.mkdir()
    (project / "train.py").symlink_to(file)
    run = fix(project, "--diff")
    assert (run.returncode, run.stdout) == (2, "")
    assert "outside of the given paths" in run.stderr


def test_a_hard_link_keeps_the_old_bytes(file: Path) -> None:
    other = file.with_name("backup.txt")
    other.hardlink_to(file)
    assert fix(file.parent).returncode == 0
    assert (file.read_bytes(), other.read_bytes()) == (AFTER, BEFORE)


def test_extended_attributes_are_kept(file: Path) -> None:
    if not hasattr(os, "setxattr"):
        pytest.skip("the system has none")
    try:
        os.setxattr(file, "user.origin", b"copied")
    except OSError as error:
        pytest.skip(f"the disk has none: {error}")
    assert fix(file.parent).returncode == 0
    assert file.read_bytes() == AFTER
    assert os.getxattr(file, "user.origin") == b"copied"
