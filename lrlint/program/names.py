"""Where the text of a module names a class of torch: in imports, as the base of a class, in tests and elsewhere.

The walk follows objects; this is for what no run shows, such as annotations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Literal

import libcst as cst

from lrlint.program.imported import imported_names, meanings
from lrlint.program.project import Module
from lrlint.source import Range

Role = Literal["import", "base", "test", "other"]

_TESTS = frozenset(["isinstance", "issubclass"])

_PUNCTUATION = frozenset(["comma", "footer", "header", "leading_lines", "lpar", "rpar", "semicolon"])

Path = tuple[cst.CSTNode, ...]
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


def _paths_to(root: cst.CSTNode, identifier: str) -> Iterator[Path]:
    """The paths to the names that are this identifier."""
    stack: list[Path] = [(root,)]
    while stack:
        path = stack.pop()
        node = path[-1]
        if isinstance(node, cst.Name):
            if node.value == identifier:
                yield path
            continue
        for name in _parts(type(node)):  # a tenth of what `children` costs
            value = getattr(node, name)
            items = value if isinstance(value, list | tuple) else (value,)
            stack.extend((*path, item) for item in items if isinstance(item, cst.CSTNode))


@cache
def _parts(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a node in which names may be."""
    return tuple(one.name for one in fields(kind) if "whitespace" not in one.name and one.name not in _PUNCTUATION)


def _named(module: Module, path: Path, dotted: str, imported: Mapping[str, frozenset[str]]) -> Named | None:
    """What a name is, if it is the class that is looked for."""
    name, parent = path[-1], path[-2]
    identifier = module.tree.range(name)
    if isinstance(parent, cst.ImportAlias):
        is_it = parent.name is name and _is_imported_from(path[-3], dotted.rpartition(".")[0])
        return Named(module, identifier, identifier, "import", False) if is_it else None
    is_attribute = isinstance(parent, cst.Attribute) and parent.attr is name
    whole, around = (parent, path[:-2]) if is_attribute else (name, path[:-1])
    if meanings(_dotted(whole), imported) != {dotted} or _binds(whole, around[-1]):
        return None
    return Named(module, identifier, module.tree.range(whole), _role(whole, around), is_attribute)


def _is_imported_from(statement: cst.CSTNode, package: str) -> bool:
    return isinstance(statement, cst.ImportFrom) and not statement.relative and _dotted(statement.module) == package


def _dotted(node: cst.CSTNode | None) -> str | None:
    if isinstance(node, cst.Name):
        return node.value
    if isinstance(node, cst.Attribute):
        before = _dotted(node.value)
        return None if before is None else f"{before}.{node.attr.value}"
    return None


def _binds(name: cst.CSTNode, parent: cst.CSTNode) -> bool:
    """Whether a name is given a meaning by the node that it stands in, or is no use of one."""
    if isinstance(parent, cst.ClassDef | cst.FunctionDef | cst.Param):
        return parent.name is name
    if isinstance(parent, cst.Arg):
        return parent.keyword is name
    if isinstance(parent, cst.AnnAssign | cst.AugAssign | cst.For | cst.CompFor | cst.NamedExpr | cst.Del):
        return parent.target is name
    return isinstance(parent, cst.AssignTarget | cst.AsName | cst.NameItem)


def _role(whole: cst.CSTNode, around: Path) -> Role:
    outer = [node for node in around if not isinstance(node, cst.Tuple | cst.Element)]
    if not isinstance(outer[-1], cst.Arg):
        return "other"
    holder = outer[-2]
    if isinstance(holder, cst.ClassDef):
        return "base"
    is_test = isinstance(holder, cst.Call) and _dotted(holder.func) in _TESTS and outer[-1] is not holder.args[0]
    return "test" if is_test else "other"
