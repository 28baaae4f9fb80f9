"""The scene: what names, attributes and calls of a program's modules mean, as the text and the walk tell it."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from lrlint.imports.finder import Finder
from lrlint.program import Program, ir
from lrlint.program.project import Module
from lrlint.torch_api import signatures

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Callee = FunctionNode | ast.ClassDef
Scope = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*FUNCTIONS, ast.Lambda, ast.ClassDef)

_TORCH_STARS = ("torch.optim.lr_scheduler", "torch.optim", "torch.nn", "torch")


class Var(NamedTuple):
    """A variable: a name in a scope, an attribute of whichever object, or what a function returns."""

    kind: str  # "name", "attr", "return"
    home: int
    name: str


class Outside(NamedTuple):
    """A name of a module outside of the project: `torch.optim.SGD`."""

    dotted: str


class Builtin(NamedTuple):
    """A name of Python's own."""

    name: str


class OtherModule(NamedTuple):
    """A module of the project."""

    path: str


Meaning = Var | Outside | Builtin | OtherModule | None


@dataclass(frozen=True, slots=True, eq=False)
class Definition:
    """One place that gives a variable its value.

    `kind`: "value", "augmented", "item" (of the iterable `value`), "parameter", "definition", "change" (by a method or
    an item that is set), "context".  `part` is the way from the value to the target's part: `a, (b, c) = …`.
    """

    kind: str
    node: ast.AST
    value: ast.expr | None = None
    part: tuple[int, ...] = ()


class Scene:
    """The modules of a program, with what their names mean."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.modules = program.modules
        self.finder = Finder()
        self._parents: dict[int, ast.AST] = {}
        self._homes: dict[int, Module] = {}
        self.definitions: dict[Var, list[Definition]] = defaultdict(list)
        self._bound: dict[int, set[str]] = defaultdict(set)
        self._declared: dict[tuple[int, str], type[ast.AST]] = {}
        self.set_on_others: set[str] = set()
        self._imports: dict[tuple[int, str], tuple[Module, str, str | None]] = {}
        self._stars: dict[str, list[str]] = defaultdict(list)
        self._calls_of: dict[int, list[ast.Call]] = defaultdict(list)
        self._callees = self._noted_callees()
        self.nodes: dict[str, list[ast.AST]] = {}
        self._resolved: dict[int, tuple[Callee, ...]] = {}
        for module in self.modules:
            self._register(module)
        for module in self.modules:
            self._define(module)
        for call in [one for nodes in self.nodes.values() for one in nodes if isinstance(one, ast.Call)]:
            for callee in self.callees(call):
                self._calls_of[id(callee)].append(call)

    def _noted_callees(self) -> dict[int, list[Callee]]:
        noted: dict[int, list[Callee]] = defaultdict(list)
        for call, callees in self.program.facts.callees.items():
            for callee in callees:
                if isinstance(callee.node, Callee) and isinstance(call.node, ast.Call):
                    noted[id(call.node)].append(callee.node)
        return noted

    # What stands where

    def _register(self, module: Module) -> None:
        nodes = [module.tree.module]
        found: list[ast.AST] = []
        stack: list[ast.AST] = list(nodes)
        self._homes[id(module.tree.module)] = module
        while stack:
            node = stack.pop()
            found.append(node)
            for child in ast.iter_child_nodes(node):
                self._homes[id(child)] = module
                if not isinstance(child, (ast.expr_context, ast.operator, ast.cmpop, ast.boolop, ast.unaryop)):
                    self._parents[id(child)] = node
                    stack.append(child)
        self.nodes[module.path] = found

    def adopt(self, node: ast.AST, beside: ast.AST) -> None:
        """Let a new node stand where another one does."""
        self._homes[id(node)] = self._homes[id(beside)]
        self._kept_alive.append(node)

    @cached_property
    def _kept_alive(self) -> list[ast.AST]:
        return []

    def module(self, node: ast.AST) -> Module:
        """The module that a node stands in."""
        return self._homes[id(node)]

    def parent(self, node: ast.AST) -> ast.AST | None:
        """What a node stands in."""
        return self._parents.get(id(node))

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """What a node stands in, from the inside to the outside."""
        outer = self.parent(node)
        while outer is not None:
            yield outer
            outer = self.parent(outer)

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement that a node is or stands in."""
        return next((one for one in (node, *self.around(node)) if isinstance(one, ast.stmt)), None)

    def function(self, node: ast.AST) -> FunctionNode | None:
        """The innermost named function around a node."""
        return next((one for one in self.around(node) if isinstance(one, FUNCTIONS)), None)

    def klass(self, function: ast.AST) -> ast.ClassDef | None:
        """The class whose method a function is."""
        outer = self.parent(function)
        return outer if isinstance(outer, ast.ClassDef) else None

    def text(self, node: ast.AST) -> str:
        """The text of a node."""
        module = self.module(node)
        place = module.tree.range(node)
        return module.tree.text[place.start : place.end]

    def line(self, node: ast.AST) -> int:
        """The line on which a node begins."""
        return getattr(node, "lineno", 1)

    def path(self, node: ast.AST) -> str:
        """The path of the node's file, as reports show it."""
        return self.module(node).source.path

    # What is bound

    def _scope(self, node: ast.AST) -> Scope:
        return next(one for one in self.around(node) if isinstance(one, (ast.Module, *_SCOPES)))

    def _define(self, module: Module) -> None:
        for node in self.nodes[module.path]:
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                scope = self._scope(node)
                self._declared |= {(id(scope), name): type(node) for name in node.names}
        for node in self.nodes[module.path]:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._assign(target, node, node.value, "value")
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._assign(node.target, node, node.value, "value")
            elif isinstance(node, ast.AnnAssign) and isinstance(self.parent(node), ast.ClassDef):
                if isinstance(node.target, ast.Name):
                    self._bind(self._scope(node), node.target.id, Definition("field", node))
            elif isinstance(node, ast.Call) and _last_name(node.func) in _NAMESPACES:
                for keyword in node.keywords:
                    if keyword.arg is not None:
                        self.set_on_others.add(keyword.arg)
                        self.definitions[Var("attr", 0, keyword.arg)].append(Definition("value", node, keyword.value))
            elif isinstance(node, ast.NamedExpr):
                self._assign(node.target, node, node.value, "value")
            elif isinstance(node, ast.AugAssign):
                self._assign(node.target, node, node.value, "augmented")
            elif isinstance(node, (ast.For, ast.AsyncFor)):
                self._assign(node.target, node, node.iter, "item")
            elif isinstance(node, ast.comprehension):
                self._assign(node.target, node, node.iter, "item")
            elif isinstance(node, (ast.With, ast.AsyncWith)):
                for item in node.items:
                    if item.optional_vars is not None:
                        self._assign(item.optional_vars, node, item.context_expr, "context")
            elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                self._bind(self._scope(node), node.name, Definition("definition", node))
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                self._import(module, node)
            elif isinstance(node, ast.ExceptHandler) and node.name:
                self._bind(self._scope(node), node.name, Definition("context", node))
            if isinstance(node, (*FUNCTIONS, ast.Lambda)):
                for parameter in parameters_of(node):
                    self._bind(node, parameter.arg, Definition("parameter", parameter))
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                self._change(node.value)

    def _assign(self, target: ast.expr, node: ast.AST, value: ast.expr, kind: str, part: tuple[int, ...] = ()) -> None:
        if isinstance(target, ast.Name):
            self._bind(self._scope(target), target.id, Definition(kind, node, value, part))
        elif isinstance(target, ast.Attribute):
            if not (isinstance(target.value, ast.Name) and target.value.id in ir.OBJECTS):
                self.set_on_others.add(target.attr)
            self.definitions[Var("attr", 0, target.attr)].append(Definition(kind, node, value, part))
        elif isinstance(target, (ast.Tuple, ast.List)):
            for index, one in enumerate(target.elts):
                self._assign(one, node, value, kind, (*part, index))
        elif isinstance(target, ast.Starred):
            self._assign(target.value, node, value, "context")
        elif isinstance(target, ast.Subscript):
            self._changed(target.value, Definition("change", node, value))

    def _change(self, call: ast.Call) -> None:
        name = set_by_name(call)
        if name is not None:
            self.definitions[Var("attr", 0, name)].append(Definition("value", call, call.args[2]))
        if isinstance(call.func, ast.Attribute) and call.func.attr in CHANGING:
            self._changed(call.func.value, Definition("change", call))

    def _changed(self, owner: ast.expr, definition: Definition) -> None:
        """Keep that what an expression stands for is changed; names are resolved once all are known."""
        while isinstance(owner, ast.Subscript):
            owner = owner.value
        if isinstance(owner, ast.Attribute):
            self.definitions[Var("attr", 0, owner.attr)].append(definition)
        elif isinstance(owner, ast.Name):
            self._pending.append((owner, definition))

    @cached_property
    def _pending(self) -> list[tuple[ast.Name, Definition]]:
        return []

    def _bind(self, scope: Scope, name: str, definition: Definition) -> None:
        if isinstance(scope, ast.ClassDef):
            self.definitions[Var("attr", 0, name)].append(definition)
            self._bound[id(scope)].add(name)
            return
        home: ast.AST = self._owner_of(scope, name)
        self._bound[id(home)].add(name)
        self.definitions[Var("name", id(home), name)].append(definition)

    def _owner_of(self, scope: Scope, name: str) -> ast.AST:
        """The scope that a name assigned in `scope` belongs to: not that one, if it says `global`."""
        word = self._declared.get((id(scope), name))
        if word is ast.Global:
            return self.module(scope).tree.module
        if word is ast.Nonlocal:
            return next((one for one in self.around(scope) if isinstance(one, FUNCTIONS)), scope)
        return scope

    def _import(self, module: Module, node: ast.Import | ast.ImportFrom) -> None:
        scope = self._scope(node)
        if isinstance(node, ast.Import):
            for alias in node.names:
                local = alias.asname or alias.name.partition(".")[0]
                dotted = alias.name if alias.asname else local
                self._imports[id(scope), local] = (module, dotted, None)
                self._bound[id(scope)].add(local)
            return
        source = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self._stars[module.path].append(source)
                continue
            local = alias.asname or alias.name
            self._imports[id(scope), local] = (module, source, alias.name)
            self._bound[id(scope)].add(local)

    # What names mean

    def meaning(self, node: ast.expr) -> Meaning:
        """What a name or a dotted name stands for; None for other expressions and unknown names."""
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.Attribute):
            owner = self.meaning(node.value)
            if isinstance(owner, Outside):
                return Outside(f"{owner.dotted}.{node.attr}")
            if isinstance(owner, OtherModule):
                return self._in_module(owner.path, node.attr, 0)
        return None

    def _name(self, node: ast.Name) -> Meaning:
        is_inner = False
        for scope in self.around(node):
            if not isinstance(scope, (ast.Module, *_SCOPES)):
                continue
            if isinstance(scope, ast.ClassDef):
                if is_inner or node.id not in self._bound[id(scope)]:
                    continue
                return Var("attr", 0, node.id)
            is_inner = is_inner or not isinstance(scope, ast.Module)
            home = self._owner_of(scope, node.id) if isinstance(scope, FUNCTIONS) else scope
            if node.id in self._bound[id(home)] and (home is scope or Var("name", id(home), node.id) in self.definitions):
                return self._bound_in(home, node.id, 0)
        return self._unbound(self.module(node).path, node.id)

    def _bound_in(self, scope: ast.AST, name: str, depth: int) -> Meaning:
        imported = self._imports.get((id(scope), name))
        var = Var("name", id(scope), name)
        if imported is None or var in self.definitions:
            return var
        module, source, attribute = imported
        path = self.finder.find(module.path, source)
        if path is None:
            return Outside(source if attribute is None else f"{source}.{attribute}")
        if attribute is None:
            return OtherModule(path)
        return self._in_module(path, attribute, depth + 1)

    def _in_module(self, path: str, name: str, depth: int) -> Meaning:
        module = next((one for one in self.modules if one.path == path), None)
        child = self.finder.child(path, name)
        if module is not None and name in self._bound[id(module.tree.module)] and depth < 20:
            return self._bound_in(module.tree.module, name, depth)
        if child is not None:
            return OtherModule(child)
        if module is not None and depth < 20:
            for star in self._stars[path]:
                other = self.finder.find(path, star)
                found = self._in_module(other, name, depth + 1) if other is not None else None
                if found is not None:
                    return found
        return None

    def _unbound(self, path: str, name: str) -> Meaning:
        for star in self._stars[path]:
            other = self.finder.find(path, star)
            if other is not None:
                found = self._in_module(other, name, 0)
                if found is not None:
                    return found
            elif signatures.find(f"{star}.{name}") is not None:
                return Outside(f"{star}.{name}")
        return Builtin(name) if hasattr(builtins, name) else None

    def settle(self) -> None:
        """Resolve what changes names; for use once, when all modules are known."""
        for owner, definition in self._pending:
            meaning = self.meaning(owner)
            if isinstance(meaning, Var):
                self.definitions[meaning].append(definition)
        self._pending.clear()

    # Calls

    def callees(self, call: ast.Call) -> tuple[Callee, ...]:
        """The functions and classes of the program that a call may be of."""
        if id(call) not in self._resolved:
            self._resolved[id(call)] = ()  # what `model = model.cuda()` calls is not told by what `model` is
            self._resolved[id(call)] = tuple(dict.fromkeys(self._find_callees(call)))
        return self._resolved[id(call)]

    def _find_callees(self, call: ast.Call) -> Iterable[Callee]:
        noted = self._callees.get(id(call))
        if noted:
            return noted
        return self.definitions_of(call.func)

    def definitions_of(self, node: ast.expr) -> list[Callee]:
        """The functions and classes that an expression names."""
        meaning = self.meaning(node)
        if isinstance(meaning, Var) and meaning.kind == "name":
            nodes = [one.node for one in self.definitions[meaning]]
            return [one for one in nodes if isinstance(one, Callee)] if all(isinstance(n, Callee) for n in nodes) else []
        if isinstance(node, ast.Attribute):
            klass = self._class_of(node.value)
            method = self.member(klass, node.attr) if klass is not None else None
            return [method] if method is not None else []
        return []

    def _class_of(self, node: ast.expr) -> ast.ClassDef | None:
        """The class that `self` is of, or that a name stands for an object of."""
        if isinstance(node, ast.Name) and node.id in ir.OBJECTS:
            return next((one for one in self.around(node) if isinstance(one, ast.ClassDef)), None)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
            klass = next((one for one in self.around(node) if isinstance(one, ast.ClassDef)), None)
            return next(iter(self.bases(klass)), None) if klass is not None else None
        named = self.definitions_of(node) if isinstance(node, ast.Name) else []
        if len(named) == 1 and isinstance(named[0], ast.ClassDef):
            return named[0]
        made = node if isinstance(node, ast.Call) else None
        meaning = self.meaning(node)
        if isinstance(meaning, Var):
            values = [one.value for one in self.definitions[meaning] if one.kind == "value" and not one.part]
            made = values[0] if len(values) == 1 and isinstance(values[0], ast.Call) else made
        found = self.callees(made) if made is not None else ()
        return found[0] if len(found) == 1 and isinstance(found[0], ast.ClassDef) else None

    def bases(self, klass: ast.ClassDef) -> list[ast.ClassDef]:
        """The bases of a class that are in the program."""
        found = [one for base in klass.bases for one in self.definitions_of(base)]
        return [one for one in found if isinstance(one, ast.ClassDef) and one is not klass]

    def outside_bases(self, klass: ast.ClassDef) -> list[str]:
        """The dotted names of the bases, also of those of bases, that are outside of the project."""
        own = [one.dotted for base in klass.bases if isinstance(one := self.meaning(base), Outside)]
        return own + [name for base in self.bases(klass) for name in self.outside_bases(base)]

    def member(self, klass: ast.ClassDef, name: str) -> FunctionNode | None:
        """The method of a class or of its bases."""
        own = [one for one in klass.body if isinstance(one, FUNCTIONS) and one.name == name]
        if own:
            return own[-1]
        return next((found for base in self.bases(klass) if (found := self.member(base, name))), None)

    def calls_of(self, callee: Callee) -> list[ast.Call]:
        """The calls of a function or class."""
        return self._calls_of[id(callee)]

    def initializer(self, callee: Callee) -> FunctionNode | None:
        """What runs when a function or class is called."""
        return self.member(callee, "__init__") if isinstance(callee, ast.ClassDef) else callee

    def is_bound(self, call: ast.Call, callee: Callee) -> bool:
        """Whether the first parameter is the object itself, which a call does not pass."""
        if isinstance(callee, ast.ClassDef):
            return True
        if self.klass(callee) is None or "staticmethod" in decorators_of(callee):
            return False
        if not isinstance(call.func, ast.Attribute):
            return True  # `model(…)` runs its method
        owner = call.func.value
        named = self.definitions_of(owner) if isinstance(owner, (ast.Name, ast.Attribute)) else []
        is_class = any(isinstance(one, ast.ClassDef) for one in named)
        return not is_class or "classmethod" in decorators_of(callee)


_NAMESPACES = frozenset(["SimpleNamespace", "Namespace", "EasyDict"])


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


CHANGING = frozenset(["append", "extend", "insert", "update", "add", "remove", "pop", "clear", "setdefault"])
"""Methods that change a list, dict or set."""


def set_by_name(call: ast.Call) -> str | None:
    """The attribute that `setattr(…)` sets, if its name is written there."""
    if not (isinstance(call.func, ast.Name) and call.func.id == "setattr" and len(call.args) == 3):
        return None
    name = call.args[1]
    return name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None


def parameters_of(function: FunctionNode | ast.Lambda) -> list[ast.arg]:
    """The parameters of a function, starred ones included."""
    arguments = function.args
    starred = [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]


def decorators_of(function: FunctionNode) -> frozenset[str]:
    """The last names of the decorators of a function."""
    called = (one.func if isinstance(one, ast.Call) else one for one in function.decorator_list)
    return frozenset(one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in called)


def default_of(function: FunctionNode | ast.Lambda, parameter: ast.arg) -> ast.expr | None:
    """The default of a parameter."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if parameter in positional:
        index = positional.index(parameter) - len(positional) + len(arguments.defaults)
        return arguments.defaults[index] if index >= 0 else None
    if parameter in arguments.kwonlyargs:
        return arguments.kw_defaults[arguments.kwonlyargs.index(parameter)]
    return None


def bound_arguments(call: ast.Call, function: FunctionNode, skips_first: bool) -> dict[int, ast.arg] | None:
    """Which parameter gets each argument of a call, by the id of the argument; None where stars hide it."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return None
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args][1 if skips_first else 0 :]
    named = {one.arg: one for one in parameters_of(function)}
    found: dict[int, ast.arg] = {}
    for index, argument in enumerate(call.args):
        parameter = positional[index] if index < len(positional) else arguments.vararg
        if parameter is not None:
            found[id(argument)] = parameter
    for keyword in call.keywords:
        parameter = named.get(keyword.arg or "", arguments.kwarg)
        if parameter is not None:
            found[id(keyword.value)] = parameter
    return found
