"""What code does besides computing values: the calls that a script keeps for their own sake."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lrlint.program import ir
from lrlint.reproduction.building import act
from lrlint.reproduction.entries import entry_arguments
from lrlint.reproduction.functions import CHANGING, FUNCTIONS, bound_arguments, last_name, set_by_name
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.handing import MAPPING
from lrlint.reproduction.lines import lines_of
from lrlint.reproduction.meanings import Var
from lrlint.reproduction.names import use_as_value
from lrlint.reproduction.own_calls import call_own
from lrlint.reproduction.purity import is_pure_name
from lrlint.reproduction.record import Line
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.targets import key_of, var_of

HYPERPARAMETERS = frozenset(
    ["lr", "initial_lr", "weight_decay", "momentum", "betas", "params", "max_lr", "min_lr", "lr_scale"]
)
"""The keys of param groups that code sets by hand."""


def sets_group(s: Slice, target: ast.expr) -> bool:
    """Whether a target is an entry of a param group of an optimizer."""
    if not isinstance(target, ast.Subscript) or not HYPERPARAMETERS.intersection(key_of(target)):
        return False
    return is_group(s, target.value)


def is_group(s: Slice, node: ast.expr) -> bool:
    """Whether an expression stands for a param group: what `param_groups` holds."""
    if any(isinstance(one, ast.Attribute) and one.attr == "param_groups" for one in ast.walk(node)):
        return True
    meaning = s.scene.meaning(node)
    if not isinstance(meaning, Var):
        return False
    values = [one.value for one in s.scene.definitions.get(meaning, ()) if one.kind in ("item", "value") and one.value]
    return any(
        isinstance(one, ast.Attribute) and one.attr == "param_groups" for value in values for one in ast.walk(value)
    )


def has_acts(s: Slice, node: ast.AST) -> bool:
    return any(is_act(s, one) for one in ast.walk(node) if isinstance(one, ast.Call))


def is_act(s: Slice, node: ast.Call) -> bool:
    """Whether a call builds or steps something, by itself or in a function of the program."""
    callees = s.scene.callees(s.scene.handed(node) or node)
    if id(node) in s.acts or any(_acts(s, one) for one in callees):
        return True
    func = node.func
    if isinstance(func, ast.Name) and _is_acting_lambda(s, func):
        return True
    is_own = isinstance(func, ast.Attribute) and (
        not s.knowledge.is_unknown(func.value)
        or (isinstance(func.value, ast.Name) and func.value.id in ir.OBJECTS)
        or (isinstance(func.value, ast.Call) and getattr(func.value.func, "id", "") == "super")
        or func.attr == "__init__"
    )
    is_own = is_own or any(_is_namespace(s, one) for one in node.args)
    return is_own and any(id(one) in s.setting for one in callees)


def _is_acting_lambda(s: Slice, node: ast.Name) -> bool:
    """Whether a name stands for a lambda that builds or steps something."""
    meaning = s.scene.meaning(node)
    values = [one.value for one in s.scene.definitions.get(meaning, ())] if isinstance(meaning, Var) else []
    return any(isinstance(one, ast.Lambda) and has_acts(s, one.body) for one in values)


def _is_namespace(s: Slice, node: ast.expr) -> bool:
    """Whether a name stands for options that the script makes."""
    meaning = s.scene.meaning(node)
    return isinstance(meaning, Var) and s.roles.get(meaning) is Role.NAMESPACE


def _acts(s: Slice, callee: ast.AST) -> bool:
    if id(callee) in s.acting:
        return True
    if isinstance(callee, ast.ClassDef):
        initializer = s.scene.member(callee, "__init__")
        return initializer is not None and id(initializer) in s.acting
    return False


def has_acts_in(s: Slice, nodes: Sequence[ast.stmt]) -> bool:
    return any(has_acts(s, one) for one in nodes)


def write_evaluate(s: Slice, statement: ast.stmt, node: ast.expr, depth: int) -> list[Line]:
    """An expression for its effects."""
    texts: list[str] = []
    _effects(s, node, texts, id(statement) in s.forced)
    lines: list[Line] = []
    for text in texts:
        lines += lines_of(s, statement, text, depth)
    return lines


def _effects(s: Slice, node: ast.AST, texts: list[str], is_forced: bool) -> None:
    """The outermost parts of an expression that do something, in order."""
    if isinstance(node, ast.Lambda):
        return
    text = _effect(s, node, is_forced)
    if text is not None:
        texts.append(text)
        return
    for child in ast.iter_child_nodes(node):
        _effects(s, child, texts, is_forced)


def _effect(s: Slice, node: ast.AST, is_forced: bool) -> str | None:
    """The text of an expression that does something itself; None for others."""
    if isinstance(node, ast.Call):
        return _effect_of_call(s, node, is_forced)
    if isinstance(node, ast.Yield):
        return _yielded(s, node)
    if is_forced and isinstance(node, ast.Attribute) and node.attr in ("step", "lr", "last_lr", "param_groups"):
        return f"{s.write(node.value, Role.OPTIMIZER)}.{node.attr}"
    if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) and has_acts(s, node):
        return s.write(node, Role.OBJECT)
    return None


def _yielded(s: Slice, node: ast.Yield) -> str:
    """What a generator gives, where something needs it."""
    function = s.scene.function(node)
    role = s.roles.get(Var("return", id(function), ""))
    return f"yield {s.write(node.value, role)}" if node.value is not None and role is not None else "yield"


def _effect_of_call(s: Slice, node: ast.Call, is_forced: bool) -> str | None:
    name = set_by_name(node)
    if name is not None and s.is_needed(Var("attr", 0, name)):
        value = s.write(node.args[2], s.roles[Var("attr", 0, name)])
        return f"setattr({s.write(node.args[0], Role.OBJECT)}, {name!r}, {value})"
    if _is_backward(node):
        return _backward(s, node)
    if _is_hook(s, node):
        return _hook(s, node)
    if is_act(s, node):
        if (made := s.scene.handed(node)) is not None:
            return _handed(s, node, made)
        callees = s.scene.callees(node)
        return call_own(s, node, callees, Role.ANY, ()) if callees else s.write(node, Role.OBJECT)
    if _is_change(s, node) or _is_super(s, node):
        return _changing(s, node)
    return act(s, node) if is_forced and _is_asked(node) else None


def _handed(s: Slice, node: ast.Call, made: ast.Call) -> str:
    """What stands for a call that hands a function of the program to code out of view: the call that this makes."""
    function = s.scene.callees(made)[0]
    assert isinstance(function, FUNCTIONS)
    if last_name(node.func) in MAPPING and made.args:
        use_as_value(s, function)
        text = f"list(map({s.write(made.func, Role.CALLABLE)}, {s.write(made.args[0], Role.ITEMS)}))"
        return s.stand_in(node, text)
    text = call_own(s, made, [function], Role.ANY, ())
    bound = bound_arguments(made, function, s.scene.is_bound(made, function)) or {}
    missing = entry_arguments(s, function, list(bound.values()))
    return s.stand_in(node, f"{text[:-1]}{', ' if missing and not text.endswith('()') else ''}{missing})")


_HOOKS = {
    **dict.fromkeys(("register_hook", "register_post_accumulate_grad_hook"), Role.PARAMETER),
    **dict.fromkeys(("register_step_pre_hook", "register_step_post_hook"), Role.OPTIMIZER),
}
"""Methods of parameters and optimizers that have torch call a function later."""


def _is_hook(s: Slice, node: ast.Call) -> bool:
    """Whether a call has torch call a function of the program that builds or steps something."""
    is_registered = isinstance(node.func, ast.Attribute) and node.func.attr in _HOOKS and len(node.args) == 1
    return is_registered and any(id(one) in s.acting for one in s.scene.definitions_of(node.args[0]))


def _hook(s: Slice, node: ast.Call) -> str:
    assert isinstance(node.func, ast.Attribute)
    owner = s.write(node.func.value, _HOOKS[node.func.attr])
    return f"{owner}.{node.func.attr}({s.write(node.args[0], Role.CALLABLE)})"


def _is_asked(node: ast.Call) -> bool:
    """Whether a call asks an optimizer or scheduler for something that findings are about."""
    return isinstance(node.func, ast.Attribute) and node.func.attr in (
        "get_lr",
        "get_last_lr",
        "load_state_dict",
        "state_dict",
    )


def _is_backward(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "backward"


def _backward(s: Slice, node: ast.Call) -> str:
    assert isinstance(node.func, ast.Attribute)
    owner = node.func.value
    loss = s.help("dummy_loss") + "()"
    if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute) and owner.func.attr == "scale":
        scaler = owner.func.value
        if not s.knowledge.is_unknown(scaler):
            return f"{s.write(scaler, Role.OBJECT)}.scale({loss}).backward()"
    return f"{loss}.backward()"


def _is_change(s: Slice, node: ast.Call) -> bool:
    """Whether a call changes a list, dict or set that the script needs."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in CHANGING:
        return False
    owner = var_of(s, node.func.value)
    if owner is not None and s.is_needed(owner) and not s.knowledge.is_unknown(node.func.value):
        return True
    return is_group(s, node.func.value)


def _changing(s: Slice, node: ast.Call) -> str:
    assert isinstance(node.func, ast.Attribute)
    if _is_super(s, node):
        klass = next((one for one in s.scene.around(node) if isinstance(one, ast.ClassDef)), None)
        return "super().__init__()" if id(klass) in s.models else s.write(node, Role.OBJECT)
    owner = var_of(s, node.func.value)
    role = s.roles.get(owner, Role.OBJECT) if owner is not None else Role.OBJECT
    if role is Role.PARAMS and node.func.attr in ("append", "add", "insert"):
        role = Role.PARAMETER
    arguments = [s.write(one, role) for one in node.args]
    arguments += [
        f"{one.arg}={s.write(one.value, role)}" if one.arg else f"**{s.write(one.value, role)}" for one in node.keywords
    ]
    return f"{s.write(node.func.value, role)}.{node.func.attr}({', '.join(arguments)})"


def _is_super(s: Slice, node: ast.Call) -> bool:
    """Whether a call initializes a base class that is in the script."""
    func = node.func
    if not (
        isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call) and isinstance(func.value.func, ast.Name)
    ):
        return False
    if func.value.func.id != "super" or s.scene.callees(node):
        return False
    klass = next((one for one in s.scene.around(node) if isinstance(one, ast.ClassDef)), None)
    if klass is None:
        return False
    outside = s.scene.outside_bases(klass)
    return any(is_pure_name(one) for one in outside) or (id(klass) in s.models)
