"""Make `rules/recorded.json`, the rules as data, so that a run need not import those that no file asks for.

`python -m tests.record_rules`, after any change of a `RULE`.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from lrlint.recorded import FILE
from lrlint.rule import Rule
from tests.cases import ROOT

RULES = ROOT / "rules"
TARGET = RULES / FILE


def render() -> str:
    """What the file has to be."""
    rows = ",\n".join(json.dumps(_row(path), ensure_ascii=False) for path in sorted(RULES.glob("[!_]*.py")))
    return f"[\n{rows}\n]\n"


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
        "shape": rule.shape,
        "since": rule.since,
        "until": rule.until,
        "default": rule.default,
        "fixes": tuple(one.value for one in rule.fixes),
        "ignorable": rule.ignorable,
        "proof": rule.proof.value,
    }


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
