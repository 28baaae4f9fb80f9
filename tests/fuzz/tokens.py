"""Mutations of tokens and lines, in text that need not be Python any more."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_TOKEN = re.compile(r"[^\W\d]\w*|\d[\w.]*|\n[ \t]*|[ \t]+|#[^\n]*|==|->|:=|\*\*|.", re.DOTALL)

Change = Callable[[list[str], list[str], Random], None]
"""Changes the parts of one text, perhaps with parts of another."""


def mutated_text(text: str, other: str, random: Random) -> str:
    """`text` with one to five changes to its tokens or lines, some of them taken from `other`."""
    for _ in range(random.randint(1, 5)):
        if random.random() < 0.5:
            parts, others = _TOKEN.findall(text), _TOKEN.findall(other)
            change = random.choice(_CHANGES)
        else:
            parts, others = text.splitlines(keepends=True), other.splitlines(keepends=True)
            change = random.choice([*_CHANGES, _indent])
        if parts and others:
            change(parts, others, random)
            text = "".join(parts)
    return text


def _swap(parts: list[str], _: list[str], random: Random) -> None:
    one, other = random.randrange(len(parts)), random.randrange(len(parts))
    parts[one], parts[other] = parts[other], parts[one]


def _swap_neighbours(parts: list[str], _: list[str], random: Random) -> None:
    one = random.randrange(len(parts))
    parts[one : one + 2] = parts[one : one + 2][::-1]


def _drop(parts: list[str], _: list[str], random: Random) -> None:
    start = random.randrange(len(parts))
    del parts[start : start + random.choice([1, 1, 1, 2, 5])]


def _repeat(parts: list[str], _: list[str], random: Random) -> None:
    start = random.randrange(len(parts))
    parts[start:start] = parts[start : start + random.choice([1, 1, 3])] * random.choice([1, 1, 2, 30])


def _splice(parts: list[str], others: list[str], random: Random) -> None:
    start, other = random.randrange(len(parts)), random.randrange(len(others))
    taken = others[other : other + random.choice([1, 1, 3, 8])]
    parts[start : start + random.choice([0, 1, len(taken)])] = taken


def _indent(parts: list[str], _: list[str], random: Random) -> None:
    start = random.randrange(len(parts))
    end = start + random.choice([1, 2, 5])
    if random.random() < 0.5:
        parts[start:end] = [f"    {line}" for line in parts[start:end]]
    else:
        parts[start:end] = [line.removeprefix("    ") for line in parts[start:end]]


_CHANGES: list[Change] = [_swap, _swap_neighbours, _drop, _repeat, _splice, _splice]
