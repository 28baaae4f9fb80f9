"""Constructors of torch, and the methods by which optimizers and schedulers are stepped, as a script has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from lrlint.reproduction.guesses import Role
from lrlint.reproduction.meanings import Var
from lrlint.reproduction.record import NotReproducibleError
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.texts import METHODS, shortened, spliced, tail_of
from lrlint.torch_api import signatures


def names_of(dotted: str) -> Sequence[str]:
    signature = signatures.find(dotted)
    return [one.name for one in signature.parameters] if signature is not None else ()


_ROLES = {
    "params": Role.PARAMS,
    "optimizer": Role.OPTIMIZER,
    "schedulers": Role.OBJECT,
    "lr_lambda": Role.CALLABLE,
    "mode": Role.TEXT,
    "anneal_strategy": Role.TEXT,
    "threshold_mode": Role.TEXT,
    "model": Role.MODEL,
    "enabled": Role.FLAG,
}


_FLAGS = frozenset(
    ["nesterov", "amsgrad", "maximize", "foreach", "fused", "capturable", "differentiable", "cycle_momentum", "verbose"]
)


_CHOICES = {"mode": {"ReduceLROnPlateau": '"min"', "CyclicLR": '"triangular"'}, "anneal_strategy": {"": '"cos"'}}


def building_arguments(s: Slice, node: ast.Call, names: Sequence[str]) -> list[tuple[ast.AST, str]]:
    """The arguments of a constructor of torch."""
    parts: list[tuple[ast.AST, str]] = []
    for index, argument in enumerate(node.args):
        name = names[index] if index < len(names) else ""
        value = argument.value if isinstance(argument, ast.Starred) else argument
        parts.append((value, building_argument(s, value, name)))
    for keyword in node.keywords:
        role = Role.OBJECT if keyword.arg is None else None
        parts.append((keyword.value, building_argument(s, keyword.value, keyword.arg or "", role)))
    return parts


def without_removed(s: Slice, node: ast.Call, names: Sequence[str], text: str) -> str:
    """A constructor call without `verbose`, where torch has it no more and the finding is about something else."""
    statement = s.scene.statement(node)
    is_about = statement is not None and id(statement) in s.forced
    if is_about or not names or "verbose" in names or not any(one.arg == "verbose" for one in node.keywords):
        return text
    return re.sub(r",\s*verbose\s*=\s*[^,()\[\]{}]+(?=[,)])", "", text)


def building_argument(s: Slice, node: ast.expr, name: str, role: Role | None = None) -> str:
    """An argument of a constructor of torch, by the parameter that gets it."""
    if role is not None:
        return s.write(node, role) if not s.knowledge.is_unknown(node) else s.stand_in(node, "{}")
    role = _ROLES.get(name, Role.FLAG if name in _FLAGS else Role.NUMBER)
    if name in ("mode", "anneal_strategy", "threshold_mode") and s.knowledge.is_unknown(node):
        texts = {"anneal_strategy": '"cos"', "threshold_mode": '"rel"'}
        is_cyclic = "Cyclic" in s.scene.text(s.scene.parent(node) or node)
        return s.stand_in(node, texts.get(name, '"triangular"' if is_cyclic else '"min"'))
    if role is Role.FLAG and s.knowledge.is_unknown(node):
        return s.stand_in(node, "False")
    return s.write(node, role, (name,) if name else ())


def act(s: Slice, node: ast.Call) -> str:
    """A call of a method of an optimizer, scheduler or GradScaler, or of a class that a name stands for."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in METHODS:
        return spliced(s, node, [(node.func, s.write(node.func, Role.OBJECT)), *building_arguments(s, node, ())])
    owner = node.func.value
    is_direct = s.knowledge.is_unknown(owner) and not isinstance(s.scene.meaning(owner), Var)
    if is_direct and node.func.attr in ("step", "add_param_group"):
        raise NotReproducibleError(f"what `{shortened(s, owner)}` is built from is not in view")
    role = Role.SCHEDULER if id(node) in s.scheduler_steps else Role.OPTIMIZER
    parts: list[tuple[ast.AST, str]] = [(owner, s.write(owner, role if node.func.attr != "scale" else Role.OBJECT))]
    if node.func.attr == "step":
        parts += [(one, _step_argument(s, one, "")) for one in node.args]
        parts += [(one.value, _step_argument(s, one.value, one.arg or "")) for one in node.keywords]
    elif node.func.attr == "add_param_group":
        parts += [(one, s.write(one, Role.PARAMS)) for one in (*node.args, *(k.value for k in node.keywords))]
    else:
        parts += [
            (one, s.write(one, Role.OPTIMIZER if node.func.attr in ("unscale_",) else Role.NUMBER)) for one in node.args
        ]
        parts += [(one.value, s.write(one.value, Role.FLAG)) for one in node.keywords]
    return spliced(s, node, parts)


def _step_argument(s: Slice, node: ast.expr, name: str) -> str:
    if isinstance(node, ast.Starred):
        return spliced(s, node, [(node.value, s.write(node.value, Role.OBJECT))])
    functions = s.scene.definitions_of(node)
    if functions or isinstance(node, ast.Lambda):
        for one in functions:
            s.keep_whole(one)
            s.need(Var("return", id(one), ""), Role.LOSS)
        if isinstance(node, ast.Name) and isinstance(meaning := s.scene.meaning(node), Var):
            s.need(meaning, Role.CALLABLE)
        return s.scene.text(node) if not isinstance(node, ast.Lambda) else f"lambda: {s.help('dummy_loss')}()"
    if not s.knowledge.is_unknown(node):
        is_object = s.knowledge.is_known(node) and isinstance(node, (ast.Name, ast.Attribute))
        return s.write(node, Role.OPTIMIZER if is_object else Role.NUMBER, ("epoch_number",) if name == "epoch" else ())
    if _is_optimizer_like(node):
        return s.write(node, Role.OPTIMIZER)
    return s.stand_in(node, "1.0") if _is_metric(node) else s.write(node, Role.NUMBER, (name, "metric"))


def _is_optimizer_like(node: ast.expr) -> bool:
    return "optim" in tail_of(node).lower()


def _is_metric(node: ast.expr) -> bool:
    return not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))
