"""Imports under `try`, where a handler binds the same names otherwise."""

from __future__ import annotations

import ast

from lrlint.reproduction.meanings import Var
from lrlint.reproduction.purity import PURE_MODULES
from lrlint.reproduction.slice import Slice


def is_import_needed(s: Slice, node: ast.Import | ast.ImportFrom) -> bool:
    """Whether an import binds a name that the script needs and that something else binds, too."""
    names = [one.asname or one.name.partition(".")[0] for one in node.names]
    home = s.scene.function(node) or s.scene.module(node).tree.module
    return any(s.is_needed(Var("name", id(home), one)) for one in names)


def is_import_of_script(node: ast.Import | ast.ImportFrom) -> bool:
    """Whether a script may make an import: of torch, and of what only computes."""
    modules = [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]
    return all(one.partition(".")[0] in PURE_MODULES | {"torch"} for one in modules)
