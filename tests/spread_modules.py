"""Spread the parts of a program over several files, as projects do: `spread(text, random)`.

Constants, functions and classes go to modules beside the program or in a package, and everything that uses them imports
them: by name or under another one, with their module, with a star, relatively, or from the package's `__init__`.
What uses variables of the program stays with it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from lrlint.cases.case import MAIN

PACKAGE = "project"


@dataclass(slots=True)
class _Part:
    """A statement at the top of the program, with its text: the names that it defines and those that it takes."""

    text: str
    names: frozenset[str]
    used: frozenset[str]
    is_definition: bool


@dataclass(slots=True)
class _Module:
    """A file to be; `package` is empty where it lies beside the program."""

    name: str
    package: str
    parts: list[_Part] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"{self.package}/{self.name}.py" if self.package else f"{self.name}.py"

    @property
    def names(self) -> list[str]:
        return sorted(name for part in self.parts for name in part.names)


def spread(text: str, random: Random) -> dict[str, str]:
    """The files of the program, by path; the one that is run is MAIN."""
    parts = _parts(text)
    imports = [part.text for part in parts if part.text.startswith(("import ", "from "))]
    rest = [part for part in parts if part.text not in imports]
    package = random.choice(["", PACKAGE])
    modules = _modules(_movable(rest), package, random)
    moved = [part for module in modules for part in module.parts]
    main = _Module(MAIN.removesuffix(".py"), "", [part for part in rest if part not in moved])
    reexports: list[str] = []
    files = {
        module.path: _text(module, modules[:index], imports, reexports, random)
        for index, module in [*enumerate(modules), (len(modules), main)]
    }
    if package:
        files[f"{package}/__init__.py"] = "".join(f"{line}\n" for line in dict.fromkeys(reexports))
    return files


def _parts(text: str) -> list[_Part]:
    return [_part(_text_of(text, node), node) for node in ast.parse(text).body]


def _text_of(text: str, node: ast.stmt) -> str:
    """The text of a statement, decorators included."""
    decorators = getattr(node, "decorator_list", [])
    marked = [f"@{ast.get_source_segment(text, decorator)}" for decorator in decorators]
    return "\n".join([*marked, ast.get_source_segment(text, node) or ""])


def _part(text: str, node: ast.stmt) -> _Part:
    names = [one for one in ast.walk(node) if isinstance(one, ast.Name)]
    stored = frozenset(one.id for one in names if isinstance(one.ctx, ast.Store))
    loaded = frozenset(one.id for one in names if isinstance(one.ctx, ast.Load))
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        is_constant = isinstance(node, ast.Assign) and text.startswith("OPTION_")
        return _Part(text, stored, loaded, is_constant)
    outer = frozenset(name for one in ast.walk(node) if isinstance(one, ast.Global) for name in one.names)
    arguments = frozenset(one.arg for one in ast.walk(node) if isinstance(one, ast.arg))
    return _Part(text, frozenset([node.name]), (loaded - stored - arguments) | outer, is_definition=True)


def _movable(parts: Sequence[_Part]) -> list[_Part]:
    """The definitions that take nothing of what stays in the program."""
    movable = [part for part in parts if part.is_definition]
    while True:
        staying = frozenset(name for part in parts if part not in movable for name in part.names)
        kept = [part for part in movable if part.used.isdisjoint(staying)]
        if kept == movable:
            return movable
        movable = kept


def _modules(parts: list[_Part], package: str, random: Random) -> list[_Module]:
    """Modules of which each uses only earlier ones."""
    constants = [part for part in parts if not part.text.startswith(("def ", "class ", "@"))]
    others = [part for part in parts if part not in constants]
    names = ["config", "steps", "builders", "engine"]
    cuts = sorted(random.randint(0, len(others)) for _ in range(3))
    pieces = [constants, others[: cuts[0]], others[cuts[0] : cuts[1]], others[cuts[1] : cuts[2]]]
    return [_Module(name, package, piece) for name, piece in zip(names, pieces, strict=True) if piece]


def _text(
    module: _Module, others: Sequence[_Module], imports: Sequence[str], reexports: list[str], random: Random
) -> str:
    body = "\n".join(part.text for part in module.parts)
    head = list(imports)
    for other in others:
        names = [name for name in other.names if any(name in part.used for part in module.parts)]
        if names:
            line, prefix, suffix = random.choice(_styles(module, other, names, reexports))
            head.append(line)
            for name in names:
                body = re.sub(rf"(?<![\w.]){name}\b", f"{prefix}{name}{suffix}", body)
    return "\n".join([*head, "", body, ""])


def _styles(module: _Module, other: _Module, names: Sequence[str], reexports: list[str]) -> list[tuple[str, str, str]]:
    """Import statements, and what stands before and behind each imported name below them."""
    name, package = other.name, other.package
    listed, renamed = ", ".join(names), ", ".join(f"{one} as {one}_here" for one in names)
    dotted = f"{package}.{name}" if package else name
    styles = [
        (f"from {dotted} import {listed}", "", ""),
        (f"from {dotted} import {renamed}", "", "_here"),
        (f"from {dotted} import *", "", ""),
        (f"import {dotted}", f"{dotted}.", ""),
        (f"import {dotted} as other_{name}", f"other_{name}.", ""),
    ]
    if package and module.package:
        styles += [
            (f"from .{name} import {listed}", "", ""),
            (f"from . import {name}", f"{name}.", ""),
            (f"from . import {name} as other_{name}", f"other_{name}.", ""),
        ]
    elif package:
        reexports.append(f"from .{name} import {listed}")
        styles += [
            (f"from {package} import {name}", f"{name}.", ""),
            (f"from {package} import {listed}", "", ""),
            (f"import {package}", f"{package}.", ""),
        ]
    return styles
