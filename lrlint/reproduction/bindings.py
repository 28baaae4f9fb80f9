"""Bindings: what stands where in the modules of a program, and which places give names and attributes their values."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence

from lrlint.imports.finder import Finder
from lrlint.program import ir
from lrlint.program.project import Module
from lrlint.reproduction.functions import (
    CHANGING,
    FUNCTIONS,
    NAMESPACES,
    SCOPES,
    FunctionNode,
    Scope,
    last_name,
    parameters_of,
    set_by_name,
)
from lrlint.reproduction.meanings import Definition, Var


class Bindings:
    """The places in modules that bind names and set attributes.

    `nodes` are those of each module, by its path; `definitions` those of each variable; `set_on_others` are the
    attributes that code sets on other objects than its own.
    """

    def __init__(self, modules: Sequence[Module]) -> None:
        self.modules = modules
        self.finder = Finder()
        self._parents: dict[int, ast.AST] = {}
        self._homes: dict[int, Module] = {}
        self.definitions: dict[Var, list[Definition]] = defaultdict(list)
        self._bound: dict[int, set[str]] = defaultdict(set)
        self._declared: dict[tuple[int, str], type[ast.AST]] = {}
        self.set_on_others: set[str] = set()
        self._imports: dict[tuple[int, str], tuple[Module, str, str | None]] = {}
        self._stars: dict[str, list[str]] = defaultdict(list)
        self._pending: list[tuple[ast.Name, Definition]] = []
        self._kept_alive: list[ast.AST] = []
        self.nodes: dict[str, list[ast.AST]] = {}
        for module in self.modules:
            self._register(module)
        for module in self.modules:
            self._define(module)

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

    def in_order(self, last: Module) -> list[Module]:
        """The modules, each behind those that it imports, unless these import each other; `last` at the end."""
        found: list[Module] = []
        seen: set[str] = set()

        def visit(module: Module) -> None:
            seen.add(module.path)
            for one in self._imported_by(module):
                if one.path not in seen:
                    visit(one)
            found.append(module)

        for module in (last, *self.modules):
            if module.path not in seen:
                visit(module)
        return [*(one for one in found if one is not last), last]

    def _imported_by(self, module: Module) -> list[Module]:
        named = {source for one, source, _ in self._imports.values() if one is module} | set(self._stars[module.path])
        named |= {f"{source}.{name}" for one, source, name in self._imports.values() if one is module and name}
        paths = {self.finder.find(module.path, name) for name in named}
        return [one for one in self.modules if one.path in paths]

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
        """The text of a node, also of one that was made."""
        if isinstance(node, ast.Constant) and not hasattr(node, "lineno"):
            return repr(node.value)
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
        return next(one for one in self.around(node) if isinstance(one, (ast.Module, *SCOPES)))

    def _define(self, module: Module) -> None:
        for node in self.nodes[module.path]:
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                scope = self._scope(node)
                self._declared |= {(id(scope), name): type(node) for name in node.names}
        for node in self.nodes[module.path]:
            self._define_by_value(node)
            self._define_by_name(module, node)

    def _define_by_value(self, node: ast.AST) -> None:
        """Keep what an assignment or a loop gives to its targets."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._assign(target, node, node.value, "value")
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            self._assign(node.target, node, node.value, "value")
        elif isinstance(node, ast.AugAssign):
            self._assign(node.target, node, node.value, "augmented")
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
            self._assign(node.target, node, node.iter, "item")
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._assign(node.optional_vars, self.parent(node) or node, node.context_expr, "context")
        elif isinstance(node, ast.Call):
            self._define_by_call(node)

    def _define_by_call(self, node: ast.Call) -> None:
        """Keep the attributes that a call of a namespace or of `setattr` sets, and what a method changes."""
        for keyword in node.keywords if last_name(node.func) in NAMESPACES else ():
            if keyword.arg is not None:
                self.set_on_others.add(keyword.arg)
                self.definitions[Var("attr", 0, keyword.arg)].append(Definition("value", node, keyword.value))
        if isinstance(self.parent(node), ast.Expr):
            self._change(node)

    def _define_by_name(self, module: Module, node: ast.AST) -> None:
        """Keep what functions, classes, imports and handlers bind."""
        if isinstance(node, ast.AnnAssign) and node.value is None and isinstance(node.target, ast.Name):
            if isinstance(self.parent(node), ast.ClassDef):
                self._bind(self._scope(node), node.target.id, Definition("field", node))
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            self._bind(self._scope(node), node.name, Definition("definition", node))
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(module, node)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self._bind(self._scope(node), node.name, Definition("context", node))
        if isinstance(node, (*FUNCTIONS, ast.Lambda)):
            for parameter in parameters_of(node):
                self._bind(node, parameter.arg, Definition("parameter", parameter))

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
