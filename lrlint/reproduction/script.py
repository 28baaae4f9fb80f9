"""Scripts: the slice of a program grown until it is whole, and written."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import replace

from lrlint.finding import Finding
from lrlint.program import Program
from lrlint.program.project import Module
from lrlint.reproduction.entries import entry_arguments
from lrlint.reproduction.expressions import write
from lrlint.reproduction.functions import FUNCTIONS, Callee, FunctionNode, decorators_of
from lrlint.reproduction.guesses import HELD, PREAMBLE
from lrlint.reproduction.knowledge import Knowledge
from lrlint.reproduction.meanings import Var
from lrlint.reproduction.record import Line, NotReproducibleError, Reproduction, Settings
from lrlint.reproduction.scene import Scene
from lrlint.reproduction.seeds import acting_functions, acts_of, reached_from, run_nodes, statements_of, ways_of
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.statements import block

_MAX_PASSES = 60
_MAX_LINES = 1_500


def reproduce(program: Program, finding: Finding, settings: Settings) -> Reproduction:
    """A script that shows what a finding is about.  Raises NotReproducibleError."""
    scene = Scene(program)
    about = statements_of(scene, finding)
    if not about:
        raise NotReproducibleError("it stands in no statement that runs")
    home = scene.module(about[0])
    made = _written(_begun(program, scene, settings, finding), home, about)
    places = {(one.path, one.range.line) for one in finding.related}
    related = frozenset(number for number, one in enumerate(made.lines, 1) if (one.path, one.line) in places)
    return replace(made, related=related)


def reproduce_schedule(program: Program, settings: Settings) -> Reproduction:
    """A script of all optimizers and schedules of a program.  Raises NotReproducibleError."""
    scene = Scene(program)
    if not program.facts.optimizer_builds and not program.facts.scheduler_builds:
        raise NotReproducibleError("nothing in it builds an optimizer or a scheduler")
    places = [(one.visit.module, one.call.node) for one in program.facts.optimizer_builds]
    places += [(one.visit.module, one.call.node) for one in program.facts.scheduler_builds]
    home, node = places[0]
    return _written(_begun(program, scene, settings, None), home, [_statement_of(scene, node)])


def _statement_of(scene: Scene, node: object) -> ast.stmt:
    statement = scene.statement(node) if isinstance(node, ast.AST) else None
    if statement is None:
        raise NotReproducibleError("its constructor stands in no statement")
    return statement


def _begun(program: Program, scene: Scene, settings: Settings, finding: Finding | None) -> Slice:
    acts = acts_of(program, scene)
    ways, texts = ways_of(program, scene, finding)
    forced = {id(one) for one in statements_of(scene, finding)} if finding is not None else set()
    acting = acting_functions(scene, acts)
    steps = {id(one.call.node) for one in program.facts.scheduler_steps}
    texts |= settings.ways
    return Slice(scene, Knowledge(scene, acting), write, block, settings, acts, acting, forced, steps, ways, texts)


def _written(s: Slice, home: Module, about: list[ast.stmt]) -> Reproduction:
    main = _main_module(s, home, about)
    _find_entries(s, main, about)
    for _ in range(_MAX_PASSES):
        s.start_over()
        lines = _lines(s, main)
        if not s.is_grown:
            break
    else:
        raise NotReproducibleError("its slice does not come to an end")
    if len(lines) > _MAX_LINES:
        raise NotReproducibleError(f"its slice has {len(lines)} lines")
    return _assembled(s, lines, about)


def _main_module(s: Slice, home: Module, about: list[ast.stmt]) -> Module:
    """The module that the script runs: the one whose own code comes to the finding, else the finding's."""
    wanted = {
        id(one) for statement in about for one in (statement, *s.scene.around(statement)) if isinstance(one, FUNCTIONS)
    }
    if not wanted:
        return home
    others = sorted(s.scene.modules, key=lambda one: ("__main__" not in one.source.text, one is not home))
    for module in others:
        if wanted & reached_from(s.scene, [module.tree.module]).keys():
            return module
    return home


def _find_entries(s: Slice, main: Module, about: list[ast.stmt]) -> None:
    """Have the script call what leads to the finding, where the program's own code does not."""
    reached = reached_from(s.scene, [main.tree.module])
    for statement in about:
        function = next((one for one in (statement, *s.scene.around(statement)) if isinstance(one, FUNCTIONS)), None)
        if function is None or id(function) in reached:
            continue
        entry = _topmost(s, function)
        klass = s.scene.klass(entry)
        if klass is not None and "staticmethod" not in decorators_of(entry):
            _enter_class(s, klass, entry)
        else:
            s.entries.append(entry)


def _topmost(s: Slice, function: FunctionNode) -> FunctionNode:
    """The function from which calls lead to another one, and that nobody calls itself."""
    seen: set[int] = set()
    current = function
    while id(current) not in seen:
        seen.add(id(current))
        klass = s.scene.klass(current)
        calls = [
            *s.scene.calls_of(current),
            *(s.scene.calls_of(klass) if klass is not None and current.name == "__init__" else []),
        ]
        callers = [one for call in calls if (one := s.scene.function(call)) is not None]
        outer = s.scene.function(current)
        if outer is not None and not callers:
            callers = [outer]
        if not callers:
            return current
        current = callers[0]
    return current


def _enter_class(s: Slice, klass: ast.ClassDef, method: FunctionNode) -> None:
    s.entries.append(klass)
    methods = [
        one for one in klass.body if isinstance(one, FUNCTIONS) and id(one) in s.acting and one.name != "__init__"
    ]
    open_methods = [one for one in methods if not s.scene.calls_of(one)]
    building = [one for one in open_methods if one is not method and _builds(s, one)]
    s.entries += [*building, *([method] if method.name != "__init__" else [])]
    stepping = [one for one in open_methods if one not in s.entries]
    s.entries += stepping


def _builds(s: Slice, function: FunctionNode) -> bool:
    reached = [function, *reached_from(s.scene, [function]).values()]
    facts = s.scene.program.facts
    builds = {id(one.call.node) for one in facts.optimizer_builds} | {
        id(one.call.node) for one in facts.scheduler_builds
    }
    return any(id(node) in builds for one in reached for node in ast.walk(one))


# Writing


def _lines(s: Slice, main: Module) -> list[Line]:
    lines: list[Line] = []
    for module in s.scene.in_order(main)[:-1]:
        lines += _definitions(s, module)
    lines += block(s, main.tree.module.body, 0)
    if s.entries:
        lines += [Line(""), *_entry_lines(s)]
    return lines


def _definitions(s: Slice, module: Module) -> list[Line]:
    """What the script takes from a module that it does not run: definitions, and the names that they use."""
    wanted = [one for one in module.tree.module.body if not (isinstance(one, ast.If) and _is_main(one))]
    kept = [one for one in wanted if not isinstance(one, ast.Expr) and _is_defining(s, one)]
    return block(s, kept, 0)


def _is_main(node: ast.If) -> bool:
    return (
        isinstance(node.test, ast.Compare) and isinstance(node.test.left, ast.Name) and node.test.left.id == "__name__"
    )


def _is_defining(s: Slice, node: ast.stmt) -> bool:
    """Whether a statement of a module, or one under its condition or `try`, binds what the script needs."""
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return True
    home = id(s.scene.module(node).tree.module)
    return any(_binds(s, one, home) for one in run_nodes(node))


def _binds(s: Slice, node: ast.AST, home: int) -> bool:
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        return id(node) in s.kept or s.is_needed(Var("name", home, node.name))
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return s.is_needed(Var("name", home, node.id))
    return False


def _entry_lines(s: Slice) -> list[Line]:
    lines: list[Line] = []
    holder = ""
    for entry in s.entries:
        s.keep(entry)
        if isinstance(entry, ast.ClassDef):
            holder = "it"
            initializer = s.scene.initializer(entry)
            call = f"{holder} = {entry.name}({entry_arguments(s, initializer) if initializer is not None else ''})"
        else:
            prefix = f"{holder}." if s.scene.klass(entry) is not None and holder else ""
            call = f"{prefix}{entry.name}({entry_arguments(s, entry)})"
        s.notes.clear()
        lines.append(Line(f"{call}  # nothing in view calls it" if not lines else call))
    return lines


def _assembled(s: Slice, lines: list[Line], about: list[ast.stmt]) -> Reproduction:
    _refuse_clashes(s)
    helpers = [PREAMBLE[name] for name in PREAMBLE if name in s.helpers]
    if s.helpers:
        s.imports["import torch"] = None
    head = sorted(s.imports, key=lambda one: (one.startswith("from"), one))
    if any(name in s.helpers for name in ("dummy_parameter", "dummy_model", "dummy_loss", "dummy_optimizer")):
        helpers.insert(0, HELD)
    added = [*head, ""]
    for helper in helpers:
        added += [*helper.rstrip("\n").split("\n"), "", ""]
    body = _tidy(lines)
    places = {(s.scene.path(one), line) for one in about for line in range(s.scene.line(one), _last_line(one) + 1)}
    all_lines = (*(Line(one) for one in added), *body)
    marked = frozenset(number for number, one in enumerate(all_lines, 1) if (one.path, one.line) in places)
    text = "".join(f"{one.text}\n" for one in all_lines)
    try:
        ast.parse(text)
    except SyntaxError as error:
        shown = all_lines[(error.lineno or 1) - 1].text.strip()
        raise NotReproducibleError(f"its slice can't be written: {error.msg} in `{shown}`") from None
    return Reproduction(all_lines, tuple(s.stand_ins.values()), marked, tuple(s.sites.values()), dict(s.open_tests))


def _last_line(node: ast.stmt) -> int:
    """The last line of a simple statement, or of the head of another one."""
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.stmt):
        return max(node.lineno, body[0].lineno - 1)
    return node.end_lineno or node.lineno


def _refuse_clashes(s: Slice) -> None:
    """Refuse to put two things of one name side by side."""
    names: Counter[str] = Counter()
    homes = {id(module.tree.module) for module in s.scene.modules}
    for var in s.roles:
        if var.kind == "name" and var.home in homes:
            names[var.name] += 1
    known = {(id(s.scene.module(one).tree.module), one.name) for one in s.kept.values() if _is_top(s, one)}
    for home, name in known:
        if Var("name", home, name) not in s.roles:
            names[name] += 1
    twice = [name for name, count in names.items() if count > 1]
    if twice:
        raise NotReproducibleError(f"two of its modules have something called `{twice[0]}`")


def _is_top(s: Slice, node: Callee) -> bool:
    return isinstance(s.scene.parent(node), ast.Module)


def _tidy(lines: list[Line]) -> list[Line]:
    """The lines with two blank ones around definitions, and none twice."""
    found: list[Line] = []
    for line in lines:
        if not line.text.strip():
            if found and found[-1].text.strip():
                found.append(line)
            continue
        is_top = not line.text.startswith((" ", ")", "]", "}"))
        if found and is_top and found[-1].text.startswith(" ") and not _continues(line.text):
            found.append(Line(""))
        found.append(line)
    return found


def _continues(text: str) -> bool:
    return text.startswith(("else", "elif", "except", "finally"))
