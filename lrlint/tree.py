"""Trees: the LibCST module of a source, guarded against inputs that LibCST can't take, with positions on demand."""

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
from itertools import accumulate
from typing import Any

import libcst as cst
from libcst._nodes.internal import CodegenState

from lrlint.legacy import async_names, modern_text
from lrlint.source import Range, Source

MAX_LINES = 20_000
MAX_DEPTH = 200
"""Levels of nesting.  LibCST's cost is quadratic in them, and its parser kills the process from about 1,250 nested
brackets on (LibCST 1.9.0); CPython's own parser refuses more than 200 brackets."""

MAX_OPERANDS = 1_000
MAX_STRINGS = 1_000
"""Operands of `and`, parts of a dotted module name, strings side by side: LibCST nests them in each other."""

MAX_LINE = 2_000
"""Characters in a line of a file that only LibCST reads."""

_FLAT_IN_PYTHON = (ast.BoolOp, ast.Import, ast.ImportFrom)

_RECURSION_LIMIT = 5_000
"""Python 3.10 takes C stack for every Python frame: some 8,000 of them would fill it."""

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

    `refusal` is why Python 3.7 and newer don't run it, if they don't; its `module` then has another name in place of
    `async`.
    """

    def __init__(self, source: Source, module: cst.Module, refusal: UnreadableError | None = None) -> None:
        self.source = source
        self.module = module
        self.refusal = refusal

    def range(self, node: cst.CSTNode) -> Range:
        """Where a statement or expression of this tree stands, without the white space and the comments around it."""
        start, end = self._spans[id(node)]
        return self.source.range(start, end)

    def holds(self, node: cst.CSTNode) -> bool:
        """Whether a statement or expression is one of this tree."""
        return id(node) in self._spans

    @cached_property
    def _spans(self) -> dict[int, tuple[int, int]]:
        """Character offsets by node identity, from one generation of the code (needed by files with findings only)."""
        state = _SpanRecorder(default_indent=self.module.default_indent, default_newline=self.module.default_newline)
        with deep_recursion():
            self.module._codegen(state)
        text = modern_text(self.source) if self.refusal else self.source.text
        skipped = max(text.find("".join(state.tokens)), 0)  # LibCST drops a leading form feed
        offsets = list(accumulate(map(len, state.tokens), initial=skipped))
        return {node: (offsets[start], offsets[end]) for node, (start, end) in state.token_spans.items()}


@contextmanager
def deep_recursion() -> Iterator[None]:
    """Room for expressions that LibCST nests and Python does not: `a and b and c …`, strings side by side.

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


class _SpanRecorder(CodegenState):
    """Notes for every statement, expression and argument between which tokens it stands."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.token_spans: dict[int, tuple[int, int]] = {}

    def record_syntactic_position(  # type: ignore[override]  # LibCST enters what it gets, and that is all
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Span:
        return _Span(self, node, start_node, end_node)


class _Span:
    """The time in which the tokens of a node are added.  A class takes half as long here as a generator does."""

    __slots__ = ("_end_node", "_node", "_recorder", "_start", "_start_node")

    def __init__(
        self, recorder: _SpanRecorder, node: cst.CSTNode, start: cst.CSTNode | None, end: cst.CSTNode | None
    ) -> None:
        self._recorder = recorder
        self._node = node
        self._start_node = start
        self._end_node = end

    def __enter__(self) -> None:
        self._start = len(self._recorder.tokens)

    def __exit__(self, *exception: object) -> None:
        spans = self._recorder.token_spans
        whole = (self._start, len(self._recorder.tokens))
        first = whole if self._start_node is None else spans.get(id(self._start_node), whole)
        last = whole if self._end_node is None else spans.get(id(self._end_node), whole)
        spans[id(self._node)] = (first[0], last[1])


def parse(source: Source) -> Tree:
    """The tree of a source.  Raises UnreadableError, with what is wrong and where, if there is none to be had."""
    lines = len(source.line_starts)
    if lines > MAX_LINES:
        raise UnreadableError(f"the file has {lines:,} lines; lrlint reads up to {MAX_LINES:,}")
    refusal = _python_refusal(source.text)
    if refusal and (older := _parse_older(source)):
        return older
    if refusal and (refusal.is_depth or not _is_tame(source.text)):
        raise refusal.error
    try:
        return Tree(source, cst.parse_module(source.text))
    except cst.ParserSyntaxError as error:
        if refusal:
            raise refusal.error from None
        raise UnreadableError(
            f"LibCST can't read this, though Python can: {error.message.splitlines()[0]}",
            error.raw_line,
            error.raw_column + 1,
        ) from None


def is_plain_python(text: str) -> bool:
    """Whether the running Python reads a text, without anything against LibCST reading it too."""
    return _python_refusal(text) is None


def _parse_older(source: Source) -> Tree | None:
    """The tree of a source that only has `async` as a name against it."""
    text = modern_text(source)
    if text == source.text or _python_refusal(text):
        return None
    place = source.range(async_names(source)[0], len(source.text))
    error = UnreadableError(_ASYNC, place.line, place.column)
    try:
        return Tree(source, cst.parse_module(text), error)
    except cst.ParserSyntaxError:
        return None


class _Refusal:
    """Why the running Python does not compile a text; a newer Python may, so it is not the last word."""

    def __init__(self, error: UnreadableError, is_depth: bool) -> None:
        self.error = error
        self.is_depth = is_depth


def _python_refusal(text: str) -> _Refusal | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except SyntaxError as error:
        message = _explain(error)
        unreadable = UnreadableError(message, error.lineno or 1, max(error.offset or 1, 1))
        return _Refusal(unreadable, message.startswith(("too many nested", "too many statically nested")))
    except (RecursionError, MemoryError):
        return _Refusal(_too_deep(), True)
    line = _too_deep_line(tree)
    if line is None and _strings_in_a_row(text) > MAX_STRINGS:
        line = 1
    return _Refusal(_too_deep(line), True) if line else None


def _explain(error: SyntaxError) -> str:
    """What is wrong, with the reason where it is that Python has moved on."""
    message = error.msg or "invalid syntax"
    if error.text and _ASYNC_ARGUMENT.search(error.text):
        return f"{message}: {_ASYNC}"
    return message


def _too_deep(line: int = 1) -> UnreadableError:
    return UnreadableError(f"the code is nested too deeply; lrlint reads up to {MAX_DEPTH} levels", line)


def _too_deep_line(tree: ast.AST) -> int | None:
    """The line of the first node that LibCST would nest deeper than MAX_DEPTH, if there is one."""
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
    """How many operands or parts of a dotted name stand side by side in Python's tree, and nested in LibCST's."""
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
    return max(map(len, text.splitlines()), default=0) <= MAX_LINE and _bracket_depth(text) <= MAX_DEPTH


def _bracket_depth(text: str) -> int:
    """At least the depth of nested brackets: those in strings and comments count too."""
    depth = deepest = 0
    for bracket in _BRACKET.findall(text):
        depth = depth + 1 if bracket in "([{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return deepest
