"""Rule packs for tests: one rule that finds the word BAD, and where it lies as an installed pack would."""

from __future__ import annotations

from pathlib import Path

HEAD = '''\
"""A word is bad.

## What it finds

The word BAD.
"""

from lrlint.edit import Applicability, Edit, Fix
from lrlint.finding import Finding
from lrlint.rule import Rule, Severity

RULE = Rule("{code}", "{name}", "a word is bad", Severity.STYLE, ("BAD",), fixes=(Applicability.SAFE,))
'''

CHECK = """

def check(program):
    for module in program.modules:
        source = module.source
        start = source.text.find("BAD")
        if start >= 0:
            place = source.range(start, start + 3)
            fix = Fix(Applicability.SAFE, "say GOOD", (Edit(place, "GOOD"),))
            yield Finding(RULE, source.path, place, "BAD is bad", fix=fix)
"""


def rule(code: str = "ACME001", name: str = "bad-word", check: str = CHECK) -> str:
    """The text of a rule module."""
    return HEAD.format(code=code, name=name) + check


def broken(body: str) -> str:
    """A `check` that comes upon a module with BAD in it and then does what `body` says."""
    return f"\n\ndef check(program):\n    source = program.modules[0].source\n    {body}\n    yield from ()\n"


def write_pack(folder: Path, **modules: str) -> Path:
    """Write the modules of a pack, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in modules.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return folder


def install(site: Path, name: str, **modules: str) -> None:
    """Write a pack and its metadata into a folder that is to be on `sys.path`."""
    write_pack(site / name, __init__="", **modules)
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[lrlint.rules]\n{name} = {name}\n")
