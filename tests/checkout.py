"""The project's own files in another place, and commands that see nothing of the place they are started in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.cases import ROOT

_NO_PART_OF_THE_PROJECT = shutil.ignore_patterns(
    *[".git", ".venv", ".ci-env", "build", "dist", "*.egg-info", "__pycache__", "*.pyc", ".*_cache", ".hypothesis"]
)


def copy_checkout(target: Path) -> Path:
    """Copy the project to the new directory `target`, so that builds leave nothing in the checkout."""
    return Path(shutil.copytree(ROOT, target, ignore=_NO_PART_OF_THE_PROJECT))


def run(
    *command: str | Path, cwd: Path, stdin: str | None = None, **variables: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run a command in `cwd`, with `variables` added to the environment; the exit code is for the caller to judge.

    Settings of Python and git that the tests were started with do not reach it.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    environment |= {name: str(value) for name, value in variables.items()}
    return subprocess.run(command, cwd=cwd, env=environment, input=stdin, capture_output=True, text=True, check=False)
