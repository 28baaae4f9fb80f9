"""A folder of programs and a notebook with odd names, for what reports make of it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from lrlint.cli import main
from tests.notebooks import EPOCH_ARGUMENT, LOOP, SCHEDULER, SETUP, WRONG_ORDER, notebook

CLEAN = "clean.py"
NOTEBOOK = "notes/über 1,2.ipynb"
ODD = "über uns: 100%/a,b c.py"
TWO_LINES = "two\nlines.py"

PROGRAMS = {
    CLEAN: LOOP,
    ODD: f"é = 'é'; {EPOCH_ARGUMENT.removeprefix('for epoch in range(90):').strip()}".replace("\n    ", "; "),
    TWO_LINES: WRONG_ORDER,
}


def write_project() -> None:
    """Write the project into the working directory.

    Two programs have a finding (LR102 in ODD, LR101 in TWO_LINES), and so has the notebook (LR102).
    """
    for name, loop in PROGRAMS.items():
        write(name, f"{SETUP}\n{SCHEDULER}\n{loop}\n".replace("(epoch + 1)", "(epoch=7)"))
    write(NOTEBOOK, notebook(SETUP, SCHEDULER, EPOCH_ARGUMENT))


def write(name: str, content: str | bytes) -> None:
    """Write a file into the working directory."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def check(*arguments: str) -> Result:
    """Run `lrlint check`."""
    return CliRunner().invoke(main, ["check", *arguments])
