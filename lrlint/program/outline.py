"""Outlines: what the text of a module imports and defines, read without parsing it.

An outline decides which files are worth parsing.  It may name too much, as the text of a string can look like code, but
never too little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

ALL = "*"

_IMPORT = re.compile(
    rb"""^[ \t]*(?:
        from[ \t]+(?P<module>[.\w]+)[ \t]+import[ \t]*(?P<names>\([^)]*\)|(?:\\\r?\n|[^\n;\#])+)
      | import[ \t]+(?P<modules>(?:\\\r?\n|[^\n;\#])+)
    )""",
    re.MULTILINE | re.VERBOSE,
)
_COMMENT = re.compile(rb"#[^\n]*")
_PROSE = re.compile(rb"#[^\n]*|\"\"\".*?\"\"\"|'''.*?'''", re.DOTALL)
_OPTIM = re.compile(rb"\boptim\b")
_NAME = re.compile(r"[\w.]+")
_BLOCK = re.compile(
    rb"""^(?:
        (?:async[ \t]+)?def[ \t]+(?P<function>\w+)
      | class[ \t]+(?P<class>\w+)
      | (?:@|(?:if|for|while|try|with|from|import)\b)
      | (?P<targets>[A-Za-z_][\w, \t.]*?)[ \t]*(?::[^=\n]+)?=(?!=)
    )""",
    re.MULTILINE | re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class ImportedNames:
    """`from module import name as local…`; without names, `import module`.  Relative modules keep their leading dots.

    `names` are pairs of a name and the one that it gets here.
    """

    module: str
    names: frozenset[tuple[str, str]]

    def locals_of(self, wanted: frozenset[str]) -> frozenset[str]:
        """The local names of those of `wanted` that this imports, or may ask the module for."""
        if not self.names or (ALL, ALL) in self.names:
            return wanted
        return frozenset(local for name, local in self.names if name in wanted)


@dataclass(frozen=True, slots=True)
class Block:
    """Names that a statement at the margin binds, if any, and the text up to the next such statement.

    The text is without comments and docstrings.
    """

    names: frozenset[str]
    text: bytes


@dataclass(frozen=True, slots=True)
class Outline:
    """What a module imports, anywhere in it, and what is defined or assigned at its margin."""

    imports: tuple[ImportedNames, ...]
    blocks: tuple[Block, ...]

    def may_bind(self, name: str) -> bool:
        """Whether a statement at the margin, or one inside of an `if` or its like there, may bind a name itself.

        What only uses a name that comes from elsewhere does not.
        """
        if any(name == local for one in self.imports for _, local in one.names):
            return True
        word = name.encode()
        return any(name in block.names or (not block.names and _has(block.text, word)) for block in self.blocks)

    def mentioning(self, names: frozenset[str]) -> frozenset[str]:
        """The names that are bound by blocks which mention one of `names`, or one that is bound by such a block."""
        found: frozenset[str] = frozenset()
        wanted, rest = names, list(self.blocks)
        while wanted:
            words = [name.encode() for name in wanted]
            hit = [block for block in rest if any(word in block.text and _has(block.text, word) for word in words)]
            rest = [block for block in rest if block not in hit]
            wanted = frozenset(name for block in hit for name in block.names) - found
            found |= wanted
        return found


def _has(text: bytes, word: bytes) -> bool:
    return _pattern(word).search(text) is not None


@lru_cache(maxsize=4096)
def _pattern(word: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\b%s\b" % re.escape(word))


def may_build(data: bytes) -> bool:
    """Whether a module of these bytes may build an optimizer or scheduler of torch."""
    return b"torch" in data and b"optim" in data and _OPTIM.search(data) is not None


def outline_of(data: bytes) -> Outline:
    """The outline of a module's bytes."""
    return Outline(tuple(_imports(data)), tuple(_blocks(data)))


def _imports(data: bytes) -> Iterator[ImportedNames]:
    for match in _IMPORT.finditer(data):
        if match["module"] is not None:
            names = _COMMENT.sub(b"", match["names"]).decode("utf-8", "replace")
            yield ImportedNames(match["module"].decode("utf-8", "replace"), _imported(names))
            continue
        for part in match["modules"].decode("utf-8", "replace").split(","):
            words = _NAME.findall(part)
            if words:
                yield ImportedNames(words[0], frozenset())


def _imported(names: str) -> frozenset[tuple[str, str]]:
    if ALL in names:
        return frozenset([(ALL, ALL)])
    parts = (_NAME.findall(part) for part in names.split(","))
    return frozenset((words[0], words[-1]) for words in parts if words)


def _blocks(data: bytes) -> Iterator[Block]:
    matches = list(_BLOCK.finditer(data))
    ends = [match.start() for match in matches[1:]] + [len(data)]
    for match, end in zip(matches, ends, strict=False):
        names = (match["function"] or match["class"] or match["targets"] or b"").decode("utf-8", "replace")
        bound = frozenset(name.strip().partition(".")[0] for name in names.split(",") if name.strip())
        yield Block(bound, _PROSE.sub(b"", data[match.start() : end]))
