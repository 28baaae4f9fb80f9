"""Mutations of bytes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_ODD = [
    b"\0",
    b"\r",
    b"\r\n",
    b"\f",
    b"\v",
    b"\x1a",
    b"\x1b[31m",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xff",
    b"\xc3",
    b"\xed\xa0\x80",
    "\u202e".encode(),
    "\u2028".encode(),
    "\x85".encode(),
    "ﬁ".encode(),  # an identifier's letter that Python reads as two
    b"\\\n",
    b"\\N{DASH}",
    b'"""',
    b"'",
    b"(",
    b"]",
    b"\t",
    b"# -*- coding: latin-1 -*-\n",
    b"# coding: utf-16\n",
    b"# coding: rot13\n",
    b"# lrlint: ignore[LR101]",
    b"# noqa: LR102,",
]


def mutated_bytes(data: bytes, random: Random) -> bytes:
    """`data` with one to four changes."""
    for _ in range(random.randint(1, 4)):
        data = random.choice(_CHANGES)(data, random)
    return data


def _place(data: bytes, random: Random) -> tuple[int, int]:
    start = random.randint(0, len(data))
    return start, min(len(data), start + random.choice([1, 1, 2, 5, 20, 100]))


def _insert(data: bytes, random: Random) -> bytes:
    start, _ = _place(data, random)
    return data[:start] + random.choice(_ODD) + data[start:]


def _put_first(data: bytes, random: Random) -> bytes:
    return random.choice(_ODD) + data


def _set(data: bytes, random: Random) -> bytes:
    start, _ = _place(data, random)
    return data[:start] + bytes([random.randrange(256)]) + data[start + 1 :]


def _drop(data: bytes, random: Random) -> bytes:
    start, end = _place(data, random)
    return data[:start] + data[end:]


def _repeat(data: bytes, random: Random) -> bytes:
    start, end = _place(data, random)
    return data[:end] + data[start:end] * random.choice([1, 2, 10]) + data[end:]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)[0]]


def _end_lines_otherwise(data: bytes, random: Random) -> bytes:
    return data.replace(b"\n", random.choice([b"\r", b"\r\n", b"\n\n", b"\n\f", b" \\\n"]))


_CHANGES: list[Callable[[bytes, Random], bytes]] = [
    _insert,
    _insert,
    _put_first,
    _set,
    _drop,
    _repeat,
    _cut,
    _end_lines_otherwise,
]
