"""Statements of a program as a script has them: those that the slice needs, each with what it needs of the others."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lrlint.program import ir
from lrlint.reproduction.expressions import act, call_own, iterable, leaf, model, test, write
from lrlint.reproduction.guesses import Role, rounds_for
from lrlint.reproduction.knowledge import PURE_MODULES, is_module, is_pure_name
from lrlint.reproduction.record import Line
from lrlint.reproduction.scene import (
    CHANGING,
    FUNCTIONS,
    Builtin,
    FunctionNode,
    Outside,
    Var,
    decorators_of,
    default_of,
    parameters_of,
    set_by_name,
)
from lrlint.reproduction.slice import Slice

HYPERPARAMETERS = frozenset(["lr", "initial_lr", "weight_decay", "momentum", "betas", "params", "max_lr", "min_lr", "lr_scale"])
"""The keys of param groups that code sets by hand."""

_INDENT = "    "
_KEPT_DECORATORS = frozenset(["staticmethod", "classmethod", "property", "dataclass", "cached_property"])


def block(s: Slice, statements: Sequence[ast.stmt], depth: int) -> list[Line]:
    """The lines of those statements of a block that the script needs."""
    return [line for statement in statements for line in _statement(s, statement, depth)]


def _statement(s: Slice, node: ast.stmt, depth: int) -> list[Line]:
    if isinstance(node, FUNCTIONS):
        return _function(s, node, depth)
    if isinstance(node, ast.ClassDef):
        return _class(s, node, depth)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return _assign(s, node, depth)
    if isinstance(node, ast.AugAssign):
        return _augmented(s, node, depth)
    if isinstance(node, ast.Expr):
        return _evaluate(s, node, node.value, depth)
    if isinstance(node, ast.Return):
        return _return(s, node, depth)
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return _for(s, node, depth)
    if isinstance(node, ast.While):
        return _while(s, node, depth)
    if isinstance(node, ast.If):
        return _if(s, node, depth)
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return _with(s, node, depth)
    if isinstance(node, ast.Try):
        return _try(s, node, depth)
    if isinstance(node, (ast.Break, ast.Continue)):
        return _line(s, node, s.scene.text(node), depth)
    if isinstance(node, ast.Raise) and id(node) in s.forced:
        return _line(s, node, 'raise RuntimeError("the program raises here")', depth)
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return _global(s, node, depth)
    if isinstance(node, ast.Delete) and id(node) in s.forced:
        return _line(s, node, s.scene.text(node), depth)
    return []


def _line(s: Slice, node: ast.AST, text: str, depth: int) -> list[Line]:
    """The lines of a text, with the stand-ins in it noted behind the last of them."""
    path, first = s.scene.path(node), s.scene.line(node)
    before = " " * getattr(node, "col_offset", 0)
    lines = text.splitlines()
    shifted = [lines[0], *(one[len(before) :] if one.startswith(before) else one.lstrip() for one in lines[1:])]
    shifted[-1] += s.taken_notes()
    return [Line(_INDENT * depth + one, path, first + number) for number, one in enumerate(shifted)]


def _header(s: Slice, node: ast.AST, text: str, depth: int) -> Line:
    return Line(_INDENT * depth + " ".join(text.split("\n")) + s.taken_notes(), s.scene.path(node), s.scene.line(node))


def _in_block(lines: list[Line], depth: int) -> list[Line]:
    return lines or [Line(_INDENT * depth + "pass")]


# Definitions


def _function(s: Slice, node: FunctionNode, depth: int) -> list[Line]:
    if not s.is_kept(node):
        return []
    s.keep(node)
    kept = [f"{_INDENT * depth}@{name}" for name in sorted(decorators_of(node) & _KEPT_DECORATORS)]
    body = block(s, node.body, depth + 1)
    s.notes = []
    signature = ", ".join(_parameters(s, node))
    header = _header(s, node, f"def {node.name}({signature}):", depth)
    path, line = s.scene.path(node), s.scene.line(node)
    blank = [Line("")] if depth < 2 else []
    return [*blank, *(Line(one, path, line) for one in kept), header, *_in_block(body, depth + 1)]


def _parameters(s: Slice, node: FunctionNode) -> list[str]:
    """The parameters that the slice of a function takes."""
    is_whole = id(node) in s.whole
    klass = s.scene.klass(node)
    first = parameters_of(node)[:1] if klass is not None and "staticmethod" not in decorators_of(node) else []
    texts: list[str] = []
    arguments = node.args
    is_behind_star = False
    for parameter in [*arguments.posonlyargs, *arguments.args]:
        if parameter in first or is_whole or s.is_needed(Var("name", id(node), parameter.arg)):
            texts.append(_parameter(s, node, parameter))
    if arguments.vararg is not None and (is_whole or s.is_needed(Var("name", id(node), arguments.vararg.arg))):
        texts.append(f"*{arguments.vararg.arg}")
        is_behind_star = True
    for parameter in arguments.kwonlyargs:
        if is_whole or s.is_needed(Var("name", id(node), parameter.arg)):
            texts += ["*"] if not is_behind_star else []
            is_behind_star = True
            texts.append(_parameter(s, node, parameter))
    if arguments.kwarg is not None and (is_whole or s.is_needed(Var("name", id(node), arguments.kwarg.arg))):
        texts.append(f"**{arguments.kwarg.arg}")
    return texts


def _parameter(s: Slice, node: FunctionNode, parameter: ast.arg) -> str:
    default = default_of(node, parameter)
    if default is None:
        return parameter.arg
    role = s.roles.get(Var("name", id(node), parameter.arg), Role.ANY)
    return f"{parameter.arg}={write(s, default, role, (parameter.arg,))}"


def _class(s: Slice, node: ast.ClassDef, depth: int) -> list[Line]:
    methods = [one for one in node.body if isinstance(one, FUNCTIONS)]
    if id(node) not in s.kept and not any(id(one) in s.kept for one in methods):
        return []
    s.keep(node)
    bases: list[str] = []
    for base in node.bases:
        meaning = s.scene.meaning(base)
        if s.scene.definitions_of(base):
            for one in s.scene.definitions_of(base):
                s.keep(one)
            bases.append(s.scene.definitions_of(base)[0].name)
        elif isinstance(meaning, Outside) and is_pure_name(meaning.dotted):
            bases.append(write(s, base, Role.OBJECT))
        elif isinstance(meaning, Builtin):
            bases.append(s.scene.text(base))
        elif id(node) in s.models:
            bases.append(s.stand_in(base, "torch.nn.Module"))
            s.imports["import torch"] = None
    initializer = next((one for one in methods if one.name == "__init__"), None)
    if initializer is not None:
        s.keep(initializer)
    for one in methods:
        if one.name in ("get_lr", "_get_closed_form_lr", "step", "__enter__", "__exit__", "__len__", "__call__", "__post_init__") and _is_of_torch(s, node):
            s.keep_whole(one)
            s.need(Var("return", id(one), ""), Role.NUMBER)
    decorators = [
        Line(_INDENT * depth + "@" + write(s, one, Role.OBJECT), s.scene.path(node), s.scene.line(node))
        for one in node.decorator_list
        if isinstance(meaning := s.scene.meaning(one.func if isinstance(one, ast.Call) else one), Outside)
        and meaning.dotted.startswith("dataclasses")
    ]
    body = _class_body(s, node, depth + 1, bool(decorators))
    shown = f"({', '.join(bases)})" if bases else ""
    header = _header(s, node, f"class {node.name}{shown}:", depth)
    return [Line(""), *decorators, header, *_in_block(body, depth + 1)]


def _class_body(s: Slice, node: ast.ClassDef, depth: int, is_dataclass: bool) -> list[Line]:
    lines: list[Line] = []
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and is_dataclass:
            text = f"{s.scene.text(one.target)}: object"
            if one.value is not None:
                text += f" = {write(s, one.value, Role.OBJECT)}"
            lines += _line(s, one, text, depth)
        else:
            lines += _statement(s, one, depth)
    return lines


def _is_of_torch(s: Slice, node: ast.ClassDef) -> bool:
    return any(base.startswith("torch.optim") for base in s.scene.outside_bases(node))


# Assignments


def _var(s: Slice, target: ast.expr) -> Var | None:
    """The variable that a target sets, or changes an item of."""
    if isinstance(target, ast.Subscript):
        owner = target.value
        while isinstance(owner, ast.Subscript):
            owner = owner.value
        return _var(s, owner)
    meaning = s.scene.meaning(target)
    if isinstance(meaning, Var):
        return meaning
    return Var("attr", 0, target.attr) if isinstance(target, ast.Attribute) else None


def _assign(s: Slice, node: ast.Assign | ast.AnnAssign, depth: int) -> list[Line]:
    if node.value is None:
        return []
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    written = [one for one in map(lambda target: _target(s, target), targets) if one is not None]
    if not written and _sets_group(s, targets[0]):
        return _line(s, node, f"{_subscript_text(s, targets[0])} = {write(s, node.value, _role_of_key(targets[0]), _key(targets[0]))}", depth)
    if not written and id(node) in s.forced and not _has_acts(s, node.value):
        return _forced_assign(s, node, targets, depth)
    if not written:
        return _evaluate(s, node, node.value, depth)
    role, names = _role_of(s, targets)
    if len(targets) == 1 and isinstance(targets[0], (ast.Tuple, ast.List)) and not isinstance(node.value, (ast.Tuple, ast.List)):
        value = _taken_apart(s, node.value, targets[0], role)
    elif len(targets) == 1 and isinstance(targets[0], (ast.Tuple, ast.List)) and isinstance(node.value, (ast.Tuple, ast.List)) and len(targets[0].elts) == len(node.value.elts):
        value = ", ".join(_part(s, part, one) for part, one in zip(targets[0].elts, node.value.elts, strict=True))
    else:
        value = write(s, node.value, role, names)
    return _line(s, node, " = ".join([*written, value]), depth)


def _forced_assign(s: Slice, node: ast.Assign | ast.AnnAssign, targets: list[ast.expr], depth: int) -> list[Line]:
    """A statement that the finding is about, though nothing needs what it sets."""
    for target in targets:
        var = _var(s, target)
        if var is not None:
            s.need(var, Role.OBJECT)
    return _evaluate(s, node, node.value, depth) if node.value is not None else []


def _part(s: Slice, target: ast.expr, value: ast.expr) -> str:
    var = _var(s, target)
    if var is None or not s.is_needed(var):
        return write(s, value, Role.OBJECT) if _has_acts(s, value) else "None"
    return write(s, value, s.roles[var], (var.name,))


def _taken_apart(s: Slice, value: ast.expr, target: ast.Tuple | ast.List, role: Role) -> str:
    """A value that a target takes apart, such as what a function returns."""
    callees = s.scene.callees(value) if isinstance(value, ast.Call) else ()
    roles = [s.roles.get(var, Role.ANY) if (var := _var(s, one)) is not None and s.is_needed(var) else None for one in target.elts]
    if callees and isinstance(value, ast.Call):
        for callee in callees:
            for index, one in enumerate(roles):
                if one is not None:
                    s.need(Var("return", id(callee), str(index)), one)
        text = call_own(s, value, callees, Role.ANY, ())
        if text != "None":
            return text
        s.notes.pop() if s.notes else None
    if not s.knowledge.is_unknown(value):
        return write(s, value, role)
    parts = [_leaf_part(s, one, part) for one, part in zip(roles, target.elts, strict=True)]
    return s.stand_in(value, f"({', '.join(parts)})")


def _leaf_part(s: Slice, role: Role | None, target: ast.expr) -> str:
    if role is None:
        return "None"
    before = list(s.notes)
    text = leaf(s, target, role)
    s.notes = before
    return text


def _role_of(s: Slice, targets: Sequence[ast.expr]) -> tuple[Role, tuple[str, ...]]:
    """What targets need a value for, and what they are called."""
    found = [(s.roles[var], var.name) for target in targets for one in _parts(target) if (var := _var(s, one)) is not None and s.is_needed(var)]
    role, name = max(found)
    return role, (name,)


def _parts(target: ast.expr) -> list[ast.expr]:
    if isinstance(target, (ast.Tuple, ast.List)):
        return [part for one in target.elts for part in _parts(one)]
    return [target.value] if isinstance(target, ast.Starred) else [target]


def _target(s: Slice, target: ast.expr) -> str | None:
    """The text of a target, `_` for what nobody needs; None if nobody needs any of it."""
    if isinstance(target, (ast.Tuple, ast.List)):
        parts = [_target(s, one) for one in target.elts]
        return ", ".join(one or "_" for one in parts) if any(parts) else None
    if isinstance(target, ast.Starred):
        inner = _target(s, target.value)
        return f"*{inner}" if inner else None
    var = _var(s, target)
    if var is None or not s.is_needed(var):
        return None
    if isinstance(target, ast.Subscript):
        return _subscript_text(s, target)
    if isinstance(target, ast.Attribute):
        owner = Role.OBJECT
        if s.knowledge.is_unknown(target.value):
            owner = Role.MODEL if s.roles[var] is Role.MODEL and not _is_global(s, target.value) else Role.NAMESPACE
            if not isinstance(s.scene.meaning(target.value), Var):
                return None
        return f"{write(s, target.value, owner)}.{target.attr}"
    return var.name


def _is_global(s: Slice, node: ast.expr) -> bool:
    meaning = s.scene.meaning(node)
    return isinstance(meaning, Var) and s.is_needed(meaning)


def _subscript_text(s: Slice, target: ast.expr) -> str:
    assert isinstance(target, ast.Subscript)
    index = s.scene.text(target.slice) if isinstance(target.slice, (ast.Constant, ast.Slice)) else write(s, target.slice, Role.TEXT)
    owner = target.value
    text = _subscript_text(s, owner) if isinstance(owner, ast.Subscript) else write(s, owner, Role.OBJECT)
    return f"{text}[{index}]"


def _key(target: ast.expr) -> tuple[str, ...]:
    return (str(target.slice.value),) if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant) else ()


def _role_of_key(target: ast.expr) -> Role:
    return Role.PARAMS if _key(target) == ("params",) else Role.NUMBER


def _sets_group(s: Slice, target: ast.expr) -> bool:
    """Whether a target is an entry of a param group of an optimizer."""
    if not isinstance(target, ast.Subscript) or not HYPERPARAMETERS.intersection(_key(target)):
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
    return any(isinstance(one, ast.Attribute) and one.attr == "param_groups" for value in values for one in ast.walk(value))


def _augmented(s: Slice, node: ast.AugAssign, depth: int) -> list[Line]:
    operator = s.scene.text(node)[len(s.scene.text(node.target)) :].lstrip().partition("=")[0].rstrip()
    if _sets_group(s, node.target):
        return _line(s, node, f"{_subscript_text(s, node.target)} {operator}= {write(s, node.value, Role.NUMBER)}", depth)
    target = _target(s, node.target)
    if target is None:
        return _evaluate(s, node, node.value, depth)
    role, names = _role_of(s, [node.target])
    if role is Role.LOSS:
        return []
    return _line(s, node, f"{target} {operator}= {write(s, node.value, role, names)}", depth)


# Effects


def _has_acts(s: Slice, node: ast.AST) -> bool:
    return any(is_act(s, one) for one in ast.walk(node) if isinstance(one, ast.Call))


def is_act(s: Slice, node: ast.Call) -> bool:
    """Whether a call builds or steps something, by itself or in a function of the program."""
    callees = s.scene.callees(node)
    if id(node) in s.acts or any(_acts(s, one) for one in callees):
        return True
    func = node.func
    is_own = isinstance(func, ast.Attribute) and (
        (isinstance(func.value, ast.Name) and func.value.id in ir.OBJECTS)
        or (isinstance(func.value, ast.Call) and getattr(func.value.func, "id", "") == "super")
        or func.attr == "__init__"
    )
    return is_own and any(id(one) in s.setting for one in callees)


def _acts(s: Slice, callee: ast.AST) -> bool:
    if id(callee) in s.acting:
        return True
    if isinstance(callee, ast.ClassDef):
        initializer = s.scene.member(callee, "__init__")
        return initializer is not None and id(initializer) in s.acting
    return False


def _has_acts_in(s: Slice, nodes: Sequence[ast.stmt]) -> bool:
    return any(_has_acts(s, one) for one in nodes)


def _evaluate(s: Slice, statement: ast.stmt, node: ast.expr, depth: int) -> list[Line]:
    """An expression for its effects."""
    texts: list[str] = []
    _effects(s, node, texts, id(statement) in s.forced)
    lines: list[Line] = []
    for text in texts:
        lines += _line(s, statement, text, depth)
    return lines


def _effects(s: Slice, node: ast.AST, texts: list[str], is_forced: bool) -> None:
    """The outermost parts of an expression that do something, in order."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call):
        name = set_by_name(node)
        if name is not None and s.is_needed(Var("attr", 0, name)):
            value = write(s, node.args[2], s.roles[Var("attr", 0, name)])
            texts.append(f"setattr({write(s, node.args[0], Role.OBJECT)}, {name!r}, {value})")
            return
        if _is_backward(node):
            texts.append(_backward(s, node))
            return
        if is_act(s, node):
            callees = s.scene.callees(node)
            texts.append(call_own(s, node, callees, Role.ANY, ()) if callees else write(s, node, Role.OBJECT))
            return
        if _is_change(s, node) or _is_super(s, node):
            texts.append(_changing(s, node))
            return
        if is_forced and _is_asked(node):
            texts.append(act(s, node) if isinstance(node.func, ast.Attribute) else write(s, node, Role.OBJECT))
            return
    if is_forced and isinstance(node, ast.Attribute) and node.attr in ("step", "lr", "last_lr", "param_groups"):
        texts.append(f"{write(s, node.value, Role.OPTIMIZER)}.{node.attr}")
        return
    if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)) and _has_acts(s, node):
        texts.append(write(s, node, Role.OBJECT))
        return
    for child in ast.iter_child_nodes(node):
        _effects(s, child, texts, is_forced)


def _is_asked(node: ast.Call) -> bool:
    """Whether a call asks an optimizer or scheduler for something that findings are about."""
    return isinstance(node.func, ast.Attribute) and node.func.attr in ("get_lr", "get_last_lr", "load_state_dict", "state_dict")


def _is_backward(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "backward"


def _backward(s: Slice, node: ast.Call) -> str:
    assert isinstance(node.func, ast.Attribute)
    owner = node.func.value
    loss = s.help("dummy_loss") + "()"
    if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Attribute) and owner.func.attr == "scale":
        scaler = owner.func.value
        if not s.knowledge.is_unknown(scaler):
            return f"{write(s, scaler, Role.OBJECT)}.scale({loss}).backward()"
    return f"{loss}.backward()"


def _is_change(s: Slice, node: ast.Call) -> bool:
    """Whether a call changes a list, dict or set that the script needs."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in CHANGING:
        return False
    owner = _var(s, node.func.value)
    if owner is not None and s.is_needed(owner) and not s.knowledge.is_unknown(node.func.value):
        return True
    return is_group(s, node.func.value)


def _changing(s: Slice, node: ast.Call) -> str:
    assert isinstance(node.func, ast.Attribute)
    if _is_super(s, node):
        return write(s, node, Role.OBJECT)
    owner = _var(s, node.func.value)
    role = s.roles.get(owner, Role.OBJECT) if owner is not None else Role.OBJECT
    if role is Role.PARAMS and node.func.attr in ("append", "add", "insert"):
        role = Role.PARAMETER
    arguments = [write(s, one, role) for one in node.args]
    arguments += [f"{one.arg}={write(s, one.value, role)}" if one.arg else f"**{write(s, one.value, role)}" for one in node.keywords]
    return f"{write(s, node.func.value, role)}.{node.func.attr}({', '.join(arguments)})"


def _is_super(s: Slice, node: ast.Call) -> bool:
    """Whether a call initializes a base class that is in the script."""
    func = node.func
    if not (isinstance(func, ast.Attribute) and isinstance(func.value, ast.Call) and isinstance(func.value.func, ast.Name)):
        return False
    if func.value.func.id != "super" or s.scene.callees(node):
        return False
    klass = next((one for one in s.scene.around(node) if isinstance(one, ast.ClassDef)), None)
    if klass is None:
        return False
    outside = s.scene.outside_bases(klass)
    return any(is_pure_name(one) for one in outside) or (id(klass) in s.models)


def _return(s: Slice, node: ast.Return, depth: int) -> list[Line]:
    function = s.scene.function(node)
    if node.value is None or function is None:
        return _line(s, node, "return", depth)
    whole = Var("return", id(function), "")
    if s.is_needed(whole):
        names = () if not isinstance(node.value, ast.Tuple) else ()
        return _line(s, node, f"return {write(s, node.value, s.roles[whole], names)}", depth)
    parts = [var for var in s.roles if var.kind == "return" and var.home == id(function)]
    if parts:
        if isinstance(node.value, ast.Tuple):
            texts = [_returned(s, function, index, one) for index, one in enumerate(node.value.elts)]
            return _line(s, node, f"return {', '.join(texts)}", depth)
        return _line(s, node, f"return {write(s, node.value, max(s.roles[one] for one in parts))}", depth)
    lines = _evaluate(s, node, node.value, depth)
    is_last = function.body[-1] is node
    return lines if is_last else [*lines, *_line(s, node, "return", depth)]


def _returned(s: Slice, function: FunctionNode, index: int, node: ast.expr) -> str:
    var = Var("return", id(function), str(index))
    if s.is_needed(var):
        return write(s, node, s.roles[var])
    return write(s, node, Role.OBJECT) if _has_acts(s, node) else "None"


def _global(s: Slice, node: ast.Global | ast.Nonlocal, depth: int) -> list[Line]:
    function = s.scene.function(node)
    home = s.scene.module(node).tree.module
    names = [one for one in node.names if s.is_needed(Var("name", id(home), one)) or (isinstance(node, ast.Nonlocal) and function)]
    word = "global" if isinstance(node, ast.Global) else "nonlocal"
    return _line(s, node, f"{word} {', '.join(names)}", depth) if names else []


# Control


def _says_something(lines: list[Line]) -> bool:
    """Whether lines do more than to leave or to pass."""
    words = [line.text.strip().partition("  #")[0] for line in lines]
    return any(word and not word.startswith(("return", "break", "continue", "raise", "pass")) for word in words)


def _loop_body(s: Slice, node: ast.For | ast.AsyncFor | ast.While, depth: int) -> list[Line]:
    lines = block(s, node.body, depth)
    s.notes = []
    return lines if _says_something(lines) else []


def _for(s: Slice, node: ast.For | ast.AsyncFor, depth: int) -> list[Line]:
    body = _loop_body(s, node, depth + 1)
    orelse = block(s, node.orelse, depth)
    if not body:
        needed = _target(s, node.target)  # the target may be used behind the loop
        if needed is None or not any(isinstance(one, ast.Name) for one in ast.walk(node.target)):
            return [*_evaluate(s, node, node.iter, depth), *orelse]
    target = _target(s, node.target) or "_"
    header = _header(s, node, f"for {target} in {iterable(s, node.iter, node.target)}:", depth)
    lines = [header, *_in_block(body, depth + 1)]
    if node.orelse and orelse:
        lines += [Line(_INDENT * depth + "else:"), *block(s, node.orelse, depth + 1)]
    return lines


def _while(s: Slice, node: ast.While, depth: int) -> list[Line]:
    body = _loop_body(s, node, depth + 1)
    if not body:
        return []
    is_endless = isinstance(node.test, ast.Constant)
    if s.knowledge.is_known(node.test) and not (is_endless and not _is_left(body)):
        return [_header(s, node, f"while {write(s, node.test, Role.FLAG)}:", depth), *body]
    rounds = rounds_for(s.scene.text(node.test), s.settings) if not is_endless else s.settings.epochs
    original = f"while {s.scene.text(node.test)}"
    return [_header(s, node, f"for _ in {s.stand_in(node, f'range({rounds})', original)}:", depth), *body]


def _is_left(lines: list[Line]) -> bool:
    """Whether a loop with these lines has a way out."""
    return any(line.text.strip().startswith(("break", "return", "raise")) for line in lines)


def _if(s: Slice, node: ast.If, depth: int) -> list[Line]:
    if _is_main_guard(node):
        return block(s, node.body, depth)
    body, orelse = block(s, node.body, depth + 1), block(s, node.orelse, depth + 1)
    s.notes = []
    is_asked = id(node) in s.ways and not s.knowledge.is_certain(node.test)
    is_known = s.knowledge.is_known(node.test) and not is_asked
    if not body and not orelse:
        return _evaluate(s, node, node.test, depth)
    if is_known:
        text = write(s, node.test, Role.FLAG)
    else:
        if not _says_something(body) and not _says_something(orelse) and s.ways.get(id(node)) is None:
            return []
        way = _way(s, node, body, orelse)
        text = s.stand_in(node.test, str(way)) if is_asked and s.knowledge.is_known(node.test) else test(s, node.test, way)
        if text in ("True", "False"):
            taken, dropped = (body, orelse) if way else (orelse, body)
            if not taken:
                s.notes.clear()
                return []
            if dropped and not taken:
                return []
            if not way:
                return [_header(s, node, f"if not {text}:", depth), *taken]
            return [_header(s, node, f"if {text}:", depth), *taken]
    lines = [_header(s, node, f"if {text}:", depth), *_in_block(body, depth + 1)]
    if orelse:
        lines += [Line(_INDENT * depth + "else:"), *orelse]
    return lines


def _is_main_guard(node: ast.If) -> bool:
    test_ = node.test
    return isinstance(test_, ast.Compare) and isinstance(test_.left, ast.Name) and test_.left.id == "__name__"


def _way(s: Slice, node: ast.If, body: list[Line], orelse: list[Line]) -> bool:
    """Which branch is taken where the test is not known: that with the finding, else the one that does something."""
    if id(node) in s.ways:
        return s.ways[id(node)]
    text = s.scene.text(node.test)
    if text in s.ways_of_texts:
        return s.ways_of_texts[text]
    way = _likely(s, node, body, orelse)
    s.open_tests[text] = way
    return way


def _likely(s: Slice, node: ast.If, body: list[Line], orelse: list[Line]) -> bool:
    text = s.scene.text(node.test)
    if any(id(one) in s.forced for statement in node.body for one in ast.walk(statement)):
        return True
    if any(id(one) in s.forced for statement in node.orelse for one in ast.walk(statement)):
        return False
    if _leaves(body) and not _leaves(orelse) and not _has_acts_in(s, node.body):
        return False
    if _has_acts_in(s, node.body) is not _has_acts_in(s, node.orelse) and _says_something(orelse):
        return _has_acts_in(s, node.body)
    if "resume" in text.lower() or (_says_something(orelse) and ("amp" in text.lower() or "fp16" in text.lower() or "scaler" in text)):
        return False
    return _says_something(body) or not _says_something(orelse)


def _leaves(lines: list[Line]) -> bool:
    """Whether a branch ends the round or the function."""
    return bool(lines) and lines[-1].text.strip().startswith(("return", "break", "continue", "raise"))


def _with(s: Slice, node: ast.With | ast.AsyncWith, depth: int) -> list[Line]:
    lines: list[Line] = []
    for item in node.items:
        if item.optional_vars is not None and (target := _target(s, item.optional_vars)) is not None:
            var = _var(s, item.optional_vars)
            role = s.roles[var] if var is not None else Role.ANY
            lines += _line(s, node, f"{target} = {write(s, item.context_expr, role)}", depth)
    body = block(s, node.body, depth)
    return [*lines, *body]


def _try(s: Slice, node: ast.Try, depth: int) -> list[Line]:
    body = block(s, node.body, depth + 1)
    if not body:
        return block(s, [*node.orelse, *node.finalbody], depth)
    handlers: list[Line] = []
    for handler in node.handlers:
        caught = _caught(s, handler)
        if caught is None:
            continue
        inner = block(s, handler.body, depth + 1)
        handlers += [Line(f"{_INDENT * depth}except {caught}:" if caught else f"{_INDENT * depth}except:", s.scene.path(handler), s.scene.line(handler)), *_in_block(inner, depth + 1)]
    final = block(s, node.finalbody, depth + 1)
    if not handlers and not final:
        return [*block(s, node.body, depth), *block(s, node.orelse, depth)]
    lines = [_header(s, node, "try:", depth), *body, *handlers]
    orelse = block(s, node.orelse, depth + 1)
    if orelse and handlers:
        lines += [Line(_INDENT * depth + "else:"), *orelse]
    if final:
        lines += [Line(_INDENT * depth + "finally:"), *final]
    return lines


def _caught(s: Slice, handler: ast.ExceptHandler) -> str | None:
    """What a handler catches, as far as it is Python's own; None if it is none of that."""
    if handler.type is None:
        return ""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = [s.scene.text(one) for one in types if isinstance(s.scene.meaning(one), Builtin)]
    if not names or "KeyboardInterrupt" in names:
        return None
    return names[0] if len(names) == 1 else f"({', '.join(names)})"


__all__ = ["PURE_MODULES", "block", "is_act", "is_group", "is_module", "model"]
