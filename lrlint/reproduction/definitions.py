"""Functions and classes as a script has them: those that the slice needs, with the parameters that it needs."""

from __future__ import annotations

import ast

from lrlint.reproduction.functions import FUNCTIONS, FunctionNode, decorators_of, default_of, parameters_of
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.lines import INDENT, header_of, in_block, lines_of
from lrlint.reproduction.meanings import Builtin, Outside, Var
from lrlint.reproduction.names import use_as_value
from lrlint.reproduction.purity import is_pure_name
from lrlint.reproduction.record import Line
from lrlint.reproduction.slice import Slice

_KEPT_DECORATORS = frozenset(["staticmethod", "classmethod", "property", "dataclass", "cached_property"])


def write_function(s: Slice, node: FunctionNode, depth: int) -> list[Line]:
    if not s.is_kept(node):
        return []
    s.keep(node)
    kept = [f"{INDENT * depth}@{name}" for name in sorted(decorators_of(node) & _KEPT_DECORATORS)]
    body = s.block(node.body, depth + 1)
    s.notes = []
    signature = ", ".join(_parameters(s, node))
    header = header_of(s, node, f"def {node.name}({signature}):", depth)
    path, line = s.scene.path(node), s.scene.line(node)
    blank = [Line("")] if depth < 2 else []
    return [*blank, *(Line(one, path, line) for one in kept), header, *in_block(body, depth + 1)]


def _parameters(s: Slice, node: FunctionNode) -> list[str]:
    """The parameters that the slice of a function takes."""
    is_whole = id(node) in s.whole
    klass = s.scene.klass(node)
    first = parameters_of(node)[:1] if klass is not None and "staticmethod" not in decorators_of(node) else []
    arguments = node.args
    wanted = [one for one in parameters_of(node) if one in first or is_whole or s.is_needed(_var(node, one))]
    texts = [_parameter(s, node, one) for one in (*arguments.posonlyargs, *arguments.args) if one in wanted]
    keyword_only = [_parameter(s, node, one) for one in arguments.kwonlyargs if one in wanted]
    if arguments.vararg in wanted and arguments.vararg is not None:
        texts.append(f"*{arguments.vararg.arg}")
    elif keyword_only:
        texts.append("*")
    texts += keyword_only
    if arguments.kwarg in wanted and arguments.kwarg is not None:
        texts.append(f"**{arguments.kwarg.arg}")
    return texts


def _var(node: FunctionNode, parameter: ast.arg) -> Var:
    return Var("name", id(node), parameter.arg)


def _parameter(s: Slice, node: FunctionNode, parameter: ast.arg) -> str:
    default = default_of(node, parameter)
    if default is None:
        return parameter.arg
    role = s.roles.get(Var("name", id(node), parameter.arg), Role.ANY)
    return f"{parameter.arg}={s.write(default, role, (parameter.arg,))}"


def write_class(s: Slice, node: ast.ClassDef, depth: int) -> list[Line]:
    methods = [one for one in node.body if isinstance(one, FUNCTIONS)]
    if id(node) not in s.kept and not any(id(one) in s.kept for one in methods):
        return []
    s.keep(node)
    if s.scene.is_of_torch(node):
        for name in _READ_BY_TORCH & s.scene.set_in(node):
            s.need(Var("attr", 0, name), Role.OBJECT)
    bases = [text for base in node.bases if (text := _base(s, node, base)) is not None]
    for method in methods:
        if method.name == "__init__":
            s.keep(method)
        elif method.name in _CALLED_BY_TORCH and s.scene.is_of_torch(node):
            use_as_value(s, method)
    decorators = [
        Line(INDENT * depth + "@" + s.write(one, Role.OBJECT), s.scene.path(node), s.scene.line(node))
        for one in node.decorator_list
        if isinstance(meaning := s.scene.meaning(one.func if isinstance(one, ast.Call) else one), Outside)
        and meaning.dotted.startswith("dataclasses")
    ]
    has_fields = bool(decorators) or "typing.NamedTuple" in s.scene.outside_bases(node)
    body = _class_body(s, node, depth + 1, has_fields)
    shown = f"({', '.join(bases)})" if bases else ""
    header = header_of(s, node, f"class {node.name}{shown}:", depth)
    return [Line(""), *decorators, header, *in_block(body, depth + 1)]


_CALLED_BY_TORCH = frozenset(["get_lr", "_get_closed_form_lr", "step"])
"""Methods of schedulers and optimizers that torch calls."""

_READ_BY_TORCH = frozenset(["param_groups", "state", "defaults", "base_lrs", "last_epoch", "_step_count", "optimizer"])
"""Attributes of schedulers and optimizers that torch reads."""


def _base(s: Slice, node: ast.ClassDef, base: ast.expr) -> str | None:
    """The text of a base class; None for one that the script does without."""
    own = s.scene.definitions_of(base)
    for one in own:
        s.keep(one)
    if own:
        return own[0].name
    if id(node) in s.models:
        return s.stand_in(base, s.help("dummy_model"))
    meaning = s.scene.meaning(base)
    if isinstance(meaning, Var) and any(map(is_pure_name, s.scene.outside_names(base))):
        return s.write(base, Role.OBJECT)
    if isinstance(meaning, Outside) and is_pure_name(meaning.dotted):
        return s.write(base, Role.OBJECT)
    return s.scene.text(base) if isinstance(meaning, Builtin) else None


def _class_body(s: Slice, node: ast.ClassDef, depth: int, has_fields: bool) -> list[Line]:
    lines: list[Line] = []
    for one in node.body:
        if isinstance(one, ast.AnnAssign) and has_fields:
            text = f"{s.scene.text(one.target)}: object"
            if one.value is not None:
                text += f" = {s.write(one.value, Role.OBJECT)}"
            lines += lines_of(s, one, text, depth)
        else:
            lines += s.block((one,), depth)
    return lines
