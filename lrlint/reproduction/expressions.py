"""Expressions of a program as a script has them: as they are written, with stand-ins for what is not known."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from lrlint.program import ir
from lrlint.reproduction.guesses import Role, number_for
from lrlint.reproduction.knowledge import (
    OF_MODELS,
    OF_TRACKED,
    OF_VALUES,
    PROGRESS,
    PURE,
    Status,
    is_generator,
    is_module,
    is_pure_function,
    is_pure_name,
    is_torch_building,
    operands_of,
)
from lrlint.reproduction.record import NotReproducibleError, Site
from lrlint.reproduction.scene import (
    CHANGING,
    FUNCTIONS,
    Builtin,
    Callee,
    FunctionNode,
    Outside,
    OtherModule,
    Var,
    bound_arguments,
    default_of,
    parameters_of,
)
from lrlint.reproduction.slice import Slice
from lrlint.torch_api import signatures

Names = tuple[str, ...]
"""What a value is called, for guesses: the parameter that gets it first."""

METHODS = frozenset(["step", "zero_grad", "add_param_group", "unscale_", "update", "scale", "get_lr", "get_last_lr"])
"""Methods of optimizers, schedulers and scalers that scripts call."""

_THROUGH = frozenset(["list", "tuple", "set", "frozenset", "iter", "reversed", "sorted", "next", "dict", "sum", "min", "max"])
_TENSOR_HELPERS = ("torch.nn.Parameter", "torch.nn.parameter.Parameter")


def write(s: Slice, node: ast.expr, role: Role, names: Names = ()) -> str:
    """The text of an expression whose value the script needs for something."""
    if role is Role.LOSS and not isinstance(node, (ast.Name, ast.Tuple)):
        return s.help("dummy_loss") + "()"
    if isinstance(node, ast.Constant):
        return s.scene.text(node)
    if isinstance(node, ast.Name):
        return _name(s, node, role, names)
    if isinstance(node, ast.Attribute):
        return _attribute(s, node, role, names)
    if isinstance(node, ast.Call):
        return _call(s, node, role, names)
    if isinstance(node, ast.Subscript):
        return _subscript(s, node, role, names)
    if isinstance(node, ast.Lambda):
        return _spliced(s, node, [(node.body, write(s, node.body, Role.NUMBER, names))])
    if isinstance(node, ast.Dict):
        return _dict(s, node, role, names)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        inner = Role.PARAMETER if role is Role.PARAMS else role
        return _spliced(s, node, [(one, _element(s, one, inner, names)) for one in node.elts])
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
        return _comprehension(s, node, role, names)
    if isinstance(node, ast.IfExp):
        return _conditional(s, node, role, names)
    if isinstance(node, ast.Starred):
        return _spliced(s, node, [(node.value, write(s, node.value, role, names))])
    if isinstance(node, ast.NamedExpr):
        return write(s, node.value, role, names)
    operands = operands_of(node)
    if operands and not (s.knowledge.is_unknown(node) and role not in (Role.NUMBER, Role.ITEMS)):
        if isinstance(node, (ast.Compare, ast.BoolOp)) and s.knowledge.status(node) is not Status.KNOWN:
            return test(s, node, True)
        if isinstance(node, ast.Compare):
            for one in operands:
                _note_names(s, one, operands)
        inner = role if role not in (Role.FLAG, Role.ANY) else Role.OBJECT if isinstance(node, ast.Compare) else Role.NUMBER
        inner = Role.FLAG if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not) else inner
        return _spliced(s, node, [(one, write(s, one, inner, names)) for one in operands])
    if isinstance(node, ast.JoinedStr):
        return _spliced(s, node, []) if s.knowledge.is_known(node) else s.stand_in(node, '"text"')
    return leaf(s, node, role, names)


def _element(s: Slice, node: ast.expr, role: Role, names: Names) -> str:
    return write(s, node, role, names)


def _spliced(s: Slice, node: ast.AST, replaced: Iterable[tuple[ast.AST, str]]) -> str:
    """The text of a node with other texts for parts of it."""
    module = s.scene.module(node)
    place = module.tree.range(node)
    text, shift = module.tree.text[place.start : place.end], place.start
    parts = sorted(((module.tree.range(part), new) for part, new in replaced), key=lambda one: one[0].start, reverse=True)
    for part, new in parts:
        text = text[: part.start - shift] + new + text[part.end - shift :]
    return text


def leaf(s: Slice, node: ast.expr, role: Role, names: Names = ()) -> str:
    """What stands for an expression of which nothing is known."""
    if role is Role.NUMBER:
        return s.stand_in(node, number_for((*names, _tail(node)), s.settings))
    if role is Role.ITEMS:
        from lrlint.reproduction.guesses import rounds_for

        return s.stand_in(node, f"range({rounds_for(s.scene.text(node), s.settings)})")
    if role is Role.FLAG:
        return s.stand_in(node, "True")
    if role is Role.TEXT:
        return s.stand_in(node, '"text"')
    if role is Role.LOSS:
        return s.help("dummy_loss") + "()"
    if role is Role.PARAMETER:
        return s.stand_in(node, s.help("dummy_parameter") + "()")
    if role is Role.PARAMS:
        return s.stand_in(node, f"[{s.help('dummy_parameter')}()]")
    if role is Role.MODEL:
        return s.stand_in(node, model(s))
    if role is Role.OPTIMIZER:
        s.help("dummy_parameter")
        return s.stand_in(node, s.help("dummy_optimizer") + "()")
    if role is Role.SCHEDULER:
        raise NotReproducibleError(f"what builds the scheduler `{_short(s, node)}` is not in view")
    if role is Role.NAMESPACE:
        s.imports["from types import SimpleNamespace"] = None
        return s.stand_in(node, "SimpleNamespace()")
    if role is Role.CALLABLE:
        return s.stand_in(node, "lambda epoch: 0.5 ** epoch")
    return s.stand_in(node, "None")


def _short(s: Slice, node: ast.AST) -> str:
    text = " ".join(s.scene.text(node).split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def model(s: Slice) -> str:
    """The constructor call of what stands for a model."""
    return f"{s.help('dummy_model')}({', '.join(repr(part) for part in s.parts)})"


def _tail(node: ast.expr) -> str:
    """The last word of an expression: what it is called."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    if isinstance(node, ast.Call):
        words = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return words[0] if words else _tail(node.args[0]) if node.args else _tail(node.func)
    return ""


# Names


def _name(s: Slice, node: ast.Name, role: Role, names: Names) -> str:
    meaning = s.scene.meaning(node)
    if node.id in ir.OBJECTS and isinstance(meaning, Var):
        if role is Role.MODEL:
            klass = next((one for one in s.scene.around(node) if isinstance(one, ast.ClassDef)), None)
            if klass is not None:
                s.note_model(klass)
        return node.id
    if isinstance(meaning, Var):
        return _variable(s, node, meaning, role, names)
    if isinstance(meaning, Outside):
        return _outside(s, node, meaning.dotted, role, names)
    if isinstance(meaning, Builtin) and meaning.name in PURE:
        return node.id
    if isinstance(meaning, OtherModule):
        raise NotReproducibleError(f"the module `{node.id}` is used as an object")
    return leaf(s, node, role, names)


def _variable(s: Slice, node: ast.expr, var: Var, role: Role, names: Names) -> str:
    definitions = [one.node for one in s.scene.definitions.get(var, ()) if isinstance(one.node, Callee)]
    for one in definitions if var.kind == "name" else ():
        if isinstance(one, ast.ClassDef):
            s.keep(one)
        else:
            use_as_value(s, one)
    if role is Role.LOSS and not s.is_needed(var):
        return s.help("dummy_loss") + "()"
    s.need(var, role)
    return var.name if var.kind == "name" else s.scene.text(node)


def use_as_value(s: Slice, function: FunctionNode) -> None:
    """Keep a function that something else than the program may call, such as a scheduler its lambda."""
    s.keep_whole(function)
    s.need(Var("return", id(function), ""), Role.NUMBER)


def _outside(s: Slice, node: ast.expr, dotted: str, role: Role, names: Names) -> str:
    if not is_pure_name(dotted):
        return leaf(s, node, role, names)
    return imported(s, node)


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


def _attribute(s: Slice, node: ast.Attribute, role: Role, names: Names) -> str:
    meaning = s.scene.meaning(node)
    if isinstance(meaning, Outside):
        return _outside(s, node, meaning.dotted, role, names)
    if isinstance(meaning, Var):
        return _variable(s, node, meaning, role, names)
    if isinstance(meaning, OtherModule):
        raise NotReproducibleError(f"the module `{s.scene.text(node)}` is used as an object")
    default = s.knowledge.default(node)
    if default is not None:
        return s.stand_in(node, ast.unparse(default)) if not _is_none(default) or role is Role.ANY else _default(s, node, role, names)
    var = Var("attr", 0, node.attr)
    methods = [one for one in s.scene.definitions_of(node)]
    if methods and isinstance(methods[0], FUNCTIONS):
        use_as_value(s, methods[0])
        return _spliced(s, node, [(node.value, write(s, node.value, Role.OBJECT))])
    is_set = s.knowledge.is_set_namespace(node) and not s.knowledge.is_object(node.value)
    if is_set and not s.knowledge.is_unknown(node):
        s.need(var, role)
        return _spliced(s, node, [(node.value, write(s, node.value, Role.NAMESPACE))])
    if var in s.scene.definitions and s.knowledge.is_object(node.value) and _is_settable(s, node):
        for one in s.scene.definitions[var]:
            if one.kind == "definition" and isinstance(one.node, FUNCTIONS) and s.scene.klass(one.node) is not None:
                s.keep(one.node)
                s.need(Var("return", id(one.node), ""), role)
        s.need(var, role)
        return _spliced(s, node, [(node.value, write(s, node.value, Role.OBJECT))])
    if node.attr in ("requires_grad", "ndim", "shape", "grad") and not s.knowledge.is_unknown(node.value):
        return _spliced(s, node, [(node.value, write(s, node.value, Role.PARAMETER))])
    if node.attr in OF_TRACKED or (node.attr in ("defaults", "optimizer", "state_dict", "best", "num_bad_epochs")):
        owner = node.value
        if not s.knowledge.is_unknown(owner) or role in (Role.OBJECT, Role.OPTIMIZER):
            return _spliced(s, node, [(owner, write(s, owner, Role.OPTIMIZER))])
    if role in (Role.MODEL, Role.PARAMETER, Role.PARAMS) and not _is_outside(s, node):
        if role is Role.MODEL:
            s.note_part(node.attr)
            return _spliced(s, node, [(node.value, write(s, node.value, Role.MODEL))])
    return leaf(s, node, role, names)


def _default(s: Slice, node: ast.Attribute, role: Role, names: Names) -> str:
    """An option that is None by default: what makes sense where a number is needed."""
    return s.stand_in(node, "None") if role in (Role.FLAG, Role.OBJECT) else leaf(s, node, role, names)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_settable(s: Slice, node: ast.Attribute) -> bool:
    """Whether an attribute is one that the program gives to an object of its own classes, or to a model."""
    definitions = s.scene.definitions.get(Var("attr", 0, node.attr), ())
    return any(one.kind != "change" for one in definitions)


def _is_outside(s: Slice, node: ast.expr) -> bool:
    root = node
    while isinstance(root, (ast.Attribute, ast.Subscript)):
        root = root.value
    return isinstance(root, ast.Name) and isinstance(s.scene.meaning(root), (Outside, Builtin))


def _subscript(s: Slice, node: ast.Subscript, role: Role, names: Names) -> str:
    if s.knowledge.is_unknown(node.value) and role not in (Role.OBJECT, Role.OPTIMIZER, Role.MODEL):
        return leaf(s, node, role, names)
    if role is Role.MODEL and s.knowledge.is_unknown(node.value):
        if isinstance(node.slice, ast.Constant):
            s.note_part(str(node.slice.value).replace(".", "_"))
            return f"getattr({write(s, node.value, Role.MODEL)}, {str(node.slice.value)!r})"
        return write(s, node.value, Role.MODEL)
    inner = Role.PARAMS if role is Role.PARAMETER else role
    index = node.slice
    key = _some_key(s, node) if s.knowledge.is_unknown(index) and not isinstance(index, ast.Slice) else None
    if key is not None:
        owner_text = write(s, node.value, Role.OBJECT if role is Role.ANY else inner, names)
        return f"{owner_text}[{s.stand_in(index, key)}]"
    parts: list[tuple[ast.AST, str]] = [(node.value, write(s, node.value, Role.OBJECT if role is Role.ANY else inner, names))]
    if not isinstance(index, (ast.Constant, ast.Slice)):
        parts.append((index, write(s, index, Role.TEXT if s.knowledge.is_unknown(index) else Role.NUMBER)))
    return _spliced(s, node, parts)


def _some_key(s: Slice, node: ast.Subscript) -> str | None:
    """A key of the dict that a subscript with an unknown key looks into."""
    meaning = s.scene.meaning(node.value)
    values = [one.value for one in s.scene.definitions.get(meaning, ())] if isinstance(meaning, Var) else [node.value]
    keys = [key for value in values if isinstance(value, ast.Dict) for key in value.keys if isinstance(key, ast.Constant)]
    return repr(keys[0].value) if keys else None


def _dict(s: Slice, node: ast.Dict, role: Role, names: Names) -> str:
    parts: list[tuple[ast.AST, str]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        word = str(key.value) if isinstance(key, ast.Constant) else ""
        inner = role
        if word == "params":
            inner = Role.PARAMS
        elif word in ("scheduler", "optimizer", "lr_scheduler"):
            inner = Role.OBJECT
        elif role in (Role.PARAMS, Role.PARAMETER):
            inner = Role.NUMBER
        elif role is Role.OBJECT and s.knowledge.is_unknown(value):
            inner = Role.ANY if not word else Role.NUMBER
        parts.append((value, write(s, value, inner, (word, *names) if word else names)))
        if key is not None and not isinstance(key, ast.Constant):
            parts.append((key, write(s, key, Role.TEXT)))
    return _spliced(s, node, parts)


def _comprehension(
    s: Slice, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, role: Role, names: Names
) -> str:
    inner = Role.PARAMETER if role is Role.PARAMS else role
    parts: list[tuple[ast.AST, str]] = []
    if isinstance(node, ast.DictComp):
        parts += [(node.key, write(s, node.key, Role.TEXT)), (node.value, write(s, node.value, inner, names))]
    else:
        parts.append((node.elt, write(s, node.elt, inner, names)))
    for clause in node.generators:
        for condition in clause.ifs:
            parts.append((condition, test(s, condition, True, is_filter=True)))
    for clause in node.generators:
        parts.append((clause.iter, iterable(s, clause.iter, clause.target)))
    return _spliced(s, node, parts)


def iterable(s: Slice, node: ast.expr, target: ast.expr) -> str:
    """The text of what a loop goes through, such as its target needs it."""
    roles = [s.roles[var] for one in ast.walk(target) if (var := _target_var(s, one)) is not None and s.is_needed(var)]
    role = max(roles, default=Role.ITEMS)
    if role is Role.PARAMETER:
        role = Role.PARAMS
    if s.knowledge.is_unknown(node) and isinstance(target, ast.Tuple) and not _is_builtin_call(s, node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OF_MODELS:
            return write(s, node, Role.PARAMS)
        return _unknown_rows(s, node, target)
    if role in (Role.ANY, Role.TEXT, Role.FLAG) or (role is Role.NUMBER and s.knowledge.is_unknown(node)):
        role = Role.ITEMS
    return write(s, node, role)


def _is_builtin_call(s: Slice, node: ast.expr) -> bool:
    if not isinstance(node, ast.Call):
        return False
    tail = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return isinstance(s.scene.meaning(node.func), Builtin) or tail in PROGRESS


def _unknown_rows(s: Slice, node: ast.expr, target: ast.Tuple) -> str:
    """What stands for unknown items that a target takes apart."""
    needed = [_target_var(s, one) for one in target.elts]
    if not any(var is not None and s.is_needed(var) for var in needed):
        return leaf(s, node, Role.ITEMS)
    before, rows = list(s.notes), []
    for number in range(2):
        cells = []
        for one, var in zip(target.elts, needed, strict=True):
            role = s.roles.get(var, Role.ANY) if var is not None else Role.ANY
            cells.append(repr(f"item_{number}") if role in (Role.TEXT, Role.ANY) else leaf(s, one, role))
        rows.append(f"({', '.join(cells)})")
    s.notes = before
    return s.stand_in(node, f"[{', '.join(rows)}]")


def _target_var(s: Slice, node: ast.AST) -> Var | None:
    if isinstance(node, ast.Name):
        meaning = s.scene.meaning(node)
        return meaning if isinstance(meaning, Var) else None
    return Var("attr", 0, node.attr) if isinstance(node, ast.Attribute) else None


def _conditional(s: Slice, node: ast.IfExp, role: Role, names: Names) -> str:
    if s.knowledge.is_known(node.test):
        parts = [(one, write(s, one, role, names)) for one in (node.body, node.orelse)]
        return _spliced(s, node, [*parts, (node.test, write(s, node.test, Role.FLAG))])
    taken = node.orelse if s.knowledge.is_unknown(node.body) or _is_none_constant(node.body) else node.body
    return s.stand_in(node, write(s, taken, role, names))


def _is_none_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


# Calls


def _call(s: Slice, node: ast.Call, role: Role, names: Names) -> str:
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
        return _spliced(
            s, node, [(node.func, write(s, node.func, Role.OBJECT)), *_arguments(s, node, {}, Role.NUMBER)]
        )
    return _through_progress(s, node, role, names)


def _through_progress(s: Slice, node: ast.Call, role: Role, names: Names) -> str:
    """What a progress bar goes through, in its place; else what stands for a call."""
    tail = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if tail == "trange" and node.args:
        arguments = ", ".join(write(s, one, Role.NUMBER, ("epochs",)) for one in node.args)
        return s.stand_in(node, f"range({arguments})")
    if tail in PROGRESS and node.args:
        return write(s, node.args[0], role, names)
    return leaf(s, node, role, names)


def _arguments(s: Slice, node: ast.Call, roles: dict[str, Role], default: Role) -> list[tuple[ast.AST, str]]:
    parts: list[tuple[ast.AST, str]] = [(one, write(s, one, default)) for one in node.args]
    return parts + [(one.value, write(s, one.value, roles.get(one.arg or "", default), (one.arg or "",))) for one in node.keywords]


def _call_outside(s: Slice, node: ast.Call, dotted: str, role: Role, names: Names) -> str:
    tail = dotted.rpartition(".")[2]
    if is_torch_building(dotted) and signatures.scheduler(dotted) is None and signatures.optimizer(dotted) is None:
        return _spliced(s, node, [(node.func, imported(s, node.func)), *_building_arguments(s, node, ())])
    if is_torch_building(dotted):
        if signatures.optimizer(dotted) is not None:
            _note_site(s, node, tail)
        parameters = _names_of(dotted)
        text = _spliced(s, node, [(node.func, imported(s, node.func)), *_building_arguments(s, node, parameters)])
        return _without_removed(s, node, parameters, text)
    if dotted in _TENSOR_HELPERS:
        return s.stand_in(node, s.help("dummy_parameter") + "()")
    if tail in PROGRESS or tail == "trange":
        return _through_progress(s, node, role, names)
    if is_pure_function(dotted):
        if dotted.rpartition(".")[2] == "deepcopy" and s.knowledge.is_unknown(node) and role is Role.MODEL:
            return leaf(s, node, role, names)
        inner = Role.CALLABLE if tail == "partial" else role if tail in ("chain", "islice", "deepcopy", "copy") else Role.NUMBER
        parts = [(one, write(s, one, inner if index == 0 or inner is role else Role.NUMBER)) for index, one in enumerate(node.args)]
        parts += [(one.value, write(s, one.value, Role.NUMBER, (one.arg or "",))) for one in node.keywords]
        return _spliced(s, node, [(node.func, imported(s, node.func)), *parts])
    if dotted.startswith("torch.nn.") and role in (Role.ANY, Role.OBJECT, Role.OPTIMIZER):
        role = Role.MODEL if tail[:1].isupper() and not tail.endswith("Loss") else role
    return leaf(s, node, role, names)


def _note_site(s: Slice, node: ast.Call, class_name: str) -> None:
    outer = s.scene.statement(node)
    label = "optimizer"
    if isinstance(outer, ast.Assign) and isinstance(outer.targets[0], (ast.Name, ast.Attribute)):
        label = s.scene.text(outer.targets[0]).removeprefix("self.")
    s.sites[id(node)] = Site(s.scene.path(node), s.scene.line(node), class_name, label)


def _names_of(dotted: str) -> Sequence[str]:
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
_FLAGS = frozenset(["nesterov", "amsgrad", "maximize", "foreach", "fused", "capturable", "differentiable", "cycle_momentum", "verbose"])


def _building_arguments(s: Slice, node: ast.Call, names: Sequence[str]) -> list[tuple[ast.AST, str]]:
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


def _without_removed(s: Slice, node: ast.Call, names: Sequence[str], text: str) -> str:
    """A constructor call without `verbose`, where torch has it no more and the finding is about something else."""
    statement = s.scene.statement(node)
    is_about = statement is not None and id(statement) in s.forced
    if is_about or not names or "verbose" in names or not any(one.arg == "verbose" for one in node.keywords):
        return text
    shorter = re.sub(r",\s*verbose\s*=\s*[^,()\[\]{}]+(?=[,)])", "", text)
    return shorter


_CHOICES = {"mode": {"ReduceLROnPlateau": '"min"', "CyclicLR": '"triangular"'}, "anneal_strategy": {"": '"cos"'}}


def building_argument(s: Slice, node: ast.expr, name: str, role: Role | None = None) -> str:
    """An argument of a constructor of torch, by the parameter that gets it."""
    if role is not None:
        return write(s, node, role) if not s.knowledge.is_unknown(node) else s.stand_in(node, "{}")
    role = _ROLES.get(name, Role.FLAG if name in _FLAGS else Role.NUMBER)
    if name in ("mode", "anneal_strategy", "threshold_mode") and s.knowledge.is_unknown(node):
        texts = {"anneal_strategy": '"cos"', "threshold_mode": '"rel"'}
        is_cyclic = "Cyclic" in s.scene.text(s.scene.parent(node) or node)
        return s.stand_in(node, texts.get(name, '"triangular"' if is_cyclic else '"min"'))
    if role is Role.FLAG and s.knowledge.is_unknown(node):
        return s.stand_in(node, "False")
    return write(s, node, role, (name,) if name else ())


def act(s: Slice, node: ast.Call) -> str:
    """A call of a method of an optimizer, scheduler or GradScaler, or of a class that a name stands for."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in METHODS:
        return _spliced(s, node, [(node.func, write(s, node.func, Role.OBJECT)), *_building_arguments(s, node, ())])
    owner = node.func.value
    is_direct = s.knowledge.is_unknown(owner) and not isinstance(s.scene.meaning(owner), Var)
    if is_direct and node.func.attr in ("step", "add_param_group"):
        raise NotReproducibleError(f"what `{_short(s, owner)}` is built from is not in view")
    role = Role.SCHEDULER if id(node) in s.scheduler_steps else Role.OPTIMIZER
    parts: list[tuple[ast.AST, str]] = [(owner, write(s, owner, role if node.func.attr != "scale" else Role.OBJECT))]
    if node.func.attr == "step":
        parts += [(one, _step_argument(s, one, "")) for one in node.args]
        parts += [(one.value, _step_argument(s, one.value, one.arg or "")) for one in node.keywords]
    elif node.func.attr == "add_param_group":
        parts += [(one, write(s, one, Role.PARAMS)) for one in (*node.args, *(k.value for k in node.keywords))]
    else:
        parts += [(one, write(s, one, Role.OPTIMIZER if node.func.attr in ("unscale_",) else Role.NUMBER)) for one in node.args]
        parts += [(one.value, write(s, one.value, Role.FLAG)) for one in node.keywords]
    return _spliced(s, node, parts)


def _step_argument(s: Slice, node: ast.expr, name: str) -> str:
    if isinstance(node, ast.Starred):
        return _spliced(s, node, [(node.value, write(s, node.value, Role.OBJECT))])
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
        return write(s, node, Role.OPTIMIZER if is_object else Role.NUMBER, ("epoch_number",) if name == "epoch" else ())
    if _is_optimizer_like(node):
        return write(s, node, Role.OPTIMIZER)
    return s.stand_in(node, "1.0") if _is_metric(node) else write(s, node, Role.NUMBER, (name, "metric"))


def _is_optimizer_like(node: ast.expr) -> bool:
    return "optim" in _tail(node).lower()


def _is_metric(node: ast.expr) -> bool:
    return not isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))


def _call_builtin(s: Slice, node: ast.Call, name: str, role: Role, names: Names) -> str:
    if name not in PURE:
        return leaf(s, node, role, names)
    if name == "super":
        return s.scene.text(node)
    if name in ("getattr", "hasattr") and node.args:
        inner = [(one, write(s, one, Role.OBJECT if index == 0 else role)) for index, one in enumerate(node.args)]
        return _spliced(s, node, inner)
    if name in ("isinstance", "issubclass", "type", "callable"):
        return _spliced(s, node, [(one, write(s, one, Role.OBJECT)) for one in node.args])
    if name == "id":
        return _spliced(s, node, [(one, write(s, one, Role.PARAMETER)) for one in node.args])
    if name == "len":
        inner_role = Role.ITEMS if node.args and s.knowledge.is_unknown(node.args[0]) else Role.OBJECT
        if node.args and _is_part_of_loader(s, node.args[0]):
            return s.stand_in(node, str(s.settings.steps_per_epoch))
        return _spliced(s, node, [(one, write(s, one, inner_role)) for one in node.args])
    if name in ("filter", "map"):
        parts: list[tuple[ast.AST, str]] = [(one, write(s, one, Role.PARAMS if role is Role.PARAMETER else role)) for one in node.args[1:]]
        function = node.args[0]
        first = write(s, function, Role.CALLABLE)
        return _spliced(s, node, [(function, first), *parts])
    if name in ("enumerate", "zip", *_THROUGH):
        if s.knowledge.is_unknown(node) and role in (Role.NUMBER, Role.FLAG, Role.TEXT, Role.ANY):
            return leaf(s, node, role, names)
        inner_role = Role.PARAMS if role is Role.PARAMETER else role
        keywords = [(one.value, write(s, one.value, Role.NUMBER, (one.arg or "",))) for one in node.keywords]
        return _spliced(s, node, [*((one, write(s, one, inner_role, names)) for one in node.args), *keywords])
    if s.knowledge.is_unknown(node) and name not in ("range", "int", "float", "max", "min", "round", "abs", "str", "bool", "pow"):
        return leaf(s, node, role, names)
    if name == "range":
        names = ("epochs" if "epoch" in s.scene.text(node).lower() else "steps_per_epoch",)
        return _spliced(s, node, [(one, _bound(s, one, index, len(node.args), names)) for index, one in enumerate(node.args)])
    keywords = [(one.value, write(s, one.value, Role.NUMBER)) for one in node.keywords]
    return _spliced(s, node, [*((one, write(s, one, Role.NUMBER, names)) for one in node.args), *keywords])


def _bound(s: Slice, node: ast.expr, index: int, count: int, names: Names) -> str:
    """A bound of a range: the first of two is where it starts."""
    is_start = count > 1 and index == 0
    return write(s, node, Role.NUMBER, ("start_epoch",) if is_start else names if index < 2 else ("1",))


def _is_part_of_loader(s: Slice, node: ast.expr) -> bool:
    """Whether `len` asks an attribute of something unknown, as `loader.dataset` is."""
    return isinstance(node, (ast.Attribute, ast.Subscript, ast.Call)) and s.knowledge.is_unknown(node) and (
        not isinstance(node, ast.Attribute) or not s.knowledge.is_object(node.value)
    )


def _call_method(s: Slice, node: ast.Call, func: ast.Attribute, role: Role, names: Names) -> str:
    owner = func.value
    if func.attr in OF_MODELS:
        if "parameters" not in func.attr and s.knowledge.is_unknown(owner):
            s.note_part("first")
            s.note_part("second")
        arguments = [(one, s.scene.text(one)) for one in node.args if s.knowledge.is_known(one)]
        return _spliced(s, node, [(owner, write(s, owner, Role.MODEL)), *arguments])
    if func.attr in ("to", "cuda", "cpu", "double", "float", "half", "train", "eval") and role is not Role.NUMBER:
        if not s.knowledge.is_unknown(owner) or role is Role.MODEL:
            return write(s, owner, role, names)
    if func.attr == "__init__" and isinstance(owner, ast.Call):
        return _spliced(s, node, _arguments(s, node, {"optimizer": Role.OPTIMIZER, "params": Role.PARAMS}, Role.OBJECT))
    if func.attr in ("startswith", "endswith"):
        _note_names(s, owner, node.args)
    is_value = func.attr in OF_VALUES or func.attr in CHANGING or func.attr in ("get_last_lr", "get_lr", "state_dict")
    if is_value and not s.knowledge.is_unknown(owner):
        inner = Role.OBJECT if role in (Role.ANY, Role.ITEMS, Role.TEXT, Role.FLAG) else role
        parts = [(one, write(s, one, role if func.attr in CHANGING else Role.TEXT)) for one in node.args]
        return _spliced(s, node, [(owner, write(s, owner, inner, names)), *parts])
    if s.scene.definitions.get(Var("attr", 0, func.attr)) and not s.knowledge.is_unknown(func):
        return _spliced(s, node, [(func, write(s, func, Role.OBJECT)), *_arguments(s, node, {}, Role.NUMBER)])
    if func.attr in ("get_last_lr", "get_lr", "state_dict") and role is Role.OBJECT:
        return _spliced(s, node, [(owner, write(s, owner, Role.OBJECT))])
    return _through_progress(s, node, role, names)


def call_own(s: Slice, node: ast.Call, callees: Sequence[Callee], role: Role, names: Names) -> str:
    """A call of functions or classes of the program."""
    functions = [one for one in callees if _is_worth_it(s, node, one, role)]
    if not functions:
        return leaf(s, node, role, names)
    pieces: list[tuple[ast.AST, str]] = []
    if not isinstance(node.func, ast.Name) or not isinstance(s.scene.meaning(node.func), Var):
        pieces.append((node.func, _callee_text(s, node, functions[0])))
    else:
        pieces.append((node.func, _variable_name(s, node.func)))
    for one in functions:
        s.keep(one)
        if isinstance(one, FUNCTIONS) and role is not Role.ANY:
            s.need(Var("return", id(one), ""), role)
    head = pieces[0][1]
    arguments = _passed(s, node, functions)
    return f"{head}({', '.join(arguments)})"


def _variable_name(s: Slice, node: ast.Name) -> str:
    meaning = s.scene.meaning(node)
    if isinstance(meaning, Var):
        s.need(meaning, Role.OBJECT)
        return meaning.name
    return node.id


def _callee_text(s: Slice, node: ast.Call, callee: Callee) -> str:
    func = node.func
    if isinstance(func, ast.Attribute):
        if isinstance(s.scene.meaning(func.value), OtherModule):
            return callee.name
        klass = s.scene.klass(callee)
        owner_role = Role.MODEL if klass is not None and is_module(s.scene, klass) else Role.OBJECT
        return f"{write(s, func.value, owner_role)}.{func.attr}"
    return write(s, func, Role.OBJECT)


def _is_worth_it(s: Slice, node: ast.Call, callee: Callee, role: Role) -> bool:
    """Whether a call is made in the script, or something stands for what it returns."""
    if id(callee) in s.acting or id(callee) in s.kept:
        return True
    if isinstance(callee, ast.ClassDef):
        return s.knowledge.is_acting(callee) or not is_module(s.scene, callee) and role not in (Role.ITEMS, Role.LOSS, Role.MODEL, Role.NUMBER)
    if is_generator(callee):
        return False
    if role in (Role.OBJECT, Role.OPTIMIZER, Role.PARAMS, Role.PARAMETER, Role.CALLABLE):
        return True
    return role in (Role.NUMBER, Role.FLAG, Role.TEXT) and s.knowledge.is_known(node)


def _passed(s: Slice, node: ast.Call, callees: Sequence[Callee]) -> list[str]:
    """The arguments of a call of the program's own functions, without those that the slices of these do not take."""
    passed: list[str] = []
    given = [(one, "") for one in node.args] + [(one.value, one.arg or "**") for one in node.keywords]
    for argument, keyword in given:
        role = _needed_role(s, node, argument, callees)
        if role is None:
            continue
        if keyword == "**" or isinstance(argument, ast.Starred):
            star, value = ("*", argument.value) if isinstance(argument, ast.Starred) else ("**", argument)
            if s.knowledge.is_unknown(value):
                raise NotReproducibleError(f"the arguments `{star}{s.scene.text(value)}` are not known")
            passed.append(star + write(s, value, Role.OBJECT))
            continue
        names = (keyword,) if keyword else ()
        passed.append((f"{keyword}=" if keyword else "") + write(s, argument, role, names or _parameter_names(s, node, argument, callees)))
    return passed


def _parameter_names(s: Slice, node: ast.Call, argument: ast.expr, callees: Sequence[Callee]) -> Names:
    for callee in callees:
        function = s.scene.initializer(callee)
        bound = bound_arguments(node, function, s.scene.is_bound(node, callee)) if function is not None else None
        if bound and id(argument) in bound:
            return (bound[id(argument)].arg,)
    return ()


def _needed_role(s: Slice, node: ast.Call, argument: ast.expr, callees: Sequence[Callee]) -> Role | None:
    """What the called functions need an argument for; None if they do not."""
    roles: list[Role] = []
    for callee in callees:
        function = s.scene.initializer(callee)
        if function is None:
            if isinstance(callee, ast.ClassDef) and (callee.bases or callee.decorator_list):
                roles.append(Role.OPTIMIZER if "optim" in s.scene.text(argument) else Role.OBJECT)
            continue
        bound = bound_arguments(node, function, s.scene.is_bound(node, callee))
        if bound is None:
            s.keep_whole(function)
            roles.append(Role.ANY)
            continue
        parameter = bound.get(id(argument))
        if parameter is None:
            continue
        if s.scene.klass(function) is not None and parameters_of(function)[:1] == [parameter]:
            roles.append(Role.OBJECT)
            continue
        var = Var("name", id(function), parameter.arg)
        if id(function) in s.whole:
            roles.append(s.roles.get(var, Role.ANY))
        elif s.is_needed(var):
            roles.append(s.roles[var])
    return max(roles, default=None)


# Tests


def _note_names(s: Slice, node: ast.expr, texts: Iterable[ast.expr]) -> None:
    """Give what stands for a model the parts that code looks for in the names of its parameters."""
    if not _is_parameter_name(s, node):
        return
    for one in texts:
        word = one.value.strip(".").partition(".")[0] if isinstance(one, ast.Constant) and isinstance(one.value, str) else ""
        if word.isidentifier() and word not in ("bias", "weight"):
            s.note_part(word)


def _is_parameter_name(s: Slice, node: ast.expr) -> bool:
    """Whether an expression is the name of a parameter of a model."""
    meaning = s.scene.meaning(node)
    if not isinstance(meaning, Var):
        return False
    values = [one.value for one in s.scene.definitions.get(meaning, ()) if one.kind == "item" and one.value is not None]
    return any(
        isinstance(one, ast.Attribute) and one.attr in ("named_parameters", "named_modules", "named_children")
        for value in values
        for one in ast.walk(value)
    )


def test(s: Slice, node: ast.expr, way: bool, is_filter: bool = False) -> str:
    """A test; what is not known in it comes out such that the whole comes out as `way` says."""
    if s.knowledge.is_known(node) or (is_filter and not s.knowledge.is_unknown(node)):
        return write(s, node, Role.FLAG)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _spliced(s, node, [(node.operand, test(s, node.operand, not way, is_filter))])
    if isinstance(node, ast.BoolOp):
        notes = list(s.notes)
        parts = [(one, test(s, one, way, is_filter)) for one in node.values]
        if all(text in ("True", "False") for _, text in parts):
            s.notes = notes
            return s.stand_in(node, str(way))
        return _spliced(s, node, parts)
    if is_filter and isinstance(node, (ast.Compare, ast.Attribute, ast.Call)):
        return _filter(s, node)
    return s.stand_in(node, str(way))


def _filter(s: Slice, node: ast.expr) -> str:
    """A condition on parameters of a model."""
    if isinstance(node, ast.Attribute):
        return _spliced(s, node, [(node.value, write(s, node.value, Role.PARAMETER))])
    if isinstance(node, ast.Compare):
        return _spliced(s, node, [(one, write(s, one, Role.TEXT)) for one in (node.left, *node.comparators)])
    return s.stand_in(node, "True")


__all__ = ["act", "call_own", "default_of", "iterable", "leaf", "model", "parameters_of", "test", "use_as_value", "write"]
