"""Writing: a file is replaced in full or stays as it was, whatever happens."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lrlint.write import ChangedMeanwhileError, remove_leftovers, replace_file, write_file

BEFORE, AFTER = b"\xef\xbb\xbfscheduler.step(epoch)\r\n", b"\xef\xbb\xbfscheduler.step()\r\n"

not_as_root = pytest.mark.skipif(
    hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write to read-only files and folders"
)
posix = pytest.mark.skipif(os.name != "posix", reason="needs POSIX mode bits, links or signals")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "train.py"
    file.write_bytes(BEFORE)
    return file


def assert_untouched(file: Path) -> None:
    assert file.read_bytes() == BEFORE
    assert [entry.name for entry in file.parent.iterdir()] == [file.name], "no temporary file stays behind"


def test_the_new_bytes_are_written_and_nothing_else_is_left(file: Path) -> None:
    replace_file(file, BEFORE, AFTER)

    assert file.read_bytes() == AFTER
    assert list(file.parent.iterdir()) == [file]


@posix
@pytest.mark.parametrize("mode", [0o755, 0o644, 0o600, 0o4711])
def test_mode_bits_are_kept(file: Path, mode: int) -> None:
    file.chmod(mode)

    replace_file(file, BEFORE, AFTER)

    assert stat.S_IMODE(file.stat().st_mode) == mode


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_is_kept(file: Path) -> None:
    os.chown(file, 12345, 23456)

    replace_file(file, BEFORE, AFTER)

    assert (file.stat().st_uid, file.stat().st_gid) == (12345, 23456)


@posix
def test_the_target_of_a_link_is_replaced_and_not_the_link(file: Path, tmp_path: Path) -> None:
    folder = tmp_path / "links"
    folder.mkdir()
    (folder / "inner.py").symlink_to(Path("..") / file.name)
    (folder / "outer.py").symlink_to("inner.py")

    replace_file(folder / "outer.py", BEFORE, AFTER)

    assert file.read_bytes() == AFTER
    assert not file.is_symlink()
    assert sorted(link.name for link in folder.iterdir() if link.is_symlink()) == ["inner.py", "outer.py"]


@posix
def test_a_loop_of_links_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("b.py")
    (tmp_path / "b.py").symlink_to("a.py")

    with pytest.raises(OSError, match=r"a\.py|b\.py"):
        replace_file(tmp_path / "a.py", BEFORE, AFTER)


def test_a_missing_file_is_not_created(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        replace_file(tmp_path / "gone.py", BEFORE, AFTER)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_changed_meanwhile_is_not_overwritten(file: Path) -> None:
    file.write_bytes(b"something else\n")

    with pytest.raises(ChangedMeanwhileError, match=r"train\.py"):
        replace_file(file, BEFORE, AFTER)

    assert file.read_bytes() == b"something else\n"
    assert list(file.parent.iterdir()) == [file]


def test_a_change_during_the_write_is_seen_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: file.write_bytes(b"saved by an editor\n"))

    with pytest.raises(ChangedMeanwhileError):
        replace_file(file, BEFORE, AFTER)

    assert file.read_bytes() == b"saved by an editor\n"
    assert list(file.parent.iterdir()) == [file]


def test_the_new_bytes_are_on_disk_before_they_take_the_place_of_the_old(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, os.replace

    def noting_fsync(descriptor: int) -> None:
        order.append(f"sync of {os.fstat(descriptor).st_size} bytes")
        fsync(descriptor)

    def noting_replace(old: Path, new: Path) -> None:
        order.append("replace")
        replace(old, new)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(os, "replace", noting_replace)

    replace_file(file, BEFORE, AFTER)

    assert order == [f"sync of {len(AFTER)} bytes", "replace"]


@posix
@not_as_root
def test_a_read_only_file_is_not_replaced(file: Path) -> None:
    file.chmod(0o444)

    with pytest.raises(PermissionError):
        replace_file(file, BEFORE, AFTER)

    assert_untouched(file)


@posix
@not_as_root
def test_a_read_only_folder_is_an_os_error(file: Path) -> None:
    file.parent.chmod(0o555)
    try:
        with pytest.raises(PermissionError):
            replace_file(file, BEFORE, AFTER)
    finally:
        file.parent.chmod(0o755)

    assert_untouched(file)


@pytest.mark.parametrize("failing", [(tempfile, "mkstemp"), (os, "fsync"), (os, "replace")], ids=lambda pair: pair[1])
@pytest.mark.parametrize("error", [PermissionError("read-only"), OSError("disk full"), KeyboardInterrupt()], ids=repr)
def test_a_failure_at_any_step_leaves_everything_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch, failing: tuple[object, str], error: BaseException
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(*failing, fail)

    with pytest.raises(type(error)):
        replace_file(file, BEFORE, AFTER)

    monkeypatch.undo()
    assert_untouched(file)


@posix
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_process_killed_while_writing_leaves_the_file_whole(file: Path, step: str) -> None:
    script = f"""
import os, pathlib, signal
from lrlint.write import replace_file
os.{step} = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
replace_file(pathlib.Path({str(file)!r}), {BEFORE!r}, {AFTER!r})
"""
    process = subprocess.run([sys.executable, "-c", script], cwd=Path(__file__).parents[1], check=False)

    assert process.returncode == -signal.SIGKILL
    assert file.read_bytes() == BEFORE


# --- files that need not be there ----------------------------------------------------------------------------


def test_a_new_file_and_its_folders_are_made(tmp_path: Path) -> None:
    file = tmp_path / "reports" / "ci" / "lrlint.sarif"

    write_file(file, AFTER)

    assert file.read_bytes() == AFTER
    assert list(file.parent.iterdir()) == [file]


@posix
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_a_new_file_has_the_usual_mode(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_file(tmp_path / "report", AFTER)
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == mode


def test_a_file_that_is_there_is_replaced(file: Path) -> None:
    file.chmod(0o640)
    mode = stat.S_IMODE(file.stat().st_mode)

    write_file(file, AFTER)

    assert file.read_bytes() == AFTER
    assert list(file.parent.iterdir()) == [file]
    assert stat.S_IMODE(file.stat().st_mode) == mode


@pytest.mark.parametrize("name", ["train.py/report", ""])
def test_no_file_can_be_there(file: Path, name: str) -> None:
    with pytest.raises(OSError, match=r"[Dd]irectory|denied"):
        write_file(file.parent / name, AFTER)

    assert_untouched(file)


@not_as_root
@posix
def test_a_read_only_file_gets_no_new_content(file: Path) -> None:
    file.chmod(0o444)

    with pytest.raises(PermissionError):
        write_file(file, AFTER)

    assert_untouched(file)


@posix
def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    try:
        write_file(Path(f"/dev/fd/{writer}"), AFTER)
        assert os.read(reader, 100) == AFTER
    finally:
        os.close(reader)
        os.close(writer)


LEFTOVER = ".lrlint-a1b2c3_d-4711.tmp"
locking = pytest.mark.skipif(os.name != "posix", reason="needs locks of files")


@pytest.fixture
def leftover(file: Path) -> Path:
    """What a run has left behind that was killed, in the folder of the file."""
    remove_leftovers.cache_clear()
    leftover = file.parent / LEFTOVER
    leftover.write_bytes(AFTER[:5])
    return leftover


@locking
def test_what_a_killed_run_has_left_goes_with_the_next_one(file: Path, leftover: Path) -> None:
    replace_file(file, BEFORE, AFTER)

    assert [entry.name for entry in file.parent.iterdir()] == [file.name]


@locking
def test_a_run_that_is_still_there_keeps_its_temporary_file(file: Path, leftover: Path) -> None:
    code = "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print(flush=True); input()"
    command = [sys.executable, "-c", code, str(leftover)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"\n"
        replace_file(file, BEFORE, AFTER)
        other.communicate(b"\n")

    assert file.read_bytes() == AFTER
    assert leftover.read_bytes() == AFTER[:5]


@locking
@pytest.mark.parametrize("name", [".lrlint-settings.tmp", f"{LEFTOVER}.py", LEFTOVER[1:], LEFTOVER.upper()])
def test_files_of_others_stay(file: Path, leftover: Path, name: str) -> None:
    leftover.rename(file.parent / name)
    replace_file(file, BEFORE, AFTER)

    assert (file.parent / name).exists()


@locking
def test_links_and_folders_of_such_a_name_stay(file: Path, leftover: Path, tmp_path: Path) -> None:
    other = leftover.rename(tmp_path / "other")
    leftover.symlink_to(other)
    (file.parent / ".lrlint-00000000-1.tmp").mkdir()
    os.link(other, file.parent / ".lrlint-11111111-1.tmp")
    replace_file(file, BEFORE, AFTER)

    assert other.read_bytes() == AFTER[:5]
    assert {LEFTOVER, ".lrlint-00000000-1.tmp", ".lrlint-11111111-1.tmp"} < {one.name for one in file.parent.iterdir()}


@locking
def test_a_run_that_is_killed_leaves_nothing_for_good(file: Path) -> None:
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from lrlint import write\n"
        "os.replace = lambda *paths: os.kill(os.getpid(), 9)\n"
        f"write.replace_file(Path(sys.argv[1]), {BEFORE!r}, {AFTER!r})\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(file.parent.iterdir())) == 2
    remove_leftovers.cache_clear()
    replace_file(file, BEFORE, AFTER)

    assert [entry.name for entry in file.parent.iterdir()] == [file.name]
