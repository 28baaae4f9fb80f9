"""What IPython adds to Python: magics, shell lines and help.

They are turned into comments, behind a statement that does as little.  The other lines stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_FOREIGN = frozenset(
    [
        "!",
        "R",
        "SVG",
        "bash",
        "bigquery",
        "cmd",
        "cython",
        "file",
        "html",
        "javascript",
        "js",
        "julia",
        "latex",
        "markdown",
        "perl",
        "powershell",
        "pypy",
        "python",
        "python2",
        "python3",
        "rmagic",
        "ruby",
        "script",
        "sh",
        "sql",
        "svg",
        "sx",
        "system",
        "writefile",
    ]
)
"""Cell magics whose cell is in another language, or another program."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)")
_CELL_MAGIC = re.compile(r"%%[ \t]*(?P<name>!|\w+)")
_PREFIX = re.compile(r"(?P<indent>[ \t]*)%time[ \t]+(?=[^\W\d]|\()")
_ESCAPED = re.compile(r"[ \t]*(?=[%!?/,;])")
_HELP = re.compile(r"[ \t]*(?=[\w.*%\[\]]+\?{1,2}[ \t]*$)")
_COMMAND = re.compile(
    r"[ \t]*(?=(?:pip3?|conda|mamba|cd|ls|ll|cat|mkdir|rmdir|rm|cp|mv|pwd|clear|git|wget|unzip)[ \t]+[\w~/.'\"$-])"
    r"(?!\w+[ \t]+(?:in|is|and|or|not|if)\b)(?!\w+[ \t]+-[ \t])"
)
_ASSIGNED = re.compile(r"[^=!#'\"(\n]*[^=!<>\n]=[ \t]*(?=[%!][^=])")
_TOKEN = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|#.*|[][(){}]|\\$")

_RESULT = "get_ipython()"  # whatever a command gives back, it is unknown
_NOTHING = "pass"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A stretch of Python text.

    `offset` is where it stands in the cell, None if it does not.  It is `editable` if a text written in its place would
    be the cell's.
    """

    text: str
    offset: int | None
    editable: bool = True


@dataclass(frozen=True, slots=True)
class _Position:
    """What is open at the start of a line: brackets, a string of several lines, a backslash at the end of the last."""

    depth: int = 0
    quote: str = ""
    continued: bool = False

    @property
    def begins_statement(self) -> bool:
        return not (self.depth or self.quote or self.continued)


def as_python(text: str) -> list[Fragment]:
    """The Python text that a cell stands for, line by line."""
    lines = _dedented(text)
    magic = _CELL_MAGIC.match(next((line.text for line in lines if line.text.strip()), ""))
    if magic and magic["name"] in _FOREIGN:
        return as_comments(text)
    return list(_translated(lines))


def as_comments(text: str) -> list[Fragment]:
    """A cell that is no Python, as comments."""
    return [part for line in _lines(text) for part in _hidden(line, 0)]


def is_magic(text: str) -> bool:
    """Whether a cell is handed to a magic as a whole, which may take it for anything."""
    return _CELL_MAGIC.match(text.lstrip()) is not None


def _lines(text: str) -> list[Fragment]:
    return [Fragment(line[0], line.start()) for line in _LINE.finditer(text)]


def _dedented(text: str) -> list[Fragment]:
    """The lines, without the indentation of the first one, as IPython drops that."""
    lines = _lines(text)
    first = next((line.text for line in lines if line.text.strip()), "")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return (
        [_without(line, len(indent)) if line.text.startswith(indent) else line for line in lines] if indent else lines
    )


def _without(line: Fragment, width: int) -> Fragment:
    return Fragment(line.text[width:], (line.offset or 0) + width, editable=False)


def _translated(lines: Sequence[Fragment]) -> Iterator[Fragment]:
    position, hiding = _Position(), False
    for line in lines:
        if hiding:
            yield from _hidden(line, 0)
            hiding = _is_continued(line)
        elif not position.begins_statement:
            yield line
            position = _behind(position, line.text)
        elif prefix := _PREFIX.match(line.text):
            if prefix["indent"]:
                yield replace(line, text=prefix["indent"], editable=False)
            statement = _without(line, prefix.end())
            yield statement
            position = _behind(position, statement.text)
        elif magic := _ESCAPED.match(line.text) or _HELP.match(line.text) or _COMMAND.match(line.text):
            yield from _hidden(line, magic.end(), f"{_NOTHING} ")
            hiding = _is_continued(line)
        elif magic := _ASSIGNED.match(line.text):
            yield from _hidden(line, magic.end(), f"{_RESULT} ")
            hiding = _is_continued(line)
        else:
            yield line
            position = _behind(position, line.text)


def _hidden(line: Fragment, start: int, stand_in: str = "") -> Iterator[Fragment]:
    """A line whose text from `start` on is a comment, behind what stands in for it."""
    if start:
        yield replace(line, text=line.text[:start], editable=False)
    yield Fragment(f"{stand_in}# ", None, editable=False)
    yield _without(line, start)


def _is_continued(line: Fragment) -> bool:
    return line.text.rstrip("\r\n").endswith("\\")


def _behind(position: _Position, line: str) -> _Position:
    """What is open behind a line."""
    depth, quote, at, continued = position.depth, position.quote, 0, False
    line = line.rstrip("\r\n")
    while True:
        if quote:
            at = _end_of_string(line, at, quote)
            if at < 0:
                return _Position(depth, quote)
            quote = ""
        token = _TOKEN.search(line, at)
        if token is None:
            return _Position(depth, "", continued)
        at = token.end()
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif token[0] in "([{":
            depth += 1
        elif token[0] in ")]}":
            depth = max(depth - 1, 0)
        continued = token[0] == "\\"


def _end_of_string(line: str, start: int, quote: str) -> int:
    """The offset behind the quotes that end a string; -1 if it goes on in the next line."""
    end = re.compile(rf"(?:\\.|[^\\])*?{quote}").match(line, start)
    return end.end() if end else -1
