"""Calls as a script has them: of builtins, of torch, of methods of values."""

from __future__ import annotations

import ast

from lrlint.reproduction.building import act, building_arguments, names_of, without_removed
from lrlint.reproduction.conditions import note_names
from lrlint.reproduction.functions import CHANGING
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.meanings import Builtin, Outside, Var
from lrlint.reproduction.own_calls import call_own
from lrlint.reproduction.purity import OF_MODELS, OF_VALUES, PROGRESS, PURE, is_pure_function, is_torch_building
from lrlint.reproduction.record import Site
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.texts import TENSOR_HELPERS, THROUGH, Names, imported, leaf, spliced
from lrlint.torch_api import signatures


def write_call(s: Slice, node: ast.Call, role: Role, names: Names) -> str:
    meaning = s.scene.meaning(node.func)
    fallback = s.knowledge.fallback(node)
    if fallback is not None:
        return s.stand_in(node, repr(fallback.value))
    if isinstance(meaning, Outside):
        return _call_outside(s, node, meaning.dotted, role, names)
    callees = s.scene.callees(node)
    if id(node) in s.acts and not callees:
        return act(s, node)
    if callees:
        return call_own(s, node, callees, role, names)
    if isinstance(meaning, Builtin):
        return _call_builtin(s, node, meaning.name, role, names)
    if isinstance(node.func, ast.Attribute):
        return _call_method(s, node, node.func, role, names)
    if not isinstance(node.func, ast.Attribute) and not s.knowledge.is_unknown(node.func):
        return spliced(s, node, [(node.func, s.write(node.func, Role.OBJECT)), *_arguments(s, node, {}, Role.NUMBER)])
    return _through_progress(s, node, role, names)


def _through_progress(s: Slice, node: ast.Call, role: Role, names: Names) -> str:
    """What a progress bar goes through, in its place; else what stands for a call."""
    tail = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if tail == "trange" and node.args:
        arguments = ", ".join(s.write(one, Role.NUMBER, ("epochs",)) for one in node.args)
        return s.stand_in(node, f"range({arguments})")
    if tail in PROGRESS and node.args:
        return s.write(node.args[0], role, names)
    return leaf(s, node, role, names)


def _arguments(s: Slice, node: ast.Call, roles: dict[str, Role], default: Role) -> list[tuple[ast.AST, str]]:
    parts: list[tuple[ast.AST, str]] = [(one, s.write(one, default)) for one in node.args]
    return parts + [
        (one.value, s.write(one.value, roles.get(one.arg or "", default), (one.arg or "",))) for one in node.keywords
    ]


def _call_outside(s: Slice, node: ast.Call, dotted: str, role: Role, names: Names) -> str:
    tail = dotted.rpartition(".")[2]
    if is_torch_building(dotted) and signatures.scheduler(dotted) is None and signatures.optimizer(dotted) is None:
        return spliced(s, node, [(node.func, imported(s, node.func)), *building_arguments(s, node, ())])
    if is_torch_building(dotted):
        if signatures.optimizer(dotted) is not None:
            _note_site(s, node, tail)
        parameters = names_of(dotted)
        text = spliced(s, node, [(node.func, imported(s, node.func)), *building_arguments(s, node, parameters)])
        return without_removed(s, node, parameters, text)
    if dotted in TENSOR_HELPERS:
        return s.stand_in(node, s.help("dummy_parameter") + "()")
    if tail in PROGRESS or tail == "trange":
        return _through_progress(s, node, role, names)
    if is_pure_function(dotted):
        if dotted.rpartition(".")[2] == "deepcopy" and s.knowledge.is_unknown(node) and role is Role.MODEL:
            return leaf(s, node, role, names)
        inner = (
            Role.CALLABLE
            if tail == "partial"
            else role
            if tail in ("chain", "islice", "deepcopy", "copy")
            else Role.NUMBER
        )
        parts = [
            (one, s.write(one, inner if index == 0 or inner is role else Role.NUMBER))
            for index, one in enumerate(node.args)
        ]
        parts += [(one.value, s.write(one.value, Role.NUMBER, (one.arg or "",))) for one in node.keywords]
        return spliced(s, node, [(node.func, imported(s, node.func)), *parts])
    if dotted.startswith("torch.nn.") and role in (Role.ANY, Role.OBJECT, Role.OPTIMIZER):
        role = Role.MODEL if tail[:1].isupper() and not tail.endswith("Loss") else role
    return leaf(s, node, role, names)


def _note_site(s: Slice, node: ast.Call, class_name: str) -> None:
    outer = s.scene.statement(node)
    label = "optimizer"
    if isinstance(outer, ast.Assign) and isinstance(outer.targets[0], (ast.Name, ast.Attribute)):
        label = s.scene.text(outer.targets[0]).removeprefix("self.")
    s.sites[id(node)] = Site(s.scene.path(node), s.scene.line(node), class_name, label)


def _call_builtin(s: Slice, node: ast.Call, name: str, role: Role, names: Names) -> str:
    if name == "super":
        return s.scene.text(node)
    if name in _ASKING:
        return spliced(s, node, [(one, s.write(one, _ASKING[name])) for one in node.args])
    if name in ("getattr", "hasattr"):
        _note_asked(s, node, role)
        asked = [(one, s.write(one, role if index else Role.OBJECT)) for index, one in enumerate(node.args)]
        return spliced(s, node, asked)
    if name == "len":
        return _length(s, node)
    if name == "range":
        return _range(s, node)
    is_unknown = s.knowledge.is_unknown(node)
    if name not in PURE or (is_unknown and name not in _ARITHMETIC and role in _SIMPLE):
        return leaf(s, node, role, names)
    inner = role if name in _CARRYING else Role.NUMBER
    if inner is Role.PARAMETER:
        inner = Role.PARAMS
    first = Role.CALLABLE if name in ("filter", "map") else inner
    parts = [(one, s.write(one, inner if index else first, names)) for index, one in enumerate(node.args)]
    parts += [(one.value, s.write(one.value, Role.NUMBER, (one.arg or "",))) for one in node.keywords]
    return spliced(s, node, parts)


def _note_asked(s: Slice, node: ast.Call, role: Role) -> None:
    """The script needs an attribute whose name is asked for, where the program sets it."""
    word = node.args[1].value if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) else None
    if isinstance(word, str) and Var("attr", 0, word) in s.scene.definitions:
        s.need(Var("attr", 0, word), Role.ANY if role is Role.FLAG else role)


_ASKING = {
    **dict.fromkeys(("isinstance", "issubclass", "type", "callable"), Role.OBJECT),
    "id": Role.PARAMETER,
}
"""What builtins that only look at something need it for."""

_ARITHMETIC = frozenset(["int", "float", "max", "min", "round", "abs", "str", "bool", "pow"])
_CARRYING = frozenset(["filter", "map", "enumerate", "zip"]) | THROUGH
"""Builtins that give what they get."""

_SIMPLE = (Role.NUMBER, Role.FLAG, Role.TEXT, Role.ANY)


def _length(s: Slice, node: ast.Call) -> str:
    if node.args and _is_part_of_loader(s, node.args[0]):
        return s.stand_in(node, str(s.settings.steps_per_epoch))
    inner = Role.ITEMS if node.args and s.knowledge.is_unknown(node.args[0]) else Role.OBJECT
    return spliced(s, node, [(one, s.write(one, inner)) for one in node.args])


def _range(s: Slice, node: ast.Call) -> str:
    names = ("epochs" if "epoch" in s.scene.text(node).lower() else "steps_per_epoch",)
    return spliced(
        s, node, [(one, _bound(s, one, index, len(node.args), names)) for index, one in enumerate(node.args)]
    )


def _bound(s: Slice, node: ast.expr, index: int, count: int, names: Names) -> str:
    """A bound of a range: the first of two is where it starts."""
    is_start = count > 1 and index == 0
    return s.write(node, Role.NUMBER, ("start_epoch",) if is_start else names if index < 2 else ("1",))


def _is_part_of_loader(s: Slice, node: ast.expr) -> bool:
    """Whether `len` asks an attribute of something unknown, as `loader.dataset` is."""
    return (
        isinstance(node, (ast.Attribute, ast.Subscript, ast.Call))
        and s.knowledge.is_unknown(node)
        and (not isinstance(node, ast.Attribute) or not s.knowledge.is_object(node.value))
    )


_ASKED = frozenset(["get_last_lr", "get_lr", "_get_closed_form_lr", "state_dict"])
"""Methods that only look at an optimizer or scheduler."""

_MOVING = frozenset(["to", "cuda", "cpu", "double", "float", "half", "train", "eval"])
"""Methods that give their object back, or change nothing that a script shows."""


def _call_method(s: Slice, node: ast.Call, func: ast.Attribute, role: Role, names: Names) -> str:
    owner = func.value
    if func.attr in OF_MODELS:
        if "parameters" not in func.attr and s.knowledge.is_unknown(owner):
            s.note_part("first")
            s.note_part("second")
        arguments = [(one, s.scene.text(one)) for one in node.args if s.knowledge.is_known(one)]
        return spliced(s, node, [(owner, s.write(owner, Role.MODEL)), *arguments])
    if func.attr in _MOVING and role is not Role.NUMBER and (role is Role.MODEL or not s.knowledge.is_unknown(owner)):
        return s.write(owner, role, names)
    if func.attr == "__init__" and isinstance(owner, ast.Call):
        return spliced(s, node, _arguments(s, node, {"optimizer": Role.OPTIMIZER, "params": Role.PARAMS}, Role.OBJECT))
    if func.attr in ("startswith", "endswith"):
        note_names(s, owner, node.args)
    is_value = func.attr in OF_VALUES or func.attr in (CHANGING | _ASKED)
    if is_value and not s.knowledge.is_unknown(owner):
        inner = Role.OBJECT if role in (Role.ANY, Role.ITEMS, Role.TEXT, Role.FLAG) else role
        parts = [(one, s.write(one, role if func.attr in CHANGING else Role.TEXT)) for one in node.args]
        return spliced(s, node, [(owner, s.write(owner, inner, names)), *parts])
    if s.scene.definitions.get(Var("attr", 0, func.attr)) and not s.knowledge.is_unknown(func):
        return spliced(s, node, [(func, s.write(func, Role.OBJECT)), *_arguments(s, node, {}, Role.NUMBER)])
    if func.attr in _ASKED and role is Role.OBJECT:
        return spliced(s, node, [(owner, s.write(owner, Role.OBJECT))])
    return _through_progress(s, node, role, names)
