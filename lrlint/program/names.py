"""Where the text of a module names a class of torch: in imports, as the base of a class, in tests and elsewhere.

The walk follows objects; this is for what no run shows, such as annotations.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from lrlint.program.imported import imported_names, meanings
from lrlint.program.project import Module
from lrlint.source import Range

Role = Literal["import", "base", "test", "other"]

_TESTS = frozenset(["isinstance", "issubclass"])

_NAMING = frozenset(["name", "asname", "arg", "attr", "id", "module", "rest"])
"""The fields of nodes in which identifiers stand; names of modules have dots between them."""

Path = tuple[ast.AST, ...]
"""Nodes, each inside of the one before."""


@dataclass(frozen=True, slots=True)
class Named:
    """One place where a module names a class: `identifier` is its last name, `range` all of `a.b.Name`."""

    module: Module
    identifier: Range
    range: Range
    role: Role
    is_dotted: bool


def names_of(module: Module, dotted: str) -> tuple[Named, ...] | None:
    """The places where a module names the class with this dotted name, in the order of the text.

    None if its identifier also stands for anything else there.  Under another local name only the import is found.
    """
    identifier = dotted.rpartition(".")[2]
    if not _is_in_text(module, identifier):
        return ()
    imported = imported_names(module)
    found = []
    for path in _paths_to(module.tree.module, identifier):
        named = _named(module, path, dotted, imported)
        if named is None:
            return None
        found.append(named)
    return tuple(sorted(found, key=lambda one: one.identifier.start))


def mentions(module: Module, identifier: str) -> bool:
    """Whether an identifier stands anywhere in a module."""
    return _is_in_text(module, identifier) and any(True for _ in _paths_to(module.tree.module, identifier))


def _is_in_text(module: Module, identifier: str) -> bool:
    """Whether an identifier may stand in a module; it can be that it is part of a comment only."""
    text = module.source.text
    return identifier in text and re.search(rf"\b{identifier}\b", text) is not None


def _paths_to(root: ast.AST, identifier: str) -> Iterator[Path]:
    """The paths to the nodes that hold this identifier themselves."""
    stack: list[Path] = [(root,)]
    while stack:
        path = stack.pop()
        if _holds(path[-1], identifier):
            yield path
        for value in path[-1].__dict__.values():
            items = value if isinstance(value, list) else (value,)
            stack.extend((*path, item) for item in items if isinstance(item, ast.AST))


def _holds(node: ast.AST, identifier: str) -> bool:
    """Whether a node names an identifier itself, not by a node inside of it."""
    if isinstance(node, ast.Global | ast.Nonlocal):
        return identifier in node.names
    named = (value for field, value in node.__dict__.items() if field in _NAMING)
    return any(isinstance(value, str) and identifier in value.split(".") for value in named)


def _named(module: Module, path: Path, dotted: str, imported: Mapping[str, frozenset[str]]) -> Named | None:
    """What a name is, if it is the class that is looked for."""
    node, identifier = path[-1], dotted.rpartition(".")[2]
    place = module.tree.range(node)
    source = module.source
    if isinstance(node, ast.alias):
        start = source.range(place.start, place.start + len(identifier))
        is_it = node.name == identifier != node.asname and _is_imported_from(path[-2], dotted.rpartition(".")[0])
        return Named(module, start, start, "import", False) if is_it else None
    if not isinstance(node, ast.Name | ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return None
    if meanings(_dotted(node), imported) != {dotted}:
        return None
    end = source.range(place.end - len(identifier), place.end)
    return Named(module, end, place, _role(path), isinstance(node, ast.Attribute))


def _is_imported_from(statement: ast.AST, package: str) -> bool:
    return isinstance(statement, ast.ImportFrom) and not statement.level and statement.module == package


def _dotted(node: ast.AST) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return None if before is None else f"{before}.{node.attr}"
    return None


def _role(path: Path) -> Role:
    """What the expression at the end of a path is to the class or call whose argument it is, perhaps in a tuple."""
    inner = [node for node in path if not isinstance(node, ast.Tuple | ast.Starred | ast.keyword)]
    holder = inner[-2]
    if isinstance(holder, ast.ClassDef) and not _is_decorator(holder, path):
        return "base"
    if not isinstance(holder, ast.Call) or _dotted(holder.func) not in _TESTS:
        return "other"
    return "other" if path[path.index(holder) + 1] in (holder.func, *holder.args[:1]) else "test"


def _is_decorator(holder: ast.ClassDef, path: Path) -> bool:
    return path[path.index(holder) + 1] in holder.decorator_list
