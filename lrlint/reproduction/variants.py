"""Variants of a script: what it would be without the mistake, where no fix says so."""

from __future__ import annotations

import ast
from dataclasses import replace

from lrlint.reproduction.record import Line, Reproduction
from lrlint.rule import Proof

TOLD = {Proof.DROPPED: "without the statement", Proof.FALLING: "with a metric that falls in its place"}
"""What a variant is, in words."""


def variant(reproduction: Reproduction, proof: Proof) -> Reproduction | None:
    """The script without the mistake, as a rule says it is shown; None if there is no such script."""
    if proof is Proof.DROPPED:
        return _without(reproduction)
    return _falling(reproduction) if proof is Proof.FALLING else None


def _without(reproduction: Reproduction) -> Reproduction:
    lines = tuple(
        replace(line, text=f"{_indent(line)}pass") if number in reproduction.marked else line
        for number, line in enumerate(reproduction.lines, 1)
    )
    return replace(reproduction, lines=lines)


def _falling(reproduction: Reproduction) -> Reproduction | None:
    """With the argument of each step negated: a counter that rises becomes a metric that falls."""
    found = [
        node.args[0] if node.args else node.keywords[0].value
        for node in ast.walk(ast.parse(reproduction.text))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.lineno in reproduction.marked
        and (node.args or node.keywords)
    ]
    lines = list(reproduction.lines)
    for argument in found:
        if argument.lineno != argument.end_lineno:
            return None
        line = lines[argument.lineno - 1]
        text = line.text.encode()  # Python counts bytes
        inner = text[argument.col_offset : argument.end_col_offset]
        new = text[: argument.col_offset] + b"-(" + inner + b")" + text[argument.end_col_offset :]
        lines[argument.lineno - 1] = replace(line, text=new.decode())
    return replace(reproduction, lines=tuple(lines)) if found else None


def _indent(line: Line) -> str:
    return line.text[: len(line.text) - len(line.text.lstrip())]
