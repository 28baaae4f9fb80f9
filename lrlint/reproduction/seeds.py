"""Where a slice begins: the calls that build and step, the functions they are made in, and what a finding is about."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lrlint.finding import Finding
from lrlint.program import Program, ir
from lrlint.program.visit import Visit
from lrlint.reproduction.effects import HYPERPARAMETERS
from lrlint.reproduction.functions import FUNCTIONS, Callee, bound_arguments
from lrlint.reproduction.meanings import Var
from lrlint.reproduction.scene import Scene

_METHODS = frozenset(["zero_grad", "unscale_", "update", "step", "add_param_group"])
"""Methods of optimizers, schedulers and scalers that scripts keep, besides those that rules ask about."""


def acts_of(program: Program, scene: Scene) -> set[int]:
    """The calls, by the id of their node, that build or step something."""
    facts = program.facts
    calls = [one.call for one in facts.scheduler_builds]
    calls += [one.call for one in facts.optimizer_builds]
    calls += [one.call for one in facts.scheduler_copies]
    calls += [one.call for one in facts.scheduler_steps]
    calls += [one.call for one in facts.optimizer_steps]
    calls += [one.call for one in facts.group_additions]
    calls += [one.call for one in facts.method_calls if one.attr in _METHODS]
    return {id(one.node) for one in calls} | _own_acts(scene) | _unwalked_acts(program, scene)


def _unwalked_acts(program: Program, scene: Scene) -> set[int]:
    """Those on names of what torch builds, also in functions that only code out of view calls."""
    facts = program.facts
    builds = {id(one.call.node) for one in facts.scheduler_builds} | {
        id(one.call.node) for one in facts.optimizer_builds
    }
    calls = [node for node in _all_nodes(scene) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    return {
        id(one)
        for one in calls
        if isinstance(one.func, ast.Attribute)
        and one.func.attr in _METHODS
        and _is_built(scene, one.func.value, builds, _MOST_CALLS)
    }


_MOST_CALLS = 4
"""Through so many calls what is built is followed into functions that the walk has not come to."""


def _is_built(scene: Scene, node: ast.expr, builds: set[int], calls: int) -> bool:
    """Whether a name stands for what one of some calls builds, by itself or passed to a function."""
    meaning = scene.meaning(node)
    for one in scene.definitions.get(meaning, ()) if isinstance(meaning, Var) else ():
        if id(one.value) in builds:
            return True
        if (
            one.kind == "parameter"
            and calls
            and any(_is_built(scene, given, builds, calls - 1) for given in _given(scene, one.node))
        ):
            return True
    return False


def _given(scene: Scene, parameter: ast.AST) -> Iterator[ast.expr]:
    """What the calls of a function pass for a parameter."""
    function = scene.parent(scene.parent(parameter) or parameter)
    if not isinstance(function, FUNCTIONS):
        return
    for call in scene.calls_of(function):
        bound = bound_arguments(call, function, scene.is_bound(call, function)) or {}
        given = (*call.args, *(one.value for one in call.keywords))
        yield from (one for one in given if bound.get(id(one)) is parameter)


def _own_acts(scene: Scene) -> set[int]:
    """Those of schedulers and optimizers of the program's own classes."""
    if not any(isinstance(node, ast.ClassDef) and scene.is_of_torch(node) for node in _all_nodes(scene)):
        return set()
    return {id(one) for one in _all_nodes(scene) if isinstance(one, ast.Call) and _is_own_act(scene, one)}


def _is_own_act(scene: Scene, node: ast.Call) -> bool:
    if any(isinstance(one, ast.ClassDef) and scene.is_of_torch(one) for one in scene.callees(node)):
        return True
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in _METHODS or _is_super(node.func.value):
        return False
    klass = scene.class_of(node.func.value)
    return klass is not None and scene.is_of_torch(klass)


def _is_super(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _all_nodes(scene: Scene) -> Iterator[ast.AST]:
    return (node for nodes in scene.nodes.values() for node in nodes)


def acting_functions(scene: Scene, acts: set[int]) -> set[int]:
    """The functions, by id, in which something is built or stepped, by themselves or in what they call."""
    own: dict[int, set[int]] = {}
    acting: set[int] = set()
    for node in _all_nodes(scene):
        if isinstance(node, ast.ClassDef) and scene.is_of_torch(node):
            acting |= {id(one) for one in node.body if isinstance(one, FUNCTIONS) and one.name == "step"}
        function = scene.function(node)
        if function is None:
            continue
        if id(node) in acts or _sets_hyperparameter(node):
            acting.add(id(function))
        if isinstance(node, ast.Call):
            for callee in scene.callees(scene.handed(node) or node):
                called = scene.initializer(callee)
                if called is not None:
                    own.setdefault(id(function), set()).add(id(called))
    while True:
        more = {one for one, called in own.items() if one not in acting and not called.isdisjoint(acting)}
        if not more:
            return acting
        acting |= more


def _sets_hyperparameter(node: ast.AST) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return any(
        isinstance(one, ast.Subscript)
        and isinstance(one.slice, ast.Constant)
        and one.slice.value in HYPERPARAMETERS - {"params"}
        and isinstance(one.value, (ast.Name, ast.Subscript))
        for one in targets
    )


def statements_of(scene: Scene, finding: Finding) -> list[ast.stmt]:
    """The statements that a finding is about: the innermost one around its range, or the simple ones in it."""
    found: list[ast.stmt] = []
    for module in scene.modules:
        if module.source.path != finding.path:
            continue
        for node in scene.nodes[module.path]:
            if not isinstance(node, ast.stmt):
                continue
            place = module.tree.range(node)
            if place.start <= finding.range.start and finding.range.end <= place.end:
                found.append(node)
    innermost = min(found, key=lambda node: (node.end_lineno or node.lineno) - node.lineno, default=None)
    return [innermost] if innermost is not None else []


def visits_of(program: Program, finding: Finding) -> Iterator[Visit]:
    """The visits of the calls that a finding is about."""
    facts = program.facts
    calls = [(one.call, one.visit) for one in facts.scheduler_steps]
    calls += [(one.call, one.visit) for one in facts.optimizer_steps]
    calls += [(one.call, one.visit) for one in facts.scheduler_builds]
    calls += [(one.call, one.visit) for one in facts.optimizer_builds]
    calls += [(one.call, one.visit) for one in facts.method_calls]
    for call, visit in calls:
        if visit.module.source.path == finding.path:
            place = visit.module.tree.range(call.node)
            if place.start < finding.range.end and finding.range.start < place.end:
                yield visit


def ways_of(program: Program, scene: Scene, finding: Finding | None) -> tuple[dict[int, bool], dict[str, bool]]:
    """Which branch of each undecided `if` a run takes to the finding, by the id of the `if` and by its test's text."""
    ways: dict[int, bool] = {}
    if finding is not None:
        for visit in visits_of(program, finding):
            for decision, way in visit.branches:
                statement = program.facts.decisions.get(decision)
                if isinstance(statement, ir.If) and isinstance(way, bool) and isinstance(statement.node, ast.If):
                    ways.setdefault(id(statement.node), way)
            break
        for about in statements_of(scene, finding):
            ways |= _around(scene, about)
    nodes = {id(node): node for nodes in scene.nodes.values() for node in nodes if isinstance(node, ast.If)}
    return ways, {scene.text(nodes[one].test): way for one, way in ways.items() if one in nodes}


def _around(scene: Scene, node: ast.AST) -> dict[int, bool]:
    """The branches that a statement itself stands in."""
    found: dict[int, bool] = {}
    inner = node
    for outer in scene.around(node):
        if isinstance(outer, ast.If):
            found[id(outer)] = any(inner is one for one in outer.body)
        inner = outer
    return found


def reached_from(scene: Scene, starts: list[ast.AST]) -> dict[int, Callee]:
    """The functions and classes that code calls, by itself or in what it calls."""
    found: dict[int, Callee] = {}
    stack = list(starts)
    while stack:
        for node in run_nodes(stack.pop()):
            callees = list(scene.callees(node)) if isinstance(node, ast.Call) else []
            if isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Load):
                callees += scene.definitions_of(node)
            for callee in callees:
                called = scene.initializer(callee)
                for one in (callee, called):
                    if one is not None and id(one) not in found:
                        found[id(one)] = one
                        stack.append(one)
    return found


def run_nodes(start: ast.AST) -> Iterator[ast.AST]:
    """The nodes in a function, module or statement that run when it does; those of inner functions are none of them."""
    stack: list[ast.AST] = list(ast.iter_child_nodes(start)) if not isinstance(start, ast.ClassDef) else []
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, FUNCTIONS):
            continue
        if isinstance(node, ast.ClassDef):
            stack += [one for one in node.body if not isinstance(one, FUNCTIONS)]
            continue
        stack += ast.iter_child_nodes(node)
