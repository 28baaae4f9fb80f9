"""Options of the command line and their defaults, as the text declares them."""

from __future__ import annotations

import ast
from collections.abc import Iterable


def options_among(nodes: Iterable[ast.AST]) -> dict[str, ast.expr]:
    """The options that calls of `add_argument` declare, with their defaults; those with several defaults left out."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "add_argument":
            name, default = option_of(node)
            if name is not None:
                found.setdefault(name, []).append(default)
    return {name: ones[0] for name, ones in found.items() if len({ast.dump(one) for one in ones}) == 1}


def option_of(call: ast.Call) -> tuple[str | None, ast.expr]:
    """The attribute and the default of an option of `argparse`."""
    keywords = {one.arg: one.value for one in call.keywords}
    texts = [one.value for one in call.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    long = [text for text in texts if text.startswith("--")] or texts
    named = keywords.get("dest")
    name = (
        str(named.value) if isinstance(named, ast.Constant) else long[0].lstrip("-").replace("-", "_") if long else None
    )
    action = keywords.get("action")
    default = keywords.get("default")
    if default is None and isinstance(action, ast.Constant) and action.value in ("store_true", "store_false"):
        default = ast.Constant(action.value == "store_false")
    if default is None and call.args and not (texts and texts[0].startswith("-")):
        return None, ast.Constant(None)
    if default is not None and not is_literal(default):
        return None, ast.Constant(None)
    type_ = keywords.get("type")
    if isinstance(default, ast.Constant) and isinstance(default.value, str) and isinstance(type_, ast.Name):
        default = _converted(default, type_.id)
    return name, default if default is not None else ast.Constant(None)


def _converted(default: ast.Constant, type_: str) -> ast.Constant:
    try:
        if type_ in ("int", "float"):
            return ast.Constant(int(str(default.value)) if type_ == "int" else float(str(default.value)))
    except ValueError:
        pass
    return default


def is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True
