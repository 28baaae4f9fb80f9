"""Which files a run reads: arguments, exclusions, links, and ignore files as git understands them."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lrlint.config.exclusion import BY_DEFAULT, EXCLUDED, Exclusion
from lrlint.files import MissingPathError, discover


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Writes files (name -> content) into an empty working directory."""
    monkeypatch.chdir(tmp_path)

    def write(*names: str, **contents: str) -> Path:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(contents.get(name, "x = 1\n"))
        return tmp_path

    return write


def found(*paths: str, force_exclude: bool = False) -> list[str]:
    exclusion = Exclusion(BY_DEFAULT.names, is_forced=force_exclude)
    discovery = discover(paths or ["."], exclusion_of=lambda folder: exclusion)
    assert discovery.problems == ()
    assert all(os.path.isfile(file.path) for file in discovery.files)
    return [file.display for file in discovery.files]


# Arguments


def test_python_files_are_found_in_the_order_of_their_names(tree: Callable[..., Path]) -> None:
    tree("b.py", "a/z.py", "a/y.pyi", "a/notes.txt", "a/py", "c.pyc", "UPPER.PY")
    assert found() == ["a/y.pyi", "a/z.py", "b.py"]


def test_a_named_file_is_taken_whatever_its_name(tree: Callable[..., Path]) -> None:
    tree("train", "build/x.txt")
    assert found("train", "build/x.txt") == ["build/x.txt", "train"]


def test_each_file_is_taken_once(tree: Callable[..., Path]) -> None:
    tree("a/x.py", "b.py")
    assert found("a/x.py", ".", "a", "./a/../a/x.py") == ["a/x.py", "b.py"]


def test_no_paths_mean_no_files(tree: Callable[..., Path]) -> None:
    tree("a.py")
    assert discover([]).files == ()


def test_paths_are_shown_from_the_working_directory(tree: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree("a/x.py", "b/y.py")
    monkeypatch.chdir(root / "a")
    assert found(str(root)) == ["../b/y.py", "x.py"]
    assert found("..") == ["../b/y.py", "x.py"]
    assert found(str(root / "b" / "y.py")) == ["../b/y.py"]


def test_a_missing_path_is_named_with_what_to_do(tree: Callable[..., Path]) -> None:
    root = tree("a.py")
    with pytest.raises(MissingPathError, match=r"srcc: no such file or directory; check its spelling") as caught:
        discover(["a.py", "srcc"])
    assert str(root) in str(caught.value)


def test_a_link_to_nothing_is_missing_when_named(tree: Callable[..., Path]) -> None:
    (tree() / "link.py").symlink_to("gone.py")
    with pytest.raises(MissingPathError, match=r"link\.py"):
        discover(["link.py"])
    assert found() == []


def test_a_path_through_a_file_is_missing(tree: Callable[..., Path]) -> None:
    tree("a.py")
    with pytest.raises(MissingPathError, match=r"a\.py/b: not a directory"):
        discover(["a.py/b"])


def test_a_working_directory_that_is_gone_is_no_crash(tree: Callable[..., Path]) -> None:
    gone = tree("sub/a.py") / "sub"
    os.chdir(gone)
    shutil.rmtree(gone)
    with pytest.raises(MissingPathError, match="the working directory is gone"):
        discover(["."])


# Exclusions


@pytest.mark.parametrize("name", EXCLUDED)
def test_usual_directories_are_left_out(tree: Callable[..., Path], name: str) -> None:
    tree(f"{name}/a.py", f"deep/{name}/b.py", "kept.py")
    assert found() == ["kept.py"]


def test_a_file_may_bear_the_name_of_an_excluded_directory(tree: Callable[..., Path]) -> None:
    tree("build.py", "venv.py")
    assert found() == ["build.py", "venv.py"]


def test_a_directory_asked_for_is_walked_wherever_it_lies(tree: Callable[..., Path]) -> None:
    tree("site-packages/pkg/a.py", "site-packages/pkg/build/b.py")
    assert found("site-packages/pkg") == ["site-packages/pkg/a.py"]
    assert found("site-packages") == ["site-packages/pkg/a.py"]


def test_a_directory_asked_for_is_walked_although_it_is_ignored(tree: Callable[..., Path]) -> None:
    root = tree(".git/HEAD", "env/lib/a.py", "env/lib/skip.py", "env/lib/.gitignore")
    (root / "env" / ".gitignore").write_text("*\n")  # as `python -m venv` writes it
    (root / "env" / "lib" / ".gitignore").write_text("skip.py\n")
    assert found() == []
    assert found("env/lib") == ["env/lib/a.py"]
    assert found("env/lib/skip.py") == ["env/lib/skip.py"]


def test_force_exclude_excludes_what_is_named(tree: Callable[..., Path]) -> None:
    root = tree(".git/HEAD", "build/a.py", "gen/b.py", "gen/deep/c.py", "src/d.py", "src/build/e.py")
    (root / ".gitignore").write_text("gen/\n")
    named = ["build/a.py", "build", "gen/b.py", "gen/deep/c.py", "gen", "src/d.py", "src/build/e.py"]
    assert found(*named, force_exclude=True) == ["src/d.py"]
    assert found(".", force_exclude=True) == ["src/d.py"]


def test_a_repository_below_an_excluded_name_is_not_excluded(
    tree: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tree("build/project/.git/HEAD", "build/project/a.py")
    monkeypatch.chdir(root / "build" / "project")
    assert found("a.py", force_exclude=True) == ["a.py"]
    assert found() == ["a.py"]


# Links and odd entries


def test_links_to_directories_are_not_followed(tree: Callable[..., Path]) -> None:
    root = tree("a/x.py")
    (root / "a" / "loop").symlink_to(root)
    (root / "other").symlink_to("a")
    assert found() == ["a/x.py"]
    assert found("other") == ["other/x.py"]


def test_a_linked_file_is_taken_once_and_where_it_lies(tree: Callable[..., Path]) -> None:
    root = tree("z/real.py", "elsewhere.txt")
    (root / "a.py").symlink_to("z/real.py")
    (root / "b.py").symlink_to("elsewhere.txt")
    (root / "c.py").symlink_to("elsewhere.txt")
    (root / "loop.py").symlink_to("loop.py")
    (root / "folder.py").symlink_to("z")
    displays = found()
    assert displays[-1] == "z/real.py"
    assert len(displays) == 2
    assert displays[0] in {"b.py", "c.py"}


def test_directories_and_pipes_with_a_python_suffix_are_no_files(tree: Callable[..., Path]) -> None:
    root = tree("package.py/inside.py")
    os.mkfifo(root / "pipe.py")
    assert found() == ["package.py/inside.py"]


def test_an_unreadable_directory_is_a_problem_and_stops_nothing(
    tree: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    tree("a/x.py", "locked/y.py", "z.py")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if path.rstrip("/").endswith("locked"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refuse)
    discovery = discover(["."])
    assert [file.display for file in discovery.files] == ["a/x.py", "z.py"]
    assert discovery.problems == ("locked/: can't look into this directory, so it was left out: permission denied",)


def test_an_unreadable_ignore_file_is_a_problem_and_stops_nothing(tree: Callable[..., Path]) -> None:
    root = tree("a.py")
    (root / ".gitignore").symlink_to(".gitignore")
    discovery = discover(["."])
    assert [file.display for file in discovery.files] == ["a.py"]
    assert len(discovery.problems) == 1
    assert ".gitignore: can't read this ignore file" in discovery.problems[0]


def test_names_outside_of_utf8_are_found_and_printable(tree: Callable[..., Path]) -> None:
    root = tree()
    try:
        Path(os.fsdecode(os.fsencode(root) + b"/caf\xe9.py")).write_text("x = 1\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    assert found() == [r"caf\xe9.py"]
    (root / ".gitignore").write_bytes(b"caf\xe9.*\n")
    assert found() == []


def test_very_deep_directories_are_no_crash(tree: Callable[..., Path]) -> None:
    root = tree("top.py")
    depth = 2500  # made step by step, as the whole path is longer than most systems take
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    os.chdir(root)
    assert [file.display for file in discover(["."]).files] == ["top.py"]
    _remove_chain(depth)


def _remove_chain(depth: int) -> None:
    """Remove `d/d/d/...`, which is too deep for shutil.rmtree."""
    for _ in range(depth):
        os.chdir("d")
    for _ in range(depth):
        os.chdir("..")
        os.rmdir("d")


def test_ten_thousand_files_are_found_in_a_moment(tree: Callable[..., Path]) -> None:
    root = tree(".git/HEAD")
    (root / ".gitignore").write_text("\n".join(f"*.ext{number}\n/generated{number}/" for number in range(40)))
    for number in range(200):
        directory = root / f"package{number}"
        directory.mkdir()
        for file in range(50):
            (directory / f"module{file}.py").touch()
    start = time.process_time()
    assert len(discover(["."]).files) == 10_000
    assert time.process_time() - start < 1  # about 0.15 s; a walk that goes wrong takes many seconds


# Ignore files


def ignoring(tree: Callable[..., Path], ignore_file: str, *names: str) -> list[str]:
    """Which of the files `names` are found beside a `.gitignore` with this content."""
    root = tree(".git/HEAD", *names)
    (root / ".gitignore").write_text(ignore_file)
    return found()


@pytest.mark.parametrize(
    ("pattern", "ignored", "kept"),
    [
        ("a.py", ["a.py", "d/a.py"], ["b.py"]),
        ("/a.py", ["a.py"], ["d/a.py"]),
        ("d/a.py", ["d/a.py"], ["a.py", "e/d/a.py"]),
        ("gen/", ["gen/a.py", "d/gen/a.py"], ["d/gen.py"]),
        ("*_pb2.py", ["x_pb2.py", "d/_pb2.py"], ["pb2.py"]),
        ("d/*.py", ["d/a.py"], ["d/e/a.py"]),
        ("**/gen/*.py", ["gen/a.py", "d/gen/a.py"], ["gen/d/a.py"]),
        ("d/**/a.py", ["d/a.py", "d/e/f/a.py"], ["a.py", "d/b.py"]),
        ("d/**", ["d/a.py", "d/e/a.py"], ["a.py"]),
        ("?.py", ["a.py"], ["ab.py"]),
        ("[a-c!].py", ["b.py", "!.py"], ["d.py"]),
        ("[!a-c].py", ["d.py"], ["b.py"]),
        ("[[:digit:]].py", ["7.py"], ["a.py"]),
        (r"\#a.py", ["#a.py"], ["a.py"]),
        (r"\!a.py", ["!a.py"], ["a.py"]),
        (r"a\*.py", ["a*.py"], ["ab.py"]),
        ("#a.py", [], ["#a.py"]),
        ("a.py   ", ["a.py"], ["b.py"]),
        ("a.py\r\nb.py", ["a.py", "b.py"], ["c.py"]),
        ("\ufeffa.py", ["a.py"], ["b.py"]),
        ("[a.py", [], ["[a.py"]),
        ("*.py\n!keep.py", ["a.py"], ["keep.py", "d/keep.py"]),
        ("gen/\n!gen/keep.py", ["gen/keep.py"], []),
        ("gen/*\n!gen/keep.py", ["gen/a.py"], ["gen/keep.py"]),
    ],
)
def test_patterns(tree: Callable[..., Path], pattern: str, ignored: list[str], kept: list[str]) -> None:
    assert ignoring(tree, pattern, *ignored, *kept) == sorted(kept)


def test_inner_ignore_files_win_over_outer_ones(tree: Callable[..., Path]) -> None:
    root = tree(".git/HEAD", "a.py", "d/a.py", "d/b.py", "d/e/a.py")
    (root / ".gitignore").write_text("a.py\n")
    (root / "d" / ".gitignore").write_text("!a.py\n/b.py\n")
    assert found() == ["d/a.py", "d/e/a.py"]
    assert found("d/e") == ["d/e/a.py"]


def test_ignore_files_above_count_up_to_the_repository(tree: Callable[..., Path]) -> None:
    root = tree("repo/.git/HEAD", "repo/d/a.py", "repo/d/b.py", "repo/d/c.py")
    (root / ".gitignore").write_text("a.py\n")
    (root / "repo" / ".gitignore").write_text("b.py\n")
    assert found("repo/d") == ["repo/d/a.py", "repo/d/c.py"]


def test_without_a_repository_they_count_up_to_the_working_directory(tree: Callable[..., Path]) -> None:
    root = tree("d/a.py", "d/b.py")
    (root / ".gitignore").write_text("a.py\n")
    assert found("d") == found(".") == ["d/b.py"]


def test_dot_ignore_wins_over_gitignore_and_gitignore_over_info_exclude(tree: Callable[..., Path]) -> None:
    root = tree(".git/info/exclude", "a.py", "b.py", "c.py", "d.py")
    (root / ".git" / "info" / "exclude").write_text("a.py\nb.py\n")
    (root / ".gitignore").write_text("!b.py\nc.py\nd.py\n")
    (root / ".ignore").write_text("!c.py\n")
    assert found() == ["b.py", "c.py"]


PIECES = [
    *["a", "b", "ab", "é", "a b", "[a]", "-", "!", "#", " ", "\\ ", "]", ".py", "*.py", "a/b", "b/"],
    *["/", "/", "/", "**/", "/**", "/**/", "*", "**", "***", "?", "\\", "\\a", "\\*", "\\[", "\\/"],
    *["[", "[ab]", "[!a]", "[^b]", "[a-c]", "[b-a]", "[]a]", "[a-]", "[-b]", "[\\]a]"],
    *["[[:alpha:]]", "[[:punct:]b]", "[[:no:]]", "[:a]", "[[:a]"],
]
NAMES = ["a", "b", "ab", "é", "a b", "[a]", "a*", "-", "]", "\\", "b ", "!", "#a"]


def random_ignore_file(rng: random.Random) -> str:
    lines: list[str] = []
    for _ in range(rng.randint(1, 4)):
        pattern = "".join(rng.choices(PIECES, k=rng.randint(1, 5)))
        lines += rng.choice(["", "", "!", "/"]), pattern, rng.choice(["\n", "\n", "/\n", " \n", "\r\n"])
    return "".join(lines)


def test_ignore_files_mean_what_they_mean_to_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random patterns over one tree: the files found are those that git lists as untracked and not ignored."""
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    rng = random.Random(20)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    subprocess.run(["git", "init", "-q", "."], check=True)
    directories = ["", *(f"{name}/" for name in NAMES), "a/a/", "a/b/", "ab/é/", "a/a/b/", "b/a/a/", "a/a/b/ab/"]
    for directory in directories:
        (tmp_path / directory).mkdir(parents=True, exist_ok=True)
        for name in [*rng.sample(NAMES, 4), "a", "b"]:
            (tmp_path / f"{directory}{name}.py").touch()
    for _ in range(300):
        contents = {
            ".gitignore": random_ignore_file(rng),
            "a/.gitignore": random_ignore_file(rng) if rng.random() < 0.4 else "",
            "a/a/.gitignore": random_ignore_file(rng) if rng.random() < 0.2 else "",
            ".git/info/exclude": random_ignore_file(rng) if rng.random() < 0.2 else "",
        }
        for name, content in contents.items():
            (tmp_path / name).write_text(content, newline="")
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--others", "--exclude-standard"], check=True, capture_output=True, text=True
        ).stdout.split("\0")
        expected = sorted(name for name in listed if name.endswith(".py"))
        assert found() == expected, contents
