"""The text of pieces of a program, and what stands for those of which nothing is known."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lrlint.reproduction.guesses import Role, number_for, rounds_for
from lrlint.reproduction.meanings import Outside
from lrlint.reproduction.record import NotReproducibleError
from lrlint.reproduction.slice import Slice


def spliced(s: Slice, node: ast.AST, replaced: Iterable[tuple[ast.AST, str]]) -> str:
    """The text of a node with other texts for parts of it."""
    module = s.scene.module(node)
    place = module.tree.range(node)
    text, shift = module.tree.text[place.start : place.end], place.start
    parts = sorted(
        ((module.tree.range(part), new) for part, new in replaced), key=lambda one: one[0].start, reverse=True
    )
    for part, new in parts:
        text = text[: part.start - shift] + new + text[part.end - shift :]
    return text


def leaf(s: Slice, node: ast.expr, role: Role, names: Names = ()) -> str:
    """What stands for an expression of which nothing is known.  Raises NotReproducibleError where nothing can."""
    if role is Role.LOSS:
        return s.help("dummy_loss") + "()"
    if role is Role.SCHEDULER:
        raise NotReproducibleError(f"what builds the scheduler `{shortened(s, node)}` is not in view")
    if role is Role.NUMBER:
        return s.stand_in(node, number_for((*names, tail_of(node)), s.settings))
    if role is Role.ITEMS:
        return s.stand_in(node, f"range({rounds_for(s.scene.text(node), s.settings)})")
    if role is Role.NAMESPACE:
        s.imports["from types import SimpleNamespace"] = None
        return s.stand_in(node, f"SimpleNamespace({_options(s)})")
    if role is Role.MODEL:
        return s.stand_in(node, model(s, _count_of_parts(s, node)))
    return s.stand_in(node, _helped(s, role) or _PLAIN.get(role, "None"))


_PLAIN = {
    Role.FLAG: "True",
    Role.TEXT: '"text"',
    Role.CALLABLE: "lambda epoch: 0.5**epoch",
}


def _options(s: Slice) -> str:
    """The options that the script needs and that the program changes, with their defaults."""
    options = s.knowledge.options
    needed = [one.name for one in s.roles if one.kind == "attr" and one.name in options]
    return ", ".join(f"{name}={ast.unparse(options[name])}" for name in sorted(needed))


def _helped(s: Slice, role: Role) -> str | None:
    """The call of a function of the preamble that gives what has a role, if one does."""
    if role is Role.PARAMETER:
        return s.help("dummy_parameter") + "()"
    if role is Role.PARAMS:
        return f"[{s.help('dummy_parameter')}()]"
    if role is Role.OPTIMIZER:
        s.help("dummy_parameter")
        return s.help("dummy_optimizer") + "()"
    return None


def shortened(s: Slice, node: ast.AST) -> str:
    """The text of a node on one line, cut where it is long."""
    text = " ".join(s.scene.text(node).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def model(s: Slice, count: int | None = None) -> str:
    """The constructor call of what stands for a model; `count`: of so many parts, without names of their own."""
    parts = list(s.parts)
    if count is not None and _ANY_PARTS.issubset(parts):
        parts = [*map(str, range(count)), *(one for one in parts if one not in _ANY_PARTS)]
    return f"{s.help('dummy_model')}({', '.join(map(repr, parts))})"


_ANY_PARTS = frozenset(["first", "second"])
"""The parts of a model of whose parts only is known that they are gone through."""


def _count_of_parts(s: Slice, node: ast.expr) -> int | None:
    """How many parts a model has that is written as a sequence of them."""
    if not isinstance(node, ast.Call) or s.scene.meaning(node.func) != Outside("torch.nn.Sequential"):
        return None
    return None if any(isinstance(one, ast.Starred) for one in node.args) else len(node.args)


def tail_of(node: ast.expr) -> str:
    """The last word of an expression: what it is called."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, ast.Call):
        words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return words[0] if words else tail_of(node.args[0]) if node.args else tail_of(node.func)
    return ""


def imported(s: Slice, node: ast.expr) -> str:
    """The text of a name from outside, which the script imports as the program does."""
    root = node
    while isinstance(root, ast.Attribute):
        root = root.value
    assert isinstance(root, ast.Name)
    meaning = s.scene.meaning(root)
    assert isinstance(meaning, Outside)
    module, _, name = meaning.dotted.rpartition(".")
    if meaning.dotted == root.id:
        s.imports[f"import {root.id}"] = None
        whole = s.scene.meaning(node)
        if isinstance(whole, Outside) and whole.dotted.startswith("torch.optim.lr_scheduler"):
            s.imports["import torch"] = None
    elif module:
        s.imports[f"from {module} import {name}" + (f" as {root.id}" if root.id != name else "")] = None
    else:
        s.imports[f"import {name} as {root.id}"] = None
    return s.scene.text(node)


Names = tuple[str, ...]
"""What a value is called, for guesses: the parameter that gets it first."""


METHODS = frozenset(["step", "zero_grad", "add_param_group", "unscale_", "update", "scale", "get_lr", "get_last_lr"])
"""Methods of optimizers, schedulers and scalers that scripts call."""


THROUGH = frozenset(
    ["list", "tuple", "set", "frozenset", "iter", "reversed", "sorted", "next", "dict", "sum", "min", "max"]
)


TENSOR_HELPERS = ("torch.nn.Parameter", "torch.nn.parameter.Parameter")
