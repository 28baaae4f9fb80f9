"""The example of docs/extending.md, made and run as the page says."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

from lrlint.runtime.evidence import installed_torch
from tests.cases import ROOT
from tests.checkout import run

PAGE = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
EXAMPLE = PAGE.partition("## An example")[2].partition("\n## Cases")[0]

# The file that the sentence before a block names last is what the block shows.
_BLOCK = re.compile(r"`([\w./]+\.(?:py|toml))`[^`]*?(?:\(or in [^)]*\))?:\n\n```(?:python|toml)\n(.*?)```", re.DOTALL)
_CONSOLE = re.compile(r"```console\n(.*?)```", re.DOTALL)

TRAIN = """\
import torch

model = torch.nn.Linear(4, 1)
optimizer = torch.optim.Adam(model.parameters(), lr=0.1, weight_decay=0.01)
"""


def sessions() -> list[tuple[str, str]]:
    """The commands of the page, with what they print."""
    lines = "".join(_CONSOLE.findall(EXAMPLE))
    parts = [part.partition("\n") for part in re.split(r"^\$ ", lines, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in parts]


def lrlint(command: str, project: Path) -> tuple[int, str, str]:
    program, *arguments = shlex.split(command)
    assert program == "lrlint"
    done = run(sys.executable, "-m", "lrlint", *arguments, cwd=project, PYTHONPATH=ROOT)
    return done.returncode, done.stdout, done.stderr


def test_the_example_does_what_the_page_says(tmp_path: Path) -> None:
    if installed_torch() is None:
        pytest.skip("torch is not installed")
    skeleton = re.search(r"```sh\n(.*?)\n```", EXAMPLE)
    assert skeleton
    assert lrlint(skeleton[1], tmp_path)[::2] == (0, "")
    blocks = dict(_BLOCK.findall(EXAMPLE))
    assert sorted(Path(name).name for name in blocks) == [
        "acme001_no_coupled_decay.py",
        "lrlint.toml",
        "some_mistake.fixed.py",
        "some_mistake.py",
        "some_trap.ok.py",
    ]
    for name, text in blocks.items():
        assert (tmp_path / name).exists() or name.endswith((".toml", ".fixed.py")), f"new-rule did not write {name}"
        (tmp_path / name).write_text(text)
    (tmp_path / "train.py").write_text(TRAIN)
    codes = {}
    for command, output in sessions():
        codes[command], printed, problems = lrlint(command, tmp_path)
        assert problems == ""
        assert not output or printed == output
    assert list(codes.values()) == [0, 0, 1, 0]
    assert lrlint("lrlint check", tmp_path)[0] == 2


def test_the_page_names_what_rules_may_import() -> None:
    from tests.test_architecture import OPEN_TO_RULES

    table = PAGE.partition("## What rules can use")[2]
    assert set(OPEN_TO_RULES) <= set(re.findall(r"`(lrlint\.\w+)`", table))
