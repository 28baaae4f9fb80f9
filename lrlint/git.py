"""What git knows of the files of a repository at an earlier time.

Only objects and the index are read: filters, text conversions, hooks and file-system monitors, which a repository's
configuration can name, do not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

from lrlint.config.errors import with_slash

_SETTINGS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
_NO_NETWORK = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none"}
"""What a partial clone lacks is not fetched, as that would run the transport that is configured."""

_PLACES = frozenset(["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"])
"""Variables that a hook of git sets, with paths from where it runs; they would be wrong in another folder."""

_LINKED = "160000"
"""The mode of a submodule."""


class GitError(ValueError):
    """git can't tell; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of a repository as they were in a commit.

    `top` is the absolute path of its work tree.  `blobs` gives the object of a path in the commit, `renamed` the path
    that a file of today had there, if it has another one now; `submodules` are paths whose files are of other
    repositories.  All paths but `top` start there.
    """

    top: str
    blobs: Mapping[str, str]
    renamed: Mapping[str, str]
    submodules: frozenset[str]

    def relative(self, path: str) -> str | None:
        """The path of a file by its absolute one; None if it is not below the top."""
        top = with_slash(self.top)
        path = path.replace(os.sep, "/")
        return path[len(top) :] if path.startswith(top) else None

    def is_in_submodule(self, relative: str) -> bool:
        """Whether a file is of another repository."""
        return any(relative.startswith(f"{submodule}/") for submodule in self.submodules)

    def data(self, relative: str) -> bytes | None:
        """The bytes that a file of today had; None if it was not there.  Raises GitError."""
        blob = self.blobs.get(self.renamed.get(relative, relative))
        return None if blob is None else _git(self.top, "cat-file", "blob", blob)


def snapshot(folder: str, revision: str) -> Snapshot:
    """The repository that a folder lies in, as it was where HEAD and `revision` parted.  Raises GitError."""
    top = _top(folder)
    commit = _commit(top, revision)
    try:
        base = _line(_git(top, "merge-base", commit, "HEAD"))
    except GitError:
        hint = "in a shallow clone, fetch more of the history"
        raise GitError(f"{revision} and HEAD have no commit in common; {hint}") from None
    tree = [entry.split("\t", 1) for entry in _entries(_git(top, "ls-tree", "-r", "-z", "--full-tree", base))]
    objects = [(kind.split(), path) for kind, path in tree]
    return Snapshot(
        top,
        blobs={path: name for (mode, _, name), path in objects if mode != _LINKED},
        renamed=_renamed(top, base),
        submodules=frozenset(path for (mode, _, _), path in objects if mode == _LINKED),
    )


def _top(folder: str) -> str:
    try:
        return os.path.realpath(_line(_git(folder, "rev-parse", "--show-toplevel")))
    except GitError as error:
        if "not a git repository" in str(error):
            raise GitError(f"{folder} is in no git repository") from None
        raise


def _commit(top: str, revision: str) -> str:
    hint = "fetch it, or look for its name in `git branch --all`"
    unknown = GitError(f"there is no revision {revision!r} in {top}; {hint}")
    if revision.startswith("-"):
        raise unknown
    try:
        return _line(_git(top, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"))
    except GitError:
        raise unknown from None


def _renamed(top: str, base: str) -> Mapping[str, str]:
    """The paths that files of the index had before they were renamed."""
    options = ("--cached", "-M", "--diff-filter=R", "--name-status", "-z", "--ignore-submodules")
    safe = ("--no-ext-diff", "--no-textconv", "--no-relative")
    fields = _entries(_git(top, "diff-index", *options, *safe, base))
    return {new: old for _, old, new in zip(fields[::3], fields[1::3], fields[2::3], strict=True)}


def _entries(output: bytes) -> list[str]:
    return [os.fsdecode(one) for one in output.split(b"\0") if one]


def _line(output: bytes) -> str:
    return os.fsdecode(output).rstrip("\r\n")


def _git(folder: str, *arguments: str) -> bytes:
    """What a git command prints.  Raises GitError, with git's own words."""
    program = shutil.which("git")
    if program is None:
        raise GitError("git is not installed, or not on PATH")
    inherited = {name: value for name, value in os.environ.items() if name not in _PLACES}
    environment = {**inherited, **_NO_NETWORK, "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    command = [program, "-C", folder, "--literal-pathspecs", *_SETTINGS, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, env=environment, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise GitError(f"git can't be run: {(error.strerror or str(error)).lower()}") from None
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").split("\n")[0].removeprefix("fatal: ")
        raise GitError(f"git {arguments[0]}: {words or f'exit code {done.returncode}'}")
    return done.stdout
