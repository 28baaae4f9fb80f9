"""Names and attributes as a script has them."""

from __future__ import annotations

import ast

from lrlint.program import ir
from lrlint.reproduction.functions import FUNCTIONS, Callee, FunctionNode
from lrlint.reproduction.guesses import Role
from lrlint.reproduction.meanings import Builtin, OtherModule, Outside, Var
from lrlint.reproduction.purity import OF_PARAMETERS, OF_TRACKED, PURE, is_pure_name
from lrlint.reproduction.record import NotReproducibleError
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.texts import Names, imported, leaf, spliced


def write_name(s: Slice, node: ast.Name, role: Role, names: Names) -> str:
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


def write_attribute(s: Slice, node: ast.Attribute, role: Role, names: Names) -> str:
    meaning = s.scene.meaning(node)
    if isinstance(meaning, Outside):
        return _outside(s, node, meaning.dotted, role, names)
    if isinstance(meaning, Var):
        return _variable(s, node, meaning, role, names)
    if isinstance(meaning, OtherModule):
        raise NotReproducibleError(f"the module `{s.scene.text(node)}` is used as an object")
    default = s.knowledge.default(node)
    if default is not None:
        return _default(s, node, default, role, names)
    return _own_attribute(s, node, role) or _known_attribute(s, node, role) or leaf(s, node, role, names)


def _own_attribute(s: Slice, node: ast.Attribute, role: Role) -> str | None:
    """An attribute or method that the program itself defines; None for others."""
    var, owner = Var("attr", 0, node.attr), node.value
    if node.attr in OF_PARAMETERS:
        return None  # which of them train is no matter of LRs
    methods = s.scene.definitions_of(node)
    if methods and isinstance(methods[0], FUNCTIONS):
        use_as_value(s, methods[0])
        return spliced(s, node, [(owner, s.write(owner, Role.OBJECT))])
    is_object = s.knowledge.is_object(owner)
    if s.knowledge.is_set_namespace(node) and not is_object and not s.knowledge.is_unknown(node):
        s.need(var, role)
        return spliced(s, node, [(owner, s.write(owner, Role.NAMESPACE))])
    if var not in s.scene.definitions or not is_object or not _is_settable(s, node):
        return None
    for one in s.scene.definitions[var]:
        if one.kind == "definition" and isinstance(one.node, FUNCTIONS) and s.scene.klass(one.node) is not None:
            s.keep(one.node)
            s.need(Var("return", id(one.node), ""), role)
    s.need(var, role)
    return spliced(s, node, [(owner, s.write(owner, Role.OBJECT))])


def _known_attribute(s: Slice, node: ast.Attribute, role: Role) -> str | None:
    """An attribute that parameters, optimizers, schedulers or models have; None for others."""
    owner = node.value
    is_unknown = s.knowledge.is_unknown(owner)
    if node.attr in OF_PARAMETERS and not is_unknown:
        return spliced(s, node, [(owner, s.write(owner, Role.PARAMETER))])
    is_tracked = node.attr in OF_TRACKED or node.attr in _OF_OPTIMIZERS
    if is_tracked and (not is_unknown or role in (Role.OBJECT, Role.OPTIMIZER)):
        return spliced(s, node, [(owner, s.write(owner, Role.OPTIMIZER))])
    if role is Role.MODEL and not _is_outside(s, node):
        text = s.write(owner, Role.MODEL)
        s.note_part(_part_of(s, node))  # behind the part that it is one of
        return spliced(s, node, [(owner, text)])
    return None


def _part_of(s: Slice, node: ast.Attribute) -> str:
    """The dotted name of a part of a model: `backbone.layer4` of `self.model.backbone.layer4`."""
    owner = node.value
    if isinstance(owner, ast.Attribute) and owner.attr in s.parts:
        return f"{_part_of(s, owner)}.{node.attr}"
    return node.attr


_OF_OPTIMIZERS = frozenset(["defaults", "optimizer", "state_dict", "best", "num_bad_epochs"])


def _default(s: Slice, node: ast.Attribute, default: ast.expr, role: Role, names: Names) -> str:
    """An option; where a number is needed and it is None by default, what makes sense."""
    if not _is_none(default) or role is Role.ANY:
        return s.stand_in(node, ast.unparse(default))
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
