"""Lists, dicts, their items, and loops over them inside of expressions, as a script has them."""

from __future__ import annotations

import ast

from lrlint.reproduction.conditions import decide
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.meanings import Builtin, Var
from lrlint.reproduction.purity import OF_MODELS, PROGRESS
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.texts import Names, leaf, spliced


def write_subscript(s: Slice, node: ast.Subscript, role: Role, names: Names) -> str:
    if s.knowledge.is_unknown(node.value) and role not in (Role.OBJECT, Role.OPTIMIZER, Role.MODEL):
        return leaf(s, node, role, names)
    if role is Role.MODEL and s.knowledge.is_unknown(node.value):
        if isinstance(node.slice, ast.Constant):
            s.note_part(str(node.slice.value).replace(".", "_"))
            return f"getattr({s.write(node.value, Role.MODEL)}, {str(node.slice.value)!r})"
        return s.write(node.value, Role.MODEL)
    inner = Role.PARAMS if role is Role.PARAMETER else role
    index = node.slice
    key = _some_key(s, node) if s.knowledge.is_unknown(index) and not isinstance(index, ast.Slice) else None
    if key is not None:
        owner_text = s.write(node.value, Role.OBJECT if role is Role.ANY else inner, names)
        return f"{owner_text}[{s.stand_in(index, key)}]"
    parts: list[tuple[ast.AST, str]] = [
        (node.value, s.write(node.value, Role.OBJECT if role is Role.ANY else inner, names))
    ]
    if isinstance(index, ast.Slice):
        bounds = [one for one in (index.lower, index.upper, index.step) if one is not None]
        parts += [(one, s.write(one, Role.NUMBER)) for one in bounds]
    elif not isinstance(index, ast.Constant):
        parts.append((index, s.write(index, Role.TEXT if s.knowledge.is_unknown(index) else Role.NUMBER)))
    return spliced(s, node, parts)


def _some_key(s: Slice, node: ast.Subscript) -> str | None:
    """A key of the dict that a subscript with an unknown key looks into."""
    meaning = s.scene.meaning(node.value)
    values = [one.value for one in s.scene.definitions.get(meaning, ())] if isinstance(meaning, Var) else [node.value]
    keys = [
        key for value in values if isinstance(value, ast.Dict) for key in value.keys if isinstance(key, ast.Constant)
    ]
    return repr(keys[0].value) if keys else None


def write_dict(s: Slice, node: ast.Dict, role: Role, names: Names) -> str:
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
        parts.append((value, s.write(value, inner, (word, *names) if word else names)))
        if key is not None and not isinstance(key, ast.Constant):
            parts.append((key, s.write(key, Role.TEXT)))
    return spliced(s, node, parts)


def write_comprehension(
    s: Slice, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, role: Role, names: Names
) -> str:
    inner = Role.PARAMETER if role is Role.PARAMS else role
    parts: list[tuple[ast.AST, str]] = []
    if isinstance(node, ast.DictComp):
        parts += [(node.key, s.write(node.key, Role.TEXT)), (node.value, s.write(node.value, inner, names))]
    else:
        parts.append((node.elt, s.write(node.elt, inner, names)))
    for clause in node.generators:
        for condition in clause.ifs:
            parts.append((condition, decide(s, condition, True, is_filter=True)))
    for clause in node.generators:
        parts.append((clause.iter, iterable(s, clause.iter, clause.target)))
    return spliced(s, node, parts)


def iterable(s: Slice, node: ast.expr, target: ast.expr) -> str:
    """The text of what a loop goes through, such as its target needs it."""
    roles = [s.roles[var] for one in ast.walk(target) if (var := _target_var(s, one)) is not None and s.is_needed(var)]
    role = max(roles, default=Role.ITEMS)
    if role is Role.PARAMETER:
        role = Role.PARAMS
    if s.knowledge.is_unknown(node) and isinstance(target, ast.Tuple) and not _is_builtin_call(s, node):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in OF_MODELS:
            return s.write(node, Role.PARAMS)
        return _unknown_rows(s, node, target)
    if role is Role.MODEL and s.knowledge.is_unknown(node) and not isinstance(node, ast.Call):
        s.note_part("first")
        s.note_part("second")
        return f"{s.write(node, role)}.children()"
    is_count = role in (Role.NUMBER, Role.OBJECT) and s.knowledge.is_unknown(node)  # as `i` of `enumerate`
    if role in (Role.ANY, Role.TEXT, Role.FLAG) or is_count:
        role = Role.ITEMS
    return s.write(node, role)


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


def write_conditional(s: Slice, node: ast.IfExp, role: Role, names: Names) -> str:
    if s.knowledge.is_known(node.test):
        parts = [(one, s.write(one, role, names)) for one in (node.body, node.orelse)]
        return spliced(s, node, [*parts, (node.test, s.write(node.test, Role.FLAG))])
    taken = node.orelse if s.knowledge.is_unknown(node.body) or _is_none_constant(node.body) else node.body
    return s.stand_in(node, s.write(taken, role, names))


def _is_none_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
