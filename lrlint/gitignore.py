"""Ignore files, read as git reads them (gitignore(5) and git's wildmatch.c, compared with `git check-ignore`).

Patterns are matched on bytes, as git does it, so names in any encoding have their place.  Case counts.
"""

from __future__ import annotations

import codecs
import itertools
import os
import re
import stat
import string
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import pairwise

from lrlint import disk

IGNORE_FILES = (".git/info/exclude", ".gitignore", ".ignore")
"""The files read in a directory; where two speak of one path, the later one wins."""

_WILDCARDS = b"*?[\\"
_RANGE = re.compile(rb"-[^]]", re.DOTALL)
_NOTHING = b"(?!)"

_STAR, _DIRECTORIES, _ANYTHING = b"[^/]*?", b"(?:.*?/)??", b".*?"
_CROSSING = (_DIRECTORIES, _ANYTHING)


class _Pattern:
    """A pattern as it was written, and its regular expression."""

    __slots__ = ("regex", "text")

    def __init__(self, text: bytes, regex: bytes) -> None:
        self.text = text
        self.regex = regex

    @property
    def negated(self) -> bool:
        return self.text.startswith(b"!")

    def matches(self, name: bytes) -> bool:
        return _compile(self.regex).fullmatch(name) is not None


class IgnoreFile:
    """The patterns of one ignore file; `base` is its directory, absolute and with a `/` at its end, `name` its name."""

    __slots__ = ("any_pattern", "base", "name", "patterns")

    def __init__(self, base: str, patterns: tuple[_Pattern, ...], name: str = "") -> None:
        self.base = base
        self.name = name
        self.patterns = patterns
        self.any_pattern = _compile(b"|".join(pattern.regex for pattern in patterns) or _NOTHING)

    @classmethod
    def parse(cls, base: str, data: bytes, name: str = "") -> IgnoreFile:
        """Read the content of an ignore file.  A malformed pattern matches nothing, as in git."""
        lines = data.removeprefix(codecs.BOM_UTF8).split(b"\n")
        lines = [_without_trailing_spaces(line.removesuffix(b"\r")) for line in lines]
        lines = [line for line in lines if line and not line.startswith(b"#")]
        numbers = itertools.count()
        regexes = [_regex(line.removeprefix(b"!"), numbers) for line in lines]
        return cls(base, tuple(map(_Pattern, lines, regexes)), name)

    def verdict(self, path: str) -> bool | None:
        """True if `path` is ignored, False if it is kept against outer patterns, None if no pattern speaks of it.

        `path` is absolute and lies below `base`; the path of a directory has a `/` at its end.
        """
        name = os.fsencode(path[len(self.base) :])
        if not self.any_pattern.fullmatch(name):
            return None  # nearly every path ends here, after one match
        return not self._deciding(name).negated

    def pattern_for(self, path: str) -> str:
        """The pattern that a verdict on `path` comes from."""
        return os.fsdecode(self._deciding(os.fsencode(path[len(self.base) :])).text)

    def _deciding(self, name: bytes) -> _Pattern:
        return next(pattern for pattern in reversed(self.patterns) if pattern.matches(name))


class Ignores:
    """The ignore files that hold in one directory, the outermost first."""

    __slots__ = ("files",)

    def __init__(self, files: tuple[IgnoreFile, ...] = ()) -> None:
        self.files = files

    def within(self, directory: str, names: Collection[str] | None = None) -> Ignores:
        """Those that hold inside of `directory`, which adds its own.

        `directory` is absolute and has a `/` at its end; `names` are those of its entries, if known.
        Raises OSError for an ignore file that is there and can't be read.
        """
        candidates = [f for f in IGNORE_FILES if names is None or f.partition("/")[0] in names]
        added = tuple(file for name in candidates if (file := _read(directory, name)))
        return Ignores(self.files + added) if added else self

    def ignore(self, path: str) -> bool:
        """Whether `path` (absolute; with a `/` at its end if a directory) is left out.

        The parents of `path` are not looked at: whoever descends asks for each directory on the way.
        """
        return self.deciding(path) is not None

    def deciding(self, path: str) -> IgnoreFile | None:
        """The file that leaves `path` out, if one does."""
        for file in reversed(self.files):
            verdict = file.verdict(path)
            if verdict is not None:
                return file if verdict else None
        return None


def _read(directory: str, name: str) -> IgnoreFile | None:
    path = directory + name
    try:
        disk.is_file(path)
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe of this name would never end
            return None
        return IgnoreFile.parse(directory, disk.read(path), name)
    except (FileNotFoundError, NotADirectoryError):
        return None


@cache
def _compile(regex: bytes) -> re.Pattern[bytes]:
    return re.compile(regex, re.DOTALL)


def _without_trailing_spaces(line: bytes) -> bytes:
    """`line` without the spaces at its end, of which a backslash keeps one."""
    stripped = line.rstrip(b" ")
    backslashes = len(stripped) - len(stripped.rstrip(b"\\"))
    escapes_a_space = backslashes % 2 and len(stripped) < len(line)
    return stripped + b" " if escapes_a_space else stripped


def _regex(pattern: bytes, numbers: Iterator[int]) -> bytes:
    """The regular expression of one pattern, to match whole paths relative to the ignore file; `numbers` are those of
    its groups."""
    # The slash that marks a path as a directory is no separator: `a/*` does not speak of `a/` itself.
    end = b"(?<!/)/" if pattern.endswith(b"/") else b"(?<!/)/?"
    pattern = pattern.removesuffix(b"/")
    if b"/" not in pattern:
        return b"(?:.*/)?" + _translate(pattern, numbers, crossing=False) + end
    return _translate(pattern.removeprefix(b"/"), numbers, crossing=True) + end


def _translate(pattern: bytes, numbers: Iterator[int], *, crossing: bool) -> bytes:
    """The expression for a pattern; `crossing` says whether its `**` may span directories.

    Many wildcards would take for ever if each were tried in every way with each other.  There is no need to: once what
    stands between two of them matches somewhere, the second one can skip all that a later match would.  What `**` skips
    may be retried until the next `**`, what `*` skips until the next `*`, and the last ones must reach the end.
    """
    *before, last = (_stretch(parts, numbers) for parts in _split(_parts(pattern, crossing), _CROSSING))
    return b"".join([*(_once(expression, numbers) for expression in before), last])


def _stretch(parts: Sequence[bytes], numbers: Iterator[int]) -> bytes:
    """The expression for parts with no `**` but at their start."""
    first, *others = map(b"".join, _split(parts, (_STAR,)))
    return b"".join([first, *(_once(expression, numbers) for expression in others[:-1]), *others[-1:]])


def _split(parts: Sequence[bytes], wildcards: Collection[bytes]) -> Iterator[Sequence[bytes]]:
    """The parts before the first of some wildcards, and those from each of them up to the next."""
    starts = [index for index, part in enumerate(parts) if part in wildcards]
    return (parts[start:end] for start, end in pairwise([0, *starts, len(parts)]))


def _once(expression: bytes, numbers: Iterator[int]) -> bytes:
    """An expression that sticks to its first match; Python has atomic groups since 3.11."""
    group = b"g%d" % next(numbers)
    return b"(?=(?P<%s>%s))(?P=%s)" % (group, expression, group)


def _parts(pattern: bytes, crossing: bool) -> list[bytes]:
    """The expressions of the pieces of a pattern one by one."""
    parts: list[bytes] = []
    # git compares the text before the first wildcard by itself, so that a `**` right behind it
    # stands at a start, although the manual says otherwise.
    start = next((i for i, byte in enumerate(pattern) if byte in _WILDCARDS), len(pattern))
    position = 0
    while position < len(pattern):
        byte = pattern[position : position + 1]
        if byte == b"*":
            at_start = position == start or pattern[position - 1 : position] == b"/"
            part, position = _stars(pattern, position, crossing and at_start)
        elif byte == b"?":
            part, position = b"[^/]", position + 1
        elif byte == b"[":
            part, position = _set(pattern, position + 1)
        elif byte == b"\\":
            literal = pattern[position + 1 : position + 2]
            part, position = re.escape(literal) if literal else _NOTHING, position + 2
        else:
            part, position = re.escape(byte), position + 1
        parts.append(part)
    return parts


def _stars(pattern: bytes, position: int, crossing: bool) -> tuple[bytes, int]:
    """The expression for the asterisks at `position`, and where the pattern goes on."""
    rest = pattern[position:].lstrip(b"*")
    after = len(pattern) - len(rest)
    if after - position == 1 or not crossing:
        return _STAR, after
    if rest.startswith(b"/"):
        return _DIRECTORIES, after + 1
    if not rest or rest.startswith(b"\\/"):
        return _ANYTHING, after
    return _STAR, after


def _set(pattern: bytes, position: int) -> tuple[bytes, int]:
    """The expression for the bracket whose content starts at `position`, and where the pattern goes on.

    The end of the pattern and an expression without a match for a bracket that is malformed.
    """
    malformed = _NOTHING, len(pattern)
    negated = pattern[position : position + 1] in (b"!", b"^")
    start = position = position + negated
    members: set[int] = set()
    previous: int | None = None  # what a range would start at
    while position == start or pattern[position : position + 1] != b"]":
        if pattern.startswith(b"[:", position) and (name := _class_name(pattern, position + 2)) is not None:
            if name not in _CLASSES:
                return malformed
            members |= _CLASSES[name]
            previous, position = None, position + len(name) + 4
            continue
        in_range = previous is not None and _RANGE.match(pattern, position) is not None
        position += in_range
        position += pattern.startswith(b"\\", position)
        if position >= len(pattern):
            return malformed
        byte = pattern[position]
        first = byte if previous is None or not in_range else previous
        members.update(range(first, byte + 1))
        previous, position = None if in_range else byte, position + 1
    allowed = (set(range(256)) - members if negated else members) - {ord("/")}
    if not allowed:
        return _NOTHING, position + 1
    return b"[" + b"".join(b"\\x%02x" % byte for byte in sorted(allowed)) + b"]", position + 1


def _class_name(pattern: bytes, position: int) -> bytes | None:
    """The name between `[:` (before `position`) and `:]`, None if a `]` comes without the colon."""
    end = pattern.find(b"]", position)
    return pattern[position : end - 1] if end > position and pattern[end - 1 : end] == b":" else None


_CLASSES = {
    name: frozenset(members)
    for name, members in {
        b"alnum": (string.ascii_letters + string.digits).encode(),
        b"alpha": string.ascii_letters.encode(),
        b"blank": b" \t",
        b"cntrl": bytes([*range(32), 127]),
        b"digit": string.digits.encode(),
        b"graph": bytes(range(33, 127)),
        b"lower": string.ascii_lowercase.encode(),
        b"print": bytes(range(32, 127)),
        b"punct": string.punctuation.encode(),
        b"space": b" \t\n\r",
        b"upper": string.ascii_uppercase.encode(),
        b"xdigit": string.hexdigits.encode(),
    }.items()
}
