"""Make `rules/_recorded.py`, the rules as data, so that a run need not import those that no file asks for.

`python -m tests.record_rules`, after any change of a `RULE`.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

from lrlint.recorded import MODULE
from lrlint.rule import Rule
from tests.cases import ROOT

RULES = ROOT / "rules"
TARGET = RULES / f"{MODULE}.py"

_HEAD = '''"""The rules of this pack as data, an entry a module.  `python -m tests.record_rules` makes it."""

RULES: tuple[dict[str, object], ...] = (
'''


def render() -> str:
    """What the file has to be."""
    rows = "".join(f"{_row(path)},\n" for path in sorted(RULES.glob("[!_]*.py")))
    return _formatted(f"{_HEAD}{rows})\n")


def _row(path: Path) -> dict[str, Any]:
    module = importlib.import_module(f"lrlint.rules.{path.stem}")
    rule: Rule = module.RULE
    return {
        "module": path.stem,
        "about_suppressions": hasattr(module, "check_suppressions"),
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "severity": rule.severity.value,
        "gate": rule.gate,
        "since": rule.since,
        "until": rule.until,
        "default": rule.default,
        "fixes": tuple(one.value for one in rule.fixes),
        "ignorable": rule.ignorable,
    }


def _formatted(text: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
