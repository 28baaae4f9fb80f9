"""Trees: what Python's own parser makes of a source, guarded against what is too much, with positions on demand."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from lrlint.legacy import async_names, modern_text
from lrlint.profile import timed
from lrlint.ranges import Node, Ranges, Stretch
from lrlint.source import Range, Source

MAX_LINES = 20_000
MAX_DEPTH = 200
"""Levels of nesting.  CPython's own parser refuses more than 200 brackets, and LibCST's, which checks repaired text,
kills the process from about 1,250 on (LibCST 1.9.0)."""

MAX_OPERANDS = 1_000
MAX_STRINGS = 1_000
"""Operands of `and`, parts of a dotted module name, strings side by side: the lowered form or LibCST nest them."""

_FLAT_IN_PYTHON = (ast.BoolOp, ast.Import, ast.ImportFrom)

_RECURSION_LIMIT = 5_000
"""Python 3.10 takes C stack for every Python frame: some 8,000 of them would fill it."""

_MAX_LINE = 2_000
"""Characters in a line of a file that only LibCST reads."""

_ASYNC = "`async` is a keyword since Python 3.7 (Tensor.cuda calls it non_blocking)"
_ASYNC_ARGUMENT = re.compile(r"\basync\s*=")
_BRACKET = re.compile(r"[][(){}]")


class UnreadableError(ValueError):
    """A source that can't be made a tree; `line` and `column` (1-based) say where the reading stopped."""

    def __init__(self, message: str, line: int = 1, column: int = 1) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Tree:
    """A parsed source.

    `refusal` is why Python 3.7 and newer don't run it, if they don't.  `text` is what was parsed: as long as that of
    the source, and the same but for what the running Python does not read.
    """

    def __init__(
        self, source: Source, module: ast.Module, text: str | None = None, refusal: UnreadableError | None = None
    ) -> None:
        self.source = source
        self.module = module
        self.refusal = refusal
        self.text = source.text if text is None else text

    def range(self, node: Node) -> Range:
        """Where a statement or expression of this tree stands, without the white space and the comments around it."""
        return self.source.range(*self._ranges.span(node))

    def is_in_parentheses(self, node: ast.Tuple) -> bool:
        """Whether a tuple is written `(a, b)`, not `a, b`."""
        return self._ranges.is_in_parentheses(node)

    def holds(self, node: Node) -> bool:
        """Whether a statement or expression is one of this tree."""
        return id(node.whole if isinstance(node, Stretch) else node) in self._nodes

    def ends_string(self, line: int) -> bool:
        """Whether a string that began above ends in a 1-based line, which then is no comment."""
        text = self.source.line_text(line)
        return ('"' in text or "'" in text) and any(
            isinstance(node, ast.Constant | ast.JoinedStr) and node.lineno < line <= (node.end_lineno or 0)
            for node in ast.walk(self.module)
        )

    @cached_property
    def _ranges(self) -> Ranges:
        return Ranges(self.text, self.source.line_starts)

    @cached_property
    def _nodes(self) -> frozenset[int]:
        return frozenset(map(id, ast.walk(self.module)))


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for expressions that the lowered form nests and Python does not: `a and b and c …`.

    Raises UnreadableError where even that is not enough.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _RECURSION_LIMIT))
    try:
        yield
    except RecursionError:
        raise _too_deep() from None
    finally:
        sys.setrecursionlimit(limit)


@timed("parse")
def parse(source: Source) -> Tree:
    """The tree of a source.  Raises UnreadableError, with what is wrong and where, if there is none to be had."""
    lines = len(source.line_starts)
    if lines > MAX_LINES:
        raise UnreadableError(f"the file has {lines:,} lines; lrlint reads up to {MAX_LINES:,}")
    module = _module_of(source.text)
    if isinstance(module, ast.Module):
        return Tree(source, module)
    tree = _parse_older(source) or (None if module.is_final else _parse_newer(source))
    if tree is None:
        raise module.error
    return tree


def _parse_older(source: Source) -> Tree | None:
    """The tree of a source that only has `async` as a name against it."""
    text = modern_text(source)
    module = _module_of(text) if text != source.text else None
    if not isinstance(module, ast.Module):
        return None
    place = source.range(async_names(source)[0], len(source.text))
    return Tree(source, module, text, UnreadableError(_ASYNC, place.line, place.column))


def _parse_newer(source: Source) -> Tree | None:
    """The tree of a source that only is too new for the running Python."""
    if not _is_tame(source.text):
        return None
    from lrlint.newer import older_text  # imports LibCST, so only for such a text

    with deep_recursion():
        text = older_text(source.text)
    module = _module_of(text) if text is not None else None
    return Tree(source, module, text) if isinstance(module, ast.Module) else None


class _Refusal:
    """Why the running Python does not read a text; unless it `is_final`, a newer Python may do so."""

    def __init__(self, error: UnreadableError, is_final: bool) -> None:
        self.error = error
        self.is_final = is_final


def _module_of(text: str) -> ast.Module | _Refusal:
    """What the running Python makes of a text, or why it is not taken on."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(text)
    except SyntaxError as error:
        message = _explain(error)
        unreadable = UnreadableError(message, error.lineno or 1, max(error.offset or 1, 1))
        return _Refusal(unreadable, message.startswith(("too many nested", "too many statically nested")))
    except ValueError:  # halves of surrogate pairs, which some encodings have
        return _Refusal(UnreadableError("the file holds characters that are no text"), True)
    except (RecursionError, MemoryError):
        return _Refusal(_too_deep(), True)
    line = _too_deep_line(module)
    if line is None and _strings_in_a_row(text) > MAX_STRINGS:
        line = 1
    return module if line is None else _Refusal(_too_deep(line), True)


def _explain(error: SyntaxError) -> str:
    """What is wrong, with the reason where it is that Python has moved on."""
    message = error.msg or "invalid syntax"
    if error.text and _ASYNC_ARGUMENT.search(error.text):
        return f"{message}: {_ASYNC}"
    return message


def _too_deep(line: int = 1) -> UnreadableError:
    return UnreadableError(f"the code is nested too deeply; lrlint reads up to {MAX_DEPTH} levels", line)


def _too_deep_line(tree: ast.AST) -> int | None:
    """The line of the first node that is nested deeper than MAX_DEPTH, or would be, if there is one."""
    level: list[ast.AST] = [tree]
    for depth in range(MAX_DEPTH):
        below: list[ast.AST] = []
        for node in level:
            for value in node.__dict__.values():
                items = value if isinstance(value, list) else (value,)
                below += [item for item in items if isinstance(item, ast.AST) and not _fits(item, MAX_DEPTH - depth)]
            if isinstance(node, _FLAT_IN_PYTHON) and _width(node) > MAX_OPERANDS:
                return node.lineno
        if not below:
            return None
        level = below
    return min((getattr(node, "lineno", 1) for node in level), default=None)


def _fits(node: ast.AST, levels: int) -> bool:
    """Whether a node is too short to nest that many levels, two of which take at least a character; most nodes are."""
    if not isinstance(node, ast.stmt | ast.expr):
        return False
    is_on_one_line = node.end_lineno == node.lineno and node.end_col_offset is not None
    return is_on_one_line and 2 * ((node.end_col_offset or 0) - node.col_offset) < levels


def _width(node: ast.BoolOp | ast.Import | ast.ImportFrom) -> int:
    """How many operands or parts of a dotted name stand side by side in Python's tree, and are nested elsewhere."""
    if isinstance(node, ast.BoolOp):
        return len(node.values)
    if isinstance(node, ast.ImportFrom):
        return (node.module or "").count(".")
    return max(alias.name.count(".") for alias in node.names)


def _strings_in_a_row(text: str) -> int:
    """The most strings side by side, which are one string to Python's tree; 0 if there can't be too many."""
    if text.count('"') + text.count("'") <= 2 * MAX_STRINGS:
        return 0
    longest = run = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            run += 1
            longest = max(longest, run)
        elif token.type not in (tokenize.NL, tokenize.COMMENT):
            run = 0
    return longest


def _is_tame(text: str) -> bool:
    """Whether LibCST may be asked to read what Python refuses, as newer syntax may be the reason."""
    return max(map(len, text.splitlines()), default=0) <= _MAX_LINE and _bracket_depth(text) <= MAX_DEPTH


def _bracket_depth(text: str) -> int:
    """At least the depth of nested brackets: those in strings and comments count too."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest
