"""The scene: what names, attributes and calls of a program's modules mean, as the text and the walk tell it."""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Iterable

from lrlint.program import Program, ir
from lrlint.reproduction.bindings import Bindings
from lrlint.reproduction.functions import (
    FUNCTIONS,
    SCOPES,
    Callee,
    FunctionNode,
    decorators_of,
)
from lrlint.reproduction.handing import handed_of, made_call
from lrlint.reproduction.meanings import Builtin, Meaning, OtherModule, Outside, Var
from lrlint.torch_api import signatures


class Scene(Bindings):
    """The modules of a program, with what their names mean."""

    def __init__(self, program: Program) -> None:
        super().__init__(program.modules)
        self.program = program
        self._calls_of: dict[int, list[ast.Call]] = defaultdict(list)
        self._callees = self._noted_callees()
        self._resolved: dict[int, tuple[Callee, ...]] = {}
        self._settle()
        self._handed = self._noted_handed()
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

    def _noted_handed(self) -> dict[int, ast.Call]:
        """The calls that code out of view makes of functions that it is handed, by the calls that hand them on."""
        found: dict[int, ast.Call] = {}
        for call in [one for nodes in self.nodes.values() for one in nodes if isinstance(one, ast.Call)]:
            handed = handed_of(call)
            if handed is None or self.callees(call):
                continue
            functions = self.definitions_of(handed)
            if len(functions) != 1 or not isinstance(functions[0], FUNCTIONS):
                continue
            made = made_call(call, handed)
            for one in (made, *(one for one in made.args if isinstance(one, ast.Constant))):
                self.adopt(one, call)
            self._parents[id(made)] = call
            self._calls_of[id(functions[0])].append(made)
            found[id(call)] = made
        return found

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
            if not isinstance(scope, (ast.Module, *SCOPES)):
                continue
            if isinstance(scope, ast.ClassDef):
                if is_inner or node.id not in self._bound[id(scope)]:
                    continue
                return Var("attr", 0, node.id)
            is_inner = is_inner or not isinstance(scope, ast.Module)
            home = self._owner_of(scope, node.id) if isinstance(scope, FUNCTIONS) else scope
            if node.id in self._bound[id(home)] and (
                home is scope or Var("name", id(home), node.id) in self.definitions
            ):
                return self._bound_in(home, node.id, 0)
        return self._unbound(self.module(node).path, node.id)

    def _bound_in(self, scope: ast.AST, name: str, depth: int) -> Meaning:
        imported = self._imports.get((id(scope), name))
        var = Var("name", id(scope), name)
        if imported is None:
            return var
        module, source, attribute = imported
        path = self.finder.find(module.path, source)
        if var in self.definitions and (path is None or not self._is_bound_in_handlers(var)):
            return var
        if path is None:
            return Outside(source if attribute is None else f"{source}.{attribute}")
        if attribute is None:
            return OtherModule(path)
        return self._in_module(path, attribute, depth + 1)

    def _is_bound_in_handlers(self, var: Var) -> bool:
        """Whether a name is bound only where its import has failed."""
        nodes = [one.node for one in self.definitions[var]]
        return all(any(isinstance(outer, ast.ExceptHandler) for outer in self.around(node)) for node in nodes)

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

    def _settle(self) -> None:
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

    def handed(self, call: ast.Call) -> ast.Call | None:
        """The call of a function of the program that a call leads to which hands it to code out of view."""
        return self._handed.get(id(call))

    def _find_callees(self, call: ast.Call) -> Iterable[Callee]:
        noted = self._callees.get(id(call))
        if noted:
            return noted
        return self.definitions_of(call.func)

    def definitions_of(self, node: ast.expr) -> list[Callee]:
        """The functions and classes that an expression names."""
        meaning = self.meaning(node)
        if isinstance(meaning, Var) and meaning.kind == "name":
            nodes = [one.node for one in self.definitions[meaning] if not _is_none(one.value)]
            return (
                [one for one in nodes if isinstance(one, Callee)] if all(isinstance(n, Callee) for n in nodes) else []
            )
        if isinstance(node, ast.Attribute):
            klass = self.class_of(node.value)
            method = self.member(klass, node.attr) if klass is not None else None
            return [method] if method is not None else []
        return []

    def class_of(self, node: ast.expr) -> ast.ClassDef | None:
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
        own = [name for base in klass.bases for name in self.outside_names(base)]
        return own + [name for base in self.bases(klass) for name in self.outside_bases(base)]

    def outside_names(self, base: ast.expr) -> list[str]:
        """What an expression names outside of the project, by itself or through an import or values of a variable."""
        meaning = self.meaning(base)
        if isinstance(meaning, Outside):
            return [meaning.dotted]
        if not isinstance(meaning, Var):
            return []
        _, source, attribute = self._imports.get((meaning.home, meaning.name), (None, "", None))
        values = [one.value for one in self.definitions[meaning] if one.kind == "value" and one.value is not None]
        names = [one.dotted for value in values if isinstance(one := self.meaning(value), Outside)]
        return [*([f"{source}.{attribute}"] if attribute is not None else []), *names]

    def is_of_torch(self, klass: ast.ClassDef) -> bool:
        """Whether a class is a scheduler or an optimizer, by its bases."""
        return any(base.startswith("torch.optim") for base in self.outside_bases(klass))

    def set_in(self, klass: ast.ClassDef) -> frozenset[str]:
        """The attributes that the methods of a class set on its own objects."""
        stored = (one for one in ast.walk(klass) if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Store))
        return frozenset(one.attr for one in stored if isinstance(one.value, ast.Name) and one.value.id in ir.OBJECTS)

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


def _is_none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None
