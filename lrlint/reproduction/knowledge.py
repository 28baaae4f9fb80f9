"""What of a program's expressions is known without its data, its model and whoever starts it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from enum import IntEnum
from functools import cached_property

from lrlint.program import ir
from lrlint.reproduction.defaults import is_literal, options_among
from lrlint.reproduction.functions import (
    FUNCTIONS,
    Callee,
    arguments_of,
    asks_for,
    bound_arguments,
    decorators_of,
    default_of,
    gives_key,
    last_name,
    parameters_of,
)
from lrlint.reproduction.handed import handed_to_schedulers
from lrlint.reproduction.meanings import Builtin, Definition, OtherModule, Outside, Var
from lrlint.reproduction.purity import (
    OF_MODELS,
    OF_PARAMETERS,
    OF_TRACKED,
    OF_VALUES,
    PROGRESS,
    PURE,
    is_generator,
    is_module,
    is_pure_function,
    is_pure_name,
    is_torch_building,
    operands_of,
)
from lrlint.reproduction.scene import Scene


class Status(IntEnum):
    """How much of a value is known: nothing, what it is made of, or all of it."""

    UNKNOWN = 0
    PARTLY = 1
    KNOWN = 2


class Knowledge:
    """Tells how much of expressions is known, in the code of a scene."""

    def __init__(self, scene: Scene, acting: Collection[int] = ()) -> None:
        self.scene = scene
        self._acting = acting
        self._of_vars: dict[Var, Status] = {}
        self._running: set[Var] = set()
        self._of_nodes: dict[int, Status] = {}

    def is_known(self, node: ast.expr | None) -> bool:
        """Whether all of a value is known."""
        return node is None or self.status(node) is Status.KNOWN

    def is_unknown(self, node: ast.expr) -> bool:
        """Whether nothing is known of a value."""
        return self.status(node) is Status.UNKNOWN

    def status(self, node: ast.expr) -> Status:
        """How much of an expression's value is known."""
        if isinstance(node, (ast.Constant, ast.Lambda)):
            return Status.KNOWN
        if isinstance(node, (ast.Name, ast.Attribute)):
            return self._of_name(node)
        if isinstance(node, ast.Call):
            return self._of_call(node)
        if isinstance(node, ast.Subscript):
            return self._of_subscript(node)
        return self._of_parts(node)

    def _of_parts(self, node: ast.expr) -> Status:
        """The same for what is made of other expressions."""
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return self._structure(node.elts)
        if isinstance(node, ast.Dict):
            return self._structure([*(one for one in node.keys if one), *node.values])
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            element = node.value if isinstance(node, ast.DictComp) else node.elt
            return min(self.status(node.generators[0].iter), max(Status.PARTLY, self.status(element)))
        if isinstance(node, (ast.Starred, ast.NamedExpr)):
            return self.status(node.value)
        if isinstance(node, ast.JoinedStr):
            return self._all(one.value for one in node.values if isinstance(one, ast.FormattedValue))
        if isinstance(node, ast.IfExp):
            return min(self.status(node.test), self.status(node.body), self.status(node.orelse))
        operands = operands_of(node)
        return self._all(operands) if operands else Status.UNKNOWN

    def _all(self, nodes: Iterable[ast.expr]) -> Status:
        found = [self.status(one) for one in nodes]
        if not found or min(found) is Status.KNOWN:
            return Status.KNOWN
        return Status.PARTLY if max(found) is not Status.UNKNOWN else Status.UNKNOWN

    def _structure(self, nodes: Iterable[ast.expr]) -> Status:
        return max(Status.PARTLY, self._all(nodes))

    def _of_name(self, node: ast.Name | ast.Attribute) -> Status:
        meaning = self.scene.meaning(node)
        if isinstance(meaning, Var):
            return self.of_var(meaning)
        if isinstance(meaning, Outside):
            return Status.KNOWN if is_pure_name(meaning.dotted) else Status.UNKNOWN
        if isinstance(meaning, Builtin):
            return Status.KNOWN if meaning.name in PURE else Status.UNKNOWN
        if isinstance(meaning, OtherModule) or (meaning is None and isinstance(node, ast.Name)):
            return Status.UNKNOWN
        assert isinstance(node, ast.Attribute)
        if node.attr in OF_TRACKED | OF_PARAMETERS and not self.is_unknown(node.value):
            return Status.KNOWN
        if self.default(node) is not None:
            return Status.KNOWN
        if node.attr == "optimizer" and self._is_scheduler(node.value):
            return Status.KNOWN  # the constructor of torch sets it
        if not self.is_object(node.value) and not self.is_set_namespace(node):
            return Status.UNKNOWN
        return self.of_var(Var("attr", 0, node.attr))

    def _is_scheduler(self, node: ast.expr) -> bool:
        """Whether an expression is `self` in a scheduler of the program's own."""
        klass = self.scene.class_of(node) if isinstance(node, ast.Name) and node.id in ir.OBJECTS else None
        return klass is not None and self.scene.is_of_torch(klass)

    def is_set_namespace(self, node: ast.Attribute) -> bool:
        """Whether an attribute is one that the program gives to some object that nothing else is known of."""
        return node.attr in self.scene.set_on_others and isinstance(self.scene.meaning(node.value), Var)

    def is_object(self, node: ast.expr) -> bool:
        """Whether an expression stands for an object whose attributes the program itself sets."""
        if isinstance(node, ast.Name) and node.id in ir.OBJECTS:
            return True
        return not self.is_unknown(node)

    def default(self, node: ast.Attribute) -> ast.expr | None:
        """The default of the command-line option that an attribute of something unknown is."""
        found = self.options.get(node.attr) or self._constant_of(node)
        if found is None or (isinstance(node.value, ast.Name) and node.value.id in ir.OBJECTS):
            return None
        if self._is_adapted(node):
            return None
        return found if self._is_namespace(node.value) else None

    def _is_adapted(self, node: ast.Attribute) -> bool:
        """Whether the program makes another value of an option: `args.warmup = max(args.warmup, 1)`."""
        if node.attr not in self.scene.set_on_others or node.attr not in self.options:
            return False
        values = [
            one.value for one in self.scene.definitions.get(Var("attr", 0, node.attr), ()) if one.value is not None
        ]
        return any(asks_for(one, node.attr) for one in values)

    def _constant_of(self, node: ast.Attribute) -> ast.expr | None:
        """The only number or text that the program gives to an attribute of whichever configuration."""
        if node.attr not in self.scene.set_on_others:
            return None
        values = [one.value for one in self.scene.definitions.get(Var("attr", 0, node.attr), ())]
        literals = [one for one in values if one is not None and is_literal(one)]
        if len(values) != len(literals) or len({ast.dump(one) for one in literals}) != 1:
            return None
        return literals[0]

    def _is_namespace(self, node: ast.expr) -> bool:
        """Whether an expression may stand for parsed options: something unknown, in a name or an attribute."""
        return isinstance(node, (ast.Name, ast.Attribute)) and (
            self.is_unknown(node) or not isinstance(self.scene.meaning(node), Var)
        )

    @cached_property
    def options(self) -> dict[str, ast.expr]:
        """The options that the program declares, with their defaults; those with several defaults left out."""
        return options_among(node for nodes in self.scene.nodes.values() for node in nodes)

    @cached_property
    def _handed(self) -> frozenset[int]:
        return handed_to_schedulers(self.scene)

    def _of_subscript(self, node: ast.Subscript) -> Status:
        owner = self.status(node.value)
        display = node.value
        if isinstance(display, ast.Dict) and isinstance(node.slice, ast.Constant):
            for key, value in zip(display.keys, display.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == node.slice.value:
                    return self.status(value)
        return owner

    def _of_call(self, node: ast.Call) -> Status:
        meaning = self.scene.meaning(node.func)
        if self.fallback(node) is not None:
            return Status.KNOWN
        if isinstance(meaning, Outside):
            return self._of_outside(node, meaning.dotted)
        if isinstance(meaning, Builtin):
            return self._of_builtin(node, meaning.name)
        callees = self.scene.callees(node)
        if callees:
            status = min(self._returned(callee) for callee in callees)
            is_followed = status is not Status.PARTLY or any(map(self._is_followed, callees))
            return status if is_followed else Status.UNKNOWN
        if isinstance(node.func, ast.Attribute):
            return self._of_method(node, node.func)
        return Status.UNKNOWN if self.is_unknown(node.func) else Status.KNOWN

    def _of_outside(self, node: ast.Call, dotted: str) -> Status:
        if dotted == "types.SimpleNamespace" or is_torch_building(dotted):
            return Status.KNOWN
        return self._all(arguments_of(node)) if is_pure_function(dotted) else Status.UNKNOWN

    def _of_builtin(self, node: ast.Call, name: str) -> Status:
        status = self._all(arguments_of(node))
        if name in ("len", "super"):
            return Status.KNOWN
        if name in ("zip", "enumerate") and any(not self.is_unknown(one) for one in arguments_of(node)):
            return max(Status.PARTLY, status)
        return status if name in PURE else Status.UNKNOWN

    def _of_method(self, node: ast.Call, func: ast.Attribute) -> Status:
        if func.attr in OF_MODELS:
            return Status.KNOWN  # of what stands for the model
        if func.attr == "format":
            return self.status(func.value)
        if func.attr in OF_VALUES or func.attr in ("get_last_lr", "get_lr", "_get_closed_form_lr", "state_dict", "pop"):
            return min(self.status(func.value), self._all(arguments_of(node)))
        is_attribute = bool(self.scene.definitions.get(Var("attr", 0, func.attr)))
        return Status.KNOWN if is_attribute and not self.is_unknown(func) else Status.UNKNOWN

    def _is_followed(self, callee: Callee) -> bool:
        """Whether the script calls a function though not all of what it returns is known."""
        if isinstance(callee, ast.ClassDef) or id(callee) in self._acting:
            return True
        return any(isinstance(one, ast.Attribute) and one.attr in OF_MODELS for one in ast.walk(callee))

    def is_certain(self, node: ast.expr) -> bool:
        """Whether a value is known without a look at what options are by default."""
        if not self.is_known(node):
            return False
        return not any(
            (isinstance(one, ast.Attribute) and self.default(one) is not None)
            or (isinstance(one, ast.Call) and self.fallback(one) is not None)
            for one in ast.walk(node)
        )

    def fallback(self, node: ast.Call) -> ast.Constant | None:
        """What a call gives that looks something up, where it is not there: `os.environ.get("LR", "0.1")`."""
        func = node.func
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        index = {"getenv": 1, "get": 1, "getattr": 2}.get(name)
        if index is None or len(node.args) != index + 1 or not isinstance(node.args[index], ast.Constant):
            return None
        owner = node.args[0] if name == "getattr" else func.value if isinstance(func, ast.Attribute) else None
        if name != "getenv" and (owner is None or not self.is_unknown(owner)):
            return None
        found = node.args[index]
        return found if isinstance(found, ast.Constant) else None

    def is_acting(self, klass: ast.ClassDef) -> bool:
        """Whether methods of a class build or step something."""
        return any(id(one) in self._acting for one in klass.body if isinstance(one, FUNCTIONS))

    def _returned(self, callee: Callee) -> Status:
        if isinstance(callee, ast.ClassDef):
            return Status.UNKNOWN if is_module(self.scene, callee) and not self.is_acting(callee) else Status.KNOWN
        if "property" not in decorators_of(callee) and is_generator(callee):
            return Status.UNKNOWN
        return self.of_var(Var("return", id(callee), ""), callee)

    def of_var(self, var: Var, callee: Callee | None = None) -> Status:
        """How much is known of a variable."""
        if var in self._of_vars:
            return self._of_vars[var]
        if var in self._running:
            return Status.KNOWN  # what it is made of besides itself decides
        self._running.add(var)
        try:
            status = self._of_returns(callee) if callee is not None else self._of_definitions(var)
        finally:
            self._running.discard(var)
        if not self._running:
            self._of_vars[var] = status
        return status

    def _of_returns(self, callee: Callee) -> Status:
        returned = [
            one.value for one in ast.walk(callee) if isinstance(one, ast.Return) and self.scene.function(one) is callee
        ]
        return self._all(one for one in returned if one is not None)

    def _of_definitions(self, var: Var) -> Status:
        definitions = self.scene.definitions.get(var, ())
        found = [self._of_definition(var, one) for one in definitions]
        made = [
            status for one, status in zip(definitions, found, strict=True) if one.kind not in ("augmented", "change")
        ]
        if not made or max(made) is Status.UNKNOWN:
            return Status.UNKNOWN
        if min(found) is Status.KNOWN:
            return Status.KNOWN
        return Status.PARTLY if max(found) is not Status.UNKNOWN else Status.UNKNOWN

    def _of_definition(self, var: Var, one: Definition) -> Status:
        if one.kind == "definition":
            return Status.KNOWN
        if one.kind == "parameter":
            return self._of_parameter(one.node)
        if one.kind == "field":
            return Status.PARTLY
        if one.kind == "context" or one.value is None:
            return Status.KNOWN if one.kind == "change" else Status.UNKNOWN
        if one.kind == "change":
            return Status.KNOWN if self.status(one.value) is Status.KNOWN else Status.PARTLY
        value = one.value
        if one.kind == "item":
            return self._of_item(value, one.part)
        for index in one.part:
            if not isinstance(value, (ast.Tuple, ast.List)) or index >= len(value.elts):
                return self._of_part(value, one.part)
            value = value.elts[index]
        return self.status(value)

    def _of_part(self, value: ast.expr, part: tuple[int, ...]) -> Status:
        """How much is known of a part of what a call returns."""
        returned: list[ast.expr] = []
        for callee in self.scene.callees(value) if isinstance(value, ast.Call) else ():
            returned += [
                one.value.elts[part[0]]
                for one in ast.walk(callee)
                if isinstance(one, ast.Return) and isinstance(one.value, ast.Tuple) and part[0] < len(one.value.elts)
            ]
        return self._all(returned) if returned else self.status(value)

    def _of_item(self, value: ast.expr, part: tuple[int, ...]) -> Status:
        """How much is known of what a loop over `value` gives."""
        if (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Name)
            and isinstance(self.scene.meaning(value.func), Builtin)
        ):
            if value.func.id == "enumerate" and part and value.args:
                return Status.KNOWN if part[0] == 0 else self._of_item(value.args[0], part[1:])
            if value.func.id == "zip" and part and part[0] < len(value.args):
                return self._of_item(value.args[part[0]], part[1:])
            if value.func.id == "range":
                return Status.KNOWN
        if gives_key(value, part):
            assert isinstance(value, ast.Call)
            assert isinstance(value.func, ast.Attribute)
            return Status.KNOWN if not self.is_unknown(value.func.value) else Status.UNKNOWN
        if isinstance(value, ast.Call) and last_name(value.func) in ("trange",):
            return Status.KNOWN
        if isinstance(value, ast.Call) and last_name(value.func) in PROGRESS and value.args:
            return self._of_item(value.args[0], part)
        return self.status(value)

    def _of_parameter(self, node: ast.AST) -> Status:
        function = self.scene.parent(self.scene.parent(node) or node)
        if isinstance(function, ast.Lambda):
            return Status.KNOWN
        if not isinstance(function, FUNCTIONS) or not isinstance(node, ast.arg):
            return Status.UNKNOWN
        klass = self.scene.klass(function)
        if (
            klass is not None
            and parameters_of(function)[:1] == [node]
            and "staticmethod" not in decorators_of(function)
        ):
            return Status.UNKNOWN if is_module(self.scene, klass) else Status.KNOWN
        calls = list(self.scene.calls_of(function))
        if klass is not None and function.name == "__init__":
            calls += self.scene.calls_of(klass)
        default = default_of(function, node)
        found = []
        for call in calls:
            bound = bound_arguments(call, function, klass is not None)
            given = [
                one for one in (*call.args, *(k.value for k in call.keywords)) if bound and bound.get(id(one)) is node
            ]
            found.append(self.status(given[0]) if given else self.status(default) if default else Status.UNKNOWN)
        if id(function) in self._handed and default is None:
            found.append(Status.KNOWN)
        if not found:
            return self.status(default) if default is not None else Status.UNKNOWN
        if min(found) is Status.KNOWN:
            return Status.KNOWN
        return Status.PARTLY if max(found) is not Status.UNKNOWN else Status.UNKNOWN
