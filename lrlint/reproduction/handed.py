"""Functions that schedulers are given, as `lr_lambda`: torch calls them with the epoch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lrlint.reproduction.functions import FUNCTIONS, arguments_of
from lrlint.reproduction.meanings import Outside, Var
from lrlint.reproduction.scene import Scene

_SCHEDULERS = "torch.optim.lr_scheduler."


def handed_to_schedulers(scene: Scene) -> frozenset[int]:
    """The functions of a program, by id, that constructors of torch's schedulers get, directly or by a name, in a list,
    by `functools.partial` or from a function that returns them."""
    found: set[int] = set()
    seen: set[int] = set()
    stack = [argument for call in _scheduler_calls(scene) for argument in arguments_of(call)]
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        found.update(id(one) for one in scene.definitions_of(node) if isinstance(one, FUNCTIONS))
        stack += _values(scene, node)
    return frozenset(found)


def _scheduler_calls(scene: Scene) -> Iterator[ast.Call]:
    for nodes in scene.nodes.values():
        for node in nodes:
            if isinstance(node, ast.Call) and _dotted(scene, node).startswith(_SCHEDULERS):
                yield node


def _dotted(scene: Scene, call: ast.Call) -> str:
    meaning = scene.meaning(call.func)
    return meaning.dotted if isinstance(meaning, Outside) else ""


def _values(scene: Scene, node: ast.expr) -> Iterator[ast.expr]:
    """The expressions that one may have its value from."""
    if isinstance(node, (ast.List, ast.Tuple)):
        yield from node.elts
    elif isinstance(node, (ast.ListComp, ast.GeneratorExp)):
        yield node.elt
    elif isinstance(node, ast.IfExp):
        yield from (node.body, node.orelse)
    elif isinstance(node, ast.Call):
        yield from node.args[:1] if _dotted(scene, node) == "functools.partial" else _returned(scene, node)
    elif isinstance(node, (ast.Name, ast.Attribute)):
        meaning = scene.meaning(node)
        var = Var("attr", 0, node.attr) if isinstance(node, ast.Attribute) and meaning is None else meaning
        for one in scene.definitions.get(var, ()) if isinstance(var, Var) else ():
            if one.kind == "value" and not one.part and one.value is not None:
                yield one.value


def _returned(scene: Scene, call: ast.Call) -> Iterator[ast.expr]:
    for callee in scene.callees(call):
        for one in ast.walk(callee) if isinstance(callee, FUNCTIONS) else ():
            if isinstance(one, ast.Return) and one.value is not None and scene.function(one) is callee:
                yield one.value
