"""Loops, branches, `with` and `try` as a script has them."""

from __future__ import annotations

import ast
from dataclasses import replace

from lrlint.reproduction.assignments import target_text
from lrlint.reproduction.conditions import decide
from lrlint.reproduction.displays import iterable
from lrlint.reproduction.effects import has_acts_in, write_evaluate
from lrlint.reproduction.guesses import Role, rounds_for
from lrlint.reproduction.imports import is_import_needed, is_import_of_script
from lrlint.reproduction.lines import INDENT, header_of, in_block, lines_of
from lrlint.reproduction.meanings import Builtin
from lrlint.reproduction.record import Line
from lrlint.reproduction.slice import Slice
from lrlint.reproduction.targets import var_of


def _says_something(lines: list[Line]) -> bool:
    """Whether lines do more than to leave or to pass."""
    words = [line.text.strip().partition("  #")[0] for line in lines]
    return any(word and not word.startswith(("return", "break", "continue", "raise", "pass")) for word in words)


def _loop_body(s: Slice, node: ast.For | ast.AsyncFor | ast.While, depth: int) -> list[Line]:
    lines = s.block(node.body, depth)
    s.notes = []
    return lines if _says_something(lines) else []


def write_for(s: Slice, node: ast.For | ast.AsyncFor, depth: int) -> list[Line]:
    body = _loop_body(s, node, depth + 1)
    orelse = s.block(node.orelse, depth)
    if not body:
        needed = target_text(s, node.target)  # the target may be used behind the loop
        if needed is None or not any(isinstance(one, ast.Name) for one in ast.walk(node.target)):
            return [*write_evaluate(s, node, node.iter, depth), *orelse]
    target = target_text(s, node.target) or "_"
    header = header_of(s, node, f"for {target} in {iterable(s, node.iter, node.target)}:", depth)
    lines = [header, *in_block(body, depth + 1)]
    if node.orelse and orelse:
        lines += [Line(INDENT * depth + "else:"), *s.block(node.orelse, depth + 1)]
    return lines


def write_while(s: Slice, node: ast.While, depth: int) -> list[Line]:
    body = _loop_body(s, node, depth + 1)
    if not body:
        return []
    is_endless = isinstance(node.test, ast.Constant)
    if s.knowledge.is_known(node.test) and not (is_endless and not _is_left(body)):
        return [header_of(s, node, f"while {s.write(node.test, Role.FLAG)}:", depth), *body]
    rounds = rounds_for(s.scene.text(node.test), s.settings) if not is_endless else s.settings.epochs
    original = f"while {s.scene.text(node.test)}"
    return [header_of(s, node, f"for _ in {s.stand_in(node, f'range({rounds})', original)}:", depth), *body]


def _is_left(lines: list[Line]) -> bool:
    """Whether a loop with these lines has a way out."""
    return any(line.text.strip().startswith(("break", "return", "raise")) for line in lines)


def write_if(s: Slice, node: ast.If, depth: int) -> list[Line]:
    if _is_main_guard(node):
        return s.block(node.body, depth)
    body, orelse = s.block(node.body, depth + 1), s.block(node.orelse, depth + 1)
    s.notes = []
    is_asked = id(node) in s.ways and not s.knowledge.is_certain(node.test)
    is_known = s.knowledge.is_known(node.test) and not is_asked
    if not body and not orelse:
        return write_evaluate(s, node, node.test, depth)
    if is_known:
        text = s.write(node.test, Role.FLAG)
    else:
        if not _says_something(body) and not _says_something(orelse) and s.ways.get(id(node)) is None:
            return []
        way = _way(s, node, body, orelse)
        text = (
            s.stand_in(node.test, str(way))
            if is_asked and s.knowledge.is_known(node.test)
            else decide(s, node.test, way)
        )
        if text in ("True", "False"):
            taken, dropped = (body, orelse) if way else (orelse, body)
            if not taken:
                s.notes.clear()
                return []
            if dropped and not taken:
                return []
            if not way:
                return [header_of(s, node, f"if not {text}:", depth), *taken]
            return [header_of(s, node, f"if {text}:", depth), *taken]
    lines = [header_of(s, node, f"if {text}:", depth), *in_block(body, depth + 1)]
    if orelse:
        lines += [Line(INDENT * depth + "else:"), *orelse]
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
    if _leaves(body) and not _leaves(orelse) and not has_acts_in(s, node.body):
        return False
    if has_acts_in(s, node.body) is not has_acts_in(s, node.orelse) and _says_something(orelse):
        return has_acts_in(s, node.body)
    if "resume" in text.lower() or (
        _says_something(orelse) and ("amp" in text.lower() or "fp16" in text.lower() or "scaler" in text)
    ):
        return False
    return _says_something(body) or not _says_something(orelse)


def _leaves(lines: list[Line]) -> bool:
    """Whether a branch ends the round or the function."""
    return bool(lines) and lines[-1].text.strip().startswith(("return", "break", "continue", "raise"))


def write_with(s: Slice, node: ast.With | ast.AsyncWith, depth: int) -> list[Line]:
    lines: list[Line] = []
    for item in node.items:
        if item.optional_vars is not None and (target := target_text(s, item.optional_vars)) is not None:
            var = var_of(s, item.optional_vars)
            role = s.roles[var] if var is not None else Role.ANY
            lines += lines_of(s, node, f"{target} = {s.write(item.context_expr, role)}", depth)
    body = s.block(node.body, depth)
    return [*lines, *body]


def write_try(s: Slice, node: ast.Try, depth: int) -> list[Line]:
    imports = [one for one in node.body if isinstance(one, (ast.Import, ast.ImportFrom)) and is_import_needed(s, one)]
    if any(not is_import_of_script(one) for one in imports) and node.handlers:
        return s.block([*node.handlers[0].body, *node.finalbody], depth)  # no script has that module
    body = [line for one in imports for line in lines_of(s, one, s.scene.text(one), depth + 1)]
    body += s.block(node.body, depth + 1)
    if not body:
        return s.block([*node.orelse, *node.finalbody], depth)
    handlers: list[Line] = []
    for handler in node.handlers:
        caught = _caught(s, handler)
        if caught is None:
            continue
        inner = s.block(handler.body, depth + 1)
        handlers += [
            Line(
                f"{INDENT * depth}except {caught}:" if caught else f"{INDENT * depth}except:",
                s.scene.path(handler),
                s.scene.line(handler),
            ),
            *in_block(inner, depth + 1),
        ]
    final = s.block(node.finalbody, depth + 1)
    if not handlers and not final and not imports:
        return [*s.block(node.body, depth), *s.block(node.orelse, depth)]
    lines = [header_of(s, node, "try:", depth), *body, *handlers]
    orelse = s.block(node.orelse, depth + 1)
    if orelse and handlers:
        lines += [Line(INDENT * depth + "else:"), *orelse]
    if final:
        lines += [Line(INDENT * depth + "finally:"), *final]
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


def write_match(s: Slice, node: ast.Match, depth: int) -> list[Line]:
    """A `match` with the cases that do something; where its subject is not known, the first of these alone."""
    cases = [(case, body) for case in node.cases if _says_something(body := s.block(case.body, depth + 2))]
    s.notes = []
    if not cases:
        return []
    if not s.knowledge.is_known(node.subject):
        chosen = next((body for case, body in cases if any(id(one) in s.forced for one in ast.walk(case))), cases[0][1])
        test = f"if {s.stand_in(node.subject, 'True', f'match {s.scene.text(node.subject)}')}:"
        return [header_of(s, node, test, depth), *(_shallower(line) for line in chosen)]
    lines = [header_of(s, node, f"match {s.write(node.subject, Role.OBJECT)}:", depth)]
    for case, body in cases:
        pattern = ast.unparse(case.pattern) + (f" if {s.write(case.guard, Role.FLAG)}" if case.guard else "")
        lines += [Line(f"{INDENT * (depth + 1)}case {pattern}:", s.scene.path(node), case.pattern.lineno), *body]
    return lines


def _shallower(line: Line) -> Line:
    return replace(line, text=line.text.removeprefix(INDENT))
